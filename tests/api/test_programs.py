"""The API's door: who is asked for what, in which form things are refused, and what strangers try."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, get_args

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.routing import Route

from api import credentials, programs
from api.app import app as whole
from api.bodies import LARGEST, parse
from api.operation import Operation, asks, refuse_unguarded
from core import clock, db, signature
from core.errors import Invalid
from models.api_key import Scope
from services import api_keys, sessions
from services.permissions import Access
from tests.api.program import HERE, bearer, code, headers_of, key, log_in, program, rest
from tests.outage import Database
from tests.people import PASSWORD, Cast
from tests.rows import many, write

ASHA = {"email": "asha@example.org", "password": PASSWORD}


@pytest_asyncio.fixture
async def api(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    """A program that says nothing of who it is."""
    async with program() as client:
        yield client


@pytest_asyncio.fixture
async def token(cast: Cast) -> str:
    """Asha's access token."""
    return await log_in(cast.asha)


@pytest_asyncio.fixture
async def cookie(cast: Cast) -> str:
    """Asha's browser session."""
    by, now = cast.asha, clock.now()
    async with db.transaction() as tx:
        opened = await sessions.open_session(tx, by.user_id, by.role, address=None, user_agent=None, now=now)
    return f"aarogya={opened}"


async def test_a_program_logs_in_goes_on_and_logs_out(api: httpx.AsyncClient, cast: Cast) -> None:
    first = await api.post("/auth/login", json=ASHA)
    assert first.status_code == 200
    assert set(first.json()) == {"accessToken", "refreshToken", "expiresIn", "tokenType"}
    assert (first.json()["expiresIn"], first.json()["tokenType"]) == (900, "Bearer")
    me = await api.get("/auth/me", headers=bearer(first.json()["accessToken"]))
    assert me.json() == {
        "id": cast.asha.user_id,
        "name": "Asha Kulkarni",
        "role": "patient",
        "language": "en",
        "doctorId": None,
        "clinicId": None,
        "patientIds": sorted(cast.asha.patient_ids),
        "scopes": None,
        "hourlyLimit": None,
    }
    second = await api.post("/auth/refresh", json={"refreshToken": first.json()["refreshToken"]})
    assert second.status_code == 200
    out = await api.post("/auth/logout", json={"refreshToken": second.json()["refreshToken"]})
    assert (out.status_code, out.content) == (204, b"")
    again = await api.post("/auth/refresh", json={"refreshToken": second.json()["refreshToken"]})
    assert code(again) == (401, "token_refused")
    for answer in (first, me, second, out):
        assert answer.headers["cache-control"] == "no-store, no-transform"
        assert "set-cookie" not in answer.headers


async def test_a_path_with_a_lines_end_in_it_is_refused_as_any_other(token: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(whole()), base_url=HERE) as web:
        answer = await web.post("/api/appointments/%C2%88%0A/cancel", json={"version": 1}, headers=bearer(token))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "invalid"


async def test_the_wrong_password_and_the_unknown_address_are_one_answer(api: httpx.AsyncClient) -> None:
    wrong = await api.post("/auth/login", json=ASHA | {"password": "wrong"})
    unknown = await api.post("/auth/login", json=ASHA | {"email": "nobody@example.org"})
    assert code(wrong) == code(unknown) == (401, "wrong_credentials")
    assert wrong.json() == unknown.json()


async def test_a_second_factor_is_asked_for(api: httpx.AsyncClient, cast: Cast) -> None:
    await write("UPDATE users SET totp_sealed = 'x', totp_confirmed_at = now() WHERE id = :id", id=cast.asha.user_id)
    assert code(await api.post("/auth/login", json=ASHA)) == (401, "second_factor_needed")


