"""Someone stands at the desk: he is found by telephone and name, or made known, and gets a token, all in one."""

from datetime import datetime

from core.db import transaction
from models import Appointment
from models.visit import VisitType
from services import people
from services.days import doctor_ref
from services.people import Person
from services.permissions import Actor, require
from services.visits import squeeze_in


async def walk_in(
    person: Person,
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
        whom = await people.meant(tx, None, person, by=by, now=now)
        return await squeeze_in(tx, whom.patient_id, doctor_id, visit, by=by, now=now, is_emergency=is_emergency)
