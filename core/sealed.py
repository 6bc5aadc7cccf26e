"""Which columns are sealed, and how they come under a new key while the app goes on writing them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import LargeBinary, Row, TableClause, column, func, select, table, update

from core import db
from core.audit import AuditEntry
from core.crypto import CannotOpen, keyring, resealed
from core.crypto import head as head_of
from core.db import Transaction

BATCH = 100
"""Rows that are locked at once, for some milliseconds."""


@dataclass(frozen=True)
class Sealed:
    """A column; what its values are about is `name:ID`."""

    table: str
    column: str
    name: str


SEALED = (
    Sealed("users", "phone_sealed", "users.phone"),
    Sealed("users", "totp_sealed", "users.totp"),
    Sealed("patients", "phone_sealed", "patients.phone"),
    Sealed("api_keys", "signing_sealed", "api_keys.signing"),
    Sealed("chart_openings", "reason_sealed", "chart_openings.reason"),
    Sealed("visit_reasons", "reason_sealed", "visit_reasons.reason"),
    Sealed("visit_notes", "note_sealed", "visit_notes.note"),
    Sealed("desk_payments", "remark_sealed", "desk_payments.remark"),
    Sealed("desk_payments", "void_reason_sealed", "desk_payments.void_reason"),
    Sealed("cash_sheets", "reopen_reason_sealed", "cash_sheets.reopen_reason"),
    Sealed("idempotency_keys", "answer_sealed", "idempotency_keys.answer"),
    Sealed("outgoing_messages", "sealed", "outgoing_messages.sealed"),
)
"""All of them: one that is missing here would be lost with its old key."""


@dataclass
class Rotation:
    """What became of it: values brought under the current key, and values that no key of the ring opens."""

    changed: int = 0
    unopened: int = 0


async def rotate(*, now: datetime) -> Rotation:
    """Bring every value under the current key. It can be stopped, started again, and run several times at once."""
    done = Rotation()
    for sealed in SEALED:
        # Rows that someone was just changing are passed over, and met in the next pass.
        while (turn := await _pass(sealed)).changed:
            done.changed += turn.changed
        done.unopened += turn.unopened
    async with db.transaction() as tx:
        details = {"key": keyring().current, "changed": done.changed, "unopened": done.unopened}
        tx.record(
            AuditEntry(
                occurred_at=now,
                actor_role="system",
                action="rotate_keys",
                object_type="key",
                object_id=keyring().current,
                details=details,
            )
        )
    return done


async def counts() -> Counter[tuple[str, str]]:
    """How many values of each column are under which key: (key's id, column's name)."""
    found: Counter[tuple[str, str]] = Counter()
    async with db.snapshot() as connection:
        for sealed in SEALED:
            value = _value(sealed)
            identity = func.encode(func.substring(value, 3, func.get_byte(value, 1)), "escape").label("identity")
            query = select(identity, func.count().label("values")).select_from(_table(sealed)).where(value.isnot(None))
            for row in await connection.execute(query.group_by(identity)):
                found[row.identity, sealed.name] = row.values
    return found


async def _pass(sealed: Sealed) -> Rotation:
    """Once through the column, a transaction a batch."""
    done, last = Rotation(), None
    while True:
        async with db.transaction() as tx:
            batch = await _batch(tx, sealed, after=last)
            for row in batch:
                try:
                    new = resealed(row.value, about=f"{sealed.name}:{row.id}")
                except CannotOpen:
                    done.unopened += 1
                    continue
                mine = _table(sealed).c.id == row.id
                await tx.execute(update(_table(sealed)).where(mine).values({sealed.column: new}))
                done.changed += 1
        if not batch:
            return done
        last = batch[-1].id


async def _batch(tx: Transaction, sealed: Sealed, *, after: Any) -> Sequence[Row[Any]]:
    """The next rows under another key, locked: a change at the same moment comes before or after, and is not lost."""
    value, identity = _value(sealed), _table(sealed).c.id
    head = head_of()
    query = select(identity, value.label("value")).where(
        value.isnot(None), func.substring(value, 1, len(head), type_=LargeBinary) != head
    )
    if after is not None:
        query = query.where(identity > after)
    rows = await tx.execute(query.order_by(identity).limit(BATCH).with_for_update(skip_locked=True))
    return rows.all()


@lru_cache
def _table(sealed: Sealed) -> TableClause:
    return table(sealed.table, column("id"), column(sealed.column, LargeBinary))


def _value(sealed: Sealed) -> Any:
    return _table(sealed).c[sealed.column]
