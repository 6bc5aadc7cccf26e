"""A course for somebody at the desk: shown before it is booked, then all of it, with whom it is for, or nothing."""

from dataclasses import replace
from datetime import datetime

from core import db
from core.db import transaction
from models import Course
from services import people
from services.people import NOBODY_YET, Person
from services.permissions import Actor
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


async def book(plan: Plan, patient_id: int | None, named: Person | None, *, by: Actor, now: datetime) -> Course:
    """All sessions for whoever is meant, or none; then nobody is made known either.

    Raises what `courses.book_course` and `people.meant` raise.
    """
    async with transaction() as tx:
        whom = await people.meant(tx, patient_id, named, by=by, now=now)
        return await courses.booking_course(tx, replace(plan, patient_id=whom.patient_id), by=by, now=now)
