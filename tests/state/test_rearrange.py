"""The page of many at once: what is looked at, ticked and carried out is what is done; and how far it is shows."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import clock
from services import appointments
from services.permissions import Actor
from services.walls import local_day
from state.happened import FORM
from state.rearrange import Rearrange
from state.rearranged import Rearranged
from tests.people import Cast, another_doctor, at, crowd
from tests.rows import audited, events, many, one
from tests.standing import STANDING
from tests.state.pages import page_of

TOMORROW = local_day(clock.now(), "Asia/Kolkata") + timedelta(days=1)
MORNING = {"since": f"{TOMORROW}T09:00", "until": f"{TOMORROW}T13:00"}

Desk = Callable[..., Any]


@pytest.fixture
async def desk(cast: Cast) -> Desk:
    """Opens the page as one of the staff, at an address."""

    async def open_at(by: Actor, address: str = "/rearrange") -> Any:
        state = await page_of(Rearrange, by, address)
        await do(state, "load")
        return state

    return open_at


async def do(state: Any, name: str, **arguments: Any) -> list[tuple[int, int]]:
    """What the browser's event does; how far it was at each step that the browser saw."""
    result = getattr(type(state), name).fn(state, **arguments)
    if isinstance(result, AsyncIterator):
        return [(state.done, state.of) async for _ in result]
    await result
    return []


async def told(page: Any) -> Any:
    """What the page says of what was done."""
    return await page.get_state(Rearranged)


async def booked(cast: Cast, *hours: int) -> list:
    return [
        await appointments.book_at(
            cast.wish(at(hour, day=TOMORROW), patient=member.patient_id), by=cast.admin, now=clock.now()
        )
        for hour, member in zip(hours, await crowd(len(hours)), strict=True)
    ]


async def standing() -> list:
    return [tuple(row) for row in await many(STANDING)]


async def test_those_who_are_ticked_go_and_the_others_stay(cast: Cast, desk: Desk) -> None:
    first, second, third = await booked(cast, 9, 10, 11)
    before = await standing()
    page = await desk(cast.receptionist, f"/rearrange?doctor={cast.doctor_id}&day={TOMORROW}&kind=some")
    assert (page.kind, page.doctor_id, page.since) == ("some", str(cast.doctor_id), f"{TOMORROW}T00:00")
    await do(page, "look", form={"doctor": str(cast.doctor_id)} | MORNING)
    assert [(row.patient, row.choice) for row in page.rows] == [(f"Crowd {n}", "stay") for n in range(3)]
    assert page.summary == "stay: 3"
    ticked = {f"pick-{first.id}": "on", f"pick-{third.id}": "on"}
    await do(page, "apply", form=ticked | {"becomes": "move"})
    await do(page, "choose", appointment_id=str(third.id), choice="offer")
    assert page.summary == "move: 1 · to be offered a time: 1 · stay: 1"
    shown = page.rows[0].to
    steps = await do(page, "carry_out")
    assert steps[0] == (0, 4)
    assert steps[-1] == (4, 4)
    said = await told(page)
    assert said.said == "Saved. Moved: 1, put on the waitlist: 1, cancelled: 0."
    assert (page.rows, page.is_known, page.of) == ([], False, 0)
    (moved,) = await many("SELECT * FROM appointments WHERE rescheduled_from = :id", id=first.id)
    assert f"{moved.doctor_id} {moved.starts_at.isoformat()}" == shown
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=second.id)).status == "booked"
    (event,) = await events("AppointmentsRearranged")
    assert len(event.data["tell"]) == 2
    assert (await audited("AppointmentsRearranged"))[0].actor_id == cast.receptionist.user_id
    (line,) = said.lately
    assert (line.id, line.what, line.count) == (
        said.undoable,
        "Vd. Meera Joshi",
        "moved: 1 · to be offered a time: 1",
    )
    await do(said, "show", resolution_id=line.id)
    assert [(row.patient, row.fate) for row in said.fates] == [("Crowd 0", "moved"), ("Crowd 2", "offered")]
    await do(said, "undo", resolution_id=line.id)
    assert (said.said, said.lately) == ("Everything is as it was.", [])
    assert await standing() == before


async def test_a_clinic_that_shuts_moves_all_and_nobody_is_told_if_so_wished(cast: Cast, desk: Desk) -> None:
    (only,) = await booked(cast, 9)
    page = await desk(cast.receptionist)
    await do(page, "choose_kind", kind="shut")
    await do(page, "look", form={"reason": "No water", **MORNING})
    assert [(row.doctor, row.token, row.choice) for row in page.rows] == [("Vd. Meera Joshi", str(only.token), "move")]
    await do(page, "tell", tells=False)
    await do(page, "carry_out")
    (closure,) = await many("SELECT name FROM closures")
    assert closure.name == "No water"
    assert (await events("ClinicClosed"))[0].data["tell"] == []
    said = await told(page)
    assert said.lately[0].what == "Dhanvantari · No water"
    # Who may stay is nobody where the clinic is shut.
    await do(page, "apply", form={"becomes": "cancel"})
    await do(said, "undo", resolution_id=said.lately[0].id)
    assert await many("SELECT id FROM closures") == []


