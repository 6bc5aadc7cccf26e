"""The shell as it really stands, before granian and Reflex: raw sockets, foreign pages, and a browser that obeys."""

import asyncio
import json
import re
from contextlib import suppress

import pytest
from playwright.async_api import StorageState, expect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.shell import frames
from cli.demo import PASSWORD
from tests.e2e.conftest import DOCTOR, Open
from tests.e2e.running import Running
from tests.e2e.wire import Wire, wire
from tests.waiting import until


async def test_a_page_that_a_browser_has_already_runs_under_its_policy_too(open_screen: Open) -> None:
    """The second time it asks only whether the page has changed; tests/e2e/test_pages.py looks at every page."""
    screen = await open_screen("reception", wide=True)
    for path in ("/", DOCTOR, "/day") * 2:
        await screen.goto(path)
        await expect(screen.page.locator("main h1").first).to_be_visible()


async def test_what_was_not_built_into_a_page_does_not_run(open_screen: Open) -> None:
    screen = await (await open_screen(rough=True)).goto("/")
    await screen.page.evaluate(
        "() => { for (const [tag, text] of [['script', 'window.ran = 1'], ['style', 'body { outline: 9px solid }']]) {"
        " const made = document.createElement(tag); made.textContent = text; document.body.append(made); }"
        " const image = document.createElement('img'); image.setAttribute('onerror', 'window.ran = 2');"
        " image.src = '/nothing.png'; document.body.append(image);"
        " const frame = document.createElement('iframe'); frame.src = '/'; document.body.append(frame); }"
    )
    await until(lambda: len([error for error in screen.errors if "Content Security Policy" in error]) >= 4)
    assert await screen.page.evaluate("window.ran") is None
    assert await screen.page.evaluate("getComputedStyle(document.body).outlineWidth") != "9px"
    refused = await screen.page.evaluate("fetch('http://192.0.2.1/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    await until(lambda: any("connect-src" in error for error in screen.errors))


async def test_the_form_says_when_to_try_again(open_screen: Open) -> None:
    screen = await (await open_screen()).goto("/sign-in?error=too_many&wait=400")
    await expect(screen.page.get_by_role("alert")).to_have_text(re.compile("too often.* in 7 min"))
    screen = await (await open_screen()).goto("/hi/sign-in?error=too_many&wait=400")
    await expect(screen.page.get_by_role("alert")).to_have_text(re.compile("7 मिनट"))


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost.evil.example", "https://127.0.0.1"]
)
async def test_another_page_cannot_open_our_socket(app: Running, cookies: dict[str, StorageState], origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(_socket(app), additional_headers=_cookie(cookies), origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_socket_under_a_name_that_was_pointed_at_us_is_refused(app: Running) -> None:
    name = f"rebound.example:{app.port}"
    raw = (
        f"GET /_event/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {name}\r\nOrigin: http://{name}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert (await _sent(app, raw.encode())).startswith(b"HTTP/1.1 403")


async def test_a_program_without_an_origin_is_nobody_whatever_cookie_it_has(
    app: Running, cookies: dict[str, StorageState]
) -> None:
    async with connect(_socket(app), additional_headers=_cookie(cookies)) as socket:
        assert "sec-websocket-extensions" not in socket.response.headers
        await socket.recv()
        await socket.send("40/_event,")
        load = {"name": "reflex___state____state.hydrate_and_load", "payload": {}, "router_data": {"pathname": "/"}}
        await socket.send("42/_event," + json.dumps(["event", load]))
        received = ""
        with suppress(TimeoutError):
            while True:
                received += str(await asyncio.wait_for(socket.recv(), 1.0))
    assert "Asha Kulkarni" not in received


async def test_who_floods_the_socket_is_told_and_then_cut_off(app: Running) -> None:
    async with wire(app) as flood:
        with pytest.raises(ConnectionClosed):
            await _flood(flood, 2000)
        assert "too often" in await flood.quiet()
    async with wire(app) as calm:
        with suppress(ConnectionClosed):
            await calm.raw("42" + "x" * (frames.LARGEST + 1))
            await calm.quiet()
            await calm.raw("3")
            pytest.fail("a frame that is too long was taken")
    assert app.answers()


async def _flood(flood: Wire, events: int) -> None:
    for number in range(events):
        await flood.event("reflex___state____state.nothing", {"n": number})
        if number % 100 == 0:
            await asyncio.sleep(0.05)


def form(body: bytes, *headers: str, path: str = "/auth/sign-in") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/x-www-form-urlencoded", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def test_what_is_too_large_or_too_much_is_refused_and_the_next_is_served(app: Running) -> None:
    origin = f"Origin: {app.base}"
    announced = await _sent(app, form(b"", origin, "Content-Length: 99999999"))
    assert announced.startswith(b"HTTP/1.1 413")
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    unannounced = await _sent(app, form(chunk * 8, origin, "Transfer-Encoding: chunked"))
    assert unannounced.startswith(b"HTTP/1.1 413")
    both = await _sent(app, form(b"0\r\n\r\n", origin, "Content-Length: 5", "Transfer-Encoding: chunked"))
    assert not both.startswith(b"HTTP/1.1 2")
    fields = [f"X-{number}: {'x' * 20}" for number in range(400)]
    assert (await _sent(app, form(b"", origin, "Content-Length: 0", *fields))).startswith(
        (b"HTTP/1.1 431", b"HTTP/1.1 400")
    )
    long = f"X-Long: {'x' * 600_000}"
    assert not (await _sent(app, form(b"", origin, "Content-Length: 0", long))).startswith(b"HTTP/1.1 2")
    assert app.answers()


async def test_a_body_that_comes_a_byte_at_a_time_is_not_waited_for(app: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
    writer.write(form(b"email=", f"Origin: {app.base}", "Content-Length: 100"))
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = asyncio.create_task(reader.read(200))
    while not answer.done() and loop.time() < began + 20:
        with suppress(ConnectionError):
            writer.write(b"a")
            await writer.drain()
        await asyncio.wait([answer], timeout=0.5)
    assert (await answer).startswith(b"HTTP/1.1 408")
    assert 9 < loop.time() - began < 15
    writer.close()


async def test_no_line_of_an_answer_is_written_by_whoever_asks(app: Running) -> None:
    for field in ("next", "email", "language"):
        for text in (
            "%0d%0aSet-Cookie:%20planted=1",
            "/%0d%0aSet-Cookie:%20planted=1",
            "%E5%98%8A%E5%98%8DSet-Cookie:planted",
        ):
            body = f"{field}={text}".encode()
            answer = await _sent(app, form(body, f"Origin: {app.base}", f"Content-Length: {len(body)}"))
            head = answer.partition(b"\r\n\r\n")[0].lower()
            assert b"\nset-cookie: planted" not in head
            assert b"\nset-cookie:planted" not in head
    for path in ("/%0d%0aSet-Cookie:planted=1", "/doctor/x%0d%0aSet-Cookie:planted=1?day=%0d%0aa:b"):
        answer = await _sent(app, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        assert b"set-cookie" not in answer.partition(b"\r\n\r\n")[0].lower()


async def test_a_form_of_another_page_does_nothing(app: Running) -> None:
    body = f"email=patient@example.org&password={PASSWORD}".encode()
    for origin in (
        "http://evil.example",
        "null",
        f"http://127.0.0.1:{app.port + 1}",
        f"http://evil.example:{app.port}",
    ):
        answer = await _sent(app, form(body, f"Origin: {origin}", f"Content-Length: {len(body)}"))
        assert answer.startswith(b"HTTP/1.1 403")
        assert b"set-cookie" not in answer.lower()


async def test_what_carries_a_secret_is_not_compressed_and_kept_nowhere(app: Running) -> None:
    body = f"email=patient@example.org&password={PASSWORD}".encode()
    more = (f"Origin: {app.base}", f"Content-Length: {len(body)}", "Accept-Encoding: gzip, br, zstd")
    head = (await _sent(app, form(body, *more))).partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 303")
    assert b"content-encoding" not in head
    assert b"cache-control: no-store" in head


def _socket(app: Running) -> str:
    return f"ws://127.0.0.1:{app.port}/_event/?token=x&EIO=4&transport=websocket"


def _cookie(cookies: dict[str, StorageState]) -> dict[str, str]:
    value = next(cookie["value"] for cookie in cookies["patient"]["cookies"] if cookie["name"] == "aarogya")
    return {"Cookie": f"aarogya={value}"}


async def _sent(app: Running, raw: bytes) -> bytes:
    """What comes back for those very bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
    with suppress(ConnectionError):
        writer.write(raw)
        await writer.drain()
    answer = b""
    with suppress(TimeoutError, ConnectionError):
        while part := await asyncio.wait_for(reader.read(65536), 10.0 if not answer else 0.2):
            answer += part
    writer.close()
    return answer
