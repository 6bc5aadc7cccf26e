"""The live socket: who may join which room, what is pushed to whom, and when it ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from api.live import namespace
from api.live.namespace import MOST_ROOMS
from api.live.sink import LiveSink
from core import access_token, clock, db
from core.errors import NotSignedIn
from core.redis import redis
from core.web_session import hash_id
from models.api_key import Scope
from services import actors, api_keys, appointments, families, sessions, slot_views, views
from services import live as pushing
from services.live import Live
from services.permissions import Actor
from tests.api.program import HERE, key, log_in
from tests.api.socket import House, Program, opened
from tests.outage import Database
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, one, write
from tests.waiting import until


@pytest.fixture(autouse=True)
def _never_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "HEAL_EVERY", 3600.0)


@pytest_asyncio.fixture
async def house(cast: Cast) -> AsyncIterator[House]:
    """The socket, served."""
    async with opened(Live()) as found:
        yield found


async def of(house: House, who: Actor) -> Program:
    """Connected with that person's token."""
    return await house.program({"token": await log_in(who)})


async def book(cast: Cast, hour: int) -> appointments.Appointment:
    """One of Asha's."""
    held = await appointments.hold(cast.wish(at(hour)), by=cast.asha, now=NOW)
    return await appointments.book(held.id, by=cast.asha, now=NOW)


def day_of(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"doctorId": cast.doctor_id, "date": DAY.isoformat(), **more}


def refusal(answer: Any) -> str:
    """The code, of a refusal that has the form of a problem."""
    error = answer["error"]
    assert error["type"] == f"/api/docs#{error['code']}"
    assert error["title"]
    assert error["status"] >= 400
    return str(error["code"])


# What is shown


async def test_who_joins_is_given_the_day_and_then_what_changes(house: House, cast: Cast) -> None:
    nobody = await house.program()
    shown = await nobody.ask("join-doctor-room", day_of(cast))
    assert (shown["doctorId"], shown["date"], shown["timezone"], shown["version"]) == (
        cast.doctor_id,
        DAY.isoformat(),
        "Asia/Kolkata",
        0,
    )
    assert {slot["status"] for slot in shown["slots"]} == {"open"}
    assert "appointments" not in shown
    await book(cast, 10)
    pushed = await nobody.hears("slots-updated", lambda each: each["version"] == 2)
    queue = await nobody.hears("queue-updated", lambda each: each["version"] == 2)
    fresh = await (await house.program()).ask("join-doctor-room", day_of(cast))
    # When each is expected is told as of the moment: it is the same people in the same order.
    tokens = [[turn.pop("token") for turn in each.pop("turns")] for each in (queue, fresh["queue"])]
    assert tokens[0] == tokens[1]
    assert queue.pop("ends")["median"] <= fresh["queue"].pop("ends")["nearlySure"]["latest"]
    assert fresh == {**pushed, "queue": queue}
    assert queue["expected"] == 1
    assert "Asha" not in repr(nobody.heard)
    assert not nobody.told("appointment-updated")


