"""The doors of registration, codes and the account, as a browser and as an attacker use them."""

import json
import re
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api import account, codes, registration
from api.app import app
from core import clock
from core.web_session import hash_id
from tests.mailbox import Mailbox
from tests.people import PASSWORD, Cast
from tests.rows import many, one, write

HERE = "http://clinic.test"
ASHA = {"email": "asha@example.org", "password": PASSWORD}
DEVICE = "aarogya-device"
"""What a browser is known by at its next try; it opens nothing."""

NEHA = {"name": "Neha Shah", "email": "neha@example.org", "password": "a sentence of mine", "consent": "yes"}
DOORS = [door for group in (registration, codes, account) for door in group.routes]


def browser(**headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app()), base_url=HERE, headers={"origin": HERE, "user-agent": "Firefox"} | headers
    )


@pytest_asyncio.fixture
async def web(cast: Cast, mailbox: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    async with browser() as client:
        yield client


@pytest_asyncio.fixture
async def asha(web: httpx.AsyncClient) -> httpx.AsyncClient:
    """Asha's browser, signed in."""
    await web.post("/auth/sign-in", data=ASHA)
    return web


async def registered(web: httpx.AsyncClient, mailbox: Mailbox, **more: str) -> httpx.Response:
    await web.post("/auth/register", data=NEHA | more)
    return await web.post("/auth/verify", data={"code": await mailbox.code(NEHA["email"], clock.now())})


def told(answer: httpx.Response) -> tuple[Any, ...]:
    """All that an answer tells, but for the value of the sealed cookie, which is another each time."""
    cookies = [re.sub(r"=[^;]*", "=", cookie, count=1) for cookie in answer.headers.get_list("set-cookie")]
    lengths = [len(cookie) for cookie in answer.headers.get_list("set-cookie")]
    return answer.status_code, answer.headers["location"], cookies, lengths, answer.text


async def test_one_registers_proves_the_address_and_is_signed_in(web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    answer = await web.post("/auth/register", data=NEHA | {"phone": "98123 45678", "next": "/doctor/x?day=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/verify")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=900"} <= set(cookie.split("; "))
    assert "neha" not in cookie
    opened = await web.post("/auth/verify", data={"code": await mailbox.code(NEHA["email"], clock.now())})
    assert opened.headers["location"] == "/doctor/x?day=1"
    # The form is done: its cookie goes, the session's comes.
    assert set(web.cookies) == {"aarogya", DEVICE}
    assert (await one("SELECT count(*) AS n FROM patients WHERE phone_hash IS NOT NULL")).n == 1


async def test_what_was_typed_is_kept_but_for_secrets_and_never_in_the_address(web: httpx.AsyncClient) -> None:
    answer = await web.post("/auth/register", data=NEHA | {"password": "short", "language": "hi"})
    assert answer.headers["location"] == "/hi/register?error=weak_password"
    kept = codes.forms.half_done.read(web.cookies["aarogya-form"], clock.now())
    assert kept == {"name": NEHA["name"], "email": NEHA["email"]}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"email": "neha"}, "not_an_email"),
        ({"email": "neha@example.org\r\nBcc: evil@example.org"}, "not_an_email"),
        ({"name": "Neha\r\nBcc: evil@example.org"}, "invalid_name"),
        ({"phone": "12"}, "not_a_phone"),
        ({"consent": ""}, "no_consent"),
        ({"password": ""}, "weak_password"),
    ],
)
async def test_a_form_that_is_not_right_says_why(wrong: dict[str, str], code: str, web: httpx.AsyncClient) -> None:
    answer = await web.post("/auth/register", data=NEHA | wrong)
    assert answer.headers["location"] == f"/register?error={code}"
    assert await many("SELECT 1 FROM outgoing_messages") == []


