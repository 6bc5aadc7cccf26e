"""The pushes' form: a delta of ours is what Reflex sends for the same change, and lands in the same place."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import pytest
import pytest_asyncio
from reflex.state import State, StateUpdate
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.utils.format import json_dumps

from core import clock, db
from core.web_session import hash_id
from core.words import LANGUAGES
from services import appointments, cash_sheets, itinerary, next_open, presence, sessions, visits
from services.live import Live
from services.slot_views import slots_view
from services.slots import SlotStatus
from services.views import KINDS, View, parse
from services.waiting import waiters, waitlist
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from state.live import SCREENS, LiveSlots, Told, delta, fields
from state.pushed import PATCH, STEP, Pushed
from state.rows import SlotCell
from state.session import Session
from state.sink import SESSION
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import write
from tests.state.page import patched, sorted_columns, stepped
from tests.waiting import until

REFLEX = "0.10.1"
CELL = SlotCell(key="2026-12-01T04:30:00+00:00", time="10:00", status="open", in_person=True, video=False)


def test_reflex_is_the_version_whose_form_is_held_here() -> None:
    assert version("reflex") == version("reflex-base") == REFLEX


def test_a_delta_of_ours_is_what_reflex_sends_for_the_same_change() -> None:
    values = {"version": 7, "morning": [CELL], "afternoon": [], "evening": [replace(CELL, status="held")]}
    root = State(_reflex_internal_init=True)
    leaf = root.get_substate(LiveSlots.get_full_name().split("."))
    root._clean()
    for name, value in values.items():
        setattr(leaf, name, value)
    own = StateUpdate(delta=root.get_delta())
    ours = StateUpdate(delta=delta("slots:17:2026-12-01", values))
    # The order of the fields is by chance in Reflex's own.
    assert json.loads(_sent(ours)) == json.loads(_sent(own))
    (name, sent), *others = ours.delta.items()
    assert not others
    assert name == "reflex___state____state.state___live____live_slots"
    assert set(sent) == {f"{field}_rx_state_" for field in values}


def test_the_push_that_ends_a_session_lands_in_the_state_that_every_page_asks() -> None:
    assert Session.get_full_name() == SESSION
    assert "is_over" in Session.vars


@pytest.mark.parametrize("kind", SCREENS)
def test_a_screen_is_a_leaf_of_which_nothing_is_computed(kind: str) -> None:
    assert SCREENS[kind].state.get_parent_state() is State
    assert not SCREENS[kind].state.get_substates()
    assert not set(SCREENS[kind].state.computed_vars) - set(State.computed_vars)


def test_every_screen_shows_a_kind_of_view() -> None:
    assert set(SCREENS) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_room_of_any_kind_can_be_pushed_to_whoever_is_in_it(kind: str, cast: Cast) -> None:
    # Programs alone may be in it, and no browser.
    assert Told().push(f"{kind}:1", await slots_view(cast.doctor_id, DAY, NOW), set()) == {}


class Browsers:
    """One that watches each room in each language: what it shows is what the pushes left there."""

    def __init__(self, *rooms: str) -> None:
        self.watched = set(rooms)
        self.shown: dict[tuple[str, str], dict[str, Any]] = {}
        self.pushes = 0
        self.told = Told()
        self.signed_in: set[bytes] = set()

    def rooms(self) -> Collection[str]:
        return self.watched

    def sessions(self) -> Collection[bytes]:
        return self.signed_in

    async def sign_out(self, ended: Collection[bytes]) -> None:
        self.signed_in -= set(ended)

    async def review(self) -> None: ...

    async def push(self, room: str, view: View) -> None:
        """As Reflex's `applyDelta` does it: what comes is laid over the state of that name."""
        self.pushes += 1
        names = {f"{each}|{language}" for each in self.watched for language in LANGUAGES}
        for name, told in self.told.push(room, view, names).items():
            _, message = json.loads(_sent(StateUpdate(delta=told)))
            for state, values in message["delta"].items():
                assert state == SCREENS[room.partition(":")[0]].state.get_full_name()
                language = name.rpartition("|")[2]
                _merge(self.shown.setdefault((room, language), {}), values)

    async def opened(self) -> None:
        """Each page as it is when it has just been loaded."""
        for room in self.watched:
            kind, args = parse(room)
            for language in LANGUAGES:
                now = clock.now()
                view = await kind.read(args, now)
                found = fields(room, view, language, now)
                self.told.begin(room, view, language, found)
                self.shown[room, language] = _in_browser(found)

    async def show_the_present(self) -> bool:
        return all([_still(shown) == _still(await _fresh(*where)) for where, shown in self.shown.items()])


