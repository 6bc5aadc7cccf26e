"""A course for somebody at the desk: shown before it is booked, then all of it, with whom it is for, or nothing."""

from dataclasses import replace
from datetime import datetime

from core import db
from core.db import transaction
from core.errors import NotFound
from models import Course
from models.doctor import Mode
from services import people, search
from services.open_times import DOCTORS
from services.people import NOBODY_YET, Person
from services.permissions import Actor, can
from services.placing import Subject
from services.refusals import NotOpen, PlaceTaken
from services.search import Filters
from services.therapy import courses, proposals
from services.therapy.course_plan import CourseWish, Plan


async def preview(wish: CourseWish, named: Person | None, *, by: Actor, now: datetime) -> Plan:
    """The sessions as they would fit this moment, also beside what one who is named so has already; nobody is made.

    A wish that has its patient needs no name. Raises what `proposals.propose` raises; InvalidName, NotAPhone.
    """
    if wish.patient_id == NOBODY_YET and named is not None:
        async with db.snapshot() as connection:
            wish = replace(wish, patient_id=await people.known_as(connection, named) or NOBODY_YET)
    return await proposals.propose(wish, by=by, now=now)


async def soonest(
    wish: CourseWish, named: Person | None, *, clinic_id: int, language: str, by: Actor, now: datetime
) -> Plan:
    """`preview` with whichever doctor of the clinic can be done first, of those that `by` books for.

    Raises NotFound where none of them speaks the language; else what the first of them raised.
    """
    filters = Filters(clinic_id=clinic_id, language=language, mode=Mode.IN_PERSON)
    doctors = (await search.doctors(filters, now=now, limit=DOCTORS)).doctors
    plans, refusals = [], []
    for doctor in doctors:
        # A course is at the doctor's home clinic.
        if doctor.clinic_id == clinic_id and can(by, "book", Subject(NOBODY_YET, doctor.id, clinic_id)):
            try:
                plans.append(await preview(replace(wish, doctor_id=doctor.id), named, by=by, now=now))
            except (NotOpen, PlaceTaken) as refusal:
                refusals.append(refusal)
    if not plans:
        raise refusals[0] if refusals else NotFound
    return min(plans, key=lambda plan: (plan.starts_at[-1], plan.starts_at[0]))


async def book(plan: Plan, patient_id: int | None, named: Person | None, *, by: Actor, now: datetime) -> Course:
    """All sessions for whoever is meant, or none; then nobody is made known either.

    Raises what `courses.book_course` and `people.meant` raise.
    """
    async with transaction() as tx:
        whom = await people.meant(tx, patient_id, named, by=by, now=now)
        return await courses.booking_course(tx, replace(plan, patient_id=whom.patient_id), by=by, now=now)
