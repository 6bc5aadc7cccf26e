"""What the page of a link shows of the queue: its own token's time and standing, and the rule for all."""

from datetime import timedelta

from services import appointments, queue, turns, visits
from state.turns import turn_fields
from tests.people import DAY, Cast, at


async def test_whoever_waits_for_a_late_doctor_is_told_that_he_may_move(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(8))
    await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))
    row = turn_fields(await turns.turns(cast.doctor_id, DAY, at(10)), "en", at(10))["turns"][str(booked.token)]
    assert (row.time, row.may_move) == ("10:00 am", False)
    await queue.run_late(cast.doctor_id, timedelta(minutes=95), by=cast.receptionist, now=at(10))
    shown = turn_fields(await turns.turns(cast.doctor_id, DAY, at(10)), "en", at(10))
    assert shown["late"] == "The doctor is running about 1 h 35 min late."
    assert shown["rule"].startswith("Emergencies first; ")
    assert shown["turns"][str(booked.token)].may_move


async def test_one_who_is_recalled_after_his_time_was_given_away_is_shown_the_one_he_got(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(8))
    await visits.no_show(booked.id, by=cast.receptionist, now=at(10, 15))
    await visits.emergency(cast.stranger_patient, cast.doctor_id, by=cast.receptionist, now=at(10, 16))
    back = await visits.recall(booked.id, by=cast.receptionist, now=at(10, 20))
    assert back.starts_at != at(10)
    row = turn_fields(await turns.turns(cast.doctor_id, DAY, at(10, 20)), "en", at(10, 20))["turns"][str(booked.token)]
    assert (row.status, row.time[:2]) == ("checked_in", "10")
    assert row.time != "10:00 am"