async def test_no_field_of_a_form_makes_one_more_than_a_patient(web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    more = {
        "role": "admin",
        "clinic_id": "1",
        "is_active": "true",
        "email_verified_at": "2020-01-01",
        "id": "1",
        "user_id": "1",
        "doctor_id": "1",
        "consented_to": "nothing",
        "totp_sealed": "x",
    }
    await registered(web, mailbox, **more)
    user = await one("SELECT * FROM users WHERE email = 'neha@example.org'")
    assert (user.role, user.clinic_id, user.totp_sealed, user.id != 1) == ("patient", None, None, True)
    assert user.consented_to == registration.registration.NOTICE
    assert await many("SELECT 1 FROM doctors WHERE user_id = :id", id=user.id) == []


@pytest.mark.parametrize(
    ("door", "known", "unknown"),
    [
        ("/auth/register", NEHA | {"email": "asha@example.org"}, NEHA | {"email": "free@example.org"}),
        ("/auth/code", {"address": "asha@example.org"}, {"address": "free@example.org"}),
        ("/auth/code", {"address": "asha@example.org"}, {"address": "boss@example.org"}),
        ("/auth/reset/ask", {"address": "asha@example.org"}, {"address": "free@example.org"}),
    ],
)
async def test_the_answer_does_not_tell_whose_address_it_is(
    door: str, known: dict[str, str], unknown: dict[str, str], web: httpx.AsyncClient
) -> None:
    first = told(await web.post(door, data=known))
    assert first[0] == 303
    assert "error" not in first[1]
    assert told(await web.post(door, data=unknown)) == first


async def test_nor_does_the_answer_to_a_wrong_code(web: httpx.AsyncClient) -> None:
    answers = []
    for address in ("asha@example.org", "free@example.org", "boss@example.org"):
        await web.post("/auth/code", data={"address": address})
        answers.append(told(await web.post("/auth/sign-in/code", data={"code": "000000"})))
        await web.post("/auth/code/again")
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][1] == "/sign-in/code?error=wrong_code"


