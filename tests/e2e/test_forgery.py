"""Whoever speaks to the pages' socket without a page: nothing changes, nothing is told, nothing falls over."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from playwright.async_api import StorageState
from reflex_base.registry import RegistrationContext
from websockets.exceptions import ConnectionClosed

from core.web_session import HEADER, hash_id
from state.snapshot import ours
from tests.e2e import book
from tests.e2e.conftest import DOCTOR, PATIENT_ID, Open
from tests.e2e.running import Running
from tests.e2e.wire import Wire, wire
from tests.matrix.call import Call
from tests.matrix.handlers import HANDLERS
from tests.matrix.handlers import handlers as known_handlers
from tests.matrix.table import table
from tests.matrix.things import Things

ROOT_STATE = "reflex___state____state"
NOBODY = "00000000-0000-4000-8000-000000000000"
PUBLIC = r"\"delta\":"
NOTHING = r"(?!)"
"""What an anonymous caller gets of a handler; NOTHING is that not even a change of his own screen comes back."""

LOADED = r'"is_hydrated_rx_state_":true'
"""The end of what a page asks for as it is opened."""

REFLEXES: dict[str, tuple[dict[str, Any], str]] = {
    "reflex___state____state.hydrate": ({}, PUBLIC),
    "reflex___state____state.hydrate_and_load": ({}, PUBLIC),
    "reflex___state____state.set_is_hydrated": ({"value": False}, PUBLIC),
    "frontend_event_exception_state.handle_frontend_exception": ({"info": "x", "component_stack": ""}, NOTHING),
    "on_load_internal_state.on_load_internal": ({}, PUBLIC),
    "on_load_internal_state.set_is_hydrated": ({"value": True}, PUBLIC),
    "update_vars_internal_state.update_vars_internal": ({"vars": {}}, NOTHING),
}
"""The handlers that Reflex brings along; who may call ours stands in tests/matrix.txt.

`setvar`, which it gives each state, only calls `set_…` methods; no state of ours has one, and a test below holds that.
"""

RUBBISH: list[Any] = [
    None,
    [],
    {},
    0,
    -1,
    1e400,
    "",
    "\x00",
    "\ud800",
    "x" * 50_000,
    {"a": {"b": [None] * 1000}},
    [[[[]]]],
    True,
    "2030-01-01T00:00:00",
    "9" * 5000,
    "'; DROP TABLE appointments; --",
]


@pytest.fixture(scope="session")
def handlers() -> dict[str, str]:
    """Full names of all handlers of the app, by the end of the name."""
    import aarogya_ui.aarogya_ui  # noqa: F401

    return {_short(name): name for name in RegistrationContext.get().event_handlers}


@pytest.fixture(scope="session")
def payloads(handlers: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What each handler is called with."""
    things = Things.of_nobody()
    ours = {short: HANDLERS.get(short, Call()).arguments(things) for short in known_handlers()}
    return ours | {short: payload for short, (payload, _) in REFLEXES.items()}


@pytest.fixture(autouse=True)
def unchanged(app: Running) -> Iterator[None]:
    """Whatever is tried, the book is the same afterwards, the server has not died, and it answers."""
    before, processes = _book(app), [process.pid for process in app.processes("cli", "serve")]
    yield
    assert _book(app) == before
    assert [process.pid for process in app.processes("cli", "serve")] == processes
    assert app.answers()


@pytest.fixture(scope="session")
def private(app: Running) -> re.Pattern[str]:
    """The names of the patients around the doctor's present days."""
    names = app.rows(
        "SELECT DISTINCT patients.name FROM appointments JOIN patients ON patients.id = patient_id"
        " WHERE doctor_id IN (1, 2) AND day > current_date - 30"
        " AND NOT EXISTS (SELECT FROM doctors WHERE position(patients.name IN doctors.name) > 0)"
    )
    assert len(names) > 20
    return re.compile("|".join(re.escape(name) for (name,) in names))


def test_every_handler_has_been_thought_about(handlers: dict[str, str]) -> None:
    ours = {name for name in table() if " " not in name}
    assert {short for short in handlers if not short.endswith(".setvar")} == set(REFLEXES) | ours


