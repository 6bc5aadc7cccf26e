"""When each is expected to go in: what moves it, what does not, and what is learnt from past days."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from bench.expected import HOURS
from cli.simulate import model
from cli.simulate.played import Played, played
from models.appointment import Source, Status
from services import appointments, days, queue, visit_lengths, visits
from services.days import Booking, DoctorDayBoard
from services.past_days import NOTHING, History, learn
from services.queue_rule import QueueRule
from tests.people import DAY, Cast, at, crowd
from tests.rows import write

MINUTE = timedelta(minutes=1)
SURE = replace(
    NOTHING,
    mean={"follow_up": float(np.log(10))},
    spread={"follow_up": 0.02},
    day_spread=0.001,
    between=0.0,
    no_show=0.0,
    walk_ins=0.0,
    emergencies=0.0,
    lateness=np.zeros(10, dtype=np.float32),
    begins_late=np.zeros(2, dtype=np.float32),
)
"""All visits take ten minutes, and all come on the minute."""


def one(token: int, starts_at: datetime, status: Status = Status.CHECKED_IN, **values: object) -> Booking:
    empty = played(
        1, DAY, model.day(HOURS, [model.Booked(time=540, slot=10, visit_type="follow_up")], [1]), QueueRule()
    )
    came = values.pop("came", starts_at if status != Status.BOOKED else None)
    return replace(
        empty.bookings[0],
        id=UUID(int=token),
        token=token,
        starts_at=starts_at,
        ends_at=starts_at + 10 * MINUTE,
        visit_type="follow_up",
        status=status,
        source=Source.WEB,
        is_emergency=False,
        checked_in_at=came,
        skipped_at=None,
        started_at=None,
        ended_at=None,
        **values,
    )


def board(*bookings: Booking, **values: object) -> DoctorDayBoard:
    base = DoctorDayBoard(
        doctor_id=1,
        clinic_id=1,
        day=DAY,
        zone="Asia/Kolkata",
        version=3,
        delay=timedelta(),
        rule=QueueRule(),
        bookings=bookings,
        sits=((at(9), at(13)), (at(15), at(19))),
    )
    return replace(base, **values)


def minutes(found: queue.Queue, since: datetime) -> dict[int, int]:
    """When each is expected, in minutes from then."""
    return {turn.token: round((turn.expected.median - since) / MINUTE) for turn in found.turns if turn.expected}


def test_they_go_in_one_after_another_after_the_one_who_is_in() -> None:
    inside = replace(one(1, at(10), Status.IN_CONSULTATION), started_at=at(10))
    day = board(inside, one(2, at(10, 10)), one(3, at(10, 20)), one(4, at(11), Status.BOOKED))
    found = queue.of(day, at(10, 4), SURE)
    assert minutes(found, at(10)) == {2: 10, 3: 20, 4: 60}
    assert [turn.ahead for turn in found.turns] == [0, 1, 2]
    assert found.ends is not None
    assert round((found.ends.median - at(11)) / MINUTE) == 10


def test_the_same_day_gives_the_same_times_and_wider_ranges_hold_the_narrower() -> None:
    day = simulated().board(at(10, 30))
    first, again = queue.of(day, at(10, 30)), queue.of(day, at(10, 30))
    assert first == again
    assert len(first.turns) > 10
    for turn in first.turns:
        expected = turn.expected
        assert expected is not None
        low, high = expected.likely
        assert at(10, 30) <= expected.nearly_sure[0] <= low <= expected.median <= high <= expected.nearly_sure[1]


def test_a_late_day_moves_everybody() -> None:
    day = board(one(1, at(10)), one(2, at(10, 10)), one(3, at(10, 20), Status.BOOKED))
    assert minutes(queue.of(day, at(10), SURE), at(10)) == {1: 0, 2: 10, 3: 20}
    assert minutes(queue.of(replace(day, delay=timedelta(minutes=25)), at(10), SURE), at(10)) == {1: 25, 2: 35, 3: 45}


def test_nobody_is_expected_while_the_doctor_is_away_nor_before_he_comes() -> None:
    early = board(one(1, at(15), Status.BOOKED, came=None), one(2, at(9), came=at(8, 30)))
    assert minutes(queue.of(early, at(8, 40), SURE), at(9)) == {2: 0, 1: 360}
    at_noon = board(one(1, at(15), came=at(14, 20)))
    assert minutes(queue.of(at_noon, at(14, 30), SURE), at(15)) == {1: 0}
    # Whom he has not seen by the end of his hours he sees all the same.
    overrun = board(one(1, at(12, 50)), one(2, at(12, 55)), one(3, at(12, 58)), sits=((at(9), at(13)),))
    assert minutes(queue.of(overrun, at(12, 58), SURE), at(12, 58)) == {1: 0, 2: 10, 3: 20}


def test_an_emergency_goes_first_and_moves_the_others_back() -> None:
    day = board(one(1, at(10)), one(2, at(10, 10)))
    urgent = replace(one(3, at(10, 40), came=at(10, 5)), is_emergency=True, source=Source.WALK_IN)
    found = queue.of(replace(day, bookings=(*day.bookings, urgent)), at(10, 5), SURE)
    assert [turn.token for turn in found.turns] == [3, 1, 2]
    assert minutes(found, at(10, 5)) == {3: 0, 1: 10, 2: 20}


def test_the_longer_one_is_overdue_the_less_he_keeps_others_waiting() -> None:
    known = replace(SURE, no_show=0.2, lateness=np.linspace(-10, 20, 50, dtype=np.float32))
    day = board(one(1, at(10), Status.BOOKED), one(2, at(11), Status.BOOKED))
    ends = [queue.of(day, at(10, minute), known).turns for minute in (0, 40)]
    assert [turn.token for turn in ends[0]] == [1, 2]
    assert all(turn.expected is not None for turn in ends[0])
    late = next(turn for turn in ends[1] if turn.token == 1)
    assert late.expected is None or late.expected.median >= at(10, 40)


def test_a_walk_in_is_expected_after_those_who_may_go_first_and_not_after_more() -> None:
    booked = [one(n, at(10, 8 * n), Status.BOOKED) for n in range(1, 7)]
    walk_in = replace(one(9, at(10, 2), came=at(10, 2)), source=Source.WALK_IN)
    inside = replace(one(8, at(9, 50), Status.IN_CONSULTATION), started_at=at(10, 2))
    found = queue.of(board(inside, walk_in, *booked), at(10, 3), SURE)
    order = [turn.token for turn in found.turns]
    assert 1 <= order.index(9) <= 3
    eager = queue.of(board(inside, walk_in, *booked, rule=QueueRule(walk_in_after=0)), at(10, 3), SURE)
    assert eager.turns[0].token == 9


def test_what_is_over_is_not_foretold_and_nobody_is_no_day() -> None:
    assert queue.of(board(), at(10)).turns == ()
    assert queue.of(board(), at(10)).ends is None
    past = queue.of(board(one(1, at(10)), one(2, at(11), Status.BOOKED)), at(10) + timedelta(days=1))
    assert [(turn.token, turn.expected) for turn in past.turns] == [(1, None)]
    assert past.valid_until is None


def test_what_is_foretold_is_told_anew_within_a_minute() -> None:
    found = queue.of(board(one(1, at(10))), at(10))
    assert found.valid_until == at(10, 1)


@pytest.mark.parametrize("been", [0, 9, 45, 600])
def test_one_who_is_in_for_long_still_has_an_end(been: int) -> None:
    inside = replace(one(1, at(9), Status.IN_CONSULTATION), started_at=at(9))
    found = queue.of(board(inside, one(2, at(9, 10))), at(9) + been * MINUTE)
    (turn,) = found.turns
    assert turn.expected is not None
    assert at(9) + been * MINUTE < turn.expected.median < at(9) + (been + max(60, been)) * MINUTE


def simulated(doctor: int = 1, number: int = 0) -> Played:
    seed = [7, doctor, number]
    plan = model.day(HOURS, model.bookings(HOURS, seed), seed, pace=1.3)
    return played(doctor, DAY + timedelta(days=number), plan, QueueRule())


def test_past_days_teach_how_long_visits_take_and_who_does_not_come() -> None:
    days = [simulated(number=number) for number in range(40)]
    known = learn(
        [visit for day in days for visit in day.visits()], 1, "Asia/Kolkata", {day.day: [day.at(540)] for day in days}
    )
    assert np.exp(known.mean["first_visit"]) == pytest.approx(23 * 1.3, rel=0.12)
    assert np.exp(known.mean["follow_up"]) == pytest.approx(12 * 1.3, rel=0.12)
    assert known.spread["follow_up"] == pytest.approx(0.45, abs=0.06)
    assert known.no_show == pytest.approx(0.12, abs=0.03)
    assert known.day_spread == pytest.approx(0.12, abs=0.06)
    assert np.median(known.lateness) == pytest.approx(-6, abs=3)


def test_who_has_no_past_is_taken_as_his_house_and_a_house_without_one_as_any() -> None:
    assert learn([], 1, "Asia/Kolkata", {}) is NOTHING
    of_house = [visit for number in range(20) for visit in simulated(2, number).visits()]
    known = learn(of_house, 1, "Asia/Kolkata", {})
    assert np.exp(known.mean["follow_up"]) == pytest.approx(12 * 1.3, rel=0.15)
    assert isinstance(known, History)


async def test_the_history_is_the_doctors_own_of_earlier_days_and_kept_for_a_while(cast: Cast) -> None:
    patients = [member.patient_id for member in await crowd(4)]
    for hour, patient in enumerate(patients, 9):
        booked = await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(8))
        await visits.check_in(booked.id, by=cast.receptionist, now=at(hour))
        await visits.start(booked.id, by=cast.doctor, now=at(hour))
        await visits.complete(booked.id, by=cast.doctor, now=at(hour, 50))
    same_day = await visit_lengths.history(cast.doctor_id, at(14))
    assert same_day.mean == {}
    tomorrow = at(9, day=DAY + timedelta(days=1))
    learnt = await visit_lengths.history(cast.doctor_id, tomorrow)
    assert np.exp(learnt.mean["first_visit"]) > np.exp(NOTHING.mean_of("first_visit", 30))
    await write("DELETE FROM appointments")
    assert await visit_lengths.history(cast.doctor_id, tomorrow + 5 * MINUTE) is learnt
    assert (await visit_lengths.history(cast.doctor_id, tomorrow + 11 * MINUTE)).mean == {}
    assert await visit_lengths.history(10**6, tomorrow) is NOTHING


async def test_the_board_knows_when_the_doctor_sits(cast: Cast) -> None:
    found = await days.board(cast.doctor_id, DAY)
    assert found.sits == ((at(9), at(13)), (at(15), at(19)))
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:id, :a, :b)", id=cast.doctor_id, a=at(11), b=at(16)
    )
    assert (await days.board(cast.doctor_id, DAY)).sits == ((at(9), at(11)), (at(16), at(19)))