async def _fresh(room: str, language: str) -> dict[str, Any]:
    """What `watch` sets when the page is opened, as JSON brings it to the browser."""
    kind, args = parse(room)
    now = clock.now()
    return _in_browser(fields(room, await kind.read(args, now), language, now))


def _in_browser(found: dict[str, Any]) -> dict[str, Any]:
    return {name + FIELD_MARKER: value for name, value in json.loads(json_dumps(found)).items()}


def _merge(shown: dict[str, Any], values: dict[str, Any]) -> None:
    """As the page takes it: of some only what has changed comes (assets/live/patch.js, assets/desk/model.js)."""
    values = patched(shown, values)
    assert "missed" + FIELD_MARKER not in values or not values["missed" + FIELD_MARKER]
    shown.update(values)
    for step in shown.get("steps" + FIELD_MARKER, []):
        shown["whole" + FIELD_MARKER] = json.dumps(stepped(json.loads(shown["whole" + FIELD_MARKER]), step))
    if "steps" + FIELD_MARKER in shown:
        shown["steps" + FIELD_MARKER] = []


def _still(shown: dict[str, Any]) -> str:
    """The screen without what is of the moment of reading only."""
    still = {name: value for name, value in shown.items() if name != "read_at" + FIELD_MARKER}
    if (whole := still.get("whole" + FIELD_MARKER)) is not None:
        still["whole" + FIELD_MARKER] = sorted_columns(json.loads(whole)) | {"minute": 0}
    return re.sub(r'"read_at": "[^"]*"', "", json.dumps(still, sort_keys=True))


def _sent(update: StateUpdate) -> str:
    """The arguments of the event as Reflex's Socket.IO server writes them: App._setup_state gives it `json_dumps`."""
    return json_dumps(["event", update])


