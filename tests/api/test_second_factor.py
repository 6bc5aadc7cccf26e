"""The forms around a second factor and a chart: what their answers hold, who may keep them, and where they lead."""

import re

import httpx
import pyotp

from core import clock
from core.web_session import hash_id
from tests.api.test_auth import ASHA, browser
from tests.people import PASSWORD, Cast
from tests.rows import many, one, write

BOSS = {"email": "boss@example.org", "password": PASSWORD}


def device(page: httpx.Response) -> pyotp.TOTP:
    """What an authenticator app makes of the page's key."""
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found
    return pyotp.TOTP(found[1].replace(" ", ""))


async def test_the_way_on_is_kept_from_the_password_to_the_code(cast: Cast) -> None:
    async with browser() as web:
        answer = await web.post("/auth/sign-in", data=BOSS | {"next": "/staff?x=1", "language": "hi"})
        assert answer.headers["location"] == "/hi/second-factor?next=%2Fstaff%3Fx%3D1"
        assert "Max-Age=600" in answer.headers["set-cookie"]
        pending = web.cookies["aarogya"]
        page = await web.get(answer.headers["location"])
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert '<html lang="hi">' in page.text
        code = device(page).at(clock.now())
        done = await web.post("/hi/second-factor", data={"code": code, "next": "/staff?x=1"})
        assert (done.status_code, done.headers["cache-control"]) == (200, "no-store")
        assert 'href="/staff?x=1"' in done.text
        assert len(re.findall(r"<code>[A-Z2-7]{5}-[A-Z2-7]{5}</code>", done.text)) == 10
        assert "Max-Age=43200" in done.headers["set-cookie"]
        assert web.cookies["aarogya"] != pending
        assert (await one("SELECT revoked_at FROM sessions WHERE is_pending")).revoked_at is not None
        assert (await web.get("/staff/openings")).status_code == 200


async def test_nobody_is_sent_away_nor_a_page_written_by_an_address(cast: Cast) -> None:
    async with browser() as web:
        await web.post("/auth/sign-in", data=BOSS)
        for away in ("//evil.example", "https://evil.example", '"><script>evil()</script>', "/\\evil"):
            page = await web.get("/second-factor", params={"next": away})
            assert "evil" not in page.text
            assert "<script" not in page.text
        done = await web.post("/second-factor", data={"code": device(page).at(clock.now()), "next": "//evil.example"})
        assert 'href="/day"' in done.text
        assert "evil" not in done.text


async def test_a_wrong_code_shows_the_same_key_again_and_opens_nothing(cast: Cast) -> None:
    async with browser() as web:
        await web.post("/auth/sign-in", data=BOSS)
        page = await web.get("/second-factor")
        wrong = await web.post("/second-factor", data={"code": "000000"})
        assert wrong.status_code == 403
        assert device(wrong).secret == device(page).secret
        assert "set-cookie" not in wrong.headers
        for _ in range(3):
            await web.post("/second-factor", data={"code": "000000"})
        last = await web.post("/second-factor", data={"code": "000000"})
        assert last.headers["location"] == "/sign-in?error=too_many_tries"
        assert (await web.get("/second-factor")).headers["location"] == "/sign-in"
        assert await many("SELECT 1 FROM sessions WHERE NOT is_pending") == []


async def test_signing_out_gives_a_pending_session_up(cast: Cast) -> None:
    async with browser() as web:
        await web.post("/auth/sign-in", data=BOSS)
        await web.post("/auth/sign-out")
        assert (await one("SELECT revoked_at FROM sessions")).revoked_at is not None
        assert (await web.get("/second-factor")).headers["location"] == "/sign-in"


async def test_a_name_in_a_chart_is_text_and_no_cache_keeps_it(cast: Cast) -> None:
    await write("UPDATE patients SET name = '<script>alert(1)</script>' WHERE id = :id", id=cast.asha_patient)
    async with browser() as web:
        await web.post("/auth/sign-in", data=ASHA)
        page = await web.get(f"/patient/{cast.asha_patient}")
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>" in page.text
        unknown = await web.get("/patient/1000000")
        others = await web.get(f"/patient/{cast.stranger_patient}")
        assert (others.status_code, others.text.replace(f"/patient/{cast.stranger_patient}", "/patient/1000000")) == (
            404,
            unknown.text,
        )
        for rubbish in ("0", "-1", "x", "9" * 5000, "१", "%00"):
            assert (await web.get(f"/patient/{rubbish}")).status_code in {200, 404}, rubbish


async def test_a_form_longer_than_any_is_refused(cast: Cast) -> None:
    async with browser() as web:
        await web.post("/auth/sign-in", data=BOSS)
        session = hash_id(web.cookies["aarogya"])
        assert (await web.post("/second-factor", data={"code": "1" * 1_000_000})).status_code == 400
        assert (await web.post("/auth/join", data={"code": "1" * 1_000_000})).status_code == 400
        assert (await one("SELECT tries FROM sessions WHERE id_hash = :id", id=session)).tries == 0
