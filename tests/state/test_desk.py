"""The desk's handlers as a socket calls them: what is in the hand, what was refused and why, and what else is open."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core import clock, db
from core.errors import DomainError, Invalid
from models import Appointment
from models.user import Role
from services import appointments, presence, sessions, visits
from services.presence import people
from state.desk import Desk
from state.desk_moves import DeskMoves
from tests.people import DAY, Cast, another_doctor, at
from tests.rows import many, one
from tests.state.pages import tab

Run = Callable[..., Awaitable[DeskMoves]]


@pytest.fixture
async def run(cast: Cast) -> Run:
    """Calls a handler of the grid as the front desk's browser does, with that day open."""
    async with db.transaction() as tx:
        cookie = await sessions.open_session(
            tx, cast.receptionist.user_id, Role.RECEPTIONIST, address=None, user_agent=None, now=clock.now()
        )
    root = tab(cookie, "/desk")
    shown: Desk = root.get_substate(Desk.get_full_name().split("."))
    moves: DeskMoves = root.get_substate(DeskMoves.get_full_name().split("."))
    shown.clinic_id, shown.day, shown._zone = str(cast.clinic_id), DAY.isoformat(), "Asia/Kolkata"
    await presence.presence.enter("s", presence.desk_room(cast.clinic_id), cast.receptionist)

    async def call(handler: str, *arguments: Any) -> DeskMoves:
        await getattr(DeskMoves, handler).fn(moves, *arguments)
        return moves

    return call


async def booked(cast: Cast, hour: int = 10, patient: int | None = None) -> Appointment:
    wish = cast.wish(at(hour), patient=patient)
    return await appointments.book_at(wish, by=cast.receptionist, now=clock.now())


def drop(appointment: Appointment, minute: int, *, doctor: int | None = None, version: int = 1) -> tuple[Any, ...]:
    return 7, str(appointment.id), version, doctor or appointment.doctor_id, DAY.isoformat(), minute, True


async def test_what_is_picked_up_is_in_ones_hand_and_its_open_times_come_back(cast: Cast, run: Run) -> None:
    mine = await booked(cast)
    colleague = await another_doctor(cast.doctor_id)
    moves = await run("pick_up", str(mine.id))
    told = json.loads(moves.reach)
    assert told["id"] == str(mine.id)
    assert set(told["open"]) == {f"{cast.doctor_id}:{DAY}", f"{colleague}:{DAY}"}
    assert [11 * 60, 11 * 60 + 30] in told["open"][f"{cast.doctor_id}:{DAY}"]
    assert [10 * 60, 10 * 60 + 30] not in told["open"][f"{cast.doctor_id}:{DAY}"]
    room = presence.desk_room(cast.clinic_id)
    assert [each.holds for each in (await people(room)).people] == [str(mine.id)]
    assert (await run("put_down")).reach == ""
    assert [each.holds for each in (await people(room)).people] == [""]


async def test_whose_sheet_is_open_the_others_see_until_it_is_closed_or_he_is_gone(cast: Cast, run: Run) -> None:
    mine, room = await booked(cast), presence.desk_room(cast.clinic_id)

    async def held() -> list[str]:
        return [each.holds for each in (await people(room)).people]

    await run("edit", str(mine.id))
    assert await held() == [str(mine.id)]
    await run("put_down")
    assert await held() == [""]
    await run("edit", f"{cast.doctor_id}:{DAY}:0600")
    assert await held() == [f"{cast.doctor_id}:{DAY}:600"]
    for rubbish in ("", "1:2", f"x:{DAY}:600", f"1:{DAY}:1440", "1:never:600", f"1:{DAY}:600:1", None, 7, ["a"]):
        with pytest.raises(Invalid):
            await run("edit", rubbish)
    # Nothing has to be said when his connection ends.
    await presence.presence.look(lambda _room: ())
    assert await held() == []


async def test_a_drop_stands_is_told_and_is_taken_back(cast: Cast, run: Run) -> None:
    mine = await booked(cast)
    moves = await run("drop", *drop(mine, 11 * 60))
    assert (moves.request, moves.about, moves.refusal) == (7, str(mine.id), "")
    assert moves.said == "Moved to 11:00 am."
    stands = "SELECT starts_at, id FROM appointments WHERE status = 'booked'"
    assert (await one(stands)).id == UUID(moves.undo_id)
    moves = await run("undo")
    assert (await one(stands)).starts_at == at(10)
    assert moves.undo_id == ""
    told = [row.data["tell"] for row in await many("SELECT data FROM events WHERE data ? 'tell' ORDER BY id")]
    assert [len(each) for each in told] == [1, 1]