async def test_the_doctors_who_are_ticked_are_away_together(cast: Cast, desk: Desk) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague", name="Vd. Omkar Sathe")
    (mine,) = await booked(cast, 9)
    wish = cast.wish(at(10, day=TOMORROW), patient=cast.stranger_patient, doctor=colleague)
    await appointments.book_at(wish, by=cast.admin, now=clock.now())
    page = await desk(cast.receptionist)
    assert (page.away, len(page.doctors)) == ([], 2)
    await do(page, "look", form=MORNING)
    said = await told(page)
    assert (said.error, page.is_known) == ("Tick who is away.", False)
    # Who is not of the clinic cannot be ticked.
    ticked = {f"away-{each}": "on" for each in (cast.doctor_id, colleague, cast.other_doctor_id)}
    await do(page, "look", form=ticked | MORNING)
    assert {(row.patient, row.doctor) for row in page.rows} == {
        ("Crowd 0", "Vd. Meera Joshi"),
        ("Ravi Stranger", "Vd. Omkar Sathe"),
    }
    await do(page, "carry_out")
    assert said.lately[0].what == "Vd. Meera Joshi, Vd. Omkar Sathe"
    leaves = await many("SELECT doctor_id FROM leaves ORDER BY doctor_id")
    assert [row.doctor_id for row in leaves] == [cast.doctor_id, colleague]
    await do(said, "undo", resolution_id=said.undoable)
    assert await many("SELECT id FROM leaves") == []
    stands = await one(
        "SELECT count(*) AS n FROM appointments WHERE status = 'booked' AND starts_at = :at", at=mine.starts_at
    )
    assert stands.n == 1


async def test_whose_day_led_here_is_ticked_and_nobody_else(cast: Cast, desk: Desk) -> None:
    await another_doctor(cast.doctor_id, "colleague")
    page = await desk(cast.receptionist, f"/rearrange?doctor={cast.doctor_id}")
    assert page.away == [str(cast.doctor_id)]
    assert (await desk(cast.doctor)).away == [str(cast.doctor_id)]


async def test_who_cannot_go_back_is_named_with_what_is_in_the_way(cast: Cast, desk: Desk) -> None:
    (only,) = await booked(cast, 9)
    page = await desk(cast.doctor)
    assert (page.may_shut, [each.id for each in page.doctors]) == (False, [str(cast.doctor_id)])
    await do(page, "look", form=MORNING)
    await do(page, "carry_out")
    (moved,) = await many("SELECT id FROM appointments WHERE rescheduled_from = :id", id=only.id)
    await appointments.cancel(moved.id, by=cast.receptionist, now=clock.now())
    said = await told(page)
    await do(said, "undo", resolution_id=said.undoable)
    ((who, why),) = [(row.who, row.why) for row in said.in_the_way]
    assert (who, why) == ("Crowd 0, Tomorrow, 9:00 am", "Has been changed since.")
    assert said.error.startswith("This can no longer be undone as a whole")


async def test_what_others_changed_meanwhile_is_shown_anew_and_nothing_is_done(cast: Cast, desk: Desk) -> None:
    await booked(cast, 9)
    page = await desk(cast.doctor)
    await do(page, "look", form=MORNING)
    doctor_id, _, starts_at = page.rows[0].to.partition(" ")
    wish = cast.wish(at(15, day=TOMORROW), patient=cast.stranger_patient, doctor=int(doctor_id))
    assert wish.starts_at.isoformat() == starts_at
    await appointments.book_at(wish, by=cast.admin, now=clock.now())
    await do(page, "carry_out")
    assert (await told(page)).error == "This changed while you were looking. Here is how it stands now."
    assert page.rows[0].to != f"{doctor_id} {starts_at}"
    assert await many("SELECT id FROM leaves") == []


async def test_a_late_doctor_keeps_who_waits_and_says_how_late(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.doctor, "/rearrange?kind=late")
    await do(page, "look", form={"minutes": "45"})
    assert page.is_known
    await do(page, "carry_out")
    (event,) = await events("DoctorRunsLate")
    assert event.data["minutes"] == 45
    said = await told(page)
    assert said.lately[0].what == "Vd. Meera Joshi, 45 min late"
    await do(said, "undo", resolution_id=said.lately[0].id)
    assert [each.data["minutes"] for each in await events("DoctorRunsLate")] == [45, 0]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("away", {"since": "rubbish", "until": ""}),
        ("away", {"since": MORNING["until"], "until": MORNING["since"]}),
        ("late", {"minutes": "99999"}),
    ],
)
async def test_what_cannot_be_is_told_and_nothing_is_known(cast: Cast, desk: Desk, kind: str, form: dict) -> None:
    page = await desk(cast.doctor)
    await do(page, "choose_kind", kind=kind)
    await do(page, "look", form=form)
    assert (await told(page)).error == "That is not something we can use. Please check what you entered."
    assert (page.is_known, page.rows) == (False, [])
    await do(page, "carry_out")
    assert await many("SELECT id FROM resolutions") == []


async def test_today_begins_with_the_next_quarter_of_an_hour(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.doctor)
    begins = datetime.strptime(page.since, FORM).replace(tzinfo=ZoneInfo("Asia/Kolkata"))
    assert begins.minute % 15 == 0
    assert timedelta() < begins - clock.now() + timedelta(minutes=1) <= timedelta(minutes=16)
    assert page.until.endswith("T00:00")
