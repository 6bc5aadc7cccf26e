"""The queue for programs: who sees what of it, calling, and running late."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core import clock
from models.api_key import Scope
from tests.api.program import code, headers_of, key, program
from tests.matrix.rows import PUT_APPOINTMENT
from tests.people import Cast, at
from tests.rows import audited, one, write


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon in India: who came within the hour came today."""
    shown = at(12)
    monkeypatch.setattr(clock, "now", lambda: shown)


async def waiting(cast: Cast, patient: int, *, minutes: int, token: int) -> str:
    """One who is here since then, at the doctor's, today."""
    came, identity = clock.now() - timedelta(minutes=minutes), uuid4()
    await write(
        PUT_APPOINTMENT,
        id=identity,
        begins=came,
        ends=came + timedelta(minutes=20),
        doctor=cast.doctor_id,
        patient=patient,
        clinic=cast.clinic_id,
        status="checked_in",
        until=None,
        now=came,
    )
    await write(
        "UPDATE appointments SET token = :token, checked_in_at = starts_at WHERE id = :id", token=token, id=identity
    )
    await write(
        "INSERT INTO doctor_days (doctor_id, day, version, last_token, changed_at) SELECT doctor_id, day, 1, 9, :now"
        " FROM appointments WHERE id = :id ON CONFLICT DO NOTHING",
        id=identity,
        now=came,
    )
    return str(identity)


async def test_all_see_tokens_and_those_who_run_the_day_see_whose_they_are(cast: Cast) -> None:
    first = await waiting(cast, cast.asha_patient, minutes=50, token=4)
    path = f"/doctors/{cast.doctor_id}/queue"
    async with program() as api:
        seen = (await api.get(path)).json()
        assert [seen["waiting"], seen["nowServing"], seen["appointments"]] == [
            [{"token": 4, "position": 1}],
            None,
            None,
        ]
        assert "Asha" not in str(seen)
        assert await audited("DayRead") == []
        opened = (await api.get(path, headers=await headers_of(cast.receptionist))).json()
        assert [(each["id"], each["patient"]["name"]) for each in opened["appointments"]] == [(first, "Asha Kulkarni")]
        assert {name: opened[name] for name in seen if name != "appointments"} == {
            name: seen[name] for name in seen if name != "appointments"
        }
        (entry,) = await audited("DayRead")
        assert entry.actor_id == cast.receptionist.user_id
        for other in (cast.other_receptionist, cast.asha):
            assert (await api.get(path, headers=await headers_of(other))).json()["appointments"] is None


async def test_each_token_is_told_when_it_is_expected_and_nobody_whose_it_is(cast: Cast) -> None:
    await waiting(cast, cast.asha_patient, minutes=50, token=4)
    await waiting(cast, cast.stranger_patient, minutes=20, token=5)
    async with program() as api:
        seen = (await api.get(f"/doctors/{cast.doctor_id}/queue")).json()
    assert [(turn["token"], turn["isHere"], turn["ahead"]) for turn in seen["turns"]] == [(4, True, 0), (5, True, 1)]
    assert set(seen["turns"][0]) == {"token", "isHere", "ahead", "expected"}
    for told in (*(turn["expected"] for turn in seen["turns"]), seen["ends"]):
        likely, sure = told["likely"], told["nearlySure"]
        assert sure["earliest"] <= likely["earliest"] <= told["median"] <= likely["latest"] <= sure["latest"]
    assert seen["turns"][0]["expected"]["median"] < seen["turns"][1]["expected"]["median"] < seen["ends"]["median"]


async def test_a_key_sees_the_day_of_its_own_clinic_only(cast: Cast) -> None:
    await waiting(cast, cast.asha_patient, minutes=50, token=4)
    path = f"/doctors/{cast.doctor_id}/queue"
    for clinic, is_shown in ((cast.clinic_id, True), (cast.other_clinic_id, False)):
        made = await key(Scope.QUEUE_READ, clinic_id=clinic)
        async with program(**{"X-API-Key": made.key}) as api:
            assert ((await api.get(path)).json()["appointments"] is not None) == is_shown
    wrong = await key(Scope.SLOTS_READ)
    async with program(**{"X-API-Key": wrong.key}) as api:
        assert code(await api.get(path)) == (403, "scope_missing")


async def test_the_next_is_called_and_then_the_doctor_is_busy(cast: Cast) -> None:
    path = f"/doctors/{cast.doctor_id}/queue/call-next"
    async with program(**await headers_of(cast.doctor)) as api:
        assert code(await api.post(path)) == (409, "queue_empty")
        await waiting(cast, cast.asha_patient, minutes=20, token=5)
        first = await waiting(cast, cast.stranger_patient, minutes=50, token=4)
        called = await api.post(path)
        assert (called.status_code, called.json()["id"], called.json()["status"]) == (200, first, "in_consultation")
        assert (
            called.json()["patient"]["name"]
            == (await one("SELECT name FROM patients WHERE id = :id", id=cast.stranger_patient)).name
        )
        assert code(await api.post(path)) == (409, "doctor_busy")


async def test_a_delay_is_told_with_the_queue(cast: Cast) -> None:
    path = f"/doctors/{cast.doctor_id}/queue"
    async with program(**await headers_of(cast.receptionist)) as api:
        told = await api.post(f"{path}/delay", json={"minutes": 25})
        assert (told.status_code, told.json()["delayMinutes"]) == (200, 25)
        assert (await api.get(path)).json()["delayMinutes"] == 25
        for minutes in (-1, 481, "25", 2.5, True, None):
            assert code(await api.post(f"{path}/delay", json={"minutes": minutes})) == (422, "invalid")
    assert (await one("SELECT delay_minutes FROM doctor_days")).delay_minutes == 25


@pytest.mark.parametrize("doctor", ["0", "999999", "4000000000", "x"])
async def test_a_doctor_who_is_not_there_has_no_queue(cast: Cast, doctor: str) -> None:
    async with program() as api:
        assert code(await api.get(f"/doctors/{doctor}/queue"))[0] in {404, 422}


async def test_an_unchanged_queue_is_not_sent_again(cast: Cast) -> None:
    path = f"/doctors/{cast.doctor_id}/queue"
    async with program() as api:
        tag = (await api.get(path)).headers["etag"]
        again = await api.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        await waiting(cast, cast.asha_patient, minutes=50, token=4)
        changed = await api.get(path, headers={"If-None-Match": tag})
        assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)