async def test_the_three_ways_to_say_who_one_is(api: httpx.AsyncClient, cast: Cast, token: str, cookie: str) -> None:
    made = await key(Scope.SLOTS_READ, clinic_id=cast.clinic_id)
    for headers in (bearer(token), {"Cookie": cookie}):
        assert (await api.get("/auth/me", headers=headers)).json()["id"] == cast.asha.user_id
    me = (await api.get("/auth/me", headers={"X-API-Key": made.key})).json()
    assert (me["role"], me["clinicId"], me["scopes"], me["hourlyLimit"]) == (
        "integrator",
        cast.clinic_id,
        ["slots:read"],
        10,
    )
    answer = await api.get("/auth/me")
    assert code(answer) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_ways_at_once_are_none(api: httpx.AsyncClient, token: str, cookie: str) -> None:
    made = await key()
    ways = [("Authorization", f"Bearer {token}"), ("X-API-Key", made.key), ("Cookie", cookie)]
    pairs = [[a, b] for a in ways for b in ways if a != b]
    for headers in [*pairs, ways, [ways[0], ways[0]], [ways[1], ways[1]]]:
        assert code(await api.get("/all", headers=headers)) == (400, "too_many_credentials")


async def test_a_token_that_is_none_is_refused_also_where_none_is_needed(api: httpx.AsyncClient) -> None:
    for after in ("", " ", "  x", " x y", " x,Bearer y", " \x7f", " x.y.z"):
        answer = await api.get("/all", headers={"Authorization": f"bearer{after}"})
        assert code(answer) == (401, "token_refused")
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_other_schemes_are_none_of_ours(api: httpx.AsyncClient, token: str) -> None:
    for authorization in ("", "Basic eDp5", f"Token {token}", token, "Bearer\tx"):
        assert code(await api.get("/all", headers={"Authorization": authorization})) == (401, "not_signed_in")


async def test_a_session_that_is_over_is_nobody(api: httpx.AsyncClient) -> None:
    headers = {"Cookie": "aarogya=unknown"}
    assert (await api.get("/all", headers=headers)).json() == {"by": None}
    assert code(await api.get("/auth/me", headers=headers)) == (401, "not_signed_in")


async def test_a_cookie_is_good_on_our_own_pages_only(api: httpx.AsyncClient, cast: Cast, cookie: str) -> None:
    thing = {"someText": "x"}
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        for method in ("POST", "DELETE"):
            answer = await api.request(method, "/things", json=thing, headers={"Cookie": cookie, **headers})
            assert code(answer) == (403, "foreign_origin")
    read = await api.get("/auth/me", headers={"Cookie": cookie, "Origin": "http://evil.example"})
    assert code(read) == (403, "foreign_origin")
    for headers in ({"Origin": HERE}, {"Sec-Fetch-Site": "same-origin"}):
        answer = await api.post("/things", json=thing, headers={"Cookie": cookie, **headers})
        assert answer.json()["by"] == cast.asha.user_id


async def test_a_token_needs_no_origin(api: httpx.AsyncClient, token: str) -> None:
    answer = await api.post("/things", json={"someText": "x"}, headers=bearer(token))
    assert answer.status_code == 200


async def test_each_operation_admits_whom_it_says(api: httpx.AsyncClient, cast: Cast, token: str) -> None:
    assert code(await api.get("/staff")) == (401, "not_signed_in")
    assert code(await api.get("/staff", headers=bearer(token))) == (403, "not_allowed")
    for by in (cast.doctor, cast.receptionist, cast.admin):
        assert (await api.get("/staff", headers=bearer(await log_in(by)))).json() == by.role


async def test_a_key_is_good_for_its_scopes_only(api: httpx.AsyncClient, cast: Cast) -> None:
    made = await key(Scope.SLOTS_READ)
    headers = {"X-API-Key": made.key}
    assert (await api.get("/all", headers=headers)).status_code == 200
    answer = await api.post("/things", json={"someText": "x"}, headers=headers)
    assert code(answer) == (403, "scope_missing")
    assert answer.json()["scope"] == "appointments:write"
    assert code(await api.get("/staff", headers=headers)) == (403, "scope_missing")
    assert code(await api.post("/auth/login", json=ASHA, headers=headers)) == (403, "scope_missing")
    wrong = {"X-API-Key": made.key[:-1]}
    assert code(await api.get("/all", headers=wrong)) == (401, "key_refused")
    assert code(await api.get("/all", headers={"X-API-Key": made.prefix})) == (401, "key_refused")


