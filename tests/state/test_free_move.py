"""The page of a link offers another time while the doctor is late; whoever takes one needs no account."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from models import Appointment
from services import appointments, queue, visit_links
from state.free_move import FreeMove
from state.visit import Visit
from tests.people import Cast, at
from tests.rows import one
from tests.state.pages import tab

Run = Callable[..., Awaitable[tuple[FreeMove, Any]]]


@pytest.fixture
async def visit(cast: Cast) -> Appointment:
    """At eleven; the doctor is half an hour late."""
    await queue.run_late(cast.doctor_id, timedelta(minutes=30), by=cast.receptionist, now=at(9))
    return await appointments.book_at(cast.wish(at(11)), by=cast.receptionist, now=at(6))


@pytest.fixture
def run(visit: Appointment, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls a handler at ten as a browser does that has the link, and no session: the page, and what it is led to."""
    monkeypatch.setattr(clock, "now", lambda: at(10))
    path, name = f"/v/{visit_links.code_of(visit.id)}", FreeMove.get_full_name().split(".")
    pages = {start: tab(None, start + path).get_substate(name) for start in ("", "/hi")}

    async def call(handler: str, *arguments: Any, start: str = "") -> tuple[FreeMove, Any]:
        page = pages[start]
        then = await getattr(FreeMove, handler).fn(page, *arguments)
        return page, then

    return call


def chosen(page: FreeMove, key: str) -> dict[str, Any]:
    return {"seen": page.seen, "version": page.version, "starts_at": key}


async def status(visit: Appointment) -> str:
    found: str = (await one("SELECT status FROM appointments WHERE id = :id", id=visit.id)).status
    return found


async def test_the_times_are_shown_by_day_and_one_is_taken(visit: Appointment, run: Run) -> None:
    page, _ = await run("look")
    assert (page.is_open, page.refusal, len(page.days)) == (True, "", 7)
    first, second = page.days[:2]
    assert [time.label for time in second.times][:2] == ["9:00 am", "9:30 am"]
    assert (first.times[0].key, second.times[0].key) > (at(10).isoformat(), at(11).isoformat())
    page, then = await run("take", chosen(page, at(16).isoformat()))
    assert (page.refusal, page.is_open, page.days, then) == ("", False, [], Visit.load)
    assert await status(visit) == "rescheduled"


async def test_in_hindi_days_and_refusals_are_hindi(run: Run) -> None:
    page, _ = await run("look", start="/hi")
    labels = [day.label for day in page.days]
    page, _ = await run("take", {}, start="/hi")
    assert all(any("\u0900" <= letter <= "\u097f" for letter in said) for said in [*labels, page.refusal])


async def test_what_another_has_taken_is_said_and_no_longer_offered(visit: Appointment, cast: Cast, run: Run) -> None:
    page, _ = await run("look")
    wish = cast.wish(at(16), patient=cast.stranger_patient)
    await appointments.book_at(wish, by=cast.receptionist, now=at(10))
    page, _ = await run("take", chosen(page, at(16).isoformat()))
    assert page.refusal == "Someone else has just taken that time."
    assert at(16).isoformat() not in [time.key for day in page.days for time in day.times]
    assert await status(visit) == "booked"


async def test_once_the_doctor_is_on_time_nothing_is_offered(visit: Appointment, cast: Cast, run: Run) -> None:
    page, _ = await run("look")
    form = chosen(page, at(16).isoformat())
    await queue.run_late(cast.doctor_id, timedelta(), by=cast.receptionist, now=at(10))
    page, _ = await run("take", form)
    assert page.refusal == "This time can no longer be changed here. Please call the clinic."
    assert (page.is_open, page.days, await status(visit)) == (False, [], "booked")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"starts_at": ""},
        {"starts_at": "soon"},
        {"starts_at": 7},
        {"starts_at": "2030-01-01T09:00"},
        {"seen": "nobody"},
        {"seen": None},
        {"version": "x"},
        {"version": None},
    ],
)
async def test_rubbish_is_refused_and_moves_nobody(visit: Appointment, run: Run, wrong: dict[str, Any]) -> None:
    page, _ = await run("look")
    page, then = await run("take", chosen(page, at(16).isoformat()) | wrong if wrong else {})
    assert page.refusal != ""
    assert (then, await status(visit)) == (None, "booked")


async def test_put_away_the_page_offers_nothing(run: Run) -> None:
    await run("look")
    page, _ = await run("put_away")
    assert (page.is_open, page.days, page.seen) == (False, [], "")
