"""Signing in and out over HTTP: the cookie, the way back, who may post, and where one may be sent."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from api.app import app
from api.forms import safe_path
from core.settings import settings
from core.web_session import hash_id
from tests.outage import Database
from tests.people import PASSWORD, Cast
from tests.rows import many, one, write

HERE = "http://clinic.test"
ASHA = {"email": "asha@example.org", "password": PASSWORD}


def browser(origin: str = HERE, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app()), base_url=origin, headers={"origin": origin, **headers}
    )


@pytest_asyncio.fixture
async def web(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with browser() as client:
        yield client


async def test_signing_in_sets_a_cookie_that_no_script_reads_and_no_other_site_sends(web: httpx.AsyncClient) -> None:
    answer = await web.post("/auth/sign-in", data=ASHA)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie, device = answer.headers.get_list("set-cookie")
    name_and_value, *attributes = cookie.split("; ")
    name, _, value = name_and_value.partition("=")
    assert name == "aarogya"
    assert {attribute.lower() for attribute in attributes} == {"httponly", "samesite=lax", "path=/", "max-age=7776000"}
    assert re.fullmatch(r"[\w-]{43}", value)
    assert (await one("SELECT id_hash FROM sessions")).id_hash == hash_id(value)
    assert device.startswith("aarogya-device=")
    attributes = {part.lower() for part in device.split("; ")[1:]}
    assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=31536000"}


async def test_behind_tls_the_cookie_is_secure_and_kept_to_the_host(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AAROGYA_PUBLIC_URL", "https://clinic.test")
    settings.cache_clear()
    async with browser("https://clinic.test") as web:
        signed_in = await web.post("/auth/sign-in", data=ASHA)
        signed_out = await web.post("/auth/sign-out")
    for answer in (signed_in, signed_out):
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-aarogya=")
        attributes = {part.lower() for part in cookie.split("; ")[1:]}
        assert {"secure", "path=/", "httponly", "samesite=lax"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_each_role_starts_at_home_in_its_language(web: httpx.AsyncClient) -> None:
    homes = {"asha": "/", "meera": "/day", "front": "/desk", "boss": "/day"}
    # A demo's administrator: any other is led to his second factor.
    await write("UPDATE users SET is_demo = true WHERE role = 'admin'")
    for name, home in homes.items():
        sign_in = {"email": f"{name}@example.org", "password": PASSWORD}
        assert (await web.post("/auth/sign-in", data=sign_in)).headers["location"] == home
        hindi = await web.post("/auth/sign-in", data=sign_in | {"language": "hi"})
        assert hindi.headers["location"] == f"/hi{home}"
        rubbish = await web.post("/auth/sign-in", data=sign_in | {"language": "//evil.example"})
        assert rubbish.headers["location"] == home


async def test_after_signing_in_one_goes_on_to_where_one_was(web: httpx.AsyncClient) -> None:
    there = "/doctor/vd-meera-joshi?day=2026-12-01&mode=video"
    answer = await web.post("/auth/sign-in", data=ASHA | {"next": there})
    assert answer.headers["location"] == there


async def test_a_wrong_try_goes_back_with_its_reason_and_without_a_session(web: httpx.AsyncClient) -> None:
    answer = await web.post("/auth/sign-in", data=ASHA | {"password": "wrong", "language": "hi", "next": "/day?x=1"})
    back = urlsplit(answer.headers["location"])
    assert (answer.status_code, back.netloc, back.path) == (303, "", "/hi/sign-in")
    assert parse_qs(back.query) == {"error": ["wrong_credentials"], "next": ["/day?x=1"]}
    assert set(web.cookies) == {"aarogya-form"}
    assert await many("SELECT 1 FROM sessions") == []


async def test_an_empty_or_strange_form_is_a_wrong_try(web: httpx.AsyncClient) -> None:
    for form in ({}, {"email": "asha@example.org"}, {"email": "\x00", "password": "\x00"}, {"email": "a" * 8000}):
        answer = await web.post("/auth/sign-in", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?error=wrong_credentials")
    # Bytes that are no text in the character set that they name.
    part = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n\\ud800\r\n--x--\r\n'
    strange = {"content-type": "multipart/form-data; boundary=x; charset=unicode_escape"}
    answer = await web.post("/auth/sign-in", content=part, headers=strange)
    assert answer.headers["location"] == "/sign-in?error=wrong_credentials"


async def test_a_form_without_end_is_refused(web: httpx.AsyncClient) -> None:
    long = await web.post("/auth/sign-in", data={"email": "a" * 1_000_000})
    many_fields = await web.post("/auth/sign-in", data={f"field{n}": "" for n in range(1000)})
    file = await web.post("/auth/sign-in", data=ASHA, files={"file": b"x"})
    assert {long.status_code, many_fields.status_code, file.status_code} == {400}


ELSEWHERE = [
    {"origin": "http://evil.example"},
    {"origin": "http://clinic.test.evil.example"},
    {"origin": "http://evil.example/clinic.test"},
    {"origin": "http://clinic.test:8080"},
    {"origin": "http://clinic.test@evil.example"},
    {"origin": "null"},
    {"origin": "http://["},
    {"origin": ""},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {},
]


async def test_a_form_from_elsewhere_is_refused_and_changes_nothing(cast: Cast) -> None:
    async with browser() as web:
        await web.post("/auth/sign-in", data=ASHA)
        cookies = web.cookies
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url=HERE, cookies=cookies) as web:
        for headers in ELSEWHERE:
            for path in ("/auth/sign-in", "/auth/sign-out"):
                answer = await web.post(path, data=ASHA, headers=headers)
                assert answer.status_code == 403
                assert "set-cookie" not in answer.headers
    assert [row.revoked_at for row in await many("SELECT revoked_at FROM sessions")] == [None]


async def test_a_form_of_ours_is_known_by_origin_or_by_what_the_browser_says(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AAROGYA_PUBLIC_URL", "https://public.example")
    settings.cache_clear()
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": "https://public.example"}):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url=HERE) as web:
            assert (await web.post("/auth/sign-in", data=ASHA, headers=headers)).status_code == 303


AWAY = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: aarogya=x",
    "\x00//evil.example",
    "/\x1f/evil.example",
    "/\x7f/evil.example",
    " //evil.example",
    "",
]


@pytest.mark.parametrize("away", AWAY)
def test_nobody_is_sent_away(away: str) -> None:
    assert safe_path(away) is None


def test_a_page_of_ours_is_a_way_on() -> None:
    for path in ("/", "/day?doctor=1", "/hi/doctor/मीरा", "/x?next=//evil.example", "/a//b"):
        assert safe_path(path) == path


async def test_one_who_would_be_sent_away_goes_home(web: httpx.AsyncClient) -> None:
    for away in AWAY[:1] + AWAY[8:9]:
        answer = await web.post("/auth/sign-in", data=ASHA | {"next": away})
        assert answer.headers["location"] == "/"
        refused = await web.post("/auth/sign-in", data={"email": "x", "next": away})
        assert refused.headers["location"] == "/sign-in?error=wrong_credentials"


async def test_signing_out_revokes_the_session_and_takes_the_cookie_back(web: httpx.AsyncClient) -> None:
    await web.post("/auth/sign-in", data=ASHA)
    answer = await web.post("/auth/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    # That it has signed in before it stays known for.
    assert set(web.cookies) == {"aarogya-device"}
    assert (await one("SELECT revoked_at FROM sessions")).revoked_at is not None
    assert (await web.post("/auth/sign-out")).status_code == 303


async def test_signing_in_again_ends_the_session_before(web: httpx.AsyncClient) -> None:
    await web.post("/auth/sign-in", data=ASHA)
    before = web.cookies["aarogya"]
    await web.post("/auth/sign-in", data=ASHA)
    rows = {row.id_hash: row.revoked_at for row in await many("SELECT id_hash, revoked_at FROM sessions")}
    assert rows[hash_id(before)] is not None
    assert rows[hash_id(web.cookies["aarogya"])] is None


async def test_a_wrong_try_leaves_the_session_that_is(web: httpx.AsyncClient) -> None:
    await web.post("/auth/sign-in", data=ASHA)
    await web.post("/auth/sign-in", data=ASHA | {"password": "wrong"})
    assert (await one("SELECT revoked_at FROM sessions")).revoked_at is None


async def test_a_session_named_by_an_attacker_is_never_taken_on(web: httpx.AsyncClient) -> None:
    web.cookies.set("aarogya", "chosen-by-an-attacker", domain="clinic.test")
    answer = await web.post("/auth/sign-in", data=ASHA)
    assert "chosen-by-an-attacker" not in answer.headers["set-cookie"]
    assert len(await many("SELECT 1 FROM sessions")) == 1


async def test_a_link_or_an_image_signs_nobody_in_or_out(web: httpx.AsyncClient) -> None:
    for path in ("/auth/sign-in", "/auth/sign-out"):
        assert (await web.get(path)).status_code == 405


async def test_without_the_database_the_form_says_so(web: httpx.AsyncClient, database: Database) -> None:
    await web.post("/auth/sign-in", data=ASHA)
    database.close()
    try:
        answer = await web.post("/auth/sign-in", data=ASHA)
        assert answer.headers["location"] == "/sign-in?error=unavailable"
        signed_out = await web.post("/auth/sign-out")
    finally:
        database.open()
    # Not revoked, so not forgotten either.
    assert (signed_out.status_code, "set-cookie" in signed_out.headers) == (503, False)
    assert (await one("SELECT revoked_at FROM sessions")).revoked_at is None
