"""Panchakarma courses: booked, shifted and cancelled as one; each session is an appointment like any other."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert

from core.db import Transaction, transaction
from core.errors import Invalid, Stale
from models import Course
from models.appointment import Source, Status
from models.user import Role
from services.appointments import refuse_if_late
from services.day_locks import lock_days, next_token
from services.moves import move
from services.permissions import Actor, require
from services.placing import Subject
from services.therapy.course_moves import book_of, lock_parties, lock_sessions, locked_course, swap, tell
from services.therapy.course_plan import FEWEST, MOST, Plan
from services.therapy.course_seats import Seats, naming
from services.therapy.course_sessions import last_day_before, left, sessions
from services.walls import local_day


async def book_course(plan: Plan, *, by: Actor, now: datetime) -> Course:
    """Reserve all sessions of the plan, or none. A refusal's `data` names the `session` and the `day` in the way.

    Raises NotAllowed, NotFound, Invalid, NotOpen, SlotTaken, PatientBusy, PlaceTaken, BookNotOpenYet.
    """
    async with transaction() as tx:
        return await booking_course(tx, plan, by=by, now=now)


async def booking_course(tx: Transaction, plan: Plan, *, by: Actor, now: datetime) -> Course:
    """`book_course` as a part of an open transaction that has locked no doctor's day yet."""
    require_sound(plan)
    book = await book_of(tx, plan.doctor_id)
    require(by, "book", Subject(plan.patient_id, plan.doctor_id, book.clinic_id))
    course = Course(
        patient_id=plan.patient_id,
        doctor_id=plan.doctor_id,
        clinic_id=book.clinic_id,
        therapist_id=plan.therapist_id,
        room_id=plan.room_id,
        sessions=len(plan.starts_at),
        weekdays=sorted(plan.pattern.weekdays),
        created_at=now,
    )
    source = Source.WEB if by.role == Role.PATIENT else Source.PHONE
    account_id = await lock_parties(tx, course)
    days = [local_day(starts_at, book.zone) for starts_at in plan.starts_at]
    locks = await lock_days(tx, [(course.doctor_id, day) for day in days], now, tokens=1)
    # Read again: what decides is what stands while the days are ours.
    seats = Seats(course, await book_of(tx, course.doctor_id), by, now)
    await tx.execute(insert(Course).values(course.model_dump()))
    for number, (day, starts_at) in enumerate(zip(days, plan.starts_at, strict=True), start=1):
        with naming(number, day):
            token = locks[course.doctor_id, day].last_token
            await seats.take(tx, seats.slot(starts_at, day), day, token=token, source=source)
    tell(tx, "CourseBooked", course, account_id=account_id, by=by, now=now, sessions=course.sessions)
    return course


async def shift(
    course_id: UUID,
    *,
    days: int,
    by: Actor,
    now: datetime,
    from_session: int | None = None,
    version: int | None = None,
) -> Course:
    """Move what is left of the course, or of it from a session on, so many days later: all of it, or nothing.

    Each session keeps its time of day and its distance to the others; one that would come to a day on which the course
    rests or the doctor does not sit goes to the next day, and pushes on those behind it where it must.
    Raises NotFound, TooLate, Stale, Invalid where sessions would change places, and what `book_course` raises.
    """
    if days == 0:
        raise Invalid(field="days")
    async with transaction() as tx:
        course = await locked_course(tx, course_id, version, by)
        known = await sessions(tx, course_id)
        moving = left(known, now, from_session=from_session)
        await refuse_if_late(tx, moving[0].appointment, by, now)
        account_id = await lock_parties(tx, course)
        seats = Seats(course, await book_of(tx, course.doctor_id), by, now)
        if moving[0].appointment.day + timedelta(days=days) <= last_day_before(known, moving[0].number):
            raise Invalid(field="days")
        targets = list(seats.shifted(moving, days))
        await lock_sessions(tx, course, moving, now, more=[day for day, _ in targets])
        if (await book_of(tx, course.doctor_id)).version != seats.book.version:
            raise Stale
        # The old times first: a session may come to stand where its neighbour stood.
        for session in moving:
            await move(tx, session.entry, Status.RESCHEDULED, by=by, now=now)
        for session, (day, slot) in zip(moving, targets, strict=True):
            old = session.appointment
            with naming(session.number, day):
                token = await next_token(tx, course.doctor_id, day)
                await seats.take(tx, slot, day, token=token, source=old.source, instead_of=old.id)
        moved = await swap(tx, course)
        tell(tx, "CourseShifted", moved, account_id=account_id, by=by, now=now, sessions=len(moving))
        return moved


async def cancel_rest(
    course_id: UUID, *, by: Actor, now: datetime, from_session: int | None = None, version: int | None = None
) -> Course:
    """Free all that is left of the course, or of it from a session on; cancelling twice gives the same answer.

    Raises NotFound, NotAllowed, TooLate, Invalid, Stale.
    """
    async with transaction() as tx:
        course = await locked_course(tx, course_id, None, by)
        if course.cancelled_at is not None:
            return course
        if version not in (None, course.version):
            raise Stale(version=course.version)
        ending = left(await sessions(tx, course_id), now, from_session=from_session)
        await refuse_if_late(tx, ending[0].appointment, by, now)
        await lock_sessions(tx, course, ending, now)
        for session in ending:
            await move(tx, session.entry, Status.CANCELLED, by=by, now=now)
        ended = await swap(tx, course, cancelled_at=now)
        account_id = ending[0].entry.account_id
        tell(tx, "CourseCancelled", ended, account_id=account_id, by=by, now=now, sessions=len(ending))
        return ended


def require_sound(plan: Plan) -> None:
    """Raise Invalid unless there are 7 to 21 sessions, in order of time, none before the first day."""
    starts = plan.starts_at
    if not FEWEST <= len(starts) <= MOST:
        raise Invalid(field="sessions")
    if any(moment.tzinfo is None for moment in starts) or list(starts) != sorted(set(starts)):
        raise Invalid(field="starts_at")
