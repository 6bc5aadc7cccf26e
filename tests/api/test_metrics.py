"""`/metrics`: who may read it, and that what is asked of us makes it no larger."""

import random
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import app
from api.shell import shell
from api.shell.requests import METHODS
from core import metrics
from core.errors import DomainError
from core.settings import settings
from tests.matrix.routes import routes
from tests.people import Cast

TOKEN = "t" * 32


@pytest.fixture
def web(cast: Cast) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(shell(app())), base_url="http://clinic.test")


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"AAROGYA_{name.upper()}", value)
        settings.cache_clear()

    return put


async def test_with_a_token_set_only_who_brings_it_may_read(
    web: httpx.AsyncClient, setting: Callable[..., None]
) -> None:
    assert (await web.get("/metrics")).status_code == 200
    setting(metrics_token=TOKEN)
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "Bearer é"}):
        answer = await web.get("/metrics", headers={name: value.encode() for name, value in header.items()})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "aarogya_" not in answer.text
    answer = await web.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"


async def test_in_production_without_a_token_there_is_nothing_to_read(
    web: httpx.AsyncClient, setting: Callable[..., None]
) -> None:
    setting(environment="production")
    answer = await web.get("/metrics", headers={"Authorization": "Bearer "})
    assert answer.status_code == 404
    setting(metrics_token=TOKEN)
    assert (await web.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 200


async def test_a_thousand_paths_that_nobody_knows_are_not_a_thousand_labels(web: httpx.AsyncClient) -> None:
    chance = random.Random(5)
    starts = ["/", "/api/", "/api/doctors/", "/api/auth/", "/auth/", "/paper/", "/health/", "/_event/", "/doctor/"]

    async def ask(number: int) -> None:
        path = chance.choice(starts) + f"secret{chance.randbytes(6).hex()}" + "/x" * chance.randrange(3)
        await web.request(chance.choice(["GET", "POST", "PUT", f"M{number}"]), path)

    before = await _series(web)
    for number in range(1000):
        await ask(number)
    labels = [dict(labels) for _, *labels in await _series(web) - before]
    assert not [each for each in labels if "secret" in str(each)]
    declared = {path for _, path, _ in routes(app().routes)} | {"none", "pages", "/api"}
    assert {each.get("route", "none") for each in labels} <= declared
    assert {each.get("method", "GET") for each in labels} <= METHODS | {"other"}


async def test_requests_are_counted_by_route_and_class_of_status(web: httpx.AsyncClient) -> None:
    async def count(method: str, route: str, status: str) -> float:
        return metrics.requests.labels(method, route, status)._value.get()

    asked = [("GET", "/health/live", "2xx"), ("GET", "/api/docs", "2xx"), ("POST", "/api/auth/login", "4xx")]
    before = [await count(*each) for each in asked]
    for method, route, _ in asked:
        await web.request(method, route)
    assert [await count(*each) for each in asked] == [one + 1 for one in before]


async def test_a_refusal_is_counted_by_its_code(cast: Cast) -> None:
    class Refused(DomainError):
        code = "refused_here"

    @metrics.counted("something")
    async def something(refuse: bool) -> int:
        if refuse:
            raise Refused
        return 5

    assert await something(False) == 5
    with pytest.raises(Refused):
        await something(True)
    assert metrics.outcomes.labels("something", "refused_here")._value.get() == 1
    assert metrics.outcomes.labels("something", "done")._value.get() == 1


async def _series(web: httpx.AsyncClient) -> set[tuple]:
    text = (await web.get("/metrics")).text
    return {
        (sample.name, *sorted(sample.labels.items()))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
