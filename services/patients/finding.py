"""Finding a patient at the desk, while he is on the telephone or stands there: who fits, today's first.

A receptionist and a doctor find whom their clinic knows: who has or had an appointment there, or was made known there.
By his whole telephone they also find one whom only another clinic knows, as `people.meant` would, and are told his name
and nothing else until they choose him, which is recorded. An administrator finds everybody, a patient nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import transaction
from core.errors import NotFound
from core.limits import Limit, take
from services import acquaintances
from services.addresses import Address
from services.patients import glances
from services.patients.fitting import fitting
from services.patients.glances import Known
from services.patients.wanted import wanted
from services.people import REACHED
from services.permissions import Actor, require
from services.trail import read

SHOWN = 8
"""People in a list: who sees more of them types on."""

SEARCHES = Limit("find-patient", 400, timedelta(minutes=10))
NUMBERS = Limit("find-patient-number", 60, timedelta(hours=1))


@dataclass(frozen=True, kw_only=True)
class Found:
    """Those who fit, at most `SHOWN`. Of one in `strangers` only name and telephone are told."""

    people: tuple[Known, ...] = ()
    strangers: frozenset[int] = frozenset()
    is_more: bool = False


async def find(typed: Any, *, by: Actor, now: datetime) -> Found:
    """Whom `by` may find by what was typed; that people were shown is recorded, what was typed is not.

    Raises NotAllowed, Invalid, TooMany.
    """
    require(by, "find_patients", by)
    if (asked := wanted(typed)) is None:
        return Found()
    await take(SEARCHES, by.user_id)
    if asked.phone is not None:
        await take(NUMBERS, by.user_id)
    async with transaction() as tx:
        ids = await fitting(tx.connection, asked, by=by, now=now)
        elsewhere = await _elsewhere(tx.connection, asked.phone, ids)
        shown = [*ids, *elsewhere][:SHOWN]
        people = await glances.known(tx.connection, shown, by)
        if people:
            what = "clinic", str(by.clinic_id or "all")
            tx.record(read(by, "PatientsFound", what, now=now, patient_ids=shown))
    strangers = frozenset(elsewhere)
    told = tuple(
        _name_alone(each, asked.phone) if asked.phone and each.patient_id in strangers else each for each in people
    )
    return Found(people=told, strangers=strangers, is_more=len(ids) > SHOWN)


async def choose(patient_id: int, typed: Any, *, by: Actor, now: datetime) -> None:
    """One whom only another clinic knew is known here from now on, to whoever has his whole telephone.

    Nothing for one who is known here. Raises NotAllowed, Invalid; NotFound where that is not his number.
    """
    require(by, "find_patients", by)
    asked = wanted(typed)
    async with transaction() as tx:
        whom = await acquaintances.acquainted(tx, patient_id)
        if by.clinic_id is None or by.clinic_id in whom.clinic_ids:
            return
        if asked is None or asked.phone is None or whom.patient_id not in await _reached(tx.connection, asked.phone):
            raise NotFound(patient_id=patient_id)
        await acquaintances.introduce(tx, whom.patient_id, by=by, now=now)


async def _elsewhere(connection: AsyncConnection, phone: Address | None, known: Sequence[int]) -> list[int]:
    """Whom only other clinics know, by his whole number."""
    return [each for each in await _reached(connection, phone) if each not in known] if phone is not None else []


async def _reached(connection: AsyncConnection, phone: Address) -> list[int]:
    rows = await connection.execute(REACHED, {"hash": phone.hash})
    return list(dict.fromkeys(row.id for row in rows))


def _name_alone(patient: Known, phone: Address) -> Known:
    return Known(patient_id=patient.patient_id, name=patient.name, phone=phone.text)
