"""The shell around pages, sockets and API: whose pages we answer, what browsers are told, how much we take."""

import asyncio
import base64
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import limited
from api.app import app
from api.routed import Routed
from api.shell import bodies, frames, requests, shell
from api.shell.headers import Headers
from api.shell.origins import is_ours
from core.settings import Settings, settings
from tests.api.program import code

HERE = "http://clinic.test"


@pytest.fixture(autouse=True)
def _at_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, PUBLIC_URL=HERE)
    yield
    settings.cache_clear()


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"AAROGYA_{name.upper()}", raising=False)
    for name, value in values.items():
        monkeypatch.setenv(f"AAROGYA_{name}", value)
    settings.cache_clear()


async def page(_request: Request) -> Response:
    return HTMLResponse("<html></html>")


async def echo(request: Request) -> Response:
    body = await request.body()
    headers = {key: value for key, value in request.headers.items() if key not in ("host", "user-agent")}
    return JSONResponse({"size": len(body), "headers": headers, "client": request.client.host})


async def broken(_request: Request) -> Response:
    raise ValueError("Asha Kulkarni has a bad back")


async def signs(_request: Request) -> Response:
    answer = PlainTextResponse("")
    answer.set_cookie("aarogya", "x")
    return answer


async def never(_request: Request) -> Response:
    await asyncio.sleep(60)
    return PlainTextResponse("")


async def thinks(request: Request) -> Response:
    await asyncio.sleep(2 * bodies.SEND_WITHIN)
    return PlainTextResponse(await request.body())


def behind(**more: object) -> ASGIApp:
    post = {"methods": ["GET", "POST"]}
    routes = [
        Route("/", page),
        Route("/echo", echo, **post),
        Route("/auth/echo", echo, **post),
        Route("/api/echo", echo, **post),
        Route("/api/never", never),
        Route("/thinks", thinks, **post),
        Route("/broken", broken),
        Route("/signs", signs),
        Route("/never", never),
    ]
    return shell(Starlette(routes=routes), **more)


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(behind()), base_url=HERE) as client:
        yield client


async def test_every_answer_tells_the_browser_what_to_keep_to(web: httpx.AsyncClient) -> None:
    for path, status in (("/", 200), ("/echo", 200), ("/nothing", 404), ("/broken", 500)):
        answer = await web.get(path)
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["server"] == "aarogya"
        assert "strict-transport-security" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


