"""The waitlist's page: what is shown of the lists, what the staff do to their order, and what they are told."""

from collections.abc import AsyncIterator, Callable
from datetime import time, timedelta
from typing import Any

import pytest

from core import clock
from models import WaitlistEntry
from services.permissions import Actor
from services.waiting import lists, waitlist
from services.waiting.lists import Part
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from services.walls import local_day
from state import live
from state.waitlist import GIVE, PASS_ON, RETRACT, Waitlist
from state.waitlist_rows import waitlist_fields
from tests.people import Cast
from tests.rows import many
from tests.state.pages import page_of

TOMORROW = local_day(clock.now(), "Asia/Kolkata") + timedelta(days=1)

Desk = Callable[..., Any]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rooms that pages have entered."""
    rooms: list[str] = []

    async def watch(_state: Any, room: str, _language: str) -> AsyncIterator[None]:
        rooms.append(room)
        yield

    monkeypatch.setattr(live, "watch", watch)
    return rooms


@pytest.fixture
async def desk(cast: Cast, watched: list[str]) -> Desk:
    """Opens the page as one of the staff, at an address."""

    async def open_at(by: Actor, address: str = "/waitlist") -> Any:
        state = await page_of(Waitlist, by, address)
        await do(state, "load")
        return state

    return open_at


async def do(state: Any, name: str, **arguments: Any) -> None:
    result = getattr(Waitlist, name).fn(state, **arguments)
    if isinstance(result, AsyncIterator):
        async for _ in result:
            pass
    else:
        await result


async def waits(cast: Cast, patient: int, **wish: Any) -> WaitlistEntry:
    days = {"first_day": TOMORROW, "last_day": TOMORROW} | wish
    return await waitlist.join(
        Hope(doctor_id=cast.doctor_id, patient_id=patient, **days), by=cast.receptionist, now=clock.now()
    )


async def shown(cast: Cast, language: str = "en") -> dict[str, Any]:
    return waitlist_fields(await lists.lists(Part(cast.clinic_id)), language, clock.now())


async def test_the_desk_watches_its_clinic_and_a_doctor_his_own(cast: Cast, desk: Desk, watched: list[str]) -> None:
    await desk(cast.receptionist)
    await desk(cast.doctor)
    await desk(cast.admin, f"/waitlist?doctor={cast.other_doctor_id}")
    assert watched == [
        f"waitlist:{cast.clinic_id}:0",
        f"waitlist:{cast.clinic_id}:{cast.doctor_id}",
        f"waitlist:{cast.other_clinic_id}:0",
    ]
    assert (await desk(cast.other_receptionist, f"/waitlist?clinic={cast.clinic_id}")).is_refused
    assert (await desk(cast.doctor, f"/waitlist?doctor={cast.other_doctor_id}")).is_refused


async def test_a_time_is_given_passed_on_and_taken_back_with_a_reason(cast: Cast, desk: Desk) -> None:
    # Nobody comes so late: neither is offered a time by himself.
    first = await waits(cast, cast.asha_patient, earliest=time(23))
    second = await waits(cast, cast.stranger_patient, earliest=time(23))
    page = await desk(cast.receptionist)
    await do(page, "ask", what=GIVE, about=str(second.id))
    assert (page.asked, page.times[0].label) == (GIVE, "Tomorrow, 9:00 am")
    form = {"about": str(second.id), "time": page.times[0].key}
    await do(page, "give", form=form | {"reason": " "})
    assert page.error == "That is not something we can use. Please check what you entered."
    await do(page, "give", form=form | {"reason": "Came from far"})
    assert (page.asked, page.said) == ("", "Done. Whom it is about is told.")
    (offer,) = (await shown(cast))["offers"]
    assert (offer.patient, offer.time) == ("Ravi Stranger", "Tomorrow, 9:00 am")
    await do(page, "ask", what=PASS_ON, about=offer.id)
    assert [each.name for each in page.others] == ["1. Asha Kulkarni"]
    await do(page, "pass_on", form={"about": offer.id, "to": str(first.id), "reason": "In pain"})
    (offer,) = (await shown(cast))["offers"]
    assert offer.patient == "Asha Kulkarni"
    await do(page, "ask", what=RETRACT, about=offer.id)
    await do(page, "ask", what=RETRACT, about=offer.id)
    assert page.asked == ""
    await do(page, "retract", form={"about": offer.id, "reason": "A mistake"})
    assert (await shown(cast))["offers"] == []
    told = await many("SELECT outcome, reason FROM waitlist_offers WHERE outcome <> 'skipped' ORDER BY id")
    assert [tuple(row) for row in told] == [("retracted", "In pain"), ("retracted", "A mistake")]
    # What is over cannot be taken back twice.
    await do(page, "retract", form={"about": offer.id, "reason": "A mistake"})
    assert page.error == "This changed while you were looking. Here is how it stands now."


async def test_the_rows_say_what_was_wished_and_why_one_was_passed_over(cast: Cast) -> None:
    await waits(cast, cast.mother_patient, weekdays=frozenset(range(7)), earliest=time(22), latest=time(23))
    await waits(cast, cast.stranger_patient, latest=time(9))
    assert await offer_free_times(clock.now()) == 1
    found = await shown(cast)
    first, second = found["waiters"]
    assert (first.heading, first.place, second.heading, second.place) == ("Vd. Meera Joshi", "1", "", "2")
    assert first.wish.endswith("Mon, Tue, Wed, Thu, Fri, Sat, Sun · after 10:00 pm · up to 11:00 pm · At the clinic")
    assert first.skips == ["Tomorrow, 9:00 am: another hour was wished"]
    assert (first.offered, second.offered) == ("", "Tomorrow, 9:00 am")
    assert [(offer.patient, offer.time) for offer in found["offers"]] == [("Ravi Stranger", "Tomorrow, 9:00 am")]
    spoken = (await shown(cast, "hi"))["waiters"][0]
    assert "के बाद" in spoken.wish
    assert "दूसरा समय माँगा था" in spoken.skips[0]
