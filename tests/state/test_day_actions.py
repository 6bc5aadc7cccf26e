"""The dashboard's handlers as a socket calls them: what was done is said, and taken back; who was faster is named."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from core import clock, db
from core.errors import Stale
from models.user import Role
from services import appointments, days, queue, sessions, visits
from state.day import Day
from state.day_actions import DayActions
from state.desk_walk_in import DeskWalkIn
from tests.people import DAY, Cast, at
from tests.rows import one
from tests.state.pages import tab

Run = Callable[..., Awaitable[DayActions]]


@pytest.fixture
async def run(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls a handler as the doctor's own browser does at ten, with the day open."""
    monkeypatch.setattr(clock, "now", lambda: at(10))
    async with db.transaction() as tx:
        cookie = await sessions.open_session(
            tx, cast.doctor.user_id, Role.DOCTOR, address=None, user_agent=None, now=clock.now()
        )
    root = tab(cookie, f"/day?doctor={cast.doctor_id}")
    root.get_substate(Day.get_full_name().split(".")).doctor_id = str(cast.doctor_id)

    async def call(of: type[Any], handler: str, *arguments: Any) -> DayActions:
        await getattr(of, handler).fn(root.get_substate(of.get_full_name().split(".")), *arguments)
        acts: DayActions = root.get_substate(DayActions.get_full_name().split("."))
        return acts

    return call


async def here(cast: Cast, hour: int, patient: int) -> str:
    booked = await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(8))
    return str((await visits.check_in(booked.id, by=cast.receptionist, now=at(9, 50))).id)


async def delay(cast: Cast) -> int:
    return int((await days.board(cast.doctor_id, DAY)).delay.total_seconds() // 60)


async def test_a_delay_is_said_and_taken_back_to_what_was_said_before(cast: Cast, run: Run) -> None:
    await run(DayActions, "run_late", 15, 0)
    acts = await run(DayActions, "run_late", 75, 15)
    assert (acts.said, acts.undo_id) == ("The day runs 1 h 15 min late.", str(cast.doctor_id))
    acts = await run(DayActions, "undo")
    assert (acts.said, acts.undo_id, await delay(cast)) == ("The day runs 15 min late.", "", 15)


async def test_a_delay_that_another_has_said_since_is_not_taken_back(cast: Cast, run: Run) -> None:
    await run(DayActions, "run_late", 15, 0)
    await queue.run_late(cast.doctor_id, timedelta(minutes=40), by=cast.receptionist, now=at(10))
    acts = await run(DayActions, "undo")
    assert acts.refusal == "This changed while you were looking. Here is how it stands now."
    assert await delay(cast) == 40


async def test_two_who_put_the_day_off_at_once_do_it_once_and_the_second_is_told_by_whom(cast: Cast, run: Run) -> None:
    five = timedelta(minutes=5)
    desks = queue.run_late(cast.doctor_id, five, by=cast.receptionist, now=at(10), instead_of=timedelta())
    acts, desk = await asyncio.gather(run(DayActions, "run_late", 5, 0), desks, return_exceptions=True)
    assert await delay(cast) == 5
    if isinstance(desk, Stale):
        assert acts.said == "The day runs 5 min late."
    else:
        said = "Front Desk said so 0 s ago: the day runs 5 min late. Press again if it is more than that."
        assert (acts.said, acts.faster, acts.undo_id) == ("", said, "")


async def test_who_did_not_see_what_another_has_said_is_told_and_changes_nothing(cast: Cast, run: Run) -> None:
    await queue.run_late(cast.doctor_id, timedelta(minutes=40), by=cast.receptionist, now=at(10))
    for minutes in (5, 0):
        acts = await run(DayActions, "run_late", minutes, 0)
        assert acts.faster.startswith("Front Desk said so 0 s ago: the day runs 40 min late.")
    await queue.run_late(cast.doctor_id, timedelta(), by=cast.receptionist, now=at(10))
    acts = await run(DayActions, "run_late", 45, 40)
    assert acts.faster.startswith("Front Desk said so 0 s ago: the day is on time.")
    assert await delay(cast) == 0


async def test_who_presses_again_before_his_screen_has_followed_adds_to_what_he_said(cast: Cast, run: Run) -> None:
    for said in ("The day runs 5 min late.", "The day runs 10 min late.", "The day runs 15 min late."):
        assert (await run(DayActions, "run_late", 5, 0)).said == said
    acts = await run(DayActions, "undo")
    assert (acts.said, await delay(cast)) == ("The day runs 10 min late.", 10)
    assert (await run(DayActions, "run_late", 0, 0)).said == "The day is on time."


@pytest.mark.parametrize("brought", [(True, 0), (5, "0"), (5, None), (2_000, 0), (-5, 0), (5.5, 0), (5, -2_000)])
async def test_what_is_no_delay_is_refused(cast: Cast, run: Run, brought: tuple[Any, Any]) -> None:
    acts = await run(DayActions, "run_late", *brought)
    assert acts.refusal != ""
    assert await delay(cast) == 0


async def test_whoever_was_added_or_recalled_by_mistake_is_taken_out_again(cast: Cast, run: Run) -> None:
    form = {"name": "Kavita Naik", "phone": "98765 43210", "doctor": str(cast.doctor_id), "visit": "follow_up"}
    acts = await run(DeskWalkIn, "add", form)
    assert (acts.refusal, acts.said) == ("", "Added, with token 1.")
    assert (await run(DayActions, "undo")).said == "Taken back: token 1 is where it was."
    assert (await days.board(cast.doctor_id, DAY)).shown == ()
    missed = await visits.no_show(
        (await appointments.book_at(cast.wish(at(9)), by=cast.receptionist, now=at(8))).id,
        by=cast.doctor,
        now=at(9, 30),
    )
    await run(DayActions, "recall", str(missed.id), missed.version)
    await run(DayActions, "undo")
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=missed.id)).status == "no_show"


async def test_who_calls_the_next_one_a_moment_after_another_is_told_who_did(cast: Cast, run: Run) -> None:
    await here(cast, 10, cast.asha_patient)
    await here(cast, 11, cast.stranger_patient)
    await queue.call_next(cast.doctor_id, by=cast.admin, now=at(10))
    acts = await run(DayActions, "call_next")
    assert acts.faster == "Boss Admin was faster, 0 s ago: called in."