@pytest.fixture
def healing(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Soon, or not at all while the test lasts."""
    monkeypatch.setattr("services.live.HEAL_EVERY", 0.2 if told == "by healing" else 60.0)


@pytest_asyncio.fixture
async def pusher() -> AsyncIterator[Callable[[Browsers], None]]:
    """The one subscriber, at work for the browsers that it is given."""
    live = Live()
    task = asyncio.create_task(live.run())
    yield live.sinks.append
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("kind", SCREENS)
async def test_an_old_screen_and_its_pushes_are_a_fresh_screen(
    kind: str, cast: Cast, pusher: Callable[[Browsers], None]
) -> None:
    rooms = {
        "slots": f"slots:{cast.doctor_id}:{DAY}",
        "strip": f"strip:{cast.doctor_id}",
        "day": f"day:{cast.doctor_id}:{DAY}",
        "turns": f"turns:{cast.doctor_id}:{DAY}",
        "week": f"week:{cast.doctor_id}:{DAY - timedelta(days=DAY.weekday())}",
        "presence": presence.room(cast.doctor_id, DAY),
        "desk": f"desk:{cast.clinic_id}:{DAY}:3:0",
        "waitlist": f"waitlist:{cast.clinic_id}:0",
        "clinic": f"clinic:{cast.clinic_id}",
        "patient": f"patient:{cast.mother_patient}:clinic:{cast.clinic_id}",
        "waits": f"waits:{cast.clinic_id}",
        "cash": f"cash:{cast.clinic_id}:{clock.local_day(clock.now(), 'Asia/Kolkata')}",
        "account": f"account:{cast.asha.user_id}",
        "next-open": "next-open",
    }
    assert set(rooms) == set(SCREENS)
    browsers = Browsers(rooms[kind])
    await next_open.refresh({cast.doctor_id, cast.other_doctor_id}, clock.now())
    await browsers.opened()
    pusher(browsers)
    changes = {
        "patient": (_hold_and_book, _cancel_all),
        "cash": (_fill_the_drawer,) * 2,
        "waitlist": (_wait, _be_offered, _leave_the_list),
        "next-open": (_hold_the_next,),
        "presence": (_come_and_go(rooms["presence"]),) * 3,
    }
    for change in changes.get(kind, (_hold, _hold_and_book, _cancel_all)):
        before = browsers.pushes
        await change(cast)
        await next_open.refresh({cast.doctor_id}, clock.now())
        await until(lambda before=before: browsers.pushes > before)
        await until(browsers.show_the_present)


@pytest.mark.parametrize("told", ["at once", "by healing"])
async def test_a_session_that_is_over_is_told_so(
    told: str, cast: Cast, healing: None, pusher: Callable[[Browsers], None]
) -> None:
    browsers, present = Browsers(), clock.now()
    async with db.transaction() as tx:
        for _ in range(2):
            opened = await sessions.open_session(
                tx, cast.asha.user_id, cast.asha.role, address=None, user_agent=None, now=present
            )
            browsers.signed_in.add(hash_id(opened))
    here, there = browsers.signed_in
    pusher(browsers)
    await asyncio.sleep(0.3)
    assert browsers.signed_in == {here, there}
    if told == "at once":
        async with db.transaction() as tx:
            await sessions.end_all(tx, cast.asha.user_id, but=here, now=present)
    else:
        await write("UPDATE sessions SET revoked_at = now() WHERE id_hash = :there", there=there)
    await until(lambda: browsers.signed_in == {here})


async def _wait(cast: Cast) -> None:
    hope = Hope(doctor_id=cast.doctor_id, patient_id=cast.asha_patient, first_day=DAY, last_day=DAY)
    await waitlist.join(hope, by=cast.asha, now=clock.now())


async def _be_offered(_cast: Cast) -> None:
    assert await offer_free_times(clock.now()) == 1


async def _leave_the_list(cast: Cast) -> None:
    (mine,) = await waiters.mine(by=cast.asha)
    await waitlist.withdraw(mine.entry_id, by=cast.asha, now=clock.now())


async def _hold_the_next(cast: Cast) -> None:
    present = clock.now()
    for day in (present.date() + timedelta(days=n) for n in range(3)):
        for slot in (await slots_view(cast.doctor_id, day, present)).slots:
            if slot.status == SlotStatus.OPEN:
                await appointments.hold(cast.wish(slot.starts_at), by=cast.asha, now=present)
                return


def _come_and_go(room: str) -> Callable[[Cast], Awaitable[None]]:
    """The doctor comes, then the front desk, and then both are gone."""
    here, comings = presence.Presence(), iter(("doctor", "receptionist"))

    async def change(cast: Cast) -> None:
        if (who := next(comings, None)) is not None:
            await here.enter(who, room, getattr(cast, who))
        else:
            await here.look(lambda _room: ())

    return change


async def _hold(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(9)), by=cast.asha, now=NOW)


async def _hold_and_book(cast: Cast) -> None:
    for actor, patient, hour in ((cast.asha, cast.mother_patient, 10), (cast.stranger, cast.stranger_patient, 11)):
        held = await appointments.hold(cast.wish(at(hour), patient=patient), by=actor, now=NOW)
        await appointments.book(held.id, by=actor, now=NOW)


async def _fill_the_drawer(cast: Cast) -> None:
    await cash_sheets.set_float(cast.clinic_id, 70000, by=cast.receptionist, now=clock.now())


async def _cancel_all(cast: Cast) -> None:
    for visit in (await itinerary.itinerary(cast.asha.user_id, clock.now())).visits:
        if visit.status == "booked":
            await appointments.cancel(visit.id, by=cast.asha, now=NOW)


async def test_a_push_of_the_desk_tells_the_changed_places_and_open_times_and_no_other(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    await appointments.book_at(cast.wish(at(16), doctor=colleague), by=cast.receptionist, now=NOW)
    room = f"desk:{cast.clinic_id}:{DAY}:1:0"
    kind, args = parse(room)
    screens, before = Told(), await kind.read(args, NOW)
    screens.begin(room, before, "en", found := fields(room, before, "en", NOW))
    assert set(found) == {"version", "whole", "steps"}
    booked = await appointments.book_at(cast.wish(at(10), doctor=colleague), by=cast.receptionist, now=NOW)
    (values,) = screens.push(room, await kind.read(args, NOW), {f"{room}|en"})[f"{room}|en"].values()
    assert "whole" + FIELD_MARKER not in values
    step = json.loads(json_dumps(values))[STEP + FIELD_MARKER]
    ((column,), first) = step["columns"], json.loads(found["whole"])
    assert (step["since"], step["gone"], step["frame"]) == ([first["stamp"]], [], {})
    assert set(column) == {"key", "open", "placed"}
    assert column["key"] == f"{colleague}:{DAY}"
    assert (column["open"], column["placed"]["gone"]) == ({"gone": [600], "set": []}, [])
    assert [each["id"] for each in column["placed"]["set"]] == [str(booked.id)]


async def test_whoever_came_in_between_two_pushes_of_the_desk_can_take_the_next_one_too(cast: Cast) -> None:
    room = f"desk:{cast.clinic_id}:{DAY}:1:0"
    kind, args = parse(room)

    async def entered() -> dict[str, Any]:
        view = await kind.read(args, NOW)
        screens.begin(room, view, "en", found := fields(room, view, "en", NOW))
        return json.loads(found["whole"])

    screens, wish = Told(), cast.wish(at(11), patient=cast.stranger_patient)
    early = await entered()
    # What he sees is gone again when the next push comes: it is in no pushed view.
    kept = await appointments.hold(wish, by=cast.stranger, now=NOW)
    between = await entered()
    await appointments.release(kept.id, by=cast.stranger, now=NOW)
    view = await kind.read(args, NOW)
    (values,) = screens.push(room, view, {f"{room}|en"})[f"{room}|en"].values()
    step, fresh = values[STEP + FIELD_MARKER], json.loads(fields(room, view, "en", NOW)["whole"])
    assert early["stamp"] != between["stamp"]
    for whole in (early, between):
        assert sorted_columns(stepped(whole, step)) == sorted_columns(fresh)


async def test_a_push_of_the_day_tells_the_rows_that_changed_and_two_processes_tell_the_same(cast: Cast) -> None:
    room, ten, booked = f"day:{cast.doctor_id}:{DAY}", at(10), []
    for hour, patient in ((10, cast.asha_patient), (11, cast.mother_patient), (12, cast.stranger_patient)):
        booked.append(await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=NOW))
    kind, args = parse(room)
    processes = Told(), Told()
    for told, now in zip(processes, (ten, ten + timedelta(seconds=20)), strict=True):
        view = await kind.read(args, now)
        told.begin(room, view, "en", fields(room, view, "en", clock.now()))
    await visits.check_in(booked[1].id, by=cast.receptionist, now=ten)
    patches = []
    for told in processes:
        (values,) = told.push(room, await kind.read(args, ten), {f"{room}|en"})[f"{room}|en"].values()
        patches.append(json.loads(json_dumps(values))[PATCH + FIELD_MARKER])
    assert patches[0] == patches[1]
    rows = patches[0]["rows"]
    assert rows["to_come"]["gone"] == [str(booked[1].id)]
    assert (rows["to_come"]["come"], rows["to_come"]["changed"]) == ([], {})
    assert [row["patient"] for row in patches[0]["values"]["next"]] == ["Leela Kulkarni"]
    assert set(rows["blocks"]["changed"]) == {str(booked[1].id)}
    assert "rule" not in patches[0]["values"]


async def test_a_step_is_told_from_what_was_pushed_last_and_from_what_whoever_came_in_has_read(cast: Cast) -> None:
    room = f"desk:{cast.clinic_id}:{DAY}:1:0"
    kind, args = parse(room)
    pushed, first = Pushed(), await kind.read(args, NOW)
    assert pushed.before(room) == []
    pushed.begin(room, first)
    pushed.begin(room, await kind.read(args, NOW))
    assert pushed.before(room) == [first]
    await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    second = await kind.read(args, NOW)
    pushed.begin(room, second)
    assert pushed.before(room) == [first, second]
    pushed.note(room, second)
    assert pushed.before(room) == [second]
    for number in range(Pushed.MOST):
        pushed.begin(room, replace(second, version=number))
    assert len(pushed.before(room)) == Pushed.MOST
    pushed.keep(set())
    assert pushed.before(room) == []