async def test_without_a_date_it_is_today_on_the_clinics_clock(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await house.program()
    # Eight in the evening in London, half past one of the next day in India.
    monkeypatch.setattr(clock, "now", lambda: at(1, 30))
    assert (await program.ask("join-doctor-room", {"doctorId": cast.doctor_id}))["date"] == DAY.isoformat()


async def test_the_clinic_is_given_the_appointments_too_and_that_is_recorded(house: House, cast: Cast) -> None:
    desk = await of(house, cast.receptionist)
    first = await book(cast, 10)
    shown = await desk.ask("join-doctor-room", day_of(cast))
    assert [(each["id"], each["version"], each["patient"]) for each in shown["appointments"]] == [
        (str(first.id), 2, {"name": "Asha Kulkarni", "phone": None})
    ]
    entry = (await audited("DayRead"))[-1]
    assert (entry.actor_id, entry.details["patients"]) == (cast.receptionist.user_id, [cast.asha_patient])
    second = await book(cast, 11)
    told = await desk.hears("appointment-updated", lambda each: each["version"] == 2)
    assert told["id"] == str(second.id), "what has not changed is not told again"
    await appointments.cancel(first.id, by=cast.asha, now=NOW)
    assert (await desk.hears("appointment-updated", lambda each: each["id"] == str(first.id)))["status"] == "cancelled"


async def test_a_hold_that_ran_out_is_told_once_and_then_gone(house: House, cast: Cast) -> None:
    doctor = await of(house, cast.doctor)
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    assert (await doctor.ask("join-doctor-room", day_of(cast)))["appointments"][0]["status"] == "held"
    await appointments.release(held.id, by=cast.asha, now=NOW)
    assert (await doctor.hears("appointment-updated"))["status"] == "expired"
    assert (await doctor.ask("join-doctor-room", day_of(cast)))["appointments"] == []


async def test_a_patient_is_given_his_own_and_the_clinic_only_its_part(house: House, cast: Cast) -> None:
    here = await book(cast, 10)
    elsewhere = cast.wish(at(15), doctor=cast.other_doctor_id)
    there = await appointments.hold(elsewhere, by=cast.asha, now=NOW)
    there = await appointments.book(there.id, by=cast.asha, now=NOW)
    asha, desk, other_desk, doctor = [
        await of(house, who) for who in (cast.asha, cast.receptionist, cast.other_receptionist, cast.doctor)
    ]
    whole = await asha.ask("join-patient-room", {})
    assert (whole["patientId"], whole["version"]) == (cast.asha_patient, 4)
    assert [each["id"] for each in whole["appointments"]] == [str(there.id), str(here.id)]
    for staff, seen in ((desk, here), (other_desk, there), (doctor, here)):
        shown = await staff.ask("join-patient-room", {"patientId": cast.asha_patient})
        assert [each["id"] for each in shown["appointments"]] == [str(seen.id)]
        assert shown["version"] == 2
    assert len(await audited("PatientRead")) == 4
    await appointments.cancel(here.id, by=cast.asha, now=NOW)
    for program in (asha, desk, doctor):
        told = await program.hears("appointment-updated")
        assert (told["id"], told["version"], told["status"]) == (str(here.id), 3, "cancelled")
        assert "patient" not in told or told["patient"] is None
    await appointments.cancel(there.id, by=cast.asha, now=NOW)
    await other_desk.hears("appointment-updated")
    assert {each["id"] for each in desk.told("appointment-updated")} == {str(here.id)}


async def test_what_changes_while_one_joins_is_not_missed(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is committed after the view was read for the answer comes with the answer, or after it."""
    really, done, slots = views.KINDS["queue"].read, [], f"slots:{cast.doctor_id}:{DAY}"

    async def read(args: list[str], now: Any) -> Any:
        found = await really(args, now)
        if not done:
            done.append(await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW))
            await until(lambda: slots in house.sink.latest)
        return found

    monkeypatch.setitem(views.KINDS, "queue", replace(views.KINDS["queue"], read=read))
    program = await house.program()
    shown = await program.ask("join-doctor-room", day_of(cast))
    held = [slot for slot in shown["slots"] if slot["status"] == "held"]
    assert held, "the answer is older than the push that came before it"


async def test_who_comes_back_is_told_what_was_missed_and_the_present(house: House, cast: Cast) -> None:
    nobody, desk, asha = await house.program(), await of(house, cast.receptionist), await of(house, cast.asha)
    first = await book(cast, 10)
    await write("UPDATE events SET occurred_at = now()")
    steps = [("AppointmentHeld", 1), ("AppointmentBooked", 2)]
    for since in range(3):
        shown = await desk.ask("join-doctor-room", day_of(cast, since=since))
        theirs = await asha.ask("join-patient-room", {"since": since})
        for answer in (shown, theirs):
            told = [(each["event"], each["version"]) for each in answer["missed"]]
            assert (told, answer["readAgain"], answer["version"]) == (steps[since:], False, 2)
            assert {each["appointmentId"] for each in answer["missed"]} <= {str(first.id)}
            assert len(answer["appointments"]) == 1
        public = await nobody.ask("join-doctor-room", day_of(cast, since=since))
        assert [each["event"] for each in public["missed"]] == ["slots-updated"] * (2 - since)
        assert all(each.keys() == {"event", "at", "version"} for each in public["missed"])
    await write("UPDATE events SET occurred_at = now() - interval '11 minutes'")
    for answer in (
        await desk.ask("join-doctor-room", day_of(cast, since=1)),
        await asha.ask("join-patient-room", {"since": 1}),
        await nobody.ask("join-doctor-room", day_of(cast, since=7)),
    ):
        assert (answer["missed"], answer["readAgain"], answer["version"]) == ([], True, 2)


async def test_who_leaves_or_goes_is_pushed_nothing_more(house: House, cast: Cast) -> None:
    asha, other = await of(house, cast.asha), await of(house, cast.asha)
    for program in (asha, other):
        await program.ask("join-doctor-room", day_of(cast))
        await program.ask("join-patient-room", {})
    assert await asha.ask("leave-doctor-room", day_of(cast)) == {}
    assert await asha.ask("leave-patient-room", {"patientId": cast.asha_patient}) == {}
    await book(cast, 10)
    await other.hears("slots-updated")
    await other.hears("appointment-updated")
    assert not asha.heard
    await other.client.disconnect()
    await until(lambda: not house.sink.rooms())
    assert not house.sink.latest
    assert not house.sink.told
    assert len(house.sink.callers) == 1


# Who may


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


async def session(who: Actor) -> str:
    async with db.transaction() as tx:
        return await sessions.open_session(tx, who.user_id, who.role, address=None, user_agent=None, now=clock.now())


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


# When it ends


async def ends(cast: Cast, house: House, how: str) -> tuple[Program, Any]:
    """A program that watches Asha's room with something that can end, and what ends it."""
    present = clock.now()
    if how.startswith("session"):
        opened_session = await session(cast.asha)
        program = await house.program(None, Origin=HERE, Host="clinic.test", Cookie=f"aarogya={opened_session}")

        async def end() -> None:
            if how == "session, unheard":
                await write("UPDATE sessions SET revoked_at = now()")
                return
            async with db.transaction() as tx:
                await sessions.end(tx, hash_id(opened_session), now=present)

    elif how == "key":
        made = await key(Scope.APPOINTMENTS_READ)
        program = await house.program({"apiKey": made.key})

        async def end() -> None:
            await api_keys.revoke(made.prefix, now=present)

    else:
        program = await of(house, cast.asha)

        async def end() -> None:
            if how == "login":
                async with db.transaction() as tx:
                    await families.end_all(tx, cast.asha.user_id, now=present)
            else:
                await actors.changed(cast.asha.user_id)
                await write("UPDATE users SET is_active = false WHERE id = :id", id=cast.asha.user_id)

    return program, end


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("session", "not_signed_in"),
        ("session, unheard", "not_signed_in"),
        ("login", "token_refused"),
        ("account", "token_refused"),
        ("key", "key_refused"),
    ],
)
async def test_when_what_one_came_with_is_over_the_next_push_is_not_for_him(
    house: House, cast: Cast, how: str, code: str
) -> None:
    await book(cast, 10)
    program, end = await ends(cast, house, how)
    assert "error" not in await program.ask("join-patient-room", {"patientId": cast.asha_patient})
    await end()
    await asyncio.sleep(0.5)  # What is known of who somebody is may be that old.
    await book(cast, 11)
    assert await program.hears("signed-out") == {"code": code}
    await until(lambda: not program.is_connected)
    assert not program.told("appointment-updated")
    assert not house.sink.callers