async def test_behind_tls_browsers_are_told_to_come_that_way_for_two_years(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, PUBLIC_URL="https://clinic.test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(behind()), base_url="https://clinic.test") as web:
        answer = await web.get("/")
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert "connect-src 'self' wss://clinic.test;" in answer.headers["content-security-policy"]


async def test_a_page_runs_our_files_and_what_was_built_into_it_and_nothing_else(tmp_path: Path) -> None:
    script, style = "console.log('a < b && \"c\"')\n", ".a{b:c}"
    (tmp_path / "hi").mkdir()
    (tmp_path / "hi" / "index.html").write_text(
        f"<script>{script}</script><script src='/x.js'></script><style data-x>{style}</style>"
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(behind(pages=tmp_path)), base_url=HERE) as web:
        policy = (await web.get("/")).headers["content-security-policy"]
        other = (await web.get("/echo")).headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["script-src"] == f"'self' {_source(script)}"
    assert directives["style-src"] == f"'self' {_source('')} {_source(style)}"
    assert directives["default-src"] == directives["form-action"] == "'self'"
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["img-src"] == "'self' data:"
    assert directives["connect-src"] == "'self' ws://clinic.test"
    assert "unsafe" not in policy
    # What is no page may do nothing at all.
    assert other.startswith("default-src 'none'")


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


async def test_what_has_not_changed_keeps_the_policy_that_it_came_with() -> None:
    """A browser puts the fields of a 304 in the place of those that it kept, on a page too."""

    async def same(_request: Request) -> Response:
        return Response(status_code=304)

    app = shell(Starlette(routes=[Route("/", same)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as web:
        answer = await web.get("/")
    assert "content-security-policy" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_is_one_persons_is_kept_nowhere_and_not_compressed(web: httpx.AsyncClient) -> None:
    for path in ("/auth/echo", "/api/echo", "/signs"):
        answer = await web.get(path, headers={"accept-encoding": "gzip, br, zstd"})
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers
    assert (await web.get("/")).headers["cache-control"] == "no-cache"


async def test_a_request_has_a_name_of_ours_and_nobody_elses(web: httpx.AsyncClient) -> None:
    first = await web.get("/echo", headers={"x-request-id": "mine\r\n"[:4]})
    second = await web.get("/echo")
    assert first.headers["x-request-id"] != second.headers["x-request-id"] != "mine"
    assert "x-request-id" not in first.json()["headers"]


async def test_where_it_comes_from_cannot_be_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x-real-ip": "203.0.113.9"}
    for trusted, seen in (("", "127.0.0.1"), ("127.0.0.1, 10.0.0.0/8", "203.0.113.9"), ("192.0.2.1", "127.0.0.1")):
        _set(monkeypatch, PUBLIC_URL=HERE, TRUSTED_PROXIES=trusted)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(behind()), base_url=HERE) as web:
            said = (await web.get("/echo", headers=forged)).json()
        assert said["client"] == seen
        assert not {*forged} & {*said["headers"]}
    # What a client wrote before the proxy added its part is not believed.
    _set(monkeypatch, PUBLIC_URL=HERE, TRUSTED_PROXIES="127.0.0.1")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(behind()), base_url=HERE) as web:
        said = (await web.get("/echo", headers={"x-forwarded-for": "1.1.1.1, 203.0.113.9"})).json()
    assert said["client"] == "203.0.113.9"


async def test_only_a_proxy_of_ours_names_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = "edge-0123.abcd"
    for trusted, given, is_kept in (
        ("127.0.0.1, 10.0.0.0/8", edge, True),
        ("127.0.0.1", "short", False),
        ("127.0.0.1", "x" * 65, False),
        ("127.0.0.1", 'a name" and=more', False),
        ("192.0.2.1", edge, False),
        ("", edge, False),
    ):
        _set(monkeypatch, PUBLIC_URL=HERE, TRUSTED_PROXIES=trusted)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(behind()), base_url=HERE) as web:
            answer = await web.get("/echo", headers={"x-request-id": given, "x-forwarded-for": "203.0.113.9"})
        assert (answer.headers["x-request-id"] == given) is is_kept, (trusted, given)
        assert "x-request-id" not in answer.json()["headers"]


async def test_what_breaks_says_nothing_of_itself_but_its_name(
    web: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await web.get("/broken")
    assert answer.status_code == 500
    assert "Asha" not in answer.text
    assert "ValueError" not in answer.text


async def test_an_answer_that_never_begins_ends(web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "ANSWER_WITHIN", 0.05)
    answer = await web.get("/never")
    assert answer.status_code == 503
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize(("path", "most"), [("/echo", bodies.LARGEST), ("/auth/echo", bodies.LARGEST_FORM)])
async def test_a_body_is_taken_up_to_its_limit(web: httpx.AsyncClient, path: str, most: int) -> None:
    assert (await web.post(path, content=b"x" * most)).json()["size"] == most
    assert (await web.post(path, content=b"x" * (most + 1))).status_code == 413

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(most // 1000 + 2):
            yield b"x" * 1000

    assert (await web.post(path, content=unannounced())).status_code == 413


async def test_a_length_that_is_none_is_refused(web: httpx.AsyncClient) -> None:
    for length in ("-1", "x", "1e3", "٣", ""):
        raw = [(b"host", b"clinic.test"), (b"content-length", length.encode())]
        answer = await web.send(httpx.Request("POST", f"{HERE}/echo", headers=raw, content=b""))
        assert answer.status_code == 400, length
    assert (await web.post("/echo", headers={"content-length": "9" * 5000}, content=b"")).status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SEND_WITHIN", 0.1)

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x"
            await asyncio.sleep(0.02)

    assert (await web.post("/echo", content=slow())).status_code == 408


async def test_while_we_look_elsewhere_a_body_is_not_late(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SEND_WITHIN", 0.1)

    async def soon() -> AsyncIterator[bytes]:
        await asyncio.sleep(0)
        yield b"it was there all along"

    answer = await web.post("/thinks", content=soon())
    assert (answer.status_code, answer.content) == (200, b"it was there all along")


async def test_a_program_is_told_by_the_shell_too_what_went_wrong_as_a_problem(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SEND_WITHIN", 0.1)

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x"
            await asyncio.sleep(0.02)

    unclear = [(b"host", b"clinic.test"), (b"content-length", b"x")]
    answers = {
        (413, "too_large"): await web.post("/api/echo", content=b"x" * (bodies.LARGEST + 1)),
        (408, "too_slow"): await web.post("/api/echo", content=slow()),
        (400, "unclear"): await web.send(httpx.Request("POST", f"{HERE}/api/echo", headers=unclear, content=b"")),
    }
    monkeypatch.setattr(requests, "ANSWER_WITHIN", 0.05)
    answers[503, "unavailable"] = await web.get("/api/never")
    for expected, answer in answers.items():
        assert code(answer) == expected
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "form"), [("/api/doctors", "application/problem+json"), ("/health/live", "text/plain")]
)
async def test_a_mistake_of_ours_is_told_by_its_name_whoever_made_it(
    monkeypatch: pytest.MonkeyPatch, path: str, form: str
) -> None:
    async def mistake(*_: object) -> None:
        raise ValueError("Asha Kulkarni has a bad back")

    monkeypatch.setattr(Routed, "__call__", mistake)
    monkeypatch.setattr(limited, "count", mistake)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shell(app())), base_url=HERE) as web:
        answer = await web.get(path)
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith(form)
    assert answer.headers["x-request-id"]
    assert "Something went wrong" in answer.text
    assert "Asha" not in answer.text


OURS = [
    ({"PUBLIC_URL": HERE}, HERE, "clinic.test", True),
    ({"PUBLIC_URL": HERE}, HERE, "anything", True),
    ({"PUBLIC_URL": HERE}, "http://evil.example", "evil.example", False),
    ({"PUBLIC_URL": HERE}, "http://127.0.0.1:3000", "127.0.0.1:3000", False),
    ({"PUBLIC_URL": HERE}, "https://clinic.test", "clinic.test", False),
    ({"PUBLIC_URL": HERE}, "null", "clinic.test", False),
    ({"PUBLIC_URL": HERE}, "", "", False),
    ({}, "http://127.0.0.1:3000", "127.0.0.1:3000", True),
    ({}, "http://localhost:3000", "localhost:3000", True),
    ({}, "http://[::1]:3000", "[::1]:3000", True),
    ({}, "http://192.168.1.5:3000", "192.168.1.5:3000", True),
    # A name that somebody points at this machine: what the browser says is one and the same, and not ours.
    ({}, "http://rebound.example:3000", "rebound.example:3000", False),
    ({}, "http://127.0.0.1.evil.example:3000", "127.0.0.1.evil.example:3000", False),
    ({}, "http://127.0.0.1:9000", "127.0.0.1:3000", False),
    ({}, "http://x@127.0.0.1:3000", "127.0.0.1:3000", False),
    ({"ENVIRONMENT": "production"}, "http://127.0.0.1:8443", "127.0.0.1:8443", False),
]


@pytest.mark.parametrize(("given", "origin", "host", "ours"), OURS)
def test_our_pages_are_those_of_our_address(
    given: dict[str, str], origin: str, host: str, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, **given)
    assert is_ours(origin, host) is ours


async def dialled(*headers: tuple[str, str], incoming: list[Message] | None = None, notice=None) -> tuple[list, list]:
    """What the app within the shell was given on a socket, and what went back."""
    given: list = []
    sent: list[Message] = []
    left = list(incoming or [])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        given.append(dict(scope["headers"]))
        while (message := await receive())["type"] != "websocket.disconnect":
            given.append(message)

    async def receive() -> Message:
        return left.pop(0) if left else {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "websocket", "path": "/_event/", "headers": raw, "client": ("192.0.2.1", 1)}
    await shell(app, notice=notice)(scope, receive, send)
    return given, sent


async def test_a_socket_from_our_page_keeps_its_cookie() -> None:
    given, sent = await dialled(("host", "clinic.test"), ("origin", HERE), ("cookie", "aarogya=x"))
    assert given[0][b"cookie"] == b"aarogya=x"
    assert sent == []


@pytest.mark.parametrize(
    "origins", [["http://evil.example"], ["null"], [""], [HERE, HERE], [HERE, "http://evil.example"], [HERE + "/"]]
)
async def test_a_socket_from_another_page_is_refused_before_anybody_sees_it(origins: list[str]) -> None:
    given, sent = await dialled(("host", "clinic.test"), *(("origin", o) for o in origins), ("cookie", "aarogya=x"))
    assert given == []
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_a_program_without_an_origin_is_nobody() -> None:
    given, sent = await dialled(("host", "clinic.test"), ("cookie", "aarogya=x"))
    assert b"cookie" not in given[0]
    assert sent == []


def said(text: str) -> Message:
    return {"type": "websocket.receive", "text": text}


async def test_who_talks_too_fast_is_told_and_who_goes_on_is_cut_off() -> None:
    def notice(frame: str) -> str:
        return f"slower than {frame}"

    rush = [said(f"{number}") for number in range(100)]
    given, sent = await dialled(("origin", HERE), incoming=rush, notice=notice)
    assert 60 <= len(given) - 1 <= 70
    assert [message["text"] for message in sent] == [f"slower than {len(given) - 1}"]
    flood = [said("x")] * (60 + frames.FLOOD + 100)
    given, sent = await dialled(("origin", HERE), incoming=flood)
    assert sent[-1] == {"type": "websocket.close", "code": 1008, "reason": ""}
    assert len(given) - 1 <= 70


async def test_a_frame_that_is_too_long_ends_the_connection() -> None:
    for large in (said("x" * (frames.LARGEST + 1)), {"type": "websocket.receive", "bytes": b"x" * frames.LARGEST * 2}):
        given, sent = await dialled(("origin", HERE), incoming=[said("ok"), large, said("never")])
        assert [message.get("text") for message in given[1:]] == ["ok"]
        assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1009)]


