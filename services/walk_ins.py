"""Someone stands at the desk: he is found, or made known by telephone and name, and gets a token, all in one."""

from datetime import datetime

from core.db import transaction
from models import Appointment
from models.visit import VisitType
from services import first_free, inputs, people
from services.day_locks import keep_days
from services.days import doctor_ref
from services.desks import Desk
from services.lapsed import lapsed_of
from services.people import Person
from services.permissions import Actor, require
from services.refusals import DayFull
from services.visits import squeeze_in


async def walk_in(
    whom: Person | int,
    doctor_id: int,
    *,
    by: Actor,
    now: datetime,
    visit: VisitType = VisitType.FIRST_VISIT,
    is_emergency: bool = False,
) -> Appointment:
    """The first gap of today for him; an emergency's in the doctor's hours or not.

    Raises NotFound, NotAllowed, Invalid, InvalidName, NotAPhone, DayFull, PatientBusy; then nobody is made known.
    """
    # Before anybody is looked for: another clinic's desk learns nothing about who is known.
    require(by, "run_day", await doctor_ref(doctor_id))
    async with transaction() as tx:
        known = await people.meant(tx, *_meant(whom), by=by, now=now)
        return await squeeze_in(tx, known.patient_id, doctor_id, visit, by=by, now=now, is_emergency=is_emergency)


async def walk_in_first_free(
    whom: Person | int,
    clinic_id: int,
    *,
    by: Actor,
    now: datetime,
    visit: VisitType = VisitType.FIRST_VISIT,
    is_emergency: bool = False,
) -> Appointment:
    """The same with whichever doctor of the clinic would see him first, as `first_free` ranks them.

    It is decided while nobody can change any of their days, so of two desks the second counts whom the first has added.
    Raises what `walk_in` raises.
    """
    clinic_id, visit = inputs.identity(clinic_id, "clinic_id"), inputs.one_of(VisitType, visit, "visit")
    require(by, "run_desk", Desk(clinic_id))
    # Ahead of the locks, since it takes long: what has changed by then is looked at again.
    seen = await first_free.outlook(clinic_id, now, is_emergency=is_emergency)
    async with transaction() as tx:
        known = await people.meant(tx, *_meant(whom), by=by, now=now)
        lapsed = await lapsed_of(tx, known.patient_id, now)
        days = [(each.doctor_id, each.day) for each in seen]
        versions = await keep_days(tx, [*days, *(held.doctor_day for held in lapsed)], now)
        standing = [
            each
            if versions[each.doctor_id, each.day] == each.version
            else await first_free.as_it_is(tx.connection, each, clinic_id, now, is_emergency=is_emergency)
            for each in seen
        ]
        if (first := first_free.first_of(standing, now, visit)) is None:
            raise DayFull
        return await squeeze_in(
            tx,
            known.patient_id,
            first.doctor_id,
            visit,
            by=by,
            now=now,
            is_emergency=is_emergency,
            clinic_id=clinic_id,
        )


def _meant(whom: Person | int) -> tuple[int | None, Person | None]:
    return (whom, None) if isinstance(whom, int) else (None, whom)