async def test_a_taken_time_says_who_when_where_and_what_is_open(cast: Cast, run: Run) -> None:
    mine = await booked(cast)
    await booked(cast, 11, cast.stranger_patient)
    moves = await run("drop", *drop(mine, 11 * 60))
    assert moves.refusal == "Someone else has just taken that time."
    assert moves.reason.startswith("11:00 am with Vd. Meera Joshi was booked ")
    assert "at the front desk by Front Desk." in moves.reason
    assert moves.reason.endswith("10:30 am, 11:30 am and 12:00 pm are free.")
    assert [each.minute for each in moves.alternatives] == [630, 690, 720]
    other = moves.alternatives[1]
    moves = await run("drop", 0, moves.about, moves.version, other.doctor_id, other.day, other.minute, True)
    assert (moves.refusal, moves.said) == ("", "Moved to 11:30 am.")


async def test_a_patient_who_is_elsewhere_then_is_told_of(cast: Cast, run: Run) -> None:
    mine = await booked(cast)
    colleague = await another_doctor(cast.doctor_id, name="Vd. Anu Nair")
    await appointments.book_at(cast.wish(at(11), doctor=colleague), by=cast.receptionist, now=clock.now())
    moves = await run("drop", *drop(mine, 11 * 60))
    assert moves.refusal == "There is already an appointment at that time for this person."
    assert moves.reason.startswith("11:00 am with Vd. Anu Nair was booked ")


async def test_one_whom_somebody_else_has_moved_is_told_of_by_name(cast: Cast, run: Run) -> None:
    mine = await booked(cast)
    wish = cast.wish(at(12))
    await appointments.reschedule(mine.id, wish, by=cast.admin, now=clock.now())
    moves = await run("drop", *drop(mine, 11 * 60))
    assert moves.reason.startswith("Boss Admin was faster, ")
    assert moves.alternatives == []
    assert (await run("pick_up", str(mine.id))).refusal != ""


async def test_who_was_faster_and_what_is_open_are_told_of_one_who_can_still_be_moved(cast: Cast, run: Run) -> None:
    mine = await booked(cast)
    await visits.check_in(mine.id, by=cast.admin, now=at(9, 50))
    moves = await run("drop", *drop(mine, 11 * 60))
    assert moves.reason.startswith("Boss Admin was faster, ")
    assert moves.reason.endswith(": checked in. 10:30 am, 11:00 am and 11:30 am are free.")
    (_, eleven, _) = moves.alternatives
    again = await run("drop", 2, str(mine.id), moves.version, eleven.doctor_id, eleven.day, eleven.minute, True)
    assert again.said == "Moved to 11:00 am."


async def test_a_patient_who_was_faster_and_ones_own_other_screen_are_told_of(cast: Cast, run: Run) -> None:
    mine = await booked(cast)
    await appointments.reschedule(mine.id, cast.wish(at(12)), by=cast.asha, now=clock.now())
    moves = await run("drop", *drop(mine, 11 * 60))
    assert moves.reason.startswith("The patient was faster, ")
    assert moves.reason.endswith(": moved or sent on.")
    other = await booked(cast, hour=15)
    await appointments.cancel(other.id, by=cast.receptionist, now=clock.now())
    moves = await run("drop", *drop(other, 16 * 60))
    assert moves.reason.startswith("You have done this yourself, ")
    assert moves.reason.endswith(": cancelled.")


async def test_an_open_time_is_given_to_whoever_telephones(cast: Cast, run: Run) -> None:
    form = {"doctor": str(cast.doctor_id), "day": DAY.isoformat(), "minute": str(9 * 60), "visit": "first_visit"}
    moves = await run("book", form | {"name": "New Caller", "phone": "+919812345678"})
    assert moves.said == "Booked, with token 1."
    row = await one("SELECT starts_at, source FROM appointments")
    assert (row.starts_at, row.source) == (at(9), "phone")
    again = await run("book", form | {"name": "Another", "phone": "+919812345679"})
    assert again.refusal == "Someone else has just taken that time."
    for rubbish in ({}, form | {"minute": "1e3"}, form | {"day": "never"}, form | {"visit": "x"}):
        assert (await run("book", rubbish)).refusal != ""


@pytest.mark.parametrize("minute", [-1, 24 * 60, "600", None, 1.5])
async def test_rubbish_from_the_wire_changes_nothing(cast: Cast, run: Run, minute: Any) -> None:
    mine = await booked(cast)
    with pytest.raises(Invalid):
        await run("drop", 1, str(mine.id), 1, cast.doctor_id, DAY.isoformat(), minute, True)
    for act in ("pick_up", "check_in"):
        with pytest.raises(DomainError):
            await run(act, "no number", *([1] if act == "check_in" else []))
    assert (await one("SELECT starts_at FROM appointments")).starts_at == at(10)


async def test_the_part_of_a_week_begins_on_its_monday(cast: Cast) -> None:
    shown: Desk = tab(None, "/desk").get_substate(Desk.get_full_name().split("."))
    shown.clinic_id, shown.day, shown.days = "3", DAY.isoformat(), 7
    assert shown.part.first == DAY - timedelta(days=DAY.weekday())
    shown.days, shown.only = 1, "17"
    assert (shown.part.first, shown.part.doctor_id) == (DAY, 17)
