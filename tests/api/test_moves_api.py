"""What becomes of an appointment, by programs: each move with the version it is about, and what it is refused for."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from core import clock
from models import Appointment
from models.api_key import Scope
from services import appointments
from tests.api.program import code, headers_of, key, program
from tests.people import DAY, Cast, at
from tests.rows import audited, events, one, write

MOVES = ("cancel", "check-in", "start", "complete", "no-show", "recall")


@pytest_asyncio.fixture
async def doctor(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with program(**await headers_of(cast.doctor)) as client:
        yield client


@pytest_asyncio.fixture
async def visit(cast: Cast) -> Appointment:
    """Asha's, in two days."""
    return await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=clock.now())


async def begin(visit: Appointment, ago: timedelta = timedelta()) -> None:
    """Let it be its time, or let that be so long past."""
    begins = clock.now() - ago
    await write(
        "UPDATE appointments SET starts_at = :begins, ends_at = :ends, busy_until = :ends, day = :day WHERE id = :id",
        begins=begins,
        ends=begins + timedelta(minutes=30),
        day=(begins + timedelta(hours=5, minutes=30)).date(),
        id=visit.id,
    )


async def move(api: httpx.AsyncClient, visit: Appointment, name: str, version: int, **more: Any) -> httpx.Response:
    return await api.post(f"/appointments/{visit.id}/{name}", json={"version": version} | more)


async def done(api: httpx.AsyncClient, visit: Appointment, name: str, version: int) -> str:
    """The status that it has then."""
    answer = await move(api, visit, name, version)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["id"], found["version"]) == (str(visit.id), version + 1)
    assert found["patient"]["name"] == "Asha Kulkarni"
    row = await one("SELECT status, version FROM appointments WHERE id = :id", id=visit.id)
    assert (row.status, row.version) == (found["status"], version + 1)
    return str(found["status"])


async def test_a_day_of_a_visit(desk: httpx.AsyncClient, doctor: httpx.AsyncClient, visit: Appointment) -> None:
    await begin(visit)
    assert await done(desk, visit, "check-in", 1) == "checked_in"
    assert await done(doctor, visit, "start", 2) == "in_consultation"
    assert await done(doctor, visit, "complete", 3) == "completed"
    assert [each.actor_role for each in await audited("ConsultationCompleted")] == ["doctor"]
    assert len(await events("PatientCheckedIn")) == len(await events("ConsultationStarted")) == 1


async def test_one_who_was_given_up_is_recalled(desk: httpx.AsyncClient, visit: Appointment) -> None:
    await begin(visit)
    assert await done(desk, visit, "no-show", 1) == "no_show"
    assert await done(desk, visit, "recall", 2) == "checked_in"
    assert [each.actor_role for each in await audited("PatientDidNotShow")] == ["receptionist"]


async def test_a_patient_cancels_and_what_is_cancelled_stays_so(asha: httpx.AsyncClient, visit: Appointment) -> None:
    answer = await move(asha, visit, "cancel", 1)
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "cancelled", 2)
    assert "patient" not in answer.json()
    assert (await move(asha, visit, "cancel", 1)).json() == answer.json()
    assert len(await events("AppointmentCancelled")) == len(await audited("AppointmentCancelled")) == 1


async def test_an_appointment_is_given_another_time(
    asha: httpx.AsyncClient, desk: httpx.AsyncClient, cast: Cast, visit: Appointment
) -> None:
    first = await move(asha, visit, "reschedule", 1, startsAt=at(11).isoformat())
    made = first.json()
    assert (first.status_code, made["rescheduledFrom"], made["status"]) == (201, str(visit.id), "booked")
    assert made["source"] == "web"
    wall = {"appointmentDate": str(DAY), "appointmentTime": "12:00", "mode": "video", "doctorId": cast.doctor_id}
    second = await desk.post(f"/appointments/{made['id']}/reschedule", json={"version": 1} | wall)
    assert (second.json()["mode"], second.json()["doctorId"]) == ("video", cast.doctor_id)
    assert datetime.fromisoformat(second.json()["startsAt"]) == at(12)
    assert second.json()["patient"]["name"] == "Asha Kulkarni"
    assert len(await events("AppointmentRescheduled")) == len(await audited("AppointmentRescheduled")) == 2