async def test_an_anonymous_caller_is_told_of_nobody(
    app: Running, handlers: dict[str, str], payloads: dict[str, dict[str, Any]], private: re.Pattern[str]
) -> None:
    async def call(short: str) -> tuple[str, str]:
        async with wire(app) as socket:
            # Its first event brings a new tab the whole screen; what is asked comes after it.
            # Where nothing is to come back, it is on a page that nothing is pushed to.
            expected = REFLEXES.get(short, ({}, PUBLIC))[1]
            path = "/sign-in" if expected == NOTHING else "/day?doctor=1"
            await socket.event(f"{ROOT_STATE}.hydrate_and_load", path=path)
            await socket.hears(LOADED)
            await socket.quiet(0.3)
            socket.received.clear()
            await socket.event(handlers[short], payloads[short], path=path)
            if expected != NOTHING:
                await socket.hears(expected)
            return short, await socket.quiet(0.7)

    loads = [short for short in handlers if short.endswith(".load")]
    for short, said in await asyncio.gather(*[call(short) for short in [*REFLEXES, *loads]]):
        expected = REFLEXES.get(short, ({}, PUBLIC))[1]
        if expected == NOTHING:
            told = re.sub(r"\"rx_router\w*\"", "", said)
            assert "_rx_state_" not in told or short.startswith("frontend"), (short, said)
        assert not private.search(said), short


@pytest.mark.usefixtures("services")
async def test_a_patient_cannot_act_for_another(
    app: Running,
    handlers: dict[str, str],
    private: re.Pattern[str],
    cookies: dict[str, StorageState],
    open_screen: Open,
    days: Iterator[date],
) -> None:
    day = next(days)
    patient = await (await open_screen("patient")).doctor(f"{DOCTOR}?day={day}")
    slot = await patient.open_slot()
    free = await patient.open_slot(beyond=slot)
    await patient.hold(slot)
    ((held, starts_at),) = app.rows(
        "SELECT id::text, starts_at FROM appointments WHERE status = 'held' AND patient_id = 1"
    )
    ((booked,),) = app.rows(
        "SELECT id::text FROM appointments WHERE status = 'booked' AND patient_id = 1 AND starts_at > now() LIMIT 1"
    )
    before = _book(app)
    path = f"{DOCTOR}?day={day}"
    async with wire(app, cookie=_cookie(cookies, "stranger")) as socket:
        await socket.event(f"{ROOT_STATE}.hydrate_and_load", path=path)
        await socket.hears(LOADED)
        socket.received.clear()
        await socket.event(handlers["booking.choose_patient"], {"patient_id": str(PATIENT_ID)}, path=path)
        for key in (starts_at, await book.instant(day, free)):
            await socket.event(handlers["booking.hold"], {"starts_at": key.isoformat()}, path=path)
            await socket.hears(r"You are not allowed to do that\.")
            socket.received.clear()
        for identity in (held, booked):
            for short, name in (("confirm", "hold_id"), ("release", "hold_id"), ("cancel", "appointment_id")):
                socket.received.clear()
                await socket.event(handlers[f"booking.{short}"], {name: identity}, path=path)
                await socket.hears(r"You are not allowed to do that\.")
        await _is_refused_the_day(socket, handlers)
        await socket.event(handlers["appointment.load"], path=f"/appointment/{booked}")
        await socket.hears(r'is_missing_rx_state_":true')
        assert not private.search("".join(socket.received))
    assert _book(app) == before
    await patient.let_go()
    app.rows("DELETE FROM appointments WHERE id = %s", held)


async def _is_refused_the_day(socket: Wire, handlers: dict[str, str]) -> None:
    for short, payload in (
        ("load", {}),
        ("choose_doctor", {"doctor_id": "1"}),
        ("turn", {"step": 1}),
        ("go_to_today", {}),
    ):
        await socket.event(handlers[f"day.{short}"], payload, path="/day?doctor=1")
    said = await socket.quiet(1.0)
    assert "to_come_rx_state_" not in said


