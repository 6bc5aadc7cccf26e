"""Two records of one person are made one: all that is one's points to the other, in one transaction, and can come back.

Whoever books for the one that goes over waits for it, and then finds no such patient (`require_patient` in the
database); a search, and whoever is named with either telephone and either name, leads to the one that stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import ExclusionViolation, UniqueViolation
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from core.crypto import seal, unseal
from core.db import Transaction, transaction
from core.errors import Invalid, Stale
from core.events import Event
from models import PatientMerge
from services import actors, trail
from services.day_locks import day_topic, lock_days
from services.patients import belongings
from services.patients.belongings import Moved
from services.patients.pairs import BothWaiting, Record, VisitsOverlap, pair, refuse
from services.permissions import Actor

TRIES = 5
"""Who is booked for at that very moment has another day: it is begun anew."""

PHONE = ("phone_sealed", "phone_hash", "phone_tail")

LOCK_ALONE = text("SELECT FROM patients WHERE id = :id FOR UPDATE")

GO_OVER = text("""
    UPDATE patients SET merged_into = :kept, account_id = NULL, is_account_holder = false,
        passed_on = passed_on + :versions + 1
    WHERE id = :merged
""")

AGE = text("UPDATE patients SET passed_on = passed_on + 1 WHERE id = :id")

FOLLOW = text("UPDATE patients SET merged_into = :kept WHERE merged_into = :merged RETURNING id")

MEET = text("""
    INSERT INTO acquaintances (clinic_id, patient_id)
    SELECT clinic_id, :kept FROM acquaintances WHERE patient_id = :merged ON CONFLICT DO NOTHING RETURNING clinic_id
""")


class DaysGrew(Exception):
    """An appointment came on a day that is not locked."""


@dataclass(frozen=True)
class Merged:
    """What became of it: who stays, and the number of the merge, by which it is undone."""

    id: UUID
    kept_id: int


async def merge(
    first: Any, second: Any, *, by: Actor, now: datetime, name_of: Any = None, phone_of: Any = None
) -> Merged:
    """Make them one; `name_of` and `phone_of` are the one of the two whose name and telephone stay.

    Of one who has an account those stay that are his. Raises NotFound, Invalid, Stale, TwoAccounts, RecordClosed,
    VisitsOverlap, BothWaiting; then nothing has changed.
    """
    for each in (name_of, phone_of):
        if each not in (None, first, second):
            raise Invalid(field="stays")
    for _ in range(TRIES):
        try:
            async with transaction() as tx:
                return await _merge(tx, first, second, name_of, phone_of, by=by, now=now)
        except DaysGrew:
            continue
        except IntegrityError as error:
            # What came between the look and the change.
            if isinstance(error.orig, ExclusionViolation):
                raise VisitsOverlap from error
            if isinstance(error.orig, UniqueViolation):
                raise BothWaiting from error
            raise
    raise Stale


async def _merge(
    tx: Transaction, first: Any, second: Any, name_of: Any, phone_of: Any, *, by: Actor, now: datetime
) -> Merged:
    kept, merged = await pair(tx, first, second, by=by, is_locked=True)
    swapped = _swapped(kept, merged, name_of, phone_of)
    visits = await belongings.visits_of(tx, merged.id)
    # The name is on the boards of all his days.
    shown = visits + (await belongings.visits_of(tx, kept.id) if "name" in swapped else [])
    days = await belongings.days_of(tx, shown)
    await lock_days(tx, days, now)
    # From here on nobody books for him: who did before holds his row for as long as he is not done.
    await tx.execute(LOCK_ALONE, {"id": merged.id})
    visits = await belongings.visits_of(tx, merged.id)
    if not (await belongings.days_of(tx, visits)).keys() <= days.keys():
        raise DaysGrew
    await refuse(tx.connection, kept, merged)
    moved = await _hand_over(tx, kept, merged, visits)
    await swap(tx, kept, merged, swapped)
    merge_id = uuid4()
    record = moved | {"swapped": swapped, "account_id": merged.account_id, "is_holder": merged.is_account_holder}
    values = {"id": merge_id, "kept_id": kept.id, "merged_id": merged.id, "moved": record}
    await tx.execute(insert(PatientMerge).values(**values, made_by=by.user_id, made_at=now))
    tell(tx, "PatientsMerged", merge_id, kept, merged, days, by=by, now=now, visits=len(visits))
    if merged.account_id is not None:
        await actors.changed(merged.account_id)
    return Merged(merge_id, kept.id)


def _swapped(kept: Record, merged: Record, name_of: Any, phone_of: Any) -> list[str]:
    """What the one that goes over brings in: each keeps the other's, so that both are found and both can come back."""
    if kept.account_id is not None:
        return []
    wished = {"name": name_of == merged.id and kept.name != merged.name}
    wished["phone"] = phone_of == merged.id or (phone_of is None and kept.phone_sealed is None)
    wished["born_on"] = kept.born_on is None
    wished["language"] = kept.language is None
    return [name for name, is_wished in wished.items() if is_wished]