async def test_a_move_that_comes_twice_under_a_key_is_done_once(asha: httpx.AsyncClient, visit: Appointment) -> None:
    headers, body = {"Idempotency-Key": "k"}, {"version": 1, "startsAt": at(11).isoformat()}
    two = [await asha.post(f"/appointments/{visit.id}/reschedule", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in two] == [201, 201]
    assert two[0].content == two[1].content


async def test_a_time_that_is_taken_or_is_none_is_refused_as_in_booking(
    asha: httpx.AsyncClient, cast: Cast, visit: Appointment
) -> None:
    await appointments.book_at(cast.wish(at(11), patient=cast.stranger_patient), by=cast.stranger, now=clock.now())
    taken = await move(asha, visit, "reschedule", 1, startsAt=at(11).isoformat())
    assert code(taken) == (409, "slot_taken")
    assert len(taken.json()["alternatives"]) == 3
    closed = await move(asha, visit, "reschedule", 1, appointmentDate=str(DAY), appointmentTime="14:00")
    assert (code(closed), closed.json()["why"]) == ((409, "not_open"), "outside_hours")
    await appointments.book_at(cast.wish(at(12), doctor=cast.other_doctor_id), by=cast.asha, now=clock.now())
    busy = await move(asha, visit, "reschedule", 1, startsAt=at(12).isoformat())
    assert code(busy) == (409, "patient_busy")
    assert (await one("SELECT status, version FROM appointments WHERE id = :id", id=visit.id))[:] == ("booked", 1)


@pytest.mark.parametrize("name", ["reschedule", *MOVES])
async def test_a_version_that_is_not_the_last_is_told_how_it_stands(
    desk: httpx.AsyncClient, doctor: httpx.AsyncClient, visit: Appointment, name: str
) -> None:
    await begin(visit)
    await move(desk, visit, "check-in", 1)
    more = {"startsAt": at(11).isoformat()} if name == "reschedule" else {}
    refused = await move(doctor, visit, name, 1, **more)
    assert code(refused) == (409, "stale")
    told = refused.json()
    assert (told["appointmentStatus"], told["status"]) == ("checked_in", 409)
    assert (told["appointment"]["id"], told["appointment"]["version"]) == (str(visit.id), 2)
    assert told["appointment"]["patient"]["name"] == "Asha Kulkarni"
    assert (await one("SELECT version FROM appointments")).version == 2


async def test_a_move_that_may_not_be_made_tells_how_it_stands(desk: httpx.AsyncClient, visit: Appointment) -> None:
    refused = await move(desk, visit, "recall", 1)
    assert (code(refused), refused.json()["appointmentStatus"]) == ((409, "stale"), "booked")


async def test_a_key_that_may_not_read_is_not_told_how_it_stands(cast: Cast, visit: Appointment) -> None:
    writer = await key(Scope.APPOINTMENTS_WRITE, clinic_id=cast.clinic_id, hourly_limit=1000)
    async with program(**{"X-API-Key": writer.key}) as lab:
        refused = await move(lab, visit, "cancel", 7)
        assert code(refused) == (409, "stale")
        assert "appointment" not in refused.json()


async def test_a_key_changes_what_is_its_clinics_in_time_and_does_not_treat(cast: Cast, visit: Appointment) -> None:
    both = Scope.APPOINTMENTS_WRITE, Scope.APPOINTMENTS_READ
    mine = await key(*both, clinic_id=cast.clinic_id, hourly_limit=1000)
    others = await key(*both, clinic_id=cast.other_clinic_id, hourly_limit=1000)
    async with program(**{"X-API-Key": mine.key}) as lab, program(**{"X-API-Key": others.key}) as stranger:
        for identity in (visit.id, uuid4()):
            for name, more in (("cancel", {}), ("reschedule", {"startsAt": at(11).isoformat()})):
                answer = await stranger.post(f"/appointments/{identity}/{name}", json={"version": 1} | more)
                assert code(answer) == (404, "not_found")
        for name in set(MOVES) - {"cancel"}:
            assert code(await move(lab, visit, name, 1)) == (403, "scope_missing")
        made = await move(lab, visit, "reschedule", 1, startsAt=at(11).isoformat())
        assert (made.status_code, made.json()["patient"]["name"]) == (201, "Asha Kulkarni")
        await write("UPDATE clinics SET free_change_minutes = 100000")
        late = await lab.post(f"/appointments/{made.json()['id']}/cancel", json={"version": 1})
        assert code(late) == (409, "too_late")


async def test_another_persons_is_as_unknown_as_one_that_never_was(cast: Cast, visit: Appointment) -> None:
    for by in (cast.stranger, cast.other_receptionist, cast.other_doctor):
        async with program(**await headers_of(by)) as api:
            names = ("cancel", "reschedule") if by is cast.stranger else ("reschedule", *MOVES)
            for name in names:
                more = {"startsAt": at(11).isoformat()} if name == "reschedule" else {}
                for identity in (visit.id, uuid4()):
                    answer = await api.post(f"/appointments/{identity}/{name}", json={"version": 1} | more)
                    assert code(answer) == (404, "not_found"), name
    assert (await one("SELECT version FROM appointments")).version == 1


async def test_what_the_times_forbid_is_refused_by_its_code(
    asha: httpx.AsyncClient, desk: httpx.AsyncClient, doctor: httpx.AsyncClient, cast: Cast, visit: Appointment
) -> None:
    assert code(await move(desk, visit, "check-in", 1)) == (409, "too_early")
    assert code(await move(desk, visit, "no-show", 1)) == (409, "too_early")
    await begin(visit, timedelta(minutes=1))
    assert code(await move(asha, visit, "cancel", 1)) == (409, "too_late")
    assert code(await move(asha, visit, "check-in", 1)) == (403, "not_allowed")
    assert code(await move(desk, visit, "start", 1)) == (403, "not_allowed")
    other = await appointments.book_at(cast.wish(at(12)), by=cast.asha, now=clock.now())
    await begin(other, timedelta(minutes=40))
    for each in (visit, other):
        await done(desk, each, "check-in", 1)
    await done(doctor, other, "start", 2)
    assert code(await move(doctor, visit, "start", 2)) == (409, "doctor_busy")


@pytest.mark.parametrize("body", [{}, {"version": "1"}, {"version": 0}, {"version": 1, "more": 2}, [], None])
async def test_each_move_wants_a_version_and_nothing_else(
    asha: httpx.AsyncClient, visit: Appointment, body: Any
) -> None:
    for name in ("cancel", "reschedule"):
        assert code(await asha.post(f"/appointments/{visit.id}/{name}", json=body)) == (422, "invalid")