async def test_the_state_cannot_be_written(
    app: Running, handlers: dict[str, str], private: re.Pattern[str], cookies: dict[str, StorageState]
) -> None:
    states = {name.rpartition(".")[0] for name in handlers.values()}
    cookie, few = _cookie(cookies, "stranger"), asyncio.Semaphore(8)

    # A tab for each state: in one alone that would be too fast.
    async def write(state: str) -> None:
        async with few, wire(app, cookie=cookie) as socket:
            await socket.event(f"{ROOT_STATE}.hydrate_and_load", path="/appointments")
            wished = {"role": "admin", "doctor_id": "1", "id": 1, "patient_ids": [1]}
            for name, value in wished.items():
                await socket.event(f"{state}.setvar", {"var_name": name, "value": value})
                await socket.event(f"{state}.set_{name}", {"value": value})
            keys = {f"{state}.{name}_rx_state_": value for name, value in wished.items()}
            await socket.event(handlers["update_vars_internal_state.update_vars_internal"], {"vars": keys})
            await socket.event(f"{ROOT_STATE}.hydrate_and_load", {"vars": keys}, path="/appointments")
            await socket.event(handlers["session.load"], path="/appointments")
            await socket.hears('"role_rx_state_":"patient"')
            assert '"admin"' not in await socket.quiet(0.3)

    await asyncio.gather(*map(write, sorted(states)))
    async with wire(app, cookie=cookie) as socket:
        await socket.event(f"{ROOT_STATE}.hydrate_and_load", path="/appointments")
        await socket.hears(LOADED)
        for private_method in (
            "search.load._find",
            "booking._refuse",
            "day._open",
            "day._offer",
            "doctor._show",
            "doctor.reset",
            "doctor.get_state",
            "session.__init__",
        ):
            state = handlers[private_method.partition(".")[0] + ".load"].rpartition(".")[0]
            await socket.event(f"{state}.{private_method.partition('.')[2]}", {})
        said = await socket.quiet(1.0)
        assert '"admin"' not in said
        await _is_refused_the_day(socket, handlers)
        await socket.event(handlers["session.load"], path="/appointments")
        await socket.hears('"role_rx_state_":"patient"')
        said = await socket.quiet(1.0)
        assert not private.search(said.replace("Ravi Stranger", ""))


def test_no_state_of_ours_can_be_written_by_name(handlers: dict[str, str]) -> None:
    assert len(ours()) < len(handlers)
    setters = {f"{state.__name__}.{name}" for state in ours() for name in dir(state) if name.startswith("set_")}
    assert {setter for setter in setters if not setter.endswith(".set_is_hydrated")} == set()


@pytest.mark.parametrize("who", ["nobody", "stranger"])
async def test_a_forged_session_header_opens_nothing(
    who: str, app: Running, handlers: dict[str, str], private: re.Pattern[str], cookies: dict[str, StorageState]
) -> None:
    stolen = hash_id(_cookie(cookies, "patient")).hex()
    own = _cookie(cookies, who) if who in cookies else ""
    async with wire(app, cookie=own, headers={HEADER: stolen, HEADER.upper(): stolen}) as socket:
        forged = {HEADER: stolen, "raw_headers": {HEADER: stolen}}
        for name in (f"{ROOT_STATE}.hydrate_and_load", handlers["session.load"], handlers["booking.load"]):
            await socket.event(
                name,
                path="/appointments",
                headers=forged,
                session_id="another",
                ip="10.0.0.1",
                token="another",
                client_token="another",
            )
        await socket.hears("name_rx_state_")
        said = await socket.quiet(1.0)
        assert not private.search(said.replace("Ravi Stranger", ""))
        assert "Asha Kulkarni" not in said


async def test_the_tab_of_another_shows_nothing_of_his(
    app: Running, handlers: dict[str, str], cookies: dict[str, StorageState]
) -> None:
    path = "/appointments"
    async with wire(app, cookie=_cookie(cookies, "patient")) as socket:
        await socket.event(f"{ROOT_STATE}.hydrate_and_load", path=path)
        await socket.event(handlers["booking.load"], path=path)
        await socket.hears("Asha Kulkarni")
        token = socket.token
    for who in ("stranger", "nobody"):
        async with wire(app, cookie=_cookie(cookies, who) if who in cookies else "", token=token) as socket:
            await socket.event(f"{ROOT_STATE}.hydrate", path=path)
            await socket.event(f"{ROOT_STATE}.hydrate_and_load", path=path)
            await socket.event(handlers["booking.load"], path=path)
            await socket.hears(LOADED)
            said = await socket.quiet(1.0)
            assert "Asha Kulkarni" not in said


