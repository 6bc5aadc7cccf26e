"""The live socket: when what one came with, or one's right to a room, is over, so are the pushes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core import access_token, clock, db
from core.redis import redis
from core.web_session import hash_id
from models.api_key import Scope
from services import actors, api_keys, appointments, families, sessions, views
from tests.api.live.asked import book, day_of, of, session
from tests.api.program import HERE, key
from tests.api.socket import House, Program
from tests.outage import Database
from tests.people import DAY, NOW, Cast, at
from tests.rows import one, write
from tests.waiting import until


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
