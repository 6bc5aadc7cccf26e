"""The waiting room's screen: who sits there, whose turn it is, and when it has to be read anew."""

from datetime import timedelta

import pytest

from core import db
from core.errors import NotFound
from services import appointments, clinic_board, queue, views, visits
from services.clinic_board import Desk
from tests.people import DAY, Cast, another_doctor, at
from tests.rows import one, write


@pytest.fixture(autouse=True)
def _anew() -> None:
    clinic_board.forget()


async def desk(cast: Cast, now=None) -> Desk:
    (found,) = (await clinic_board.clinic_board(cast.clinic_id, now or at(9, 5))).desks
    return found


async def here(cast: Cast, hour: int, patient: int):
    made = await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(6))
    return await visits.check_in(made.id, by=cast.receptionist, now=at(9))


async def test_it_shows_tokens_in_their_order_and_names_no_patient(cast: Cast) -> None:
    second = await here(cast, 10, cast.stranger_patient)
    first = await here(cast, 9, cast.asha_patient)
    assert (await desk(cast)).waiting == (first.token, second.token)
    await visits.start(first.id, by=cast.doctor, now=at(9))
    found = await desk(cast)
    assert (found.doctor, found.inside, found.waiting) == ("Vd. Meera Joshi", first.token, (second.token,))
    shown = repr(await clinic_board.clinic_board(cast.clinic_id, at(9, 5)))
    assert "Asha" not in shown
    assert "Ravi" not in shown


async def test_what_is_kept_of_a_day_is_never_older_than_its_version(cast: Cast) -> None:
    first = await here(cast, 9, cast.asha_patient)
    for change in (
        visits.start(first.id, by=cast.doctor, now=at(9)),
        queue.run_late(cast.doctor_id, timedelta(minutes=20), by=cast.doctor, now=at(9)),
        visits.complete(first.id, by=cast.doctor, now=at(9, 10)),
    ):
        before = await clinic_board.clinic_board(cast.clinic_id, at(9, 5))
        await change
        after = await clinic_board.clinic_board(cast.clinic_id, at(9, 5))
        assert after.version > before.version
        assert after.desks != before.desks
        clinic_board.forget()
        assert await clinic_board.clinic_board(cast.clinic_id, at(9, 5)) == after


async def test_each_change_moves_the_clinics_room_and_its_version(cast: Cast) -> None:
    room = f"clinic:{cast.clinic_id}"
    kind, args = views.parse(room)
    await here(cast, 9, cast.asha_patient)
    assert views.topic(room) in (await one("SELECT topics FROM events ORDER BY id DESC LIMIT 1")).topics
    await queue.run_late(cast.doctor_id, timedelta(minutes=20), by=cast.doctor, now=at(9))
    assert views.topic(room) in (await one("SELECT topics FROM events ORDER BY id DESC LIMIT 1")).topics
    async with db.snapshot() as connection:
        asked = await clinic_board.versions(connection, [cast.clinic_id, cast.other_clinic_id, 10**6], at(9))
    assert set(asked) == {cast.clinic_id, cast.other_clinic_id}
    assert asked[cast.clinic_id] == (await kind.read(args, at(9))).version
    assert asked[cast.clinic_id] > asked[cast.other_clinic_id]


async def test_the_next_day_is_newer_than_any_change_of_this_one(cast: Cast) -> None:
    await write(
        "INSERT INTO doctor_days (doctor_id, day, version, last_token, delay_minutes, changed_at)"
        " VALUES (:doctor, :day, 50000, 0, 0, now())",
        doctor=cast.doctor_id,
        day=DAY,
    )
    today = await clinic_board.clinic_board(cast.clinic_id, at(23, 59))
    tomorrow = await clinic_board.clinic_board(cast.clinic_id, at(23, 59) + timedelta(minutes=1))
    assert (today.day, tomorrow.day) == (DAY, DAY + timedelta(days=1))
    assert tomorrow.version > today.version
    assert today.valid_until == at(0, 0, DAY + timedelta(days=1))
    async with db.snapshot() as connection:
        after = await clinic_board.versions(connection, [cast.clinic_id], at(23, 59) + timedelta(minutes=1))
    assert after[cast.clinic_id] == tomorrow.version


async def test_the_clock_says_who_is_not_there_yet_and_who_has_finished(cast: Cast) -> None:
    early, noon, late = [await desk(cast, at(hour)) for hour in (7, 14, 20)]
    assert (early.opens_at, early.is_on) == (at(9), False)
    assert (noon.opens_at, noon.is_on) == (at(15), False)
    assert (late.opens_at, late.is_over) == (None, True)
    assert (await desk(cast, at(10))).is_on
    # Whoever still waits is still seen, whatever the hours say.
    await here(cast, 10, cast.asha_patient)
    assert (await desk(cast, at(14))).is_on


async def test_those_stand_there_who_sit_there_today(cast: Cast) -> None:
    board = await clinic_board.clinic_board(cast.other_clinic_id, at(9))
    assert [each.doctor for each in board.desks] == ["Vd. John Mathew"]
    await another_doctor(cast.other_doctor_id, name="Vd. Anu Nair")
    board = await clinic_board.clinic_board(cast.other_clinic_id, at(9))
    assert [each.doctor for each in board.desks] == ["Vd. Anu Nair", "Vd. John Mathew"]
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at, created_at) VALUES (:doctor, :since, :until, now())",
        doctor=cast.other_doctor_id,
        since=at(0),
        until=at(23),
    )
    board = await clinic_board.clinic_board(cast.other_clinic_id, at(9))
    assert [each.doctor for each in board.desks] == ["Vd. Anu Nair"]


@pytest.mark.parametrize("slug", ["", "nowhere", "é\0", "x" * 10_000])
async def test_a_clinic_that_is_none_is_unknown(cast: Cast, slug: str) -> None:
    with pytest.raises(NotFound):
        await clinic_board.place(slug)


async def test_a_clinic_is_found_by_its_slug(cast: Cast) -> None:
    assert (await clinic_board.place("dhanvantari")).id == cast.clinic_id
