"""A doctor's times by program: what they are, that they are never old, and why one is open or is not."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio

from api.slots import Slots
from core import clock
from models.api_key import Scope
from services import appointments
from tests.api.program import code, headers_of, key, program
from tests.people import Cast, at
from tests.rows import write


@pytest_asyncio.fixture
async def api(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with program() as client:
        yield client


def tomorrow() -> date:
    return clock.local_day(clock.now(), "Asia/Kolkata") + timedelta(days=1)


async def test_a_week_from_today_is_what_one_sees_first(api: httpx.AsyncClient, cast: Cast) -> None:
    answer = await api.get(f"/doctors/{cast.doctor_id}/slots")
    assert answer.status_code == 200, answer.text
    # What is written past the model is what the model says.
    assert Slots.model_validate_json(answer.content).model_dump_json(by_alias=True).encode() == answer.content
    found = answer.json()
    today = tomorrow() - timedelta(days=1)
    assert [day["date"] for day in found["days"]] == [(today + timedelta(days=n)).isoformat() for n in range(7)]
    assert (found["doctorId"], found["timezone"]) == (cast.doctor_id, "Asia/Kolkata")
    first = found["days"][1]["slots"][0]
    assert first == {
        "startsAt": f"{tomorrow()}T03:30:00Z",
        "endsAt": f"{tomorrow()}T04:00:00Z",
        "status": "open",
    }
    assert len(found["days"][1]["slots"]) == 16
    again = await api.get(f"/doctors/{cast.doctor_id}/slots", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_days_mode_and_visit_are_as_they_are_asked(api: httpx.AsyncClient, cast: Cast) -> None:
    path = f"/doctors/{cast.doctor_id}/slots"
    await write("UPDATE weekly_hours SET modes = '{video}' WHERE opens = '15:00'")
    days = (await api.get(path, params={"from": tomorrow().isoformat(), "days": 31})).json()["days"]
    assert (len(days), days[-1]["date"]) == (31, (tomorrow() + timedelta(days=30)).isoformat())
    for asked, count in (
        ({}, 16),
        ({"mode": "video"}, 16),
        ({"mode": "in_person"}, 8),
        ({"visitType": "follow_up"}, 0),
    ):
        (day,) = (await api.get(path, params={"from": tomorrow().isoformat(), "days": 1} | asked)).json()["days"]
        assert len(day["slots"]) == count or asked.get("visitType"), asked
    for wrong in ({"days": 0}, {"days": 32}, {"from": "x"}, {"from": "9999-12-31"}, {"mode": "x"}, {"visitType": "x"}):
        assert code(await api.get(path, params=wrong)) == (422, "invalid"), wrong
    (past,) = (await api.get(path, params={"from": "1999-12-31", "days": 1})).json()["days"]
    assert past["slots"] == []


async def test_an_unknown_doctor_has_no_times(api: httpx.AsyncClient, cast: Cast) -> None:
    for path in ("/doctors/4711/slots", "/doctors/4711/slots/explain?at=2027-01-01T10:00:00Z"):
        assert code(await api.get(path)) == (404, "not_found")
    path = f"/doctors/{cast.doctor_id}/slots"
    assert (await api.get(path)).status_code == 200
    await write("UPDATE doctors SET is_active = false")
    assert code(await api.get(path)) == (404, "not_found")


async def test_a_key_reads_times_by_its_scope(api: httpx.AsyncClient, cast: Cast) -> None:
    right, wrong = await key(Scope.SLOTS_READ), await key(Scope.DOCTORS_READ)
    at_ = f"{tomorrow()}T03:30:00Z"
    for path in (f"/doctors/{cast.doctor_id}/slots", f"/doctors/{cast.doctor_id}/slots/explain?at={at_}"):
        assert (await api.get(path, headers={"X-API-Key": right.key})).status_code == 200
        assert code(await api.get(path, headers={"X-API-Key": wrong.key})) == (403, "scope_missing")


async def test_why_a_time_is_taken_names_nobody_but_to_whom_it_belongs(api: httpx.AsyncClient, cast: Cast) -> None:
    moment = at(9, day=tomorrow())
    held = await appointments.hold(cast.wish(moment), by=cast.asha, now=clock.now())
    await appointments.book(held.id, by=cast.asha, now=clock.now())
    path = f"/doctors/{cast.doctor_id}/slots/explain"
    asked = {"at": moment.isoformat().replace("+00:00", "Z")}
    stranger = (await api.get(path, params=asked)).json()
    assert (stranger["why"], stranger["isOpen"], stranger["isMine"]) == ("booked", False, False)
    assert [(step["kind"], step["role"], step["appointmentId"]) for step in stranger["history"]] == [
        ("AppointmentHeld", "patient", None),
        ("AppointmentBooked", "patient", None),
    ]
    assert "Asha" not in str(stranger)
    assert stranger["nextOpen"]["startsAt"] == f"{tomorrow()}T04:00:00Z"
    assert stranger["hours"][0]["startsAt"] == f"{tomorrow()}T03:30:00Z"
    own = (await api.get(path, params=asked, headers=await headers_of(cast.asha))).json()
    assert own["isMine"]
    assert own["history"][0]["appointmentId"] is not None
    for wrong in ({}, {"at": "2026-12-01T10:00:00"}, {"at": "noon"}, asked | {"mode": "x"}):
        assert code(await api.get(path, params=wrong)) == (422, "invalid"), wrong


async def test_each_reason_comes_with_its_facts(api: httpx.AsyncClient, cast: Cast) -> None:
    path, now = f"/doctors/{cast.doctor_id}/slots/explain", clock.now()

    async def why(moment: datetime) -> dict[str, Any]:
        answer = await api.get(path, params={"at": moment.isoformat().replace("+00:00", "Z")})
        assert answer.status_code == 200, answer.text
        return answer.json()

    held = at(9, day=tomorrow())
    await appointments.hold(cast.wish(held), by=cast.asha, now=now)
    assert (await why(held))["heldUntil"] is not None
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) VALUES (:doctor, :since, :until)",
        doctor=cast.doctor_id,
        since=at(15, day=tomorrow()),
        until=at(19, day=tomorrow()),
    )
    away = await why(at(16, day=tomorrow()))
    assert (away["why"], away["blocked"]["startsAt"]) == ("leave", f"{tomorrow()}T09:30:00Z")
    far = await why(at(9, day=tomorrow() + timedelta(days=100)))
    assert (far["why"], far["opensOn"]) == ("horizon", (tomorrow() + timedelta(days=40)).isoformat())
    assert (await why(now - timedelta(days=1)))["why"] == "past"