@pytest.mark.parametrize("how", ["session", "login", "key"])
async def test_it_is_found_out_without_a_push_too(
    house: House, cast: Cast, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book(cast, 10)
    program, end = await ends(cast, house, how)
    await program.ask("join-patient-room", {"patientId": cast.asha_patient})
    await end()
    if how != "session":
        await asyncio.sleep(0.5)
        await house.live._compare()
    await program.hears("signed-out")
    await until(lambda: not program.is_connected)


async def test_an_access_token_is_good_for_as_long_as_it_says(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, nobody = await of(house, cast.asha), await house.program()
    await program.ask("join-patient-room", {})
    await nobody.ask("join-doctor-room", day_of(cast))
    later = clock.now() + access_token.GOOD_FOR + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await house.live._compare()
    assert await program.hears("signed-out") == {"code": "token_refused"}
    assert nobody.is_connected, "who came with nothing loses nothing"


async def test_a_session_does_not_live_on_because_it_is_pushed_to(house: House, cast: Cast) -> None:
    program, _ = await ends(cast, house, "session")
    await program.ask("join-patient-room", {})
    await write("UPDATE sessions SET last_seen_at = last_seen_at - interval '20 days'")
    before = (await one("SELECT last_seen_at FROM sessions")).last_seen_at
    await house.live._compare()
    await book(cast, 10)
    await program.hears("appointment-updated")
    assert (await one("SELECT last_seen_at FROM sessions")).last_seen_at == before


@pytest.mark.parametrize("found", ["by a push", "by a look"])
async def test_who_loses_his_right_to_a_room_is_put_out_of_it_and_told(house: House, cast: Cast, found: str) -> None:
    """He keeps what is for all."""
    await book(cast, 10)
    desk, asha = await of(house, cast.receptionist), await of(house, cast.asha)
    await desk.ask("join-doctor-room", day_of(cast))
    await desk.ask("join-patient-room", {"patientId": cast.asha_patient})
    await asha.ask("join-patient-room", {"patientId": cast.mother_patient})
    for user in (cast.receptionist.user_id, cast.asha.user_id):
        await actors.changed(user)
    await write(
        "UPDATE users SET clinic_id = :there WHERE id = :id", there=cast.other_clinic_id, id=cast.receptionist.user_id
    )
    await write("UPDATE patients SET account_id = NULL WHERE id = :id", id=cast.mother_patient)
    await asyncio.sleep(0.5)
    if found == "by a look":
        # Two at a time: he is told once.
        await asyncio.gather(house.sink.review(), house.live._compare())
    else:
        await appointments.hold(cast.wish(at(11)), by=cast.asha, now=NOW)
        await write("UPDATE appointments SET version = version + 1, patient_id = patient_id")
        house.live.changed([f"patient:{cast.mother_patient}"])
    await asha.hears("room-closed")
    assert asha.told("room-closed") == [{"room": "patient", "patientId": cast.mother_patient, "code": "not_found"}]
    day = {"room": "appointments", "doctorId": cast.doctor_id, "date": DAY.isoformat(), "code": "not_allowed"}
    await until(lambda: len(desk.told("room-closed")) == 2)
    assert day in desk.told("room-closed")
    await desk.ask("leave-patient-room", {"patientId": cast.asha_patient})
    assert len(desk.told("room-closed")) == 2
    assert {"room": "patient", "patientId": cast.asha_patient, "code": "not_found"} in desk.told("room-closed")
    assert not desk.told("appointment-updated")
    assert desk.is_connected
    await appointments.hold(cast.wish(at(12)), by=cast.asha, now=NOW)
    await desk.hears(
        "slots-updated",
        lambda each: any(
            s["status"] == "held" and s["startsAt"].startswith(at(12).isoformat()[:16]) for s in each["slots"]
        ),
    )
    assert not desk.told("appointment-updated")


async def test_while_nobody_can_say_who_may_see_it_nobody_is_shown_it(
    house: House, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asha = await of(house, cast.asha)
    await asha.ask("join-patient-room", {})
    view = await views.KINDS["patient"].read([str(cast.asha_patient)], clock.now())
    await book(cast, 10)
    await asha.hears("appointment-updated", lambda each: each["version"] == 2)
    # What was on its way comes.
    await asyncio.sleep(0.5)
    asha.heard.clear()
    house.sink.told.clear()

    await redis().flushdb()
    await asyncio.to_thread(database.close)
    try:
        with pytest.raises(Exception, match="not answering"):
            await house.sink.push(f"patient:{cast.asha_patient}", view)
    finally:
        await asyncio.to_thread(database.open)
    assert asha.is_connected
    assert not asha.heard
    await house.sink.push(
        f"patient:{cast.asha_patient}", await views.KINDS["patient"].read([str(cast.asha_patient)], clock.now())
    )
    await asha.hears("appointment-updated")


# Rubbish


async def test_who_is_signed_out_while_he_joins_is_not_answered(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = views.KINDS["patient"].read

    async def read(args: list[str], now: Any) -> Any:
        found = await really(args, now)
        (sid,) = house.sink.callers
        await house.sink.end(sid, NotSignedIn())
        return found

    monkeypatch.setitem(views.KINDS, "patient", replace(views.KINDS["patient"], read=read))
    program = await of(house, cast.asha)
    (sid,) = house.sink.callers
    # As the server asks it: a program that has been hung up on would not take the answer.
    answer = await house.sink.lines.server.namespace_handlers["/live"].trigger_event("join-patient-room", sid, {})
    assert refusal(answer) == "not_signed_in"
    await program.hears("signed-out")
    assert not house.sink.rooms()
    assert not house.sink.told


async def test_a_reading_that_cannot_be_recorded_is_none(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_args: Any, **_more: Any) -> None:
        raise db.Unavailable

    monkeypatch.setattr(namespace, "note_reading", fails)
    for who, event, room in (
        (cast.receptionist, "join-doctor-room", day_of(cast)),
        (cast.asha, "join-patient-room", {}),
    ):
        assert refusal(await (await of(house, who)).ask(event, room)) == "unavailable"
        assert not house.sink.rooms()
        assert not house.sink.told


async def test_a_push_on_its_way_when_the_last_one_leaves_goes_to_nobody(house: House, cast: Cast) -> None:
    room = f"patient:{cast.asha_patient}"
    await house.sink.push(room, await views.KINDS["patient"].read([str(cast.asha_patient)], NOW))
    assert not house.sink.latest
    assert not house.sink.told


RUBBISH: list[tuple[str, tuple[Any, ...]]] = [
    ("join-doctor-room", ()),
    ("join-doctor-room", (None,)),
    ("join-doctor-room", (17,)),
    ("join-doctor-room", ([],)),
    ("join-doctor-room", ({},)),
    ("join-doctor-room", ({"doctorId": 1}, {"doctorId": 1})),
    ("join-doctor-room", ({"doctorId": "1"},)),
    ("join-doctor-room", ({"doctorId": True},)),
    ("join-doctor-room", ({"doctorId": 10**12},)),
    ("join-doctor-room", ({"doctorId": 1, "date": "tomorrow"},)),
    ("join-doctor-room", ({"doctorId": 1, "date": 20261201},)),
    ("join-doctor-room", (b"\x00",)),
    ("join-doctor-room", ({"doctorId": b"\x01"},)),
    ("join-doctor-room", ({"doctorId": 1, "date": "0001-01-01"},)),
    ("join-doctor-room", ({"doctorId": 1, "date": "9999-12-31"},)),
    ("join-doctor-room", ({"doctorId": 1, "since": -1},)),
    ("join-doctor-room", ({"doctorId": 1, "since": "1"},)),
    ("join-doctor-room", ({"doctorId": 1, "since": 10**18},)),
    ("join-doctor-room", ({"doctorId": 1, "room": "day:1:2026-12-01"},)),
    ("join-doctor-room", ({"doctorId": 1, "x" * 30_000: 1},)),
    ("join-patient-room", ({"patientId": "1"},)),
    ("join-patient-room", ({"patientId": "1:clinic:1"},)),
    ("leave-doctor-room", ({"doctorId": 1, "since": 1},)),
    ("leave-patient-room", ("x",)),
    ("slots-updated", ({},)),
    ("connect", ({"HTTP_X_AAROGYA_SESSION": "00"}, {"token": "x"})),
    ("disconnect", ("transport close",)),
    ("", ()),
]


async def test_rubbish_is_refused_and_changes_nothing(house: House, cast: Cast) -> None:
    program = await of(house, cast.asha)
    before = house.sink.callers.copy()
    for event, given in RUBBISH:
        assert refusal(await program.ask(event, *given)) == "invalid", (event, given)
        assert house.sink.callers == before
        assert not house.sink.rooms()
    assert "error" not in await program.ask("join-doctor-room", day_of(cast))


async def test_frames_that_are_no_event_disturb_nobody(
    house: House, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL")
    watching = await house.program()
    await watching.ask("join-doctor-room", day_of(cast))
    frames = (
        "2/live,[]",
        "2/live,{}",
        '2/live,"x"',
        "2/live,7",
        "2/live,[null]",
        "2/live,[{}]",
        "2/live,[[]]",
        "2/live,[",
    )
    frames += ("2/live", "3/live,1[]", "4/live,{}", "9/live,[]", "0/live,{}", "0/live,7", '51-/live,["x"]', "x", "")
    for frame in frames:
        odd = await house.program()
        await odd.client.eio.send(frame)
        await odd.client.eio.send('2/live,1["join-doctor-room",7]')
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await watching.hears("slots-updated")
    assert house.sink.rooms()
    assert all(not caller.rooms for caller in list(house.sink.callers.values())[1:])


async def test_a_mistake_of_ours_is_answered_without_our_insides(
    house: House, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(namespace, "watched_day", broken)
    answer = await (await house.program()).ask("join-doctor-room", day_of(cast))
    assert refusal(answer) == "internal"
    assert "secret" not in repr(answer)


async def test_one_connection_watches_so_many_rooms_and_no_more(house: House, cast: Cast) -> None:
    program = await house.program()

    async def join(day: int) -> Any:
        return await program.ask("join-doctor-room", day_of(cast, date=(DAY + timedelta(days=day)).isoformat()))

    for day in range(MOST_ROOMS):
        assert "error" not in await join(day)
    assert refusal(await join(MOST_ROOMS)) == "too_many_rooms"
    assert "error" not in await join(0), "one that it is in already"
    await program.ask("leave-doctor-room", day_of(cast))
    assert "error" not in await join(MOST_ROOMS)


async def test_who_sends_too_much_is_told_in_the_form_of_the_namespace(house: House) -> None:
    program = await house.program()
    await asyncio.gather(*[program.client.emit("nonsense", {}, namespace="/live") for _ in range(70)])
    told = await program.hears("error")
    assert (told["code"], told["status"]) == ("too_many", 429)


async def test_problems_are_told_in_the_language_of_the_connection(house: House) -> None:
    program = await house.program(None, **{"Accept-Language": "hi"})
    assert (await program.ask("join-patient-room", {}))["error"]["title"] == "कृपया पहले साइन इन करें।"


async def test_a_room_that_only_pages_have_is_none_of_this_sinks(cast: Cast) -> None:
    await LiveSink(None).push(f"strip:{cast.doctor_id}", await slot_views.strip_view(cast.doctor_id, clock.now()))
