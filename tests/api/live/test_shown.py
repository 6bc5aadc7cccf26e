"""The live socket: what a program is shown when it joins, what is pushed to it, and what it has missed."""

from dataclasses import replace
from typing import Any

import pytest

from core import clock
from services import appointments, views
from tests.api.live.asked import book, day_of, of
from tests.api.socket import House
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, write
from tests.waiting import until


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