async def test_a_key_that_has_to_sign_signs_what_it_changes(api: httpx.AsyncClient, cast: Cast) -> None:
    made, other = await key(must_sign=True), await key(must_sign=True)
    body = b'{"someText": "x"}'

    async def post(header: str | list[str] | None, content: bytes = body) -> httpx.Response:
        headers = [("X-API-Key", made.key), ("Content-Type", "application/json")]
        headers += [("X-Signature", each) for each in ([header] if isinstance(header, str) else header or [])]
        return await api.post("/things", content=content, headers=headers)

    def sign(secret: str | None = made.signing_secret, *, late: timedelta = timedelta(0)) -> str:
        assert secret is not None
        return signature.sign(secret, body, at=clock.now() - late)

    good = sign()
    for wrong in (
        None,
        "",
        "x",
        sign(other.signing_secret),
        sign(late=timedelta(minutes=6)),
        sign(late=-timedelta(minutes=6)),
        [good, good],
        f"{good}\t",
    ):
        assert code(await post(wrong)) == (401, "signature_refused")
    assert code(await post(good, body + b" ")) == (401, "signature_refused")
    assert (await post(good)).status_code == 200
    assert code(await post(good)) == (409, "signature_replayed")
    # Nor at another door.
    headers = {"X-API-Key": made.key, "X-Signature": good, "Content-Type": "application/json"}
    answer = await api.request("DELETE", "/things", content=body, headers=headers)
    assert code(answer) == (409, "signature_replayed")
    # Reading need not be signed.
    assert (await api.get("/auth/me", headers={"X-API-Key": made.key})).status_code == 200


async def test_a_signature_that_cannot_be_checked_is_not_passed_over(api: httpx.AsyncClient, cast: Cast) -> None:
    made = await key()
    headers = {"X-API-Key": made.key, "X-Signature": signature.sign("x", b"", at=clock.now())}
    assert code(await api.delete("/things", headers=headers)) == (401, "signature_refused")
    assert (await api.delete("/things", headers={"X-API-Key": made.key})).status_code == 204


async def test_a_program_cannot_bring_an_identity_along(api: httpx.AsyncClient, cast: Cast, token: str) -> None:
    """Mass assignment: what an operation does not take is refused, not passed over."""
    for more in ({"role": "admin"}, {"userId": cast.admin.user_id}, {"by": 1}, {"some_text": "y"}, {"__proto__": {}}):
        answer = await api.post("/things", json={"someText": "x"} | more, headers=bearer(token))
        assert code(answer) == (422, "invalid")
    for more in ({"role": "admin"}, {"totpConfirmedAt": None}, {"isActive": True}):
        assert code(await api.post("/auth/login", json=ASHA | more)) == (422, "invalid")


async def test_what_was_sent_is_not_sent_back(api: httpx.AsyncClient) -> None:
    answer = await api.post("/auth/login", json={"email": ["planted"], "password": {"planted": "planted"}})
    assert code(answer) == (422, "invalid")
    assert "planted" not in answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {"email", "password"}


STRANGE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\x00",
    b"\xff\xfe",
    b'{"someText": "\xff"}',
    b'{"someText": "x", "someText": "y"}',
    b'{"someText": "x", "parts": [{"a": 1, "a": 2}]}',
    b'{"someText": "x", "someNumber": NaN}',
    b'{"someText": "x", "someNumber": Infinity}',
    b'{"someText": "x", "someNumber": 1e400}',
    b'{"someText": "x", "someNumber": ' + b"9" * 5000 + b"}",
    b'{"someText": "\\ud800"}',
    b'{"someText": "x"} {"someText": "y"}',
    b'{"someText": "x", "parts": ' + b"[" * 21 + b"]" * 21 + b"}",
    b"[" * 30_000,
    b'{"a":' * 10_000,
    b"\xef\xbb\xbf{}",
]


