"""What is secret or medical is planted, used in every way that there is, and then looked for where it must not be."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.conftest import Open
from tests.e2e.running import Running
from tests.e2e.screen import KNOWN
from tests.e2e.wire import wire
from tests.people import PASSWORD

PLANTED = {
    "a name": "Xanthippe Zwickelbaum",
    "a phone number": "+919876501234",
    "a wrong password": "wrong-Tr0mbone-hatstand",
    "a one-time code": "748159263",
    "a reason": "persistent-zebra-itch",
    "an address of mail": "xanthippe@planted.example",
}


@pytest.fixture
def planted(app: Running) -> Iterator[dict[str, str]]:
    """The stranger of the tests, with a name, an address and a number that occur nowhere else."""
    rename = "UPDATE {} SET name = %s WHERE id = 900001"
    app.rows(rename.format("users"), PLANTED["a name"])
    app.rows(rename.format("patients"), PLANTED["a name"])
    app.rows("UPDATE users SET email = %s WHERE id = 900001", PLANTED["an address of mail"])
    yield dict(PLANTED)
    app.rows(rename.format("users"), "Ravi Stranger")
    app.rows(rename.format("patients"), "Ravi Stranger")
    app.rows("UPDATE users SET email = 'stranger@example.org' WHERE id = 900001")


async def test_nothing_secret_or_medical_is_told_to_logs_messages_metrics_or_error_pages(
    app: Running, open_screen: Open, days: Iterator[date], planted: dict[str, str]
) -> None:
    heard: list[bytes] = []
    with app.redis() as redis, redis.pubsub() as listening:
        listening.psubscribe("aarogya*", "doctor*", "patient*", "account*", "sessions*", "next-open*", "*:*")
        screen = await open_screen(rough=True)
        await _sign_in(screen, planted["an address of mail"], planted["a wrong password"])
        await _sign_in(screen, planted["an address of mail"], PASSWORD)
        await screen.page.wait_for_selector("form.account")
        session = next(c["value"] for c in await screen.page.context.cookies() if c["name"] == "aarogya")
        planted |= {"a session": session, "a right password": PASSWORD}
        await screen.doctor(f"/doctor/vd-meera-joshi-pune?day={next(days)}")
        await screen.hold(await screen.open_slot())
        await screen.page.get_by_role("button", name="Confirm the appointment").click()
        await screen.page.wait_for_url("**/appointment/**")
        pages = [await _failing(app, screen, value) for value in planted.values()]
        await _rubbish_by_socket(app, session, planted)
        await asyncio.sleep(0.5)
        while (message := listening.get_message(timeout=0.2)) is not None:
            if message["type"] == "pmessage":
                heard.append(message["channel"] + b" " + message["data"])
    app.rows("UPDATE appointments SET status = 'cancelled' WHERE patient_id = 900001 AND status = 'booked'")
    assert heard, "nothing was announced"
    # Once more, with all of it counted.
    pages.append(await _metrics(app, screen))
    assert b"aarogya_appointments_total" in pages[-1]
    logs = {str(file): file.read_bytes() for file in _logs(app)}
    assert len(logs) >= 3
    limits = b"\n".join(key for key in _keys(app))
    for what, value in planted.items():
        for spelling in {value, quote(value), value.replace("@", "%40")}:
            secret = spelling.encode()
            assert not [name for name, text in logs.items() if secret in text], f"{what} is in a log"
            assert not [line for line in heard if secret in line], f"{what} was published"
            assert not [text for text in pages if secret in text], f"{what} is on an error page"
            assert secret not in limits, f"{what} is in the name of a key"


async def _sign_in(screen, email: str, password: str) -> None:
    await screen.goto("/sign-in")
    form = screen.page.locator("main > form")
    await form.get_by_label("E-mail address").fill(email)
    await form.get_by_label("Password").fill(password)
    async with screen.page.expect_navigation():
        await form.get_by_role("button", name="Sign in").click()
    await screen.page.wait_for_selector(KNOWN, state="attached")


async def _failing(app: Running, screen, value: str) -> bytes:
    """The error pages of requests that carry the value where one can carry something."""
    request = screen.page.context.request
    told = b""
    for path in (f"/nothing/{quote(value)}", f"/nothing?x={quote(value)}", "/metrics", "/health"):
        told += await (await request.get(app.base + path)).body()
    for path in ("/auth/sign-in", "/auth/sign-out", "/auth/nothing", "/api/nothing"):
        answer = await request.post(
            app.base + path, form={"email": "\x00", "code": value, "password": value}, headers={"X-Reason": value}
        )
        told += await answer.body()
    return told


async def _metrics(app: Running, screen) -> bytes:
    return await (await screen.page.context.request.get(app.base + "/metrics")).body()


async def _rubbish_by_socket(app: Running, session: str, planted: dict[str, str]) -> None:
    """The values as arguments of handlers that cannot use them, as an error of a page, and as no frame at all."""
    async with wire(app, cookie=session) as socket:
        with suppress(ConnectionClosed):
            for value in planted.values():
                for name, payload in (
                    ("booking____booking.hold", {"starts_at": value}),
                    ("booking____booking.confirm", {"hold_id": value}),
                    ("booking____booking.choose_patient", {"patient_id": [value]}),
                    ("search____search.look_for", {"text": {"a": value}}),
                    ("frontend_event_exception_state.handle_frontend_exception", {"info": value}),
                ):
                    for prefix in ("reflex___state____state.state___", "reflex___state____state.reflex___state____"):
                        await socket.event(prefix + name, payload)
                await socket.raw(f"42/_event,[{value}")
                await asyncio.sleep(0.6)
            await socket.quiet()


def _logs(app: Running):
    yield app.log
    for name in ("postgres/log", "redis/log"):
        place = app.folder / name
        yield from [file for file in place.rglob("*") if file.is_file()] if place.is_dir() else [place]


def _keys(app: Running) -> list[bytes]:
    with app.redis() as redis:
        return list(redis.scan_iter("aarogya:limit*"))
