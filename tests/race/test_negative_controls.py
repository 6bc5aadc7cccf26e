"""Each guard taken away in turn: what it guards against must then happen, or nobody would notice that it is gone.

A control is a scenario that holds, and the guard without which it must not.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from core import idempotency
from services import appointments, day_locks, lapsed, moves, own_holds, placing, schedules, slots, visits
from tests.people import Cast
from tests.race.negative import drop_constraints, without
from tests.race.scenarios import (
    Broken,
    Scenario,
    a_doctor_who_left_is_not_found,
    a_doctor_who_left_takes_no_confirmation,
    a_hold_that_ran_out_is_not_confirmed,
    a_hold_that_ran_out_makes_way,
    a_key_is_forgotten_after_a_day,
    a_key_is_one_booking,
    a_key_is_one_request,
    a_recall_is_not_kept_out_by_what_ran_out,
    an_appointment_is_not_given_to_another_patient,
    every_change_is_told_once,
    leave_is_seen_by_whoever_books_next,
    no_doctor_is_in_two_places,
    no_patient_is_in_two_places,
    no_room_is_used_twice,
    no_therapist_is_in_two_places,
    nobody_books_for_another,
    nobody_cancels_for_another,
    nobody_confirms_anothers_hold,
    nobody_is_checked_in_days_after,
    nobody_is_checked_in_days_before_or_after,
    nobody_is_missed_before_his_time,
    nobody_is_recalled_on_another_day,
    nobody_lets_anothers_hold_go,
    nobody_moves_anothers_appointment,
    one_patient_is_inside_after_the_other,
    one_patient_is_inside_at_a_time,
    one_person_holds_one_time,
    one_who_is_here_asks_the_desk,
    one_who_was_given_up_is_recalled,
    ones_own_that_ran_out_elsewhere_keeps_nobody_from_the_desk,
    ones_own_that_ran_out_elsewhere_makes_way,
    only_allowed_moves_are_made,
    patients_change_in_time_or_not_at_all,
    patients_give_notice,
    patients_make_no_moves_of_the_staff,
    the_staff_says_who_is_here,
    the_version_that_a_screen_showed_counts,
    tokens_have_no_gap_or_repeat,
    walkers_are_let_in_by_the_desk,
    what_moved_meanwhile_is_stale,
)
from tests.rows import write

pytestmark = pytest.mark.race

CONSTRAINTS: dict[str, Scenario] = {
    "doctor": no_doctor_is_in_two_places,
    "patient": no_patient_is_in_two_places,
    "therapist": no_therapist_is_in_two_places,
    "room": no_room_is_used_twice,
}

REQUIRE_BOOK = 'require(by, "book", held.appointment)'
REQUIRE_CHANGE = 'require(by, "change", old.appointment)'
PASS = "pass"

# A guard's name: where it is, its source, what stands there instead, and the scenario that must break.
GUARDS: dict[str, tuple[Callable[..., object], str, str, Scenario]] = {
    "version swap": (
        moves.move,
        '"at_version": appointment.version,',
        '"at_version": (await find(tx, appointment.id)).appointment.version,',
        what_moved_meanwhile_is_stale,
    ),
    "version seen": (
        moves.Entry.require_version,
        "raise Stale(status=self.appointment.status)",
        PASS,
        the_version_that_a_screen_showed_counts,
    ),
    "table of moves": (
        moves.move,
        "    if not may_move(appointment.status, target, back=kind == TAKEN_BACK):\n"
        "        raise Stale(status=appointment.status)\n",
        "",
        only_allowed_moves_are_made,
    ),
    "event": (moves.tell, "tx.announce(", "str(", every_change_is_told_once),
    "idempotency row": (
        idempotency.once,
        '(await tx.execute(CLAIM, claim | {"outdated": now - KEPT_FOR})).first() is None',
        "False",
        a_key_is_one_booking,
    ),
    "request hash": (
        idempotency.once,
        'bytes(found.request_hash) != claim["request_hash"]',
        "False",
        a_key_is_one_request,
    ),
    "a key's day": (idempotency.once, "now - KEPT_FOR", "now - 9 * KEPT_FOR", a_key_is_forgotten_after_a_day),
    "owner of a confirmed hold": (appointments.confirming, REQUIRE_BOOK, PASS, nobody_confirms_anothers_hold),
    "owner of a released hold": (appointments.release, REQUIRE_BOOK, PASS, nobody_lets_anothers_hold_go),
    "who books": (
        appointments._agreed,
        'require(by, "book", Subject(wish.patient_id, wish.doctor_id, slot.clinic_id))',
        PASS,
        nobody_books_for_another,
    ),
    "who cancels": (appointments.cancel, REQUIRE_CHANGE, PASS, nobody_cancels_for_another),
    "whose it stays": (
        appointments.rescheduling,
        'raise Invalid(field="patient_id")',
        PASS,
        an_appointment_is_not_given_to_another_patient,
    ),
    "staff only": (
        visits._for_staff,
        "require(by, action, old.appointment)",
        PASS,
        patients_make_no_moves_of_the_staff,
    ),
    "check-in by the staff": (
        visits.checking_in,
        'require(by, "receive", old.appointment)',
        PASS,
        the_staff_says_who_is_here,
    ),
    "desk only": (
        visits.squeeze_in,
        'if can(by, "receive", Subject(patient_id, doctor_id, c))',
        "",
        walkers_are_let_in_by_the_desk,
    ),
    "day lock": (
        day_locks.lock_days,
        "row = (await tx.execute(LOCK, values)).one()",
        'row = (await tx.execute(text("SELECT coalesce(max(version), 0) + 1 AS version, coalesce(max(last_token), 0) + '
        ':tokens AS last_token FROM doctor_days WHERE doctor_id = :doctor_id AND day = :day AND :now IS NOT NULL"), '
        "values)).one()",
        tokens_have_no_gap_or_repeat,
    ),
    "day lock at the door": (
        day_locks.lock_days,
        "row = (await tx.execute(LOCK, values)).one()",
        "row = Lock(1, 1)",
        one_patient_is_inside_at_a_time,
    ),
    "one inside": (
        visits.require_nobody_inside,
        "raise DoctorBusy(appointment_id=str(found))",
        PASS,
        one_patient_is_inside_after_the_other,
    ),
    "patient's own lock": (
        own_holds.holds_of,
        ".with_for_update(key_share=True)",
        "",
        one_person_holds_one_time,
    ),
    "hold's end": (
        appointments.confirming,
        " or held.has_lapsed(now)",
        "",
        a_hold_that_ran_out_is_not_confirmed,
    ),
    "lapsed in the doctor's way": (
        placing.place,
        "await _free_lapsed(tx, rows, wish, day, now)",
        "False",
        a_hold_that_ran_out_makes_way,
    ),
    "lapsed in the patient's way": (
        own_holds.make_way,
        "await _end(tx, held, by, now)",
        PASS,
        ones_own_that_ran_out_elsewhere_makes_way,
    ),
    "lapsed at the desk": (
        lapsed.end_lapsed,
        "await move(tx, held, Status.EXPIRED, by=None, now=now)",
        PASS,
        ones_own_that_ran_out_elsewhere_keeps_nobody_from_the_desk,
    ),
    "lapsed in a recall's way": (
        lapsed.end_lapsed_on,
        "await move(tx, entry(row), Status.EXPIRED, by=None, now=now)",
        PASS,
        a_recall_is_not_kept_out_by_what_ran_out,
    ),
    "free change": (appointments.refuse_if_late, "ahead < free or ", "", patients_change_in_time_or_not_at_all),
    "checked in": (
        appointments.refuse_if_late,
        " or appointment.status == Status.CHECKED_IN",
        "",
        one_who_is_here_asks_the_desk,
    ),
    "no-show's time": (visits.no_show, "raise TooEarly", PASS, nobody_is_missed_before_his_time),
    "check-in's earliest": (
        visits.checking_in,
        "raise TooEarly",
        PASS,
        nobody_is_checked_in_days_before_or_after,
    ),
    "check-in's latest": (visits.checking_in, "raise TooLate", PASS, nobody_is_checked_in_days_after),
    "recall's day": (visits.recall, "raise TooLate", PASS, nobody_is_recalled_on_another_day),
    "recall is no check-in": (
        visits.checking_in,
        "raise Stale(status=old.appointment.status)",
        PASS,
        one_who_was_given_up_is_recalled,
    ),
    "schedule's version": (
        schedules.rules,
        " and known.version == current[i]",
        "",
        leave_is_seen_by_whoever_books_next,
    ),
    "notice": (slots._why, "Why.NOTICE if start < earliest else Why.OPEN", "Why.OPEN", patients_give_notice),
    "doctor there to confirm": (
        appointments.confirming,
        "raise NotOpen(why=Why.OUTSIDE_HOURS)",
        PASS,
        a_doctor_who_left_takes_no_confirmation,
    ),
    "doctor there to book": (
        appointments._agreed,
        "raise NotFound(doctor_id=wish.doctor_id)",
        PASS,
        a_doctor_who_left_is_not_found,
    ),
}


@pytest.mark.parametrize("kind", CONSTRAINTS)
async def test_without_a_constraint_something_is_in_two_places(cast: Cast, database_url: str, kind: str) -> None:
    drop_constraints(database_url, kind)
    with pytest.raises(Broken):
        await CONSTRAINTS[kind](cast)


@pytest.mark.parametrize("scenario", CONSTRAINTS.values(), ids=CONSTRAINTS)
async def test_with_all_constraints_nothing_is(cast: Cast, scenario: Scenario) -> None:
    await scenario(cast)


async def test_without_both_guards_of_a_move_anothers_appointment_moves(cast: Cast) -> None:
    """One of them alone would do."""
    late = 'require(by, "change_late", appointment)'
    for taken_away in ((True, False), (False, True), (True, True)):
        with ExitStack() as without_them:
            if taken_away[0]:
                without_them.enter_context(without(appointments.rescheduling, REQUIRE_CHANGE, PASS))
            if taken_away[1]:
                without_them.enter_context(without(appointments.refuse_if_late, late, PASS))
            if taken_away == (True, True):
                with pytest.raises(Broken):
                    await nobody_moves_anothers_appointment(cast)
            else:
                await nobody_moves_anothers_appointment(cast)
                await write("DELETE FROM appointments")


@pytest.mark.parametrize("guard", GUARDS)
async def test_without_a_guard_its_scenario_breaks(cast: Cast, guard: str) -> None:
    function, source, instead, scenario = GUARDS[guard]
    with without(function, source, instead), pytest.raises(Exception) as broken:  # noqa: PT011  (however it breaks)
        async with asyncio.timeout(20):
            await scenario(cast)
    print(f"{guard}: {type(broken.value).__name__}")


@pytest.mark.parametrize("scenario", dict.fromkeys(guard[3] for guard in GUARDS.values()), ids=lambda s: s.__name__)
async def test_with_every_guard_each_scenario_holds(cast: Cast, scenario: Scenario) -> None:
    await scenario(cast)