async def _hand_over(tx: Transaction, kept: Record, merged: Record, visits: list[str]) -> Moved:
    both = {"kept": kept.id, "merged": merged.id}
    clinics = (await tx.execute(MEET, both)).scalars().all()
    versions = await belongings.give(tx, visits, merged.id, kept.id)
    rows = await belongings.give_rows(tx, merged.id, kept.id)
    followed = (await tx.execute(FOLLOW, both)).scalars().all()
    await tx.execute(GO_OVER, both | {"versions": versions})
    await tx.execute(AGE, {"id": kept.id})
    return rows | {"appointments": visits, "clinics": list(clinics), "patients": list(followed)}


async def swap(tx: Transaction, one: Record, other: Record, names: Iterable[str]) -> None:
    """Each gets these of the other; telephones are sealed to their new rows."""
    for record, source in ((one, other), (other, one)):
        values: dict[str, Any] = {}
        for name in names:
            values |= _phone(source, record.id) if name == "phone" else {name: getattr(source, name)}
        if values:
            sets = ", ".join(f"{name} = :{name}" for name in values)
            statement = f"UPDATE patients SET {sets} WHERE id = :id"  # noqa: S608  (the names are ours)
            await tx.execute(text(statement), values | {"id": record.id})


def _phone(source: Record, identity: int) -> dict[str, Any]:
    columns = {name: getattr(source, name) for name in PHONE}
    if source.phone_sealed is not None:
        number = unseal(source.phone_sealed, about=f"patients.phone:{source.id}")
        columns["phone_sealed"] = seal(number, about=f"patients.phone:{identity}")
    return columns


def tell(
    tx: Transaction,
    kind: str,
    merge_id: UUID,
    kept: Record,
    merged: Record,
    days: dict[Any, set[int]],
    *,
    by: Actor,
    now: datetime,
    visits: int,
) -> None:
    """Announce it to all who watch either of them or one of the days, and record who did it, for both."""
    topics = {f"patient:{kept.id}", f"patient:{merged.id}"}
    topics |= {f"account:{each}" for each in (kept.account_id, merged.account_id) if each is not None}
    topics |= {f"clinic:{clinic}" for clinics in days.values() for clinic in clinics}
    topics |= {f"doctor:{doctor_id}" for doctor_id, _ in days}
    named = [day_topic(*day) for day in days]
    versions = {topic: tx.versions[topic] for topic in named}
    data = {"merge_id": str(merge_id), "kept": kept.id, "merged": merged.id, "day_versions": versions}
    tx.announce(Event(kind=kind, topics=(*sorted(topics), *named), data=data, occurred_at=now))
    details = {"merge": str(merge_id), "kept": kept.id, "merged": merged.id, "visits": visits}
    for each in (kept, merged):
        what = "patient", str(each.id)
        tx.record(trail.entry(by, kind, what, now=now, patient_id=each.id, details=details))
