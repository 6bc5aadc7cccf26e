"""The live socket: whatever a client sends is answered, and disturbs nobody."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.live import namespace
from api.live.namespace import MOST_ROOMS
from api.live.sink import LiveSink
from core import clock, db
from core.errors import NotSignedIn
from services import appointments, slot_views, views
from tests.api.live.asked import day_of, of, refusal
from tests.api.socket import House
from tests.people import DAY, NOW, Cast, at


async def test_who_is_signed_out_while_he_joins_is_not_answered(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = views.KINDS["patient"].read

    async def read(args: list[str], now: Any) -> Any:
        found = await really(args, now)
        (sid,) = house.sink.callers
        await house.sink.end(sid, NotSignedIn())
        return found

    monkeypatch.setitem(views.KINDS, "patient", replace(views.KINDS["patient"], read=read))
    program = await of(house, cast.asha)
    (sid,) = house.sink.callers
    # As the server asks it: a program that has been hung up on would not take the answer.
    answer = await house.sink.lines.server.namespace_handlers["/live"].trigger_event("join-patient-room", sid, {})
    assert refusal(answer) == "not_signed_in"
    await program.hears("signed-out")
    assert not house.sink.rooms()
    assert not house.sink.told


async def test_a_reading_that_cannot_be_recorded_is_none(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_args: Any, **_more: Any) -> None:
        raise db.Unavailable

    monkeypatch.setattr(namespace, "note_reading", fails)
    for who, event, room in (
        (cast.receptionist, "join-doctor-room", day_of(cast)),
        (cast.asha, "join-patient-room", {}),
    ):
        assert refusal(await (await of(house, who)).ask(event, room)) == "unavailable"
        assert not house.sink.rooms()
        assert not house.sink.told


async def test_a_push_on_its_way_when_the_last_one_leaves_goes_to_nobody(house: House, cast: Cast) -> None:
    room = f"patient:{cast.asha_patient}"
    await house.sink.push(room, await views.KINDS["patient"].read([str(cast.asha_patient)], NOW))
    assert not house.sink.latest
    assert not house.sink.told


RUBBISH: list[tuple[str, tuple[Any, ...]]] = [
    ("join-doctor-room", ()),
    ("join-doctor-room", (None,)),
    ("join-doctor-room", (17,)),
    ("join-doctor-room", ([],)),
    ("join-doctor-room", ({},)),
    ("join-doctor-room", ({"doctorId": 1}, {"doctorId": 1})),
    ("join-doctor-room", ({"doctorId": "1"},)),
    ("join-doctor-room", ({"doctorId": True},)),
    ("join-doctor-room", ({"doctorId": 10**12},)),
    ("join-doctor-room", ({"doctorId": 1, "date": "tomorrow"},)),
    ("join-doctor-room", ({"doctorId": 1, "date": 20261201},)),
    ("join-doctor-room", (b"\x00",)),
    ("join-doctor-room", ({"doctorId": b"\x01"},)),
    ("join-doctor-room", ({"doctorId": 1, "date": "0001-01-01"},)),
    ("join-doctor-room", ({"doctorId": 1, "date": "9999-12-31"},)),
    ("join-doctor-room", ({"doctorId": 1, "since": -1},)),
    ("join-doctor-room", ({"doctorId": 1, "since": "1"},)),
    ("join-doctor-room", ({"doctorId": 1, "since": 10**18},)),
    ("join-doctor-room", ({"doctorId": 1, "room": "day:1:2026-12-01"},)),
    ("join-doctor-room", ({"doctorId": 1, "x" * 30_000: 1},)),
    ("join-patient-room", ({"patientId": "1"},)),
    ("join-patient-room", ({"patientId": "1:clinic:1"},)),
    ("leave-doctor-room", ({"doctorId": 1, "since": 1},)),
    ("leave-patient-room", ("x",)),
    ("slots-updated", ({},)),
    ("connect", ({"HTTP_X_AAROGYA_SESSION": "00"}, {"token": "x"})),
    ("disconnect", ("transport close",)),
    ("", ()),
]


async def test_rubbish_is_refused_and_changes_nothing(house: House, cast: Cast) -> None:
    program = await of(house, cast.asha)
    before = house.sink.callers.copy()
    for event, given in RUBBISH:
        assert refusal(await program.ask(event, *given)) == "invalid", (event, given)
        assert house.sink.callers == before
        assert not house.sink.rooms()
    assert "error" not in await program.ask("join-doctor-room", day_of(cast))


async def test_frames_that_are_no_event_disturb_nobody(
    house: House, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL")
    watching = await house.program()
    await watching.ask("join-doctor-room", day_of(cast))
    frames = (
        "2/live,[]",
        "2/live,{}",
        '2/live,"x"',
        "2/live,7",
        "2/live,[null]",
        "2/live,[{}]",
        "2/live,[[]]",
        "2/live,[",
    )
    frames += ("2/live", "3/live,1[]", "4/live,{}", "9/live,[]", "0/live,{}", "0/live,7", '51-/live,["x"]', "x", "")
    for frame in frames:
        odd = await house.program()
        await odd.client.eio.send(frame)
        await odd.client.eio.send('2/live,1["join-doctor-room",7]')
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await watching.hears("slots-updated")
    assert house.sink.rooms()
    assert all(not caller.rooms for caller in list(house.sink.callers.values())[1:])


async def test_a_mistake_of_ours_is_answered_without_our_insides(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(namespace, "watched_day", broken)
    answer = await (await house.program()).ask("join-doctor-room", day_of(cast))
    assert refusal(answer) == "internal"
    assert "secret" not in repr(answer)


async def test_one_connection_watches_so_many_rooms_and_no_more(house: House, cast: Cast) -> None:
    program = await house.program()

    async def join(day: int) -> Any:
        return await program.ask("join-doctor-room", day_of(cast, date=(DAY + timedelta(days=day)).isoformat()))

    for day in range(MOST_ROOMS):
        assert "error" not in await join(day)
    assert refusal(await join(MOST_ROOMS)) == "too_many_rooms"
    assert "error" not in await join(0), "one that it is in already"
    await program.ask("leave-doctor-room", day_of(cast))
    assert "error" not in await join(MOST_ROOMS)


async def test_who_sends_too_much_is_told_in_the_form_of_the_namespace(house: House) -> None:
    program = await house.program()
    await asyncio.gather(*[program.client.emit("nonsense", {}, namespace="/live") for _ in range(70)])
    told = await program.hears("error")
    assert (told["code"], told["status"]) == ("too_many", 429)


async def test_problems_are_told_in_the_language_of_the_connection(house: House) -> None:
    program = await house.program(None, **{"Accept-Language": "hi"})
    assert (await program.ask("join-patient-room", {}))["error"]["title"] == "कृपया पहले साइन इन करें।"


async def test_a_room_that_only_pages_have_is_none_of_this_sinks(cast: Cast) -> None:
    await LiveSink(None).push(f"strip:{cast.doctor_id}", await slot_views.strip_view(cast.doctor_id, clock.now()))
