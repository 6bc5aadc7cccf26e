"""How many requests the API takes of whom, and what it says about it."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api import limited
from api.credentials import counted
from api.limited import Caller, Limited, account, key
from core.limits import Limit
from tests.api.program import code
from tests.people import PASSWORD, Cast

HERE = "http://clinic.test"


def api(find=counted) -> httpx.AsyncClient:
    async def hello(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    from api import auth

    routes = [Route("/api/hello", hello), Route("/hello", hello), *auth.routes]
    app = Starlette(routes=routes, middleware=[Middleware(Limited, find=find)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE, headers={"origin": HERE})


def test_the_numbers_are_those_that_were_agreed(cast: Cast) -> None:
    numbers = [(limit.amount, limit.seconds) for limit in (limited.ANONYMOUS, limited.PATIENT, limited.STAFF)]
    assert numbers == [(1000, 900), (1000, 900), (10_000, 900)]
    assert account(cast.asha).limit is limited.PATIENT
    assert {account(who).limit for who in (cast.doctor, cast.receptionist, cast.admin)} == {limited.STAFF}
    assert key(7, 500).limit.amount == 500
    assert key(7, 500).limit.seconds == 3600


async def test_every_answer_says_what_is_left(cast: Cast) -> None:
    async with api() as web:
        first, second = await web.get("/api/hello"), await web.get("/api/hello")
        elsewhere = await web.get("/hello")
    assert first.headers["ratelimit-policy"] == '"anonymous";q=1000;w=900'
    assert first.headers["ratelimit"].startswith('"anonymous";r=999;t=')
    assert second.headers["ratelimit"].startswith('"anonymous";r=998;t=')
    assert "ratelimit" not in elsewhere.headers


async def test_what_is_too_much_is_429_and_when_to_come_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "ANONYMOUS", Limit("anonymous", 2, limited.QUARTER))
    async with api() as web:
        answers = [await web.get("/api/hello") for _ in range(4)]
        form = await web.post("/auth/sign-in", data={"email": "asha@example.org", "password": PASSWORD})
        known = await web.get("/api/hello")
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    refused = answers[-1]
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert refused.headers["ratelimit"] == f'"anonymous";r=0;t={refused.headers["retry-after"]}'
    assert refused.headers["content-type"] == "application/problem+json"
    assert code(refused) == (429, "too_many")
    # Who signs in is counted for himself from then on.
    assert form.status_code == 303
    assert known.headers["ratelimit"].startswith('"patient";r=999;')


async def test_an_invented_session_is_nobodys(cast: Cast) -> None:
    async with api() as web:
        for number in range(3):
            web.cookies.set("aarogya", f"invented-{number}", domain="clinic.test")
            answer = await web.get("/api/hello")
    assert answer.headers["ratelimit"].startswith('"anonymous";r=997;')


async def test_two_keys_have_a_measure_each(cast: Cast) -> None:
    async def by_key(request: Request) -> Caller | None:
        return key(int(request.headers["x-key"]), 1)

    async with api(by_key) as web:
        statuses = [(await web.get("/api/hello", headers={"x-key": k})).status_code for k in ("1", "2", "1", "2")]
    assert statuses == [200, 200, 429, 429]
