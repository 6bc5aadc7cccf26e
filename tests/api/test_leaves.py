"""Leaves for programs: previewed, taken once, and taken back as one."""

from datetime import timedelta
from uuid import UUID, uuid4

from core import clock
from services import appointments
from tests.api.program import code, headers_of, program
from tests.people import Cast, at
from tests.rows import many, one


def leave(hours: tuple[int, int] = (9, 13), **more: object) -> dict[str, object]:
    return {"startsAt": at(hours[0]).isoformat(), "endsAt": at(hours[1]).isoformat()} | more


async def booked(cast: Cast, hour: int) -> str:
    made = await appointments.book_at(cast.wish(at(hour)), by=cast.receptionist, now=clock.now())
    return str(made.id)


async def test_a_preview_tells_what_a_leave_would_do_and_does_nothing(cast: Cast) -> None:
    stranded = await booked(cast, 10)
    async with program(**await headers_of(cast.receptionist)) as api:
        path = f"/doctors/{cast.doctor_id}/leaves"
        told = await api.post(path, params={"preview": "true"}, json=leave())
        assert told.status_code == 200
        (one_,) = told.json()["stranded"]
        assert (one_["appointment"]["id"], one_["appointment"]["patient"]["name"]) == (stranded, "Asha Kulkarni")
        assert one_["replacement"]["doctorId"] == cast.doctor_id
    assert (await one("SELECT count(*) AS n FROM leaves")).n == 0


async def test_a_leave_is_taken_once_and_taken_back(cast: Cast) -> None:
    stranded = await booked(cast, 10)
    async with program(**await headers_of(cast.doctor)) as api:
        path, sent = f"/doctors/{cast.doctor_id}/leaves", {"Idempotency-Key": "monday"}
        taken = await api.post(path, json=leave(), headers=sent)
        assert taken.status_code == 201
        (moved,) = taken.json()["moved"]
        assert (moved["appointmentId"], moved["appointment"]["rescheduledFrom"]) == (stranded, stranded)
        again = await api.post(path, json=leave(), headers=sent)
        assert (again.status_code, again.content) == (201, taken.content)
        assert code(await api.post(path, json=leave((9, 12)), headers=sent)) == (422, "key_reused")
        assert (await one("SELECT count(*) AS n FROM leaves")).n == 1
        undone = f"/leaves/{taken.json()['id']}/undo"
        for _ in range(2):
            assert (await api.post(undone)).status_code == 204
    assert (await one("SELECT count(*) AS n FROM leaves")).n == 0
    (stands,) = await many("SELECT starts_at FROM appointments WHERE status = 'booked'")
    assert stands.starts_at == at(10)


async def test_what_is_wished_for_one_appointment_is_done(cast: Cast) -> None:
    first, second, third = [await booked(cast, hour) for hour in (9, 10, 11)]
    evening = at(18).isoformat()
    wishes = [
        {"appointmentId": first, "action": "cancel"},
        {"appointmentId": second, "action": "offer"},
        {"appointmentId": third, "action": "move", "doctorId": cast.doctor_id, "startsAt": evening},
    ]
    async with program(**await headers_of(cast.doctor)) as api:
        taken = (await api.post(f"/doctors/{cast.doctor_id}/leaves", json=leave(choices=wishes))).json()
    assert (sorted(taken["cancelled"]), taken["offered"]) == (sorted([first, second]), [second])
    assert [each["appointment"]["startsAt"] for each in taken["moved"]] == [evening.replace("+00:00", "Z")]


async def test_what_is_no_leave_is_refused(cast: Cast) -> None:
    path = f"/doctors/{cast.doctor_id}/leaves"
    wrong = [
        leave((13, 9)),
        leave(choices=[{"appointmentId": str(uuid4()), "action": "move"}]),
        leave(choices=[{"appointmentId": str(uuid4()), "action": "forget"}]),
        {"startsAt": "tomorrow", "endsAt": at(13).isoformat()},
        {"startsAt": at(9).isoformat()[:-6], "endsAt": at(13).isoformat()},
        {
            "startsAt": (clock.now() - timedelta(days=2)).isoformat(),
            "endsAt": (clock.now() - timedelta(days=1)).isoformat(),
        },
        leave(reason="a field that is not known"),
    ]
    async with program(**await headers_of(cast.doctor)) as api:
        for body in wrong:
            assert code(await api.post(path, json=body)) == (422, "invalid"), body
        chosen = leave(
            choices=[
                {
                    "appointmentId": await booked(cast, 10),
                    "action": "move",
                    "doctorId": cast.doctor_id,
                    "startsAt": at(10, 7).isoformat(),
                }
            ]
        )
        assert code(await api.post(path, json=chosen)) == (409, "stale")
    assert (await one("SELECT count(*) AS n FROM leaves")).n == 0


async def test_anothers_leave_is_as_unknown_as_one_that_never_was(cast: Cast) -> None:
    async with program(**await headers_of(cast.doctor)) as api:
        taken = await api.post(f"/doctors/{cast.doctor_id}/leaves", json=leave())
    async with program(**await headers_of(cast.other_doctor)) as api:
        assert code(await api.post(f"/leaves/{taken.json()['id']}/undo")) == (404, "not_found")
        assert code(await api.post("/leaves/999999/undo")) == (404, "not_found")
        assert code(await api.post(f"/doctors/{cast.doctor_id}/leaves", json=leave())) == (403, "not_allowed")


async def test_a_leave_that_cannot_be_undone_as_a_whole_says_so(cast: Cast) -> None:
    await booked(cast, 10)
    async with program(**await headers_of(cast.doctor)) as api:
        taken = (await api.post(f"/doctors/{cast.doctor_id}/leaves", json=leave())).json()
        new = taken["moved"][0]["appointment"]
        await appointments.cancel(UUID(new["id"]), by=cast.doctor, now=clock.now())
        assert code(await api.post(f"/leaves/{taken['id']}/undo")) == (409, "cannot_undo")