async def test_a_strange_body_is_invalid(api: httpx.AsyncClient, token: str) -> None:
    headers = bearer(token) | {"Content-Type": "application/json"}
    for body in STRANGE:
        assert code(await api.post("/things", content=body, headers=headers)) == (422, "invalid"), body[:80]


async def test_a_nul_in_a_text_is_a_text_like_any_other(api: httpx.AsyncClient) -> None:
    for field in ("email", "password"):
        answer = await api.post("/auth/login", json=ASHA | {field: "a\x00b"})
        assert code(answer) == (401, "wrong_credentials")
    answer = await api.post("/auth/refresh", json={"refreshToken": "\x00"})
    assert code(answer) == (401, "token_refused")


async def test_a_body_of_another_type_is_refused(api: httpx.AsyncClient, token: str) -> None:
    body = b'{"someText": "x"}'
    types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
    types += ["application/json; charset=utf-16", "application/jsonp", "", "application/json, text/plain"]
    for kind in types:
        answer = await api.post("/things", content=body, headers=bearer(token) | {"Content-Type": kind})
        assert code(answer) == (415, "not_json")
    assert code(await api.post("/things", content=body, headers=bearer(token))) == (415, "not_json")
    for kind in ("application/json", "Application/JSON; charset=UTF-8"):
        answer = await api.post("/things", content=body, headers=bearer(token) | {"Content-Type": kind})
        assert answer.status_code == 200


