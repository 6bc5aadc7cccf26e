"""Finding a doctor by program: the wishes, pages, and the profile; in the query and in a body."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.doctors import DoctorProfile, Doctors
from core import clock
from models.api_key import Scope
from services import next_open
from tests.api.program import code, key, program
from tests.people import Cast, another_doctor
from tests.rows import write


@pytest_asyncio.fixture
async def api(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    await another_doctor(cast.doctor_id, "dear", name="Vd. Dear Doctor", fee=90000, rating=50, modes=["video"])
    await next_open.refresh([cast.doctor_id, cast.other_doctor_id], now=clock.now())
    async with program() as client:
        yield client


async def names(api: httpx.AsyncClient, **wishes: Any) -> list[str]:
    """The slugs that are found; the body finds whom the query finds."""
    queried, posted = await api.get("/doctors", params=wishes), await api.post("/doctors", json=wishes)
    assert (queried.status_code, posted.status_code) == (200, 200), queried.text + posted.text
    assert queried.content == posted.content
    # What is written past the model is what the model says.
    assert Doctors.model_validate_json(queried.content, strict=False).model_dump_json(by_alias=True).encode() == (
        queried.content
    )
    return [doctor["slug"] for doctor in queried.json()["doctors"]]


async def test_each_wish_narrows(api: httpx.AsyncClient, cast: Cast) -> None:
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    for wishes, found in (
        ({"specialization": "Panchakarma"}, ["vd-john-mathew"]),
        ({"specialization": " PANCHAKARMA "}, ["vd-john-mathew"]),
        ({"specialization": "Homeopathy"}, []),
        ({"city": "pune", "sort": "name"}, ["dear", "vd-meera-joshi"]),
        ({"q": "mathew"}, ["vd-john-mathew"]),
        ({"language": "HI", "mode": "in_person", "sort": "name"}, ["vd-john-mathew", "vd-meera-joshi"]),
        ({"maxFee": 50000, "sort": "name"}, ["vd-john-mathew", "vd-meera-joshi"]),
        ({"sort": "rating", "limit": 1}, ["dear"]),
        ({"availableOn": tomorrow, "sort": "name"}, ["vd-john-mathew", "vd-meera-joshi"]),
    ):
        assert await names(api, **wishes) == found, wishes


async def test_a_doctor_in_the_list_has_what_one_chooses_by(api: httpx.AsyncClient, cast: Cast) -> None:
    (found,) = (await api.get("/doctors", params={"q": "meera"})).json()["doctors"]
    assert found["nextSlot"].endswith("Z")
    assert {name: found[name] for name in ("id", "city", "languages", "modes", "fee", "rating", "timezone")} == {
        "id": cast.doctor_id,
        "city": "Pune",
        "languages": ["en", "hi"],
        "modes": ["in_person", "video"],
        "fee": 50000,
        "rating": 4.7,
        "timezone": "Asia/Kolkata",
    }


@pytest.mark.parametrize("sort", ["earliest", "fee", "rating", "name"])
async def test_pages_follow_each_other_by_their_cursor(api: httpx.AsyncClient, sort: str) -> None:
    whole = await names(api, sort=sort)
    found, cursor = [], {}
    while True:
        answer = (await api.get("/doctors", params={"sort": sort, "limit": 1} | cursor)).json()
        found += [doctor["slug"] for doctor in answer["doctors"]]
        if answer["nextCursor"] is None:
            break
        cursor = {"cursor": answer["nextCursor"]}
        other = "fee" if sort != "fee" else "name"
        assert code(await api.get("/doctors", params={"sort": other} | cursor)) == (422, "invalid")
    assert found == whole
    assert len(whole) == 3


async def test_wishes_that_are_none_are_refused(api: httpx.AsyncClient) -> None:
    for wrong in (
        {"mode": "by_mail"},
        {"maxFee": -1},
        {"availableOn": "tomorrow"},
        {"availableOn": "20261201"},
        {"sort": "beauty"},
        {"limit": 0},
        {"limit": 101},
        {"cursor": "rubbish"},
        {"cursor": ""},
        {"q": "x" * 81},
        {"q": "a\x00b"},
    ):
        assert code(await api.get("/doctors", params=wrong)) == (422, "invalid"), wrong
        assert code(await api.post("/doctors", json=wrong)) == (422, "invalid"), wrong
    for wrong in ({"maxFee": "1"}, {"limit": "5"}, {"limit": 5.5}, {"q": 5}, {"who": "ever"}, [], "x"):
        assert code(await api.post("/doctors", json=wrong)) == (422, "invalid"), wrong


async def test_a_profile_is_found_by_its_id(api: httpx.AsyncClient, cast: Cast) -> None:
    answer = await api.get(f"/doctors/{cast.doctor_id}")
    found = DoctorProfile.model_validate(answer.json())
    assert (found.slug, found.bio, found.registration_number) == (
        "vd-meera-joshi",
        "Sees people with back pain.",
        "T-1",
    )
    assert found.next_slot is not None
    again = await api.get(f"/doctors/{cast.doctor_id}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert code(await api.get("/doctors/4711")) == (404, "not_found")
    assert code(await api.get("/doctors/0")) == (422, "invalid")
    await write("UPDATE doctors SET is_active = false WHERE slug = 'dear'")
    assert code(await api.get(f"/doctors/{found.id + 2}")) == (404, "not_found")


async def test_a_key_reads_doctors_by_its_scope(api: httpx.AsyncClient) -> None:
    right, wrong = await key(Scope.DOCTORS_READ), await key(Scope.SLOTS_READ)
    for method, path, body in (("GET", "/doctors", None), ("POST", "/doctors", {}), ("GET", "/doctors/1", None)):
        answer = await api.request(method, path, json=body, headers={"X-API-Key": right.key})
        assert answer.status_code == 200, answer.text
        refused = await api.request(method, path, json=body, headers={"X-API-Key": wrong.key})
        assert code(refused) == (403, "scope_missing")
