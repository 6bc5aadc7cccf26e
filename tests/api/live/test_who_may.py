"""The live socket: who may join which room."""

from typing import Any

from models.api_key import Scope
from services import appointments
from tests.api.live.asked import book, day_of, of, refusal, session
from tests.api.program import HERE, key, log_in
from tests.api.socket import House, Program
from tests.people import DAY, NOW, Cast, at


async def test_one_thing_says_who_it_is(house: House, cast: Cast) -> None:
    token, made = await log_in(cast.asha), await key(Scope.SLOTS_READ)
    cookie = {"Origin": HERE, "Host": "clinic.test", "Cookie": f"aarogya={await session(cast.asha)}"}
    for auth, headers in (
        ({"token": token, "apiKey": made.key}, {}),
        ({"token": token}, cookie),
        ({"apiKey": made.key}, cookie),
    ):
        assert refused(await house.program(auth, **headers)) == (400, "too_many_credentials")
    for auth, headers in (({}, {}), ({"token": token}, {}), ({"apiKey": made.key}, {}), (None, cookie)):
        assert (await house.program(auth, **headers)).is_connected
    assert len(house.sink.callers) == 4


WRONG: list[tuple[Any, str]] = [
    ({"token": "x"}, "token_refused"),
    ({"token": ""}, "token_refused"),
    ({"apiKey": "aar_live_x"}, "key_refused"),
    ({"token": 3}, "invalid"),
    ({"token": "x" * 5000}, "invalid"),
    ({"password": "x"}, "invalid"),
    ([1], "invalid"),
    ("x", "invalid"),
]


async def test_who_comes_with_something_wrong_is_refused_with_the_problem(house: House) -> None:
    for auth, code in WRONG:
        assert refused(await house.program(auth))[1] == code, auth
    assert not house.sink.callers


def refused(program: Program) -> tuple[int, str]:
    assert not program.is_connected
    problem = program.refusal["data"]
    assert program.refusal["message"] == problem["title"]
    return problem["status"], problem["code"]


async def test_a_cookie_is_good_from_our_own_pages_only(house: House, cast: Cast) -> None:
    cookie = f"aarogya={await session(cast.asha)}"
    ours = await house.program(None, Origin=HERE, Host="clinic.test", Cookie=cookie)
    assert (await ours.ask("join-patient-room", {}))["patientId"] == cast.asha_patient
    nobodys = await house.program(None, Cookie=cookie)
    assert refusal(await nobodys.ask("join-patient-room", {})) == "not_signed_in"
    over = await house.program(None, Origin=HERE, Host="clinic.test", Cookie="aarogya=over")
    assert refusal(await over.ask("join-patient-room", {})) == "not_signed_in"


async def test_a_key_watches_what_its_scopes_say_at_its_clinic(house: House, cast: Cast) -> None:
    await book(cast, 10)
    there = {"doctorId": cast.other_doctor_id, "date": DAY.isoformat()}
    blind = await house.program({"apiKey": (await key(Scope.APPOINTMENTS_WRITE)).key})
    answer = await blind.ask("join-doctor-room", day_of(cast))
    assert (refusal(answer), answer["error"]["scope"]) == ("scope_missing", "slots:read")
    assert refusal(await blind.ask("join-patient-room", {"patientId": cast.asha_patient})) == "scope_missing"
    slots = await house.program({"apiKey": (await key(Scope.SLOTS_READ, clinic_id=cast.clinic_id)).key})
    assert "appointments" not in await slots.ask("join-doctor-room", day_of(cast))
    scopes = Scope.SLOTS_READ, Scope.QUEUE_READ, Scope.APPOINTMENTS_READ
    whole = await house.program({"apiKey": (await key(*scopes, clinic_id=cast.clinic_id)).key})
    assert len((await whole.ask("join-doctor-room", day_of(cast)))["appointments"]) == 1
    assert "appointments" not in await whole.ask("join-doctor-room", there)
    assert (await whole.ask("join-patient-room", {"patientId": cast.asha_patient}))["version"] == 2
    assert refusal(await whole.ask("join-patient-room", {"patientId": cast.stranger_patient})) == "not_found"
    assert refusal(await whole.ask("join-patient-room", {})) == "not_found", "a key is no patient"
    everywhere = await house.program({"apiKey": (await key(*scopes)).key})
    assert "appointments" in await everywhere.ask("join-doctor-room", there)


async def test_anothers_patient_is_as_unknown_as_one_that_never_was(house: House, cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    for who in (cast.stranger, cast.receptionist, cast.doctor):
        program = await of(house, who)
        answers = [
            await program.ask("join-patient-room", {"patientId": patient}) for patient in (cast.asha_patient, 10**6)
        ]
        assert answers[0] == answers[1], "a time that is only kept makes nobody known at a clinic"
        assert refusal(answers[0]) == "not_found"
    assert refusal(await program.ask("join-doctor-room", {"doctorId": 10**6})) == "not_found"
    assert not house.sink.rooms()