async def test_an_address_has_one_measure_for_all_its_connections() -> None:
    bucket = frames.Bucket(rate=0, burst=5)
    assert [bucket.take() for _ in range(7)] == [True] * 5 + [False] * 2
    watched = frames.Frames(lambda *_: None)  # type: ignore[arg-type]
    watched.addresses["192.0.2.1"] = (frames.Bucket(rate=0, burst=3), 1)
    passed: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            passed.append(message)

    watched.app = app
    left = [said("x")] * 10

    async def receive() -> Message:
        return left.pop() if left else {"type": "websocket.disconnect"}

    await watched({"type": "websocket", "client": ("192.0.2.1", 1)}, receive, None)  # type: ignore[arg-type]
    assert len(passed) == 3


async def test_a_client_that_does_not_read_is_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "READ_WITHIN", 0.05)
    heard: list[Message] = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            with pytest.raises(ConnectionError):
                async with asyncio.timeout(5):
                    await send({"type": "websocket.send", "text": "x"})
        heard.append(await receive())

    async def receive() -> Message:
        return said("and it goes on talking")

    tries: list[Message] = []

    async def send(message: Message) -> None:
        tries.append(message)
        await asyncio.Event().wait()

    await frames.Frames(app)({"type": "websocket", "client": ("192.0.2.1", 1)}, receive, send)
    assert len(tries) == 1, "nothing can follow half a frame"
    assert [message["type"] for message in heard] == ["websocket.disconnect"]