async def test_a_body_without_end_is_refused_before_it_is_read(api: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 4096
            yield b" " * 4096

    # The client reads all of a body before it calls an ASGI app, so the app is called by hand.
    body = endless()
    messages: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": await anext(body), "more_body": True}

    async def send(message: dict) -> None:
        messages.append(message)

    headers = [(b"content-type", b"application/json"), (b"host", b"clinic.test")]
    scope = {"type": "http", "method": "POST", "path": "/auth/login", "headers": headers, "query_string": b""}
    await rest()(scope | {"raw_path": b"", "root_path": "", "app": None, "http_version": "1.1"}, receive, send)
    assert messages[0]["status"] == 413
    assert sent <= LARGEST + 2 * 4096
    large = await api.post("/auth/login", content=b" " * (LARGEST + 1), headers={"Content-Type": "application/json"})
    assert code(large) == (413, "too_large")


async def test_a_length_that_is_none_is_refused(api: httpx.AsyncClient) -> None:
    for length in ("x", "-1", "1e9", "99999999999999999999", "१"):
        answer = await api.post("/auth/login", content=b"{}", headers={b"Content-Length": length.encode()})
        assert code(answer) == (413, "too_large")


async def test_a_header_cannot_be_injected(api: httpx.AsyncClient) -> None:
    for planted in ("hi\r\nSet-Cookie: a=b", "hi\r\n\r\n<html>"):
        answer = await api.get("/auth/me", headers={b"Accept-Language": planted.encode()})
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-language"] == "hi"
        assert "<html>" not in answer.text


async def test_a_problem_speaks_the_language_of_the_request(api: httpx.AsyncClient) -> None:
    hindi = await api.get("/auth/me", headers={"Accept-Language": "hi-IN,hi;q=0.9"})
    assert hindi.json()["title"] == "कृपया पहले साइन इन करें।"
    for language in ("en", "fr", "", "*", "\xff"):
        answer = await api.get("/auth/me", headers={b"Accept-Language": language.encode("latin-1")})
        assert answer.json()["title"] == "Please sign in first."


async def test_all_that_goes_wrong_is_a_problem(api: httpx.AsyncClient, token: str) -> None:
    assert code(await api.get("/nowhere")) == (404, "not_found")
    assert code(await api.get("/auth/login")) == (405, "method_not_allowed")
    assert code(await api.get("/all", params={"number": "x"})) == (422, "invalid")
    assert code(await api.get("/number")) == (422, "invalid")
    assert code(await api.get("/conflict")) == (409, "taken_in_a_test")
    broken = await api.get("/mistake")
    assert code(broken) == (500, "internal")
    assert "secret reason" not in broken.text


async def test_without_the_database_a_token_is_not_refused_but_unanswered(
    api: httpx.AsyncClient, database: Database, token: str
) -> None:
    database.close()
    try:
        assert code(await api.post("/auth/login", json=ASHA)) == (503, "unavailable")
        assert code(await api.get("/auth/me", headers=bearer(token))) == (503, "unavailable")
    finally:
        database.open()


def test_an_operation_that_does_not_say_who_may_call_it_is_not_built() -> None:
    async def forgotten() -> None:
        """Says nothing."""

    with pytest.raises(RuntimeError, match="/forgotten"):
        programs.app([("GET", "/forgotten", forgotten, {})])
    forgotten.access = "public"  # type: ignore[attr-defined]  (not an Access)
    with pytest.raises(RuntimeError, match="/forgotten"):
        programs.app([("GET", "/forgotten", forgotten, {})])
    programs.app([("GET", "/forgotten", asks(Access.PUBLIC)(forgotten), {})])


def test_a_route_past_the_guard_is_found() -> None:
    made: FastAPI = programs.app()
    made.router.routes.append(Route("/past", lambda request: None))
    with pytest.raises(RuntimeError, match="/past"):
        refuse_unguarded(made)


def test_every_route_of_the_api_says_who_may_call_it() -> None:
    (mounted,) = [route for route in whole().routes if getattr(route, "path", "") == "/api"]
    operations = mounted.app.routes
    assert len(operations) == len(programs.OPERATIONS)
    for route in operations:
        assert isinstance(route, Operation)
        assert route.endpoint.access is route.access
        assert isinstance(route.access, Access)


async def test_the_guard_stands_before_all_else(api: httpx.AsyncClient) -> None:
    """Who is not admitted is not told what is wrong with what he sent."""
    assert code(await api.post("/things", json={"wrong": 1})) == (401, "not_signed_in")


def test_json_is_read_in_one_way_only() -> None:
    assert parse(b'{"a": [1, -2.5, "x", null, true]}') == {"a": [1, -2.5, "x", None, True]}
    assert parse(json.dumps("मीरा").encode()) == "मीरा"
    assert parse(b"[" * 20 + b"]" * 20)
    for wrong in (b"[" * 21 + b"]" * 21, b"1e400", b"[-1e400]", b"9" * 21):
        with pytest.raises(Invalid):
            parse(wrong)


async def test_a_login_leaves_nothing_secret_behind(api: httpx.AsyncClient, token: str) -> None:
    answer = (await api.post("/auth/login", json=ASHA)).json()
    kept = str([tuple(row) for row in await many("SELECT * FROM audit_log")])
    kept += str([tuple(row) for row in await many("SELECT * FROM events")])
    for secret in (answer["accessToken"], answer["refreshToken"], PASSWORD, "asha@example.org"):
        assert secret not in kept


async def test_who_calls_is_looked_up_once_a_request(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, look = [], credentials._look_up

    async def counted(*given: Any) -> Any:
        looks.append(given)
        return await look(*given)

    monkeypatch.setattr(credentials, "_look_up", counted)
    monkeypatch.setattr(credentials, "NEAR", 60.0)
    given = {"X-API-Key": (await key(Scope.DOCTORS_READ)).key}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(whole()), base_url=HERE + "/api") as api:
        for n, headers in enumerate((given, bearer(await log_in(cast.asha)), {}), 1):
            assert (await api.get("/doctors", headers=headers)).status_code == 200
            assert len(looks) == n


async def test_a_key_that_ends_while_its_body_comes_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends slowly does not go on with what was true when he began."""
    made, began = await key(Scope.DOCTORS_READ), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        began.set()
        await revoked.wait()
        yield b"}"

    revoked = asyncio.Event()
    monkeypatch.setattr(credentials, "NEAR", 0.0)
    headers = {"X-API-Key": made.key, "Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(whole()), base_url=HERE + "/api") as api:
        sent = asyncio.create_task(api.post("/doctors", content=slowly(), headers=headers))
        await began.wait()
        await api_keys.revoke(made.prefix, now=clock.now())
        revoked.set()
        assert code(await sent) == (401, "key_refused")


async def test_a_method_that_is_not_there_is_told_all_that_are(api: httpx.AsyncClient) -> None:
    for path, methods in (("/doctors", "GET, HEAD, POST"), ("/doctors/1", "GET, HEAD"), ("/auth/login", "POST")):
        refused = await api.request("PATCH", path)
        assert code(refused) == (405, "method_not_allowed")
        assert refused.headers["allow"] == methods


async def test_a_head_is_a_get_without_its_body(api: httpx.AsyncClient, token: str) -> None:
    whole = await api.get("/doctors")
    head = await api.head("/doctors")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type"):
        assert head.headers[name] == whole.headers[name]
    assert (await api.head("/doctors", headers={"If-None-Match": whole.headers["etag"]})).status_code == 304
    for path, expected in (("/auth/me", 401), ("/nowhere", 404), ("/auth/login", 405)):
        refused = await api.head(path)
        assert (refused.status_code, refused.content) == (expected, b"")
    assert (await api.head("/auth/me", headers=bearer(token))).status_code == 200


async def test_every_401_asks_for_something(api: httpx.AsyncClient) -> None:
    asked = (
        api.get("/auth/me"),
        api.get("/auth/me", headers=bearer("x")),
        api.get("/auth/me", headers={"X-API-Key": "x"}),
    )
    for refused in [await each for each in asked] + [await api.post("/auth/login", json=ASHA | {"password": "wrong"})]:
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")


def test_a_whole_number_is_one_however_it_is_written() -> None:
    assert parse(b"[1.0, 1e2, -0.0, 1.5, 1e300]") == [1, 100, 0, 1.5, 1e300]
    assert [type(value) for value in parse(b"[1.0, 1e2, 1.5, 1e300]")] == [int, int, float, float]


async def test_a_name_for_a_request_is_one_that_a_header_can_hold(cast: Cast) -> None:
    headers = await headers_of(cast.asha)
    async with program(**headers) as api:
        for wrong in (b"", b"x" * 201, b"\xe9", b"a\tb"):
            answer = await api.post("/holds", json={}, headers={"Idempotency-Key": wrong})
            assert code(answer) == (422, "invalid")
            assert "Idempotency-Key" in {error["field"] for error in answer.json()["errors"]}, wrong


def bodies() -> list[type[BaseModel]]:
    """Every form of a body that an operation takes."""

    def forms(kind: object) -> Iterator[type[BaseModel]]:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
        for part in get_args(kind):
            yield from forms(part)

    return [
        form
        for route in programs.app().routes
        if (field := getattr(route, "body_field", None)) is not None
        for form in forms(field.field_info.annotation)
    ]


def test_what_is_sent_goes_by_its_names_on_the_wire_and_by_no_others() -> None:
    found = bodies()
    some = {"BookInstant", "BookHeld", "WaitlistWish", "Leave", "Login", "DoctorSearch"}
    assert some <= {form.__name__ for form in found}
    assert [form.__name__ for form in found if form.model_config.get("populate_by_name")] == []


async def test_a_field_by_its_name_in_python_is_no_field(cast: Cast) -> None:
    async with program(**await headers_of(cast.receptionist)) as api:
        asked = {"doctor_id": cast.doctor_id, "startsAt": "2030-01-01T10:00:00Z"}
        assert code(await api.post("/holds", json=asked)) == (422, "invalid")
