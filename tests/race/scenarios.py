"""What must hold of the book, each a story that fails with Broken where it does not."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from core import db, idempotency
from core.errors import NotAllowed, NotFound, Stale
from models import Appointment
from models.appointment import Source, Status
from models.doctor import Mode
from services import appointments, day_locks, moves, placing, visits
from services.appointments import HOLD_FOR
from services.permissions import Actor
from services.placing import Placement, Wish
from services.refusals import DoctorBusy, HoldExpired, NotOpen, PatientBusy, PlaceTaken, SlotTaken, TooEarly, TooLate
from tests.people import DAY, NOW, Cast, at, crowd
from tests.race.outcomes import OVERLAPS, TOKENS, outcomes
from tests.rows import events, many, one, write
from tests.waiting import until

LATER = NOW + HOLD_FOR
Scenario = Callable[[Cast], Awaitable[None]]


class Broken(AssertionError):
    """What the guard is there for has happened."""


def hold_true(fact: bool, what: object = "") -> None:
    if not fact:
        raise Broken(what)


async def refuses(refusal: type[Exception], attempt: Awaitable[object]) -> None:
    """The attempt is refused so; that it succeeds, or fails otherwise, is what the guard is there for."""
    try:
        await attempt
    except refusal:
        return
    except Exception as other:
        raise Broken(repr(other)) from other
    raise Broken(f"not {refusal.__name__}")


async def at_once(lock: str, attempts: Sequence[Coroutine[object, object, object]]) -> None:
    """All of them, held up by a lock of ours until each has come as far as it can."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with db.engine().begin() as connection:
        await connection.execute(text(lock))
        started = [asyncio.create_task(attempt) for attempt in attempts]

        async def all_wait() -> bool:
            # Another look of its own: the statistics are those of the moment of the first look in a transaction.
            return (await one(waiting))[0] == len(attempts)

        await until(all_wait)
    await outcomes(*started)


TEN = at(10)


async def book(cast: Cast, moment: datetime = TEN, *, by: Actor | None = None, now=NOW, **wish) -> Appointment:
    return await appointments.book_at(cast.wish(moment, **wish), by=by or cast.admin, now=now)


async def no_doctor_is_in_two_places(cast: Cast) -> None:
    await book(cast)
    await refuses(SlotTaken, book(cast, patient=cast.stranger_patient))
    hold_true(not await many(OVERLAPS))


async def no_patient_is_in_two_places(cast: Cast) -> None:
    await book(cast)
    await refuses(PatientBusy, book(cast, doctor=cast.other_doctor_id))
    hold_true(not await many(OVERLAPS))


async def place_session(cast: Cast, doctor: int, patient: int, **place: int) -> Appointment:
    """A session in a room with a therapist, as courses put them into the book."""
    wish = Wish(patient_id=patient, doctor_id=doctor, starts_at=at(10), mode=Mode.IN_PERSON)
    async with db.transaction() as tx:
        await day_locks.lock_days(tx, [(doctor, DAY)], NOW)
        rules = (await placing.rules_of(tx, [doctor]))[doctor]
        slot = placing.wished_slot(rules, wish, DAY, NOW)
        how = Placement(status=Status.BOOKED, source=Source.WEB, **place)
        return await placing.place(tx, wish, slot, DAY, how, book=rules, by=cast.admin, now=NOW)


async def two_sessions(cast: Cast, what: str, table: str) -> None:
    await write(f"INSERT INTO {table} (clinic_id, name) VALUES (:clinic, 'One')", clinic=cast.clinic_id)
    place = {what: (await one(f"SELECT id FROM {table}")).id}
    await place_session(cast, cast.doctor_id, cast.asha_patient, **place)
    await refuses(PlaceTaken, place_session(cast, cast.other_doctor_id, cast.stranger_patient, **place))


async def no_therapist_is_in_two_places(cast: Cast) -> None:
    await two_sessions(cast, "therapist_id", "therapists")


async def no_room_is_used_twice(cast: Cast) -> None:
    await two_sessions(cast, "room_id", "rooms")


async def what_moved_meanwhile_is_stale(cast: Cast) -> None:
    booked = await book(cast)
    async with db.transaction() as tx:
        seen = await moves.find(tx, booked.id)
    await appointments.cancel(booked.id, by=cast.asha, now=NOW)
    async with db.transaction() as tx:
        await refuses(Stale, moves.move(tx, seen, Status.CHECKED_IN, by=cast.admin, now=NOW))


async def the_version_that_a_screen_showed_counts(cast: Cast) -> None:
    booked = await book(cast)
    await visits.check_in(booked.id, by=cast.receptionist, now=at(9))
    await refuses(Stale, appointments.cancel(booked.id, by=cast.admin, now=at(9), version=booked.version))