async def test_rubbish_is_answered_or_dropped_but_breaks_nothing(
    app: Running,
    handlers: dict[str, str],
    payloads: dict[str, dict[str, Any]],
    cookies: dict[str, StorageState],
) -> None:
    cookie = _cookie(cookies, "stranger")
    # One that takes nothing is like the other: what it is given is thrown away before it runs.
    taking = [short for short, payload in payloads.items() if payload]
    some = [*taking, "session.load", "day.go_to_today", "search.clear"]

    async def pour(rubbish: Any) -> None:
        def given(short: str) -> dict[str, Any]:
            # What is long fills a frame all by itself.
            places = list(payloads[short])[: 1 if len(str(rubbish)) > 5_000 else None]
            return payloads[short] | dict.fromkeys(places, rubbish) or {"unasked": rubbish}

        async with wire(app, cookie=cookie) as socket:
            for short in some:
                await socket.event(handlers[short], given(short))
            await socket.quiet(0.3)
        async with wire(app, cookie=cookie) as socket:
            # Where even the shape is wrong the server may hang up.
            with suppress(ConnectionClosed):
                for short in some[::4]:
                    await socket.say(["event", {"name": handlers[short], "payload": rubbish, "router_data": rubbish}])
            await socket.quiet(0.1)

    await asyncio.gather(*[pour(rubbish) for rubbish in RUBBISH])

    async def send(frame: str | bytes) -> None:
        async with wire(app) as socket:
            # One that is too long ends the connection while it is still being sent.
            with suppress(ConnectionClosed, ConnectionError):
                await socket.raw(frame)
            await socket.quiet(0.3)

    frames: tuple[str | bytes, ...] = (
        b"\x00\xff",
        "42/_event,[",
        "42/_event,{}",
        "42/_event,[]",
        '42/_event,["event"]',
        '42/_event,["event",null]',
        '42/_event,["event","{"]',
        '42/_event,["event",{"name":5}]',
        '42/_event,["event",{"name":"' + "x" * 300_000 + '"}]',
        '42/_event,["no such event",{}]',
        '42/_event,["client_error",{"message":"' + "\x1b[31m" * 100 + '"}]',
        "452/_event," + '["event",{"_placeholder":true,"num":9}]',
        "999",
        "x" * 3_000_000,
    )
    await asyncio.gather(*[send(frame) for frame in frames])
    async with wire(app) as socket:
        await socket.event(handlers["search.look_for"], {"text": "Joshi"})
        await socket.hears("Joshi")


async def test_the_cookie_itself_is_nowhere_in_redis(
    app: Running, open_screen: Open, cookies: dict[str, StorageState], days: Iterator[date]
) -> None:
    await (await open_screen("patient")).doctor(f"{DOCTOR}?day={next(days)}")
    cookie = _cookie(cookies, "patient")
    with app.redis() as redis:
        kept = b"\n".join(key + b"=" + _content(redis, key) for key in redis.scan_iter())
    assert hash_id(cookie).hex().encode() in kept
    assert cookie.encode() not in kept


def _content(redis: Any, key: bytes) -> bytes:
    kind = redis.type(key)
    readers = {b"string": redis.get, b"hash": redis.hgetall, b"set": redis.smembers}
    return repr(readers[kind](key)).encode() if kind in readers else repr(redis.dump(key)).encode()


def _short(name: str) -> str:
    state, _, handler = name.rpartition(".")
    if state == ROOT_STATE:
        return name
    return state.rpartition("____")[2] + "." + handler


def _cookie(cookies: dict[str, StorageState], who: str) -> str:
    return str(cookies[who]["cookies"][0]["value"])


def _book(app: Running) -> Any:
    """All that a forger could have wanted to change."""
    return app.rows(
        "SELECT (SELECT count(*) FROM appointments), (SELECT sum(version) FROM appointments WHERE status <> 'held'"
        " AND status <> 'expired'), (SELECT count(*) FROM users), (SELECT count(*) FROM patients),"
        " (SELECT count(*) FROM sessions WHERE revoked_at IS NULL), (SELECT count(*) FROM doctors)"
    )
