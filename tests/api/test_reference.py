"""What is written about the API, by us and by the API itself, is how it is."""

import importlib
import pkgutil
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from api import programs, reference
from core import signature
from models.api_key import Scope
from services.permissions import Access
from tests.api.program import code, key, program
from tests.people import Cast

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


@pytest.fixture(scope="module")
def codes() -> list[tuple[str, int, str]]:
    """Every code of the house: what was not loaded yet is, first."""
    for layer in ("core", "services", "api"):
        package = importlib.import_module(layer)
        for module in pkgutil.walk_packages(package.__path__, f"{layer}."):
            importlib.import_module(module.name)
    return [each for each in reference.codes() if not each[0].endswith("_in_a_test")]


def test_the_guide_has_every_code_and_no_other(codes: list[tuple[str, int, str]]) -> None:
    rows = [f"| `{code}` | {status} | {sentence} |" for code, status, sentence in codes]
    written = re.findall(r"^\| `\w+` \| \d{3} \|.*$", GUIDE.read_text(), re.M)
    assert written == rows, "The table in docs/api.md should read:\n" + "\n".join(rows)


def test_the_page_has_words_for_every_access() -> None:
    assert set(reference.WHOM) == set(Access)


def test_a_code_means_one_thing() -> None:
    kinds = {kind for kind in reference.kinds() if kind.__module__.partition(".")[0] != "tests"}
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_the_signature_of_the_guide_is_right() -> None:
    (header,) = re.findall(r"X-Signature: (t=\d+,v1=[0-9a-f]{64})", GUIDE.read_text())
    at = datetime.fromtimestamp(1_790_000_000, UTC)
    assert signature.sign("a-secret", b'{"slot":1}', at=at) == header
    assert signature.verify(header, "a-secret", b'{"slot":1}', now=at)


async def test_the_schema_names_every_operation_who_may_call_it_and_how_it_fails() -> None:
    async with program() as api:
        answer = await api.get("/openapi.json")
        assert answer.headers["content-type"] == "application/json"
        schema = answer.json()
    assert schema["openapi"].startswith("3.1")
    assert schema["servers"] == [{"url": "/api"}]
    for method, path, endpoint, more in programs.OPERATIONS:
        if more.get("include_in_schema", True):
            operation = schema["paths"][path][method.lower()]
            assert operation["x-access"] == endpoint.access
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert "422" not in operation["responses"]
    assert schema["paths"]["/things"]["post"]["security"] == [
        {"token": []},
        {"cookie": []},
        {"key": ["appointments:write"]},
    ]
    assert schema["paths"]["/staff"]["get"]["security"] == [{"token": []}, {"cookie": []}]
    assert {} in schema["paths"]["/all"]["get"]["security"]
    fields = schema["components"]["schemas"]["Thing"]["properties"]
    assert set(fields) == {"someText", "someNumber", "parts"}


async def test_the_page_needs_nothing_from_elsewhere() -> None:
    async with program() as api:
        answer = await api.get("/docs")
        assert (await api.get("/docs.css")).headers["content-type"].startswith("text/css")
    assert answer.headers["content-type"].startswith("text/html")
    assert "<code>POST /api/auth/login</code>" in answer.text
    assert 'id="token_refused"' in answer.text
    assert not re.search(r"<script|https?://|//cdn|@import|style=", answer.text)
    assert re.findall(r'(?:href|src)="([^"#]+)"', answer.text) == ["/api/docs.css", "/api/openapi.json"]


async def test_a_key_reads_the_reference_whatever_it_is_good_for(cast: Cast) -> None:
    async with program(**{"X-API-Key": (await key(Scope.WAITLIST_WRITE)).key}) as api:
        for path in ("/docs", "/docs.css", "/openapi.json"):
            assert (await api.get(path)).status_code == 200
        assert code(await api.post("/auth/login", json={})) == (403, "scope_missing")


async def test_the_address_of_a_problem_leads_to_its_code() -> None:
    async with program() as api:
        refused: httpx.Response = await api.get("/auth/me")
        code(refused)
        path, _, place = refused.json()["type"].partition("#")
        assert f'id="{place}"' in (await api.get(path.removeprefix("/api"))).text


def test_every_code_is_expected_by_a_test(codes: list[tuple[str, int, str]]) -> None:
    """Each refusal is named by a test, by its code or its kind, beside where it is imported."""
    files = [file for file in GUIDE.parents[1].glob("tests/**/test_*.py") if file.name != "test_words.py"]
    lines = "\n".join(line for file in files for line in file.read_text().splitlines() if " import " not in line)
    named = {kind.code for kind in reference.kinds() if re.search(rf'\b{kind.__name__}\b|"{kind.code}"', lines)}
    assert [code for code, _, _ in codes if code not in named] == []