async def test_a_code_is_of_use_only_in_the_browser_that_asked_for_it(web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    await web.post("/auth/code", data={"address": "asha@example.org"})
    code = await mailbox.code("asha@example.org", clock.now())
    async with browser() as other:
        answer = await other.post("/auth/sign-in/code", data={"code": code})
        assert answer.headers["location"] == "/sign-in/code?error=wrong_code"
        # Nor for another thing in the same browser.
        for door in ("/auth/verify", "/auth/reset"):
            answer = await web.post(door, data={"code": code, "password": "a sentence of mine"})
            assert "wrong_code" in answer.headers["location"]
    assert (await web.post("/auth/sign-in/code", data={"code": code})).headers["location"] == "/"


async def test_a_new_code_may_be_asked_for(web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    await web.post("/auth/register", data=NEHA)
    old = await mailbox.code(NEHA["email"], clock.now())
    answer = await web.post("/auth/code/again")
    assert answer.headers["location"] == "/verify?done=code_sent"
    new = await mailbox.code(NEHA["email"], clock.now())
    if new != old:
        assert "wrong_code" in (await web.post("/auth/verify", data={"code": old})).headers["location"]
    assert (await web.post("/auth/verify", data={"code": new})).headers["location"] == "/"


async def _enter_by(way: str, web: httpx.AsyncClient, mailbox: Mailbox) -> httpx.Response:
    if way == "registration":
        return await registered(web, mailbox)
    await web.post("/auth/code" if way == "code" else "/auth/reset/ask", data={"address": "asha@example.org"})
    code = await mailbox.code("asha@example.org", clock.now())
    door = "/auth/sign-in/code" if way == "code" else "/auth/reset"
    return await web.post(door, data={"code": code, "password": "a sentence of mine"})


@pytest.mark.parametrize("way", ["registration", "code", "reset"])
async def test_no_way_in_takes_on_a_session_that_was_there(way: str, web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    web.cookies.set("aarogya", "chosen-by-an-attacker", domain="clinic.test")
    answer = await _enter_by(way, web, mailbox)
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith("aarogya=")]
    assert "chosen-by-an-attacker" not in cookie
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert hash_id("chosen-by-an-attacker") not in {row.id_hash for row in await many("SELECT id_hash FROM sessions")}


@pytest.mark.parametrize("way", ["registration", "code", "reset"])
async def test_every_way_in_ends_the_session_before(way: str, web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    await web.post("/auth/sign-in", data={"email": "ravi@example.org", "password": PASSWORD})
    before = web.cookies["aarogya"]
    await _enter_by(way, web, mailbox)
    rows = {row.id_hash: row.revoked_at for row in await many("SELECT id_hash, revoked_at FROM sessions")}
    assert rows[hash_id(before)] is not None
    assert rows[hash_id(web.cookies["aarogya"])] is None


ELSEWHERE = [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {}]


async def test_no_other_site_posts_a_form_to_any_door(asha: httpx.AsyncClient) -> None:
    before = await _everything()
    for door, headers in product(DOORS, ELSEWHERE):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app()), base_url=HERE, cookies=asha.cookies, headers=headers
        ) as other:
            answer = await other.post(door.path, data=NEHA | {"address": "x@example.org", "everywhere": "yes"})
            assert answer.status_code == 403, door.path
    for door in DOORS:
        assert (await asha.get(door.path)).status_code == 405, door.path
    assert await _everything() == before


async def _everything() -> list[Any]:
    tables = ("users", "patients", "sessions", "one_time_codes", "outgoing_messages")
    return [(await one(f"SELECT count(*) AS n FROM {table}")).n for table in tables]


async def test_the_doors_of_an_account_are_shut_to_whoever_is_not_signed_in(web: httpx.AsyncClient) -> None:
    before = await _everything()
    for door in account.routes:
        answer = await web.post(door.path, data={"name": "x", "everywhere": "yes"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), door.path
    assert await _everything() == before


async def test_the_family_is_kept_by_forms(asha: httpx.AsyncClient, cast: Cast) -> None:
    added = await asha.post("/auth/account/family", data={"name": "Rohan Kulkarni", "born_on": "2017-08-02"})
    assert added.headers["location"] == "/account?done=family_changed"
    values = {"patient_id": str(cast.mother_patient), "name": "Leela", "born_on": ""}
    changed = await asha.post("/auth/account/family/change", data=values)
    assert changed.headers["location"] == "/account?done=family_changed"
    for other in (str(cast.stranger_patient), "", "x", "-1", "9" * 30, "１"):
        answer = await asha.post("/auth/account/family/change", data=values | {"patient_id": other})
        assert answer.headers["location"].startswith("/account?error=")
    names = {row.name for row in await many("SELECT name FROM patients")}
    assert names == {"Asha Kulkarni", "Leela", "Rohan Kulkarni", "Ravi Stranger"}


async def test_an_address_is_confirmed_by_forms(asha: httpx.AsyncClient, mailbox: Mailbox) -> None:
    wrong = await asha.post("/auth/account/address", data={"address": "98123 45678", "present": "wrong"})
    assert wrong.headers["location"] == "/account?error=wrong_password"
    await asha.post("/auth/account/address", data={"address": "98123 45678", "present": PASSWORD})
    code = await mailbox.code("+919812345678", clock.now())
    done = await asha.post("/auth/account/address/verify", data={"code": code})
    assert done.headers["location"] == "/account?done=address_changed"
    again = await asha.post("/auth/account/address/verify", data={"code": code})
    assert again.headers["location"] == "/account?error=wrong_code"


async def test_a_password_is_changed_by_a_form(asha: httpx.AsyncClient, mailbox: Mailbox) -> None:
    change = {"present": PASSWORD, "password": "a sentence of mine"}
    assert (await asha.post("/auth/account/password", data=change)).headers["location"] == (
        "/account?done=password_changed"
    )
    answer = await asha.post("/auth/account/password", data=change)
    assert answer.headers["location"] == "/account?error=wrong_password"


async def test_signing_out_everywhere_takes_the_cookie_back(asha: httpx.AsyncClient) -> None:
    async with browser() as phone:
        await phone.post("/auth/sign-in", data=ASHA)
        assert (await asha.post("/auth/account/sign-out")).headers["location"] == "/account"
        assert len(await many("SELECT 1 FROM sessions WHERE revoked_at IS NULL")) == 2
        answer = await asha.post("/auth/account/sign-out", data={"everywhere": "yes"})
        assert (answer.headers["location"], set(asha.cookies)) == ("/sign-in", {DEVICE})
        assert await many("SELECT 1 FROM sessions WHERE revoked_at IS NULL") == []


async def test_one_who_leaves_leaves_nothing_typed_behind(asha: httpx.AsyncClient) -> None:
    await asha.post("/auth/account/address", data={"address": "98123 45678", "present": "wrong"})
    assert set(asha.cookies) == {"aarogya", "aarogya-form", DEVICE}
    await asha.post("/auth/sign-out")
    assert set(asha.cookies) == {DEVICE}


async def test_the_file_is_stored_nowhere_on_its_way(asha: httpx.AsyncClient) -> None:
    answer = await asha.post("/auth/account/export")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert json.loads(answer.text)["account"]["email"] == "asha@example.org"


async def test_the_staff_have_an_account_too_but_no_family_and_no_end(web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    await web.post("/auth/sign-in", data={"email": "front@example.org", "password": PASSWORD})
    assert (await web.post("/auth/account/export")).status_code == 200
    for door in ("/auth/account/family", "/auth/account/erase", "/auth/account/erase/ask"):
        assert (await web.post(door, data={"name": "x", "present": PASSWORD})).status_code == 403


async def test_an_account_is_erased_by_its_password_or_a_code(
    asha: httpx.AsyncClient, mailbox: Mailbox, cast: Cast
) -> None:
    wrong = await asha.post("/auth/account/erase", data={"present": "wrong"})
    assert wrong.headers["location"] == "/account?error=wrong_password"
    await write("UPDATE users SET password_hash = NULL WHERE id = :id", id=cast.asha.user_id)
    await asha.post("/auth/account/erase/ask")
    code = await mailbox.code("asha@example.org", clock.now())
    answer = await asha.post("/auth/account/erase", data={"code": code})
    assert answer.headers["location"] == "/sign-in?done=erased"
    assert dict(asha.cookies) == {}
    assert (await one("SELECT erased_at FROM users WHERE id = :id", id=cast.asha.user_id)).erased_at is not None


RUBBISH = ("\x00", "\ud800".encode("utf-8", "surrogatepass"), "x" * 7000, "'; DROP TABLE users; --")
NAMES = ("name", "email", "password", "phone", "consent", "code", "address", "present", "reference", "born_on")


async def test_rubbish_is_refused_with_a_word(asha: httpx.AsyncClient) -> None:
    for door, rubbish in product(DOORS, RUBBISH):
        asha.cookies.set("aarogya-form", "rubbish", domain="clinic.test")
        answer = await asha.post(door.path, data=dict.fromkeys(NAMES, rubbish))
        assert answer.status_code in {200, 303}, door.path
    for door in DOORS:
        assert (await asha.post(door.path, data={"name": "x" * 100_000})).status_code in {200, 303, 400}, door.path


async def test_after_five_wrong_codes_the_right_one_opens_nothing(web: httpx.AsyncClient, mailbox: Mailbox) -> None:
    await web.post("/auth/code", data={"address": "asha@example.org"})
    code = await mailbox.code("asha@example.org", clock.now())
    for number in range(5):
        guess = f"{(int(code) + 1 + number) % 10**6:06}"
        assert "wrong_code" in (await web.post("/auth/sign-in/code", data={"code": guess})).headers["location"]
    assert "wrong_code" in (await web.post("/auth/sign-in/code", data={"code": code})).headers["location"]
    assert await many("SELECT 1 FROM sessions") == []