def test_a_program_is_told_in_the_form_of_its_own_namespace() -> None:
    from api.live.notice import told_too_much

    for frame in ('42/live,["x"]', '42/live,17["x"]', "40/live,{}", "41/live", "452-/live,1[]"):
        head, _, message = str(told_too_much(frame)).partition(",")
        assert head == "42/live"
        event, problem = json.loads(message)
        assert (event, problem["code"], problem["status"]) == ("error", "too_many", 429)
    for frame in ('42/_event,["event",{"x":"42/live,"}]', "42/lively,[]", "3", "", '42["/live"]'):
        assert told_too_much(frame) is None


def test_the_notice_is_a_frame_of_the_pages_in_their_language() -> None:
    from state.flood import too_fast
    from state.session import Notice

    for path, word in (("/", "too often"), ("/hi/day", "बार")):
        frame = too_fast('42/_event,["event",{"router_data":{"pathname":"' + path + '"}}]')
        head, _, message = frame.partition(",")
        assert head == "42/_event"
        name, update = json.loads(message)
        assert name == "event"
        (values,) = update["delta"].values()
        assert [*update["delta"]] == [Notice.get_full_name()]
        assert any(word in str(value) for value in values.values())


@pytest.mark.parametrize("path", ["/v/abc", "/hi/v/abc"])
async def test_the_address_of_a_visit_is_told_to_no_other_site_and_kept_by_no_search_engine(path: str) -> None:
    app = Headers(PlainTextResponse("a visit"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as web:
        told, others = (await web.get(path)).headers, (await web.get("/video")).headers
    assert told["referrer-policy"] == "no-referrer"
    assert "noindex" in told["x-robots-tag"]
    assert others["referrer-policy"] != "no-referrer"
    assert "x-robots-tag" not in others
