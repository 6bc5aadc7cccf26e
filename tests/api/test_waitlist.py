"""The waitlist for programs: joined once, seen, an offer booked as the hold that it is, and left."""

from datetime import timedelta
from uuid import uuid4

from core import clock
from models.api_key import Scope
from services import appointments
from services.waiting.offers import offer_free_times
from tests.api.program import code, headers_of, key, program
from tests.people import DAY, Cast
from tests.rows import one

PERSON = {"name": "Kamala Devi", "phone": "+91 98000 00007"}


def wish(cast: Cast, **more: object) -> dict[str, object]:
    return {"doctorId": cast.doctor_id, "firstDay": str(DAY), "lastDay": str(DAY + timedelta(days=7))} | more


async def test_who_names_nobody_waits_himself_and_the_same_request_again_is_the_same_answer(cast: Cast) -> None:
    body = wish(cast, weekdays=[0, 2, 4], earliest="10:00", latest="12:30")
    async with program(**await headers_of(cast.asha)) as api:
        joined = await api.post("/waitlist", json=body, headers={"Idempotency-Key": "one"})
        assert joined.status_code == 201
        told = joined.json()
        assert told["patientId"] == cast.asha_patient
        assert {name: told[name] for name in body} == body
        assert (told["status"], told["version"]) == ("waiting", 1)
        again = await api.post("/waitlist", json=body, headers={"Idempotency-Key": "one"})
        assert (again.status_code, again.content) == (201, joined.content)
        assert code(await api.post("/waitlist", json=body)) == (409, "already_waiting")
        (seen,) = (await api.get("/waitlist")).json()["waitlist"]
        assert (seen["id"], seen["position"], seen["offer"]) == (told["id"], 1, None)
        for _ in range(2):
            assert (await api.delete(f"/waitlist/{told['id']}")).status_code == 204
        assert (await api.get("/waitlist")).json()["waitlist"] == []


async def test_an_offer_is_a_hold_that_is_booked_as_any_other(cast: Cast) -> None:
    async with program(**await headers_of(cast.asha)) as api:
        await api.post("/waitlist", json=wish(cast))
        await offer_free_times(clock.now())
        (seen,) = (await api.get("/waitlist")).json()["waitlist"]
        assert seen["status"] == "offered"
        booked = await appointments.book((await one("SELECT id FROM appointments")).id, by=cast.asha, now=clock.now())
        assert str(booked.id) == seen["offer"]["holdId"]
        assert (await api.get("/waitlist")).json()["waitlist"] == []


async def test_a_list_is_turned_page_by_page_and_whoever_leaves_moves_nobody(cast: Cast) -> None:
    async with program(**await headers_of(cast.receptionist)) as api:
        for number in range(5):
            person = {"name": f"Caller {number}", "phone": PERSON["phone"]}
            assert (await api.post("/waitlist", json=wish(cast, patient=person))).status_code == 201
        asked = {"doctorId": cast.doctor_id}
        whole = (await api.get("/waitlist", params=asked)).json()["waitlist"]
        first = (await api.get("/waitlist", params=asked | {"limit": 2})).json()
        assert (first["waitlist"], [each["position"] for each in whole]) == (whole[:2], [1, 2, 3, 4, 5])
        await api.delete(f"/waitlist/{whole[0]['id']}")
        second = (await api.get("/waitlist", params=asked | {"limit": 2, "cursor": first["nextCursor"]})).json()
        assert [(each["id"], each["position"]) for each in second["waitlist"]] == [
            (each["id"], each["position"] - 1) for each in whole[2:4]
        ]
        last = (await api.get("/waitlist", params=asked | {"limit": 2, "cursor": second["nextCursor"]})).json()
        assert ([each["id"] for each in last["waitlist"]], last["nextCursor"]) == ([whole[4]["id"]], None)
        for cursor in ("x", "WzEsMSwxXQ", "W3RydWUsdHJ1ZSwxXQ", first["nextCursor"][:-1]):
            assert code(await api.get("/waitlist", params=asked | {"cursor": cursor})) == (422, "invalid")


async def test_ones_own_places_are_turned_page_by_page_across_the_lists(cast: Cast) -> None:
    async with program(**await headers_of(cast.asha)) as api:
        for patient in (cast.mother_patient, cast.asha_patient):
            await api.post("/waitlist", json=wish(cast, patientId=patient))
        await api.post("/waitlist", json=wish(cast, doctorId=cast.other_doctor_id))
        whole = (await api.get("/waitlist")).json()["waitlist"]
        found, asked = [], {"limit": "1"}
        while asked.get("cursor", "first"):
            page = (await api.get("/waitlist", params=asked)).json()
            found += page["waitlist"]
            asked["cursor"] = page["nextCursor"] or ""
        assert (found, len(found)) == (whole, 3)


async def test_the_desk_sees_its_doctors_list_and_nobody_elses(cast: Cast) -> None:
    async with program(**await headers_of(cast.receptionist)) as api:
        await api.post("/waitlist", json=wish(cast, patientId=cast.asha_patient))
        (seen,) = (await api.get("/waitlist", params={"doctorId": cast.doctor_id})).json()["waitlist"]
        assert seen["patient"]["name"] == "Asha Kulkarni"
        assert code(await api.get("/waitlist", params={"doctorId": cast.other_doctor_id})) == (403, "not_allowed")
        assert code(await api.post("/waitlist", json=wish(cast))) == (422, "invalid")
    async with program(**await headers_of(cast.stranger)) as api:
        assert code(await api.delete(f"/waitlist/{seen['id']}")) == (404, "not_found")
        assert code(await api.delete(f"/waitlist/{uuid4()}")) == (404, "not_found")
        assert code(await api.post("/waitlist", json=wish(cast, patientId=cast.asha_patient)))[0] in {403, 404}


async def test_a_program_waits_for_the_person_that_it_names(cast: Cast) -> None:
    made = await key(Scope.WAITLIST_WRITE, clinic_id=cast.clinic_id)
    async with program(**{"X-API-Key": made.key}) as api:
        joined = await api.post("/waitlist", json=wish(cast, patient=PERSON))
        assert joined.status_code == 201
        assert code(await api.post("/waitlist", json=wish(cast, patient=PERSON))) == (409, "already_waiting")
        # One whom it does not know is as unknown as nobody.
        for patient in (cast.asha_patient, 10**6):
            assert code(await api.post("/waitlist", json=wish(cast, patientId=patient))) == (404, "not_found")
        elsewhere = wish(cast, doctorId=cast.other_doctor_id, patient=PERSON)
        assert code(await api.post("/waitlist", json=elsewhere)) == (403, "not_allowed")


async def test_what_is_no_wish_is_refused(cast: Cast) -> None:
    async with program(**await headers_of(cast.asha)) as api:
        for wrong in (
            {"lastDay": str(DAY - timedelta(days=30))},
            {"weekdays": [7]},
            {"weekdays": ["0"]},
            {"earliest": "12:00", "latest": "10:00"},
            {"earliest": "25:00"},
            {"doctorId": "x"},
            {"mode": "telepathy"},
            {"colour": "red"},
        ):
            assert code(await api.post("/waitlist", json=wish(cast, **wrong))) == (422, "invalid"), wrong
        assert code(await api.post("/waitlist", json=wish(cast, doctorId=10**6))) == (404, "not_found")
    assert (await one("SELECT count(*) AS n FROM waitlist_entries")).n == 0
