"""The plain pages of the desk: the slip of a token, and the cash sheet as a file."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.app import app
from core import clock
from core.web_session import hash_id
from models import Appointment
from models.desk_payment import Method
from services import desk_payments, slips, visit_links, visits, walk_ins
from services.desk_payments import Tender
from services.forecast import Expected
from services.people import Person
from services.permissions import Actor
from services.queue import Turn
from tests.people import DAY, Cast, at
from tests.rows import audited, write

LEELA = Person(name="Leela Pawar", phone="98000 00001")


@pytest_asyncio.fixture
async def web(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://clinic.test") as found:
        yield found


async def cookie(by: Actor) -> dict[str, str]:
    session = f"session-of-{by.user_id}".ljust(43, "x")
    await write(
        "INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at, expires_at, is_pending)"
        " VALUES (:hash, :user, :now, :now, :until, false)",
        hash=hash_id(session),
        user=by.user_id,
        now=clock.now(),
        until=clock.now() + timedelta(hours=1),
    )
    return {"cookie": f"aarogya={session}"}


async def walked_in(cast: Cast) -> Appointment:
    """In the middle of the tests' morning, whatever the hour is now."""
    return await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.receptionist, now=at(11))


async def test_the_slip_says_the_token_and_the_link_and_neither_who_nor_why(cast: Cast, web: httpx.AsyncClient) -> None:
    came, desk = await walked_in(cast), await cookie(cast.receptionist)
    for prefix, word in (("", "Token"), ("/hi", "टोकन")):
        page = await web.get(f"{prefix}/slip/{came.id}", headers=desk)
        assert page.status_code == 200
        assert word in page.text
        assert "Vd. Meera Joshi" in page.text
        assert '<p class="slip-token">1</p>' in page.text
        assert "<svg" in page.text
        assert "slip-58mm.css" in page.text
        assert "Leela" not in page.text
        assert page.headers["cache-control"] == "no-store"
    assert "slip-a4.css" in (await web.get(f"/slip/{came.id}?paper=a4", headers=desk)).text
    # What is no paper is the first of them.
    assert "slip-58mm.css" in (await web.get(f"/slip/{came.id}?paper=../x", headers=desk)).text
    assert visit_links.opened(visit_links.code_of(came.id)) == came.id


async def test_a_slip_tells_one_time_where_both_ends_are_the_same(
    cast: Cast, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, desk, known = await walked_in(cast), await cookie(cast.receptionist), slips.slip
    ends = at(11, 20)

    async def expected(*arguments: Any, **more: Any) -> slips.Slip:
        found = await known(*arguments, **more)
        then = Expected(median=at(11, 20), likely=(at(11, 20), ends), nearly_sure=(at(11, 20), ends))
        return replace(found, turn=Turn(token=1, is_here=True, ahead=0, is_emergency=False, expected=then))

    monkeypatch.setattr(slips, "slip", expected)
    assert ">expected at 11:20 am<" in (await web.get(f"/slip/{came.id}", headers=desk)).text
    ends = at(11, 40)
    assert ">expected 11:20 am – 11:40 am<" in (await web.get(f"/slip/{came.id}", headers=desk)).text


async def test_anothers_slip_is_as_unknown_as_none(cast: Cast, web: httpx.AsyncClient) -> None:
    came, other = await walked_in(cast), await cookie(cast.other_receptionist)
    for path in (f"/slip/{came.id}", "/slip/none", "/slip/00000000-0000-0000-0000-000000000007"):
        assert (await web.get(path, headers=other)).status_code == 404
    answer = await web.get(f"/slip/{came.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


async def test_the_file_has_every_payment_and_no_formulas(cast: Cast, web: httpx.AsyncClient) -> None:
    now, desk = at(11), await cookie(cast.receptionist)
    came = await walked_in(cast)
    less = Tender(amount=40050, due=50000, method=Method.CASH, reason="=HYPERLINK(1)")
    paid = await desk_payments.take(came.id, less, key="k", by=cast.receptionist, now=now)
    await desk_payments.void(paid.id, "+wrong", by=cast.receptionist, now=now)
    answer = await web.get(f"/cash/{cast.clinic_id}/payments.csv?day={DAY}", headers=desk)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    head, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    found = dict(zip(head, row, strict=True))
    assert (found["Amount"], found["Let off"], found["Token"], found["How"]) == ("400.50", "99.50", "1", "cash")
    assert (found["Reason"], found["Voided because"]) == ("'=HYPERLINK(1)", "'+wrong")
    assert "Leela" not in answer.text
    (entry,) = await audited("CashSheetExported")
    assert entry.object_id.startswith(f"{cast.clinic_id}:")
    before = await web.get(f"/hi/cash/{cast.clinic_id}/payments.csv?day=2020-01-01", headers=desk)
    assert before.text.count("\n") == 1
    for path, status in (("x/payments.csv", 404), (f"{cast.clinic_id}/payments.csv?day=never", 422)):
        assert (await web.get(f"/cash/{path}", headers=desk)).status_code == status


async def test_anothers_file_is_as_unknown_as_none(cast: Cast, web: httpx.AsyncClient) -> None:
    for by in (cast.other_receptionist, cast.doctor):
        who = await cookie(by)
        answers = [await web.get(f"/cash/{each}/payments.csv", headers=who) for each in (cast.clinic_id, 10**6)]
        assert [(answer.status_code, answer.text) for answer in answers] == [(404, "We could not find that.")] * 2


async def test_on_a_chart_whoever_is_inside_stands_under_now_and_no_earlier(
    cast: Cast, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = await visits.start((await walked_in(cast)).id, by=cast.doctor, now=at(11))
    monkeypatch.setattr(clock, "now", lambda: at(11, 5))
    page = await web.get(f"/patient/{inside.patient_id}", headers=await cookie(cast.doctor))
    assert page.status_code == 200
    assert "<h2>Now</h2>" in page.text
    assert "<h2>Earlier</h2>" not in page.text
