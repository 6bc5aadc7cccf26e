"""What all who wait may see of a doctor's day: each token, and nobody behind it."""

from datetime import timedelta

from core import db
from services import appointments, turns, views, visits
from tests.people import DAY, Cast, at


async def test_each_token_finds_itself(cast: Cast) -> None:
    first, second, third = [
        await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(6))
        for hour, patient in ((9, cast.asha_patient), (10, cast.stranger_patient), (11, cast.mother_patient))
    ]
    for each in (first, second):
        await visits.check_in(each.id, by=cast.receptionist, now=at(9))
    await visits.start(first.id, by=cast.doctor, now=at(9))
    await appointments.cancel(third.id, by=cast.receptionist, now=at(9))
    view = await turns.turns(cast.doctor_id, DAY, at(9, 5))
    assert view.booked_for[second.token] == at(10)
    assert (view.inside, view.is_today) == (first.token, True)
    assert {token: str(status) for token, status in view.statuses.items()} == {
        first.token: "in_consultation",
        second.token: "checked_in",
        third.token: "cancelled",
    }
    assert (view.turns[second.token].ahead, view.turns[second.token].is_here) == (0, True)
    assert "Asha" not in repr(view)
    assert "Ravi" not in repr(view)


async def test_a_running_day_is_read_anew_each_minute_and_another_at_its_midnight(cast: Cast) -> None:
    assert (await turns.turns(cast.doctor_id, DAY, at(9))).valid_until == at(9, 1)
    assert (await turns.turns(cast.doctor_id, DAY, at(9) - timedelta(days=1))).valid_until == at(0)
    assert (await turns.turns(cast.doctor_id, DAY, at(9) + timedelta(days=1))).valid_until is None


async def test_the_room_moves_with_the_doctors_day(cast: Cast) -> None:
    room = f"turns:{cast.doctor_id}:{DAY}"
    assert views.topic(room) == f"doctor:{cast.doctor_id}:{DAY}"
    kind, args = views.parse(room)
    view = await kind.read(args, at(9))
    async with db.snapshot() as connection:
        assert await kind.versions(connection, [args]) == [view.version]
