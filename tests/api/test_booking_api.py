"""Holding and booking by programs: in three forms, for whoever is meant, once; and reading what one may see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import pytest_asyncio

from core import clock
from core.crypto import unseal
from models.api_key import Scope
from services import appointments, tries
from services.account import export
from services.permissions import Actor
from tests.api.program import code, headers_of, key, program
from tests.people import DAY, Cast, another_doctor, at
from tests.rows import audited, events, many, one, write

LEELA = {"name": "Leela Pawar", "phone": "098000 00001"}
BOTH = (Scope.APPOINTMENTS_WRITE, Scope.APPOINTMENTS_READ)


@pytest_asyncio.fixture
async def lab(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    """A program of the clinic."""
    made = await key(*BOTH, clinic_id=cast.clinic_id, hourly_limit=1000)
    async with program(**{"X-API-Key": made.key}) as client:
        yield client


async def as_(by: Actor) -> httpx.AsyncClient:
    return program(**await headers_of(by))


def wish(cast: Cast, hour: int = 10, minute: int = 0, **more: Any) -> dict[str, Any]:
    return {"doctorId": cast.doctor_id, "startsAt": at(hour, minute).isoformat(), "mode": "in_person"} | more


async def booked(api: httpx.AsyncClient, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = await api.post("/appointments", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_time_is_held_for_five_minutes_renewed_and_let_go(asha: httpx.AsyncClient, cast: Cast) -> None:
    first = await asha.post("/holds", json=wish(cast))
    assert first.status_code == 201
    held = first.json()
    row = await one("SELECT * FROM appointments")
    assert (held["holdId"], row.status, row.patient_id, row.source) == (str(row.id), "held", cast.asha_patient, "web")
    assert held["heldUntil"] == row.held_until.isoformat().replace("+00:00", "Z")
    assert "patient" not in held
    again = (await asha.post("/holds", json=wish(cast))).json()
    assert again["holdId"] == held["holdId"]
    assert again["heldUntil"] > held["heldUntil"]
    gone = await asha.delete(f"/holds/{held['holdId']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await one("SELECT status FROM appointments")).status == "expired"
    assert (await asha.delete(f"/holds/{held['holdId']}")).status_code == 204
    assert [each.action for each in await audited("HoldEnded")] == ["HoldEnded"]


async def test_what_is_held_is_booked_and_can_no_longer_be_let_go(asha: httpx.AsyncClient, cast: Cast) -> None:
    held = (await asha.post("/holds", json=wish(cast))).json()
    made = await booked(asha, {"holdId": held["holdId"]})
    assert (made["id"], made["status"], made["token"], made["version"]) == (held["holdId"], "booked", 1, 2)
    assert await booked(asha, {"holdId": held["holdId"]}) == made
    refused = await asha.delete(f"/holds/{held['holdId']}")
    assert code(refused) == (409, "stale")
    assert refused.json()["appointment"] == made
    assert refused.json()["appointmentStatus"] == "booked"


async def test_another_persons_hold_is_as_unknown_as_one_that_never_was(asha: httpx.AsyncClient, cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=clock.now())
    for hold_id in (held.id, uuid4()):
        assert code(await asha.delete(f"/holds/{hold_id}")) == (404, "not_found")
        assert code(await asha.post("/appointments", json={"holdId": str(hold_id)})) == (404, "not_found")
    assert (await one("SELECT status FROM appointments")).status == "held"


async def test_a_time_is_booked_by_its_instant_or_by_the_wall_clock(asha: httpx.AsyncClient, cast: Cast) -> None:
    made = await booked(asha, wish(cast, visitType="follow_up"))
    row = await one("SELECT * FROM appointments WHERE id = :id", id=made["id"])
    assert (row.starts_at, row.visit_type, row.source, row.mode) == (at(10), "follow_up", "web", "in_person")
    assert made | {"startsAt": 0, "endsAt": 0, "id": 0} == {
        "id": 0,
        "doctorId": cast.doctor_id,
        "patientId": cast.asha_patient,
        "clinicId": cast.clinic_id,
        "startsAt": 0,
        "endsAt": 0,
        "status": "booked",
        "mode": "in_person",
        "visitType": "follow_up",
        "token": 1,
        "fee": 50000,
        "source": "web",
        "version": 1,
        "heldUntil": None,
        "rescheduledFrom": None,
    }
    by_wall = {"doctorId": cast.doctor_id, "appointmentDate": str(DAY), "appointmentTime": "11:00"}
    made = await booked(asha, by_wall | {"patientId": cast.mother_patient})
    row = await one("SELECT * FROM appointments WHERE id = :id", id=made["id"])
    assert (row.starts_at, row.patient_id, row.mode) == (at(11), cast.mother_patient, "in_person")
    assert len(await events("AppointmentBooked")) == len(await audited("AppointmentBooked")) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"holdId": str(uuid4()), "doctorId": 1}, "doctorId"),
        ({"doctorId": 1, "startsAt": at(10).isoformat(), "appointmentDate": str(DAY)}, "appointmentDate"),
        ({"doctorId": 1, "appointmentDate": str(DAY)}, "appointmentTime"),
        ({"doctorId": 1, "appointmentDate": str(DAY), "appointmentTime": "10:00:00"}, "appointmentTime"),
        ({"doctorId": 1}, "appointmentDate"),
        ({"startsAt": at(10).isoformat()}, "doctorId"),
        ({"doctorId": "1", "startsAt": at(10).isoformat()}, "doctorId"),
        ({"doctorId": 1, "startsAt": "2026-12-01T10:00:00"}, "startsAt"),
        ({"doctorId": 1, "startsAt": at(10).isoformat(), "reason": "x" * 501}, "reason"),
        ({"doctorId": 1, "startsAt": at(10).isoformat(), "patientId": 1, "patient": LEELA}, ""),
        ({"holdId": "not-a-uuid"}, "holdId"),
        ([], ""),
        (None, ""),
    ],
)
async def test_a_body_has_one_of_the_three_forms(asha: httpx.AsyncClient, body: Any, field: str) -> None:
    answer = await asha.post("/appointments", json=body)
    assert code(answer) == (422, "invalid")
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_a_taken_time_is_refused_with_three_that_are_open(asha: httpx.AsyncClient, cast: Cast) -> None:
    await booked(asha, wish(cast))
    async with await as_(cast.stranger) as stranger:
        by_wall = {"doctorId": cast.doctor_id, "appointmentDate": str(DAY), "appointmentTime": "10:00"}
        for path, body in (("/appointments", wish(cast)), ("/appointments", by_wall), ("/holds", wish(cast))):
            refused = await stranger.post(path, json=body)
            assert code(refused) == (409, "slot_taken")
            assert [each["startsAt"] for each in refused.json()["alternatives"]] == [
                moment.isoformat().replace("+00:00", "Z") for moment in (at(9), at(9, 30), at(10, 30))
            ]
            assert set(refused.json()["alternatives"][0]) == {"startsAt", "endsAt"}
        again = await booked(stranger, wish(cast) | {"startsAt": refused.json()["alternatives"][2]["startsAt"]})
        assert again["token"] == 2


async def test_what_is_not_open_says_why(asha: httpx.AsyncClient, cast: Cast) -> None:
    past = {"doctorId": cast.doctor_id, "appointmentDate": "2024-12-20", "appointmentTime": "10:00"}
    for body, why in (
        (wish(cast, 14), "outside_hours"),
        (past, "past"),
        (past | {"appointmentDate": "0001-01-01"}, "outside_hours"),
        (past | {"appointmentDate": "9999-12-31"}, "outside_hours"),
    ):
        refused = await asha.post("/appointments", json=body)
        assert code(refused) == (409, "not_open")
        assert refused.json()["why"] == why
    assert code(await asha.post("/appointments", json=wish(cast) | {"doctorId": 10**6})) == (404, "not_found")


async def test_why_the_patient_comes_is_sealed_and_told_to_those_who_may_see_the_appointment(
    asha: httpx.AsyncClient, desk: httpx.AsyncClient, cast: Cast
) -> None:
    why = "पीठ दर्द, two weeks"
    made = await booked(asha, wish(cast, reason=f"  {why} "), **{"Idempotency-Key": "one"})
    assert "reason" not in made
    row = await one("SELECT * FROM visit_reasons")
    assert unseal(row.reason_sealed, about=f"visit_reasons.reason:{made['id']}") == why
    for reader in (asha, desk):
        assert (await reader.get(f"/appointments/{made['id']}")).json()["reason"] == why
        assert "reason" not in (await reader.get("/appointments")).json()["appointments"][0]
    moved = await desk.post(
        f"/appointments/{made['id']}/reschedule", json={"version": 1, "startsAt": at(12).isoformat()}
    )
    assert (await asha.get(f"/appointments/{moved.json()['id']}")).json()["reason"] == why
    file = await export.export(by=cast.asha, now=clock.now())
    assert why in [each["reason"] for each in file["appointments"]]
    for table in ("events", "audit_log", "idempotency_keys", "appointments"):
        text = str([tuple(each) for each in await many(f"SELECT * FROM {table}")])
        assert "two weeks" not in text


async def test_the_desk_books_for_whoever_telephones(desk: httpx.AsyncClient, cast: Cast) -> None:
    made = await booked(desk, wish(cast, patient=LEELA))
    assert made["patient"] == {"name": "Leela Pawar", "phone": "+919800000001"}
    assert made["source"] == "phone"
    again = await booked(desk, wish(cast, 11, patient=LEELA | {"name": "leela  pawar"}))
    assert again["patientId"] == made["patientId"]
    known = await booked(desk, wish(cast, 12, patientId=made["patientId"]))
    assert known["patient"] == made["patient"]
    refused = await desk.post("/appointments", json=wish(cast, 15))
    assert (code(refused), refused.json()["errors"]) == ((422, "invalid"), [{"field": "patient"}])
    for patient in (cast.stranger_patient, 10**6):
        assert code(await desk.post("/appointments", json=wish(cast, 15, patientId=patient))) == (404, "not_found")
        assert code(await desk.post("/holds", json=wish(cast, 15, patientId=patient))) == (404, "not_found")


async def test_a_refused_booking_leaves_no_person(desk: httpx.AsyncClient, lab: httpx.AsyncClient, cast: Cast) -> None:
    for api, body in ((desk, wish(cast, 14, patient=LEELA)), (lab, wish(cast, 14))):
        assert code(await api.post("/appointments", json=body)) == (409, "not_open")
    other = wish(cast, 10, patient=LEELA) | {"doctorId": cast.other_doctor_id}
    for api in (desk, lab):
        assert code(await api.post("/appointments", json=other)) == (403, "not_allowed")
    assert await many("SELECT id FROM patients WHERE made_by IS NOT NULL") == []
    assert await audited("patient_added") == []
    assert code(await desk.post("/appointments", json=wish(cast, patient=LEELA | {"phone": "12"}))) == (
        409,
        "not_a_phone",
    )
    assert code(await desk.post("/appointments", json=wish(cast, patient=LEELA | {"name": " "}))) == (
        409,
        "invalid_name",
    )


async def test_a_key_books_for_a_guest_for_somebody_named_or_for_one_whom_its_clinic_knows(
    lab: httpx.AsyncClient, asha: httpx.AsyncClient, cast: Cast
) -> None:
    by_wall = {"doctorId": cast.doctor_id, "appointmentDate": str(DAY), "appointmentTime": "10:00"}
    guest = await booked(lab, by_wall)
    assert guest["patient"] == {"name": "Lab", "phone": None}
    assert guest["source"] == "api"
    named = await booked(lab, wish(cast, 11, patient=LEELA))
    assert named["patient"]["phone"] == "+919800000001"
    mine = wish(cast, 12, patientId=cast.asha_patient)
    assert code(await lab.post("/appointments", json=mine)) == (404, "not_found")
    await booked(asha, wish(cast, 15))
    assert (await booked(lab, mine))["patientId"] == cast.asha_patient
    # A hold makes nobody known, but whoever made the guest knows him, and can go on with his number.
    held = (await lab.post("/holds", json=wish(cast, 16))).json()
    again = (await lab.post("/holds", json=wish(cast, 16, patientId=held["patientId"]))).json()
    assert again["holdId"] == held["holdId"]
    other = await key(*BOTH, clinic_id=cast.other_clinic_id)
    async with program(**{"X-API-Key": other.key}) as stranger:
        body = {**wish(cast, 16), "doctorId": cast.other_doctor_id, "patientId": held["patientId"]}
        assert code(await stranger.post("/appointments", json=body)) == (404, "not_found")


async def test_a_key_gives_the_notice_that_a_patient_gives(lab: httpx.AsyncClient, cast: Cast) -> None:
    await write("UPDATE doctors SET notice_minutes = 100000")
    refused = await lab.post("/appointments", json=wish(cast))
    assert (code(refused), refused.json()["why"]) == ((409, "not_open"), "notice")


async def test_a_key_needs_its_scopes(cast: Cast) -> None:
    made = await key(Scope.APPOINTMENTS_READ, clinic_id=cast.clinic_id, hourly_limit=1000)
    async with program(**{"X-API-Key": made.key}) as reader:
        assert (await reader.get("/appointments")).status_code == 200
        for answer in (
            await reader.post("/appointments", json=wish(cast)),
            await reader.post("/holds", json=wish(cast)),
            await reader.delete(f"/holds/{uuid4()}"),
        ):
            assert code(answer) == (403, "scope_missing")
    made = await key(Scope.APPOINTMENTS_WRITE, clinic_id=cast.clinic_id, hourly_limit=1000)
    async with program(**{"X-API-Key": made.key}) as writer:
        assert code(await writer.get("/appointments")) == (403, "scope_missing")


async def test_a_patient_names_his_family_and_nobody_else(asha: httpx.AsyncClient, cast: Cast) -> None:
    for patient in (cast.stranger_patient, 10**6):
        assert code(await asha.post("/appointments", json=wish(cast, patientId=patient))) == (404, "not_found")
        assert code(await asha.post("/holds", json=wish(cast, patientId=patient))) == (404, "not_found")
    assert code(await asha.post("/appointments", json=wish(cast, patient=LEELA))) == (403, "not_allowed")


@pytest.mark.parametrize("path", ["/holds", "/appointments"])
async def test_a_request_that_comes_twice_is_done_once_and_answered_with_the_same_bytes(
    desk: httpx.AsyncClient, cast: Cast, path: str
) -> None:
    body, headers = wish(cast, patient=LEELA), {"Idempotency-Key": "call-17"}
    two = await asyncio.gather(*(desk.post(path, json=body, headers=headers) for _ in range(6)))
    assert {answer.status_code for answer in two} == {201}
    assert len({answer.content for answer in two}) == 1
    assert orjson.loads(two[0].content)["patient"]["phone"] == "+919800000001"
    assert len(await many("SELECT id FROM appointments")) == 1
    made = (await one("SELECT id FROM appointments")).id
    if path == "/appointments":
        await appointments.cancel(made, by=cast.receptionist, now=clock.now())
    # Also when the doctor has gone since.
    await write("UPDATE doctors SET is_active = false")
    later = await desk.post(path, json=dict(reversed(body.items())), headers=headers)
    assert (later.status_code, later.content) == (201, two[0].content)
    assert later.headers["content-type"] == two[0].headers["content-type"]
    other = await desk.post(path, json=body | {"visitType": "follow_up"}, headers=headers)
    assert code(other) == (422, "key_reused")
    kept = await one("SELECT * FROM idempotency_keys")
    assert b"Leela" not in kept.answer_sealed


async def test_a_confirmation_that_comes_twice_is_answered_with_the_same_bytes(
    asha: httpx.AsyncClient, cast: Cast
) -> None:
    held = (await asha.post("/holds", json=wish(cast))).json()
    headers, body = {"Idempotency-Key": "k"}, {"holdId": held["holdId"]}
    first = await asha.post("/appointments", json=body, headers=headers)
    await asha.post(f"/appointments/{held['holdId']}/cancel", json={"version": 2})
    again = await asha.post("/appointments", json=body, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)


async def test_a_hold_that_is_only_answered_again_is_not_counted(
    asha: httpx.AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "HOLDS", replace(tries.HOLDS, amount=2))
    headers = {"Idempotency-Key": "k"}
    first = [await asha.post("/holds", json=wish(cast), headers=headers) for _ in range(5)]
    assert {answer.status_code for answer in first} == {201}
    assert (await asha.post("/holds", json=wish(cast, 11))).status_code == 201
    assert code(await asha.post("/holds", json=wish(cast, 12))) == (429, "too_many")
    assert (await asha.post("/holds", json=wish(cast), headers=headers)).content == first[0].content


async def test_each_sees_what_is_his_and_the_reading_is_recorded(
    asha: httpx.AsyncClient, desk: httpx.AsyncClient, lab: httpx.AsyncClient, cast: Cast
) -> None:
    now = clock.now()
    mine = await appointments.book_at(cast.wish(at(9)), by=cast.asha, now=now)
    mothers = await appointments.book_at(cast.wish(at(10), patient=cast.mother_patient), by=cast.asha, now=now)
    strangers = await appointments.book_at(cast.wish(at(11), patient=cast.stranger_patient), by=cast.stranger, now=now)
    there = await appointments.book_at(
        cast.wish(at(12), patient=cast.stranger_patient, doctor=cast.other_doctor_id), by=cast.stranger, now=now
    )
    seen = {
        cast.asha: [mine, mothers],
        cast.stranger: [strangers, there],
        cast.doctor: [mine, mothers, strangers],
        cast.other_doctor: [there],
        cast.receptionist: [mine, mothers, strangers],
        cast.other_receptionist: [there],
        cast.admin: [mine, mothers, strangers, there],
    }
    for by, those in seen.items():
        async with await as_(by) as api:
            await check(api, those, [mine, mothers, strangers, there])
    await check(lab, [mine, mothers, strangers], [mine, mothers, strangers, there])
    house = await key(Scope.APPOINTMENTS_READ, hourly_limit=1000)
    async with program(**{"X-API-Key": house.key}) as api:
        await check(api, [mine, mothers, strangers, there], [mine, mothers, strangers, there])
    (read, *_) = await audited("AppointmentsRead")
    assert (read.actor_id, read.details) == (cast.asha.user_id, {"patients": [cast.asha_patient, cast.mother_patient]})
    assert "patient" not in (await asha.get("/appointments")).json()["appointments"][0]
    assert (await desk.get("/appointments")).json()["appointments"][0]["patient"]["name"] == "Asha Kulkarni"


async def check(api: httpx.AsyncClient, seen: list[Any], all_: list[Any]) -> None:
    found = (await api.get("/appointments")).json()
    assert [each["id"] for each in found["appointments"]] == [str(each.id) for each in seen]
    assert found["nextCursor"] is None
    for each in all_:
        for path in (f"/appointments/{each.id}", f"/appointments/{each.id}/history"):
            answer = await api.get(path)
            if each in seen:
                assert answer.status_code == 200
            else:
                assert code(answer) == (404, "not_found")


async def test_pages_follow_one_another_without_gap_or_repeat(desk: httpx.AsyncClient, cast: Cast) -> None:
    double = await another_doctor(cast.doctor_id)
    for doctor in (cast.doctor_id, double):
        for hour in (9, 10, 11):
            await booked(desk, wish(cast, hour, patient=LEELA | {"name": f"D{doctor}"}) | {"doctorId": doctor})
    whole = (await desk.get("/appointments")).json()["appointments"]
    assert [(each["startsAt"], each["id"]) for each in whole] == sorted((e["startsAt"], e["id"]) for e in whole)
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 2}
    while True:
        page = (await desk.get("/appointments", params=asked)).json()
        assert len(page["appointments"]) == 2
        found += page["appointments"]
        if page["nextCursor"] is None:
            break
        asked["cursor"] = page["nextCursor"]
    assert found == whole
    for cursor in ("x", "WyJhIiwiYiJd", "WzEsMl0", "WyIyMDI2LTEyLTAxIiwiYiJd"):
        refused = await desk.get("/appointments", params={"cursor": cursor})
        assert (code(refused), refused.json()["errors"][0]["field"]) == ((422, "invalid"), "cursor")


async def test_the_list_is_narrowed_by_doctor_patient_status_and_time(
    desk: httpx.AsyncClient, asha: httpx.AsyncClient, cast: Cast
) -> None:
    first = await booked(desk, wish(cast, 9, patient=LEELA))
    second = await booked(asha, wish(cast, 11))
    held = (await asha.post("/holds", json=wish(cast, 15))).json()["holdId"]
    await asha.delete(f"/holds/{held}")
    for asked, ids in (
        ({}, [first["id"], second["id"]]),
        ({"status": "expired"}, [held]),
        ({"status": "booked"}, [first["id"], second["id"]]),
        ({"patientId": cast.asha_patient}, [second["id"]]),
        ({"doctorId": cast.other_doctor_id}, []),
        ({"from": second["startsAt"]}, [second["id"]]),
        ({"to": second["startsAt"]}, [first["id"]]),
        ({"from": first["startsAt"], "to": second["startsAt"]}, [first["id"]]),
    ):
        found = (await desk.get("/appointments", params=asked)).json()["appointments"]
        assert [each["id"] for each in found] == ids, asked
    for wrong in ({"status": "gone"}, {"from": "yesterday"}, {"limit": 0}, {"doctorId": "x"}):
        assert code(await desk.get("/appointments", params=wrong)) == (422, "invalid")


async def test_one_appointment_is_read_with_its_etag_and_the_reading_is_recorded(
    asha: httpx.AsyncClient, cast: Cast
) -> None:
    made = await booked(asha, wish(cast))
    answer = await asha.get(f"/appointments/{made['id']}")
    assert answer.json() == made
    known = await asha.get(f"/appointments/{made['id']}", headers={"If-None-Match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    reads = await audited("AppointmentRead")
    assert [(each.actor_id, each.patient_id, each.object_id) for each in reads] == [
        (cast.asha.user_id, cast.asha_patient, made["id"])
    ] * 2
    assert code(await asha.get(f"/appointments/{uuid4()}")) == (404, "not_found")
    assert code(await asha.get("/appointments/1")) == (422, "invalid")


async def test_the_history_tells_what_happened_when_and_by_what_kind_of_person(
    asha: httpx.AsyncClient, desk: httpx.AsyncClient, cast: Cast
) -> None:
    held = (await asha.post("/holds", json=wish(cast))).json()["holdId"]
    await booked(asha, {"holdId": held})
    await desk.post(f"/appointments/{held}/cancel", json={"version": 2})
    steps = (await asha.get(f"/appointments/{held}/history")).json()["steps"]
    assert [(each["kind"], each["role"]) for each in steps] == [
        ("AppointmentHeld", "patient"),
        ("AppointmentBooked", "patient"),
        ("AppointmentCancelled", "receptionist"),
    ]
    assert [each["at"] for each in steps] == sorted(each["at"] for each in steps)
    assert set(steps[0]) == {"at", "kind", "role"}
    (read,) = await audited("AppointmentRead")
    assert read.object_id == held
    found, asked = [], {"limit": "2"}
    while asked.get("cursor", "first"):
        page = (await asha.get(f"/appointments/{held}/history", params=asked)).json()
        found += page["steps"]
        asked["cursor"] = page["nextCursor"] or ""
    assert found == steps
    for cursor in ("x", "W3RydWVd", "Wy0xXQ", "WzFlOTld"):
        refused = await asha.get(f"/appointments/{held}/history", params={"cursor": cursor})
        assert (code(refused), refused.json()["errors"]) == ((422, "invalid"), [{"field": "cursor"}])