async def only_allowed_moves_are_made(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(Stale, visits.complete(booked.id, by=cast.doctor, now=at(10)))


async def booked_under_a_key(cast: Cast, when: datetime, *, days: int = 0) -> Appointment | None:
    """What was made; None where it was told once more."""
    wish, later = cast.wish(when + timedelta(days=2 * days)), NOW + timedelta(days=days)
    asked = idempotency.Once(owner="user:1", key="tap", request=str(when), write=Appointment.model_dump_json)
    try:
        return await appointments.book_at(wish, by=cast.asha, now=later, asked=asked)
    except idempotency.Again:
        return None


async def a_key_is_one_booking(cast: Cast) -> None:
    first = await booked_under_a_key(cast, at(10))
    await appointments.cancel(first.id, by=cast.asha, now=NOW)
    hold_true(await booked_under_a_key(cast, at(10)) is None)
    hold_true((await one("SELECT count(*) AS n FROM appointments")).n == 1)


async def a_key_is_one_request(cast: Cast) -> None:
    await booked_under_a_key(cast, at(10))
    await refuses(idempotency.KeyReused, booked_under_a_key(cast, at(11)))


async def a_key_is_forgotten_after_a_day(cast: Cast) -> None:
    await booked_under_a_key(cast, at(10))
    hold_true(await booked_under_a_key(cast, at(10), days=1) is not None)


async def nobody_confirms_anothers_hold(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await refuses(NotAllowed, appointments.book(held.id, by=cast.stranger, now=NOW))


async def nobody_lets_anothers_hold_go(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await refuses(NotAllowed, appointments.release(held.id, by=cast.stranger, now=NOW))


async def nobody_books_for_another(cast: Cast) -> None:
    await refuses(NotAllowed, book(cast, by=cast.stranger))
    await refuses(NotAllowed, appointments.hold(cast.wish(at(10)), by=cast.stranger, now=NOW))


async def nobody_cancels_for_another(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(NotAllowed, appointments.cancel(booked.id, by=cast.stranger, now=NOW))


async def nobody_moves_anothers_appointment(cast: Cast) -> None:
    booked = await book(cast)
    to_us = cast.wish(at(11), doctor=cast.other_doctor_id)
    await refuses(NotAllowed, appointments.reschedule(booked.id, to_us, by=cast.other_receptionist, now=NOW))


async def an_appointment_is_not_given_to_another_patient(cast: Cast) -> None:
    booked = await book(cast)
    mothers = cast.wish(at(11), patient=cast.mother_patient)
    await refuses(appointments.Invalid, appointments.reschedule(booked.id, mothers, by=cast.asha, now=NOW))


async def patients_make_no_moves_of_the_staff(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(NotAllowed, visits.no_show(booked.id, by=cast.asha, now=at(10)))
    walker = visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.asha, now=at(10))
    await refuses(NotAllowed, walker)


async def the_staff_says_who_is_here(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(NotAllowed, visits.check_in(booked.id, by=cast.asha, now=at(10)))


async def walkers_are_let_in_by_the_desk(cast: Cast) -> None:
    walker = visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.asha, now=at(10))
    await refuses(NotAllowed, walker)


async def tokens_have_no_gap_or_repeat(cast: Cast) -> None:
    members = await crowd(16)
    times = [at(9 + n // 2, 30 * (n % 2)) for n in range(8)] + [at(15 + n // 2, 30 * (n % 2)) for n in range(8)]
    await outcomes(*(book(cast, t, patient=m.patient_id) for t, m in zip(times, members, strict=True)))
    drawn = await many("SELECT token FROM appointments ORDER BY token")
    hold_true([row.token for row in drawn] == list(range(1, 17)), drawn)
    hold_true(not await many(TOKENS))


async def one_patient_is_inside_at_a_time(cast: Cast) -> None:
    members = await crowd(6)
    waiting = [await book(cast, at(9 + n // 2, 30 * (n % 2)), patient=m.patient_id) for n, m in enumerate(members)]
    for each in waiting:
        await visits.check_in(each.id, by=cast.admin, now=at(9))
    everyone = [visits.start(each.id, by=cast.doctor, now=at(9)) for each in waiting]
    await at_once("SELECT 1 FROM appointments FOR UPDATE", everyone)
    inside = await one("SELECT count(*) AS n FROM appointments WHERE status = 'in_consultation'")
    hold_true(inside.n == 1, inside)


async def one_patient_is_inside_after_the_other(cast: Cast) -> None:
    first, second = await book(cast), await book(cast, at(11), patient=cast.stranger_patient)
    for each in (first, second):
        await visits.check_in(each.id, by=cast.admin, now=at(10))
    await visits.start(first.id, by=cast.doctor, now=at(10))
    await refuses(DoctorBusy, visits.start(second.id, by=cast.doctor, now=at(11)))


async def one_person_holds_one_time(cast: Cast) -> None:
    for doctor in (cast.doctor_id, cast.other_doctor_id):
        await write("INSERT INTO doctor_days (doctor_id, day) VALUES (:id, :day)", id=doctor, day=DAY)
    there = {"doctor": cast.other_doctor_id}
    wishes = [cast.wish(at(10)), cast.wish(at(12), **there), cast.wish(at(16), **there)]
    # By the desk: a patient's own wishes also wait for each other at his account.
    holds = [appointments.hold(wish, by=cast.admin, now=NOW) for wish in wishes]
    await at_once("SELECT 1 FROM doctor_days FOR UPDATE", holds)
    hold_true(len(await many("SELECT id FROM appointments WHERE status = 'held'")) == 1)


async def a_hold_that_ran_out_is_not_confirmed(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await refuses(HoldExpired, appointments.book(held.id, by=cast.asha, now=LATER))


async def a_hold_that_ran_out_makes_way(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await book(cast, patient=cast.stranger_patient, now=LATER)


async def ones_own_that_ran_out_elsewhere_makes_way(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10), doctor=cast.other_doctor_id), by=cast.asha, now=NOW)
    await book(cast, now=LATER)


async def ones_own_that_ran_out_elsewhere_keeps_nobody_from_the_desk(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10), doctor=cast.other_doctor_id), by=cast.asha, now=at(9))
    await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.admin, now=at(10))


async def a_recall_is_not_kept_out_by_what_ran_out(cast: Cast) -> None:
    await write("UPDATE doctors SET notice_minutes = 0")
    first = await book(cast, now=at(8))
    await visits.no_show(first.id, by=cast.admin, now=at(10))
    await write("UPDATE doctors SET slot_minutes = 45 WHERE id = :id", id=cast.doctor_id)
    held = await appointments.hold(cast.wish(at(10, 30), patient=cast.stranger_patient), by=cast.admin, now=at(10, 1))
    await write("UPDATE appointments SET starts_at = :at WHERE id = :id", at=at(10, 15), id=held.id)
    await visits.recall(first.id, by=cast.admin, now=at(10, 20))


async def patients_change_in_time_or_not_at_all(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(TooLate, appointments.cancel(booked.id, by=cast.asha, now=at(8, 1)))


async def one_who_is_here_asks_the_desk(cast: Cast) -> None:
    booked = await book(cast, at(18))
    await visits.check_in(booked.id, by=cast.admin, now=at(9))
    await refuses(TooLate, appointments.cancel(booked.id, by=cast.asha, now=at(9)))


async def nobody_is_missed_before_his_time(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(TooEarly, visits.no_show(booked.id, by=cast.admin, now=at(9)))


async def nobody_is_checked_in_days_before_or_after(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(TooEarly, visits.check_in(booked.id, by=cast.admin, now=NOW))


async def nobody_is_checked_in_days_after(cast: Cast) -> None:
    booked = await book(cast)
    await refuses(TooLate, visits.check_in(booked.id, by=cast.admin, now=at(10) + timedelta(days=1)))


async def nobody_is_recalled_on_another_day(cast: Cast) -> None:
    booked = await book(cast)
    await visits.no_show(booked.id, by=cast.admin, now=at(11))
    await refuses(TooLate, visits.recall(booked.id, by=cast.admin, now=at(10) + timedelta(days=1)))


async def one_who_was_given_up_is_recalled(cast: Cast) -> None:
    booked = await book(cast)
    await visits.no_show(booked.id, by=cast.admin, now=at(10))
    await book(cast, at(10), patient=cast.stranger_patient, now=at(9, 59))
    await refuses(Stale, visits.check_in(booked.id, by=cast.admin, now=at(10, 5)))


async def leave_is_seen_by_whoever_books_next(cast: Cast) -> None:
    await book(cast, at(9))
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:id, :since, :until)",
        id=cast.doctor_id,
        since=at(9),
        until=at(23),
    )
    await refuses(NotOpen, book(cast, patient=cast.stranger_patient))


async def patients_give_notice(cast: Cast) -> None:
    await refuses(NotOpen, book(cast, by=cast.asha, now=at(9, 45)))


async def a_doctor_who_left_takes_no_confirmation(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await write("UPDATE doctors SET is_active = false")
    await refuses(NotOpen, appointments.book(held.id, by=cast.asha, now=NOW))


async def a_doctor_who_left_is_not_found(cast: Cast) -> None:
    await book(cast, at(9))
    await write("UPDATE doctors SET is_active = false")
    await refuses(NotFound, book(cast, patient=cast.stranger_patient))


async def every_change_is_told_once(cast: Cast) -> None:
    booked = await book(cast)
    await appointments.cancel(booked.id, by=cast.asha, now=NOW)
    hold_true(len(await events("AppointmentBooked")) == len(await events("AppointmentCancelled")) == 1)
