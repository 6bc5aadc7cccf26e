"""Whether the audit trail is what was sealed: every entry and every seal read again, and hashed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit import COLUMNS, GENESIS, link

UNSEALED_AFTER = timedelta(minutes=10)
"""How old an entry without a seal may be; the sealer comes every few seconds."""

PAGE = 10_000

SEALS = text(f"""
    SELECT position, entry_id, occurred_at, hash, sealed_at FROM audit_seals
    WHERE position > :after ORDER BY position LIMIT {PAGE}
""")  # noqa: S608  (the names are ours)

# The times let the database leave out the other months; one that was moved out of them is missing here.
ENTRIES = text(f"""
    SELECT {COLUMNS} FROM audit_log WHERE id = ANY(:ids) AND occurred_at BETWEEN :since AND :until
""")  # noqa: S608  (the names are ours)

UNSEALED = text("""
    SELECT id FROM audit_log WHERE occurred_at < :limit AND NOT EXISTS
        (SELECT FROM audit_seals s WHERE s.entry_id = audit_log.id AND s.occurred_at = audit_log.occurred_at)
    ORDER BY id
""")


class Problem(StrEnum):
    """What can be wrong with the trail, as a sentence."""

    CHANGED = "The entry or its seal was changed"
    REMOVED = "The entry was removed"
    DOUBLED = "There is more than one entry of this number"
    SEAL_REMOVED = "Seals were removed before this position"
    UNSEALED = "The entry was never sealed, or was put in later"
    OTHER_HEAD = "The seal is not the one that was noted"
    CUT_OFF = "The chain ends before the seal that was noted"


@dataclass(frozen=True)
class Finding:
    """A problem, and where it is."""

    problem: Problem
    position: int | None = None
    entry_id: int | None = None


@dataclass(frozen=True)
class Head:
    """A seal by its position and hash: who notes it elsewhere can prove later that nothing before it has changed."""

    position: int = 0
    hash: bytes = GENESIS

    def __str__(self) -> str:
        """As it is printed and read."""
        return f"{self.position}:{self.hash.hex()}"


@dataclass
class Proof:
    """What `verify` found; `head` is the chain's last seal."""

    findings: list[Finding] = field(default_factory=list)
    head: Head = field(default_factory=Head)


async def verify(connection: AsyncConnection, now: datetime, *, noted: Head | None = None) -> Proof:
    """Read the whole trail, in one snapshot and page by page, and compare it with its seals and with a noted head."""
    await connection.execute(text("SET LOCAL statement_timeout = 0"))
    proof = Proof()
    while seals := (await connection.execute(SEALS, {"after": proof.head.position})).all():
        times = [seal.occurred_at for seal in seals]
        values = {"ids": [seal.entry_id for seal in seals], "since": min(times), "until": max(times)}
        entries: dict[int, list[Row[Any]]] = {}
        for entry in await connection.execute(ENTRIES, values):
            entries.setdefault(entry.id, []).append(entry)
        for seal in seals:
            proof.findings += _check(seal, entries.get(seal.entry_id, ()), proof.head, noted)
            # Each is checked over what stands before it: one that was changed is one finding, not all that follow.
            proof.head = Head(seal.position, seal.hash)
    if noted is not None and proof.head.position < noted.position:
        proof.findings.append(Finding(Problem.CUT_OFF, noted.position))
    unsealed = await connection.execute(UNSEALED, {"limit": now - UNSEALED_AFTER})
    proof.findings += [Finding(Problem.UNSEALED, entry_id=entry_id) for entry_id in unsealed.scalars()]
    return proof


def _check(seal: Row[Any], entries: Sequence[Row[Any]], before: Head, noted: Head | None) -> Iterator[Finding]:
    def found(problem: Problem) -> Finding:
        return Finding(problem, seal.position, seal.entry_id)

    if seal.position != before.position + 1:
        yield found(Problem.SEAL_REMOVED)
    elif not entries:
        yield found(Problem.REMOVED)
    elif len(entries) > 1:
        yield found(Problem.DOUBLED)
    elif (
        entries[0].occurred_at != seal.occurred_at
        or link(before.hash, entries[0], seal.position, seal.sealed_at) != seal.hash
    ):
        yield found(Problem.CHANGED)
    if noted is not None and seal.position == noted.position and seal.hash != noted.hash:
        yield found(Problem.OTHER_HEAD)
