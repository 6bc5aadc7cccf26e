"""What was missed: told in order and whole, or not told at all."""

from datetime import timedelta

from services import appointments, replay
from services.absence import resolver
from services.absence.leaves import Away
from services.patient_view import Part, patient_view
from services.replay import UNKNOWN, WINDOW, Replay
from services.slot_views import slots_view
from tests.people import DAY, NOW, Cast, at
from tests.rows import write


async def book(cast: Cast, hour: int, minute: int = 0) -> appointments.Appointment:
    held = await appointments.hold(cast.wish(at(hour, minute)), by=cast.asha, now=NOW)
    return await appointments.book(held.id, by=cast.asha, now=NOW)


async def day(cast: Cast, since: int, *, later: timedelta = timedelta()) -> Replay:
    until = (await slots_view(cast.doctor_id, DAY, NOW)).version
    return await replay.of_day(cast.doctor_id, DAY, since, until, now=NOW + later)


async def patient(part: Part, since: int, *, later: timedelta = timedelta()) -> Replay:
    until = (await patient_view(part, NOW)).version
    return await replay.of_patient(part, since, until, now=NOW + later)


async def test_a_day_is_told_from_any_version_on(cast: Cast) -> None:
    first, second = await book(cast, 10), await book(cast, 11)
    await appointments.cancel(first.id, by=cast.asha, now=NOW)
    steps = [
        ("AppointmentHeld", first.id, 1),
        ("AppointmentBooked", first.id, 2),
        ("AppointmentHeld", second.id, 3),
        ("AppointmentBooked", second.id, 4),
        ("AppointmentCancelled", first.id, 5),
    ]
    for since in range(6):
        found = await day(cast, since)
        assert found.is_whole
        assert [(each.event, each.appointment_id, each.version) for each in found.events] == steps[since:]
    assert await day(cast, 6) == await day(cast, -1) == UNKNOWN, "a version that never was"


async def test_a_version_that_no_event_tells_of_is_not_told_over(cast: Cast) -> None:
    await book(cast, 10)
    await write("UPDATE doctor_days SET version = version + 1")
    assert await day(cast, 0) == UNKNOWN
    await book(cast, 11)
    assert await day(cast, 2) == UNKNOWN
    assert (await day(cast, 3)).is_whole


async def test_what_is_older_than_the_window_is_read_again(cast: Cast) -> None:
    await book(cast, 10)
    part = Part(cast.asha_patient)
    for find, thing in ((day, cast), (patient, part)):
        assert (await find(thing, 0, later=WINDOW - timedelta(seconds=1))).is_whole
        assert await find(thing, 0, later=WINDOW) == UNKNOWN
        assert await find(thing, 2, later=WINDOW) == Replay(), "where nothing happened nothing is missing"
    await write("UPDATE events SET occurred_at = occurred_at - interval '9 minutes' WHERE kind = 'AppointmentHeld'")
    assert await day(cast, 0, later=timedelta(minutes=2)) == UNKNOWN
    assert await patient(part, 0, later=timedelta(minutes=2)) == UNKNOWN
    assert (await day(cast, 1, later=timedelta(minutes=2))).is_whole
    assert (await patient(part, 1, later=timedelta(minutes=2))).is_whole


async def test_a_leave_that_strands_nobody_is_told_by_its_own_event(cast: Cast) -> None:
    await book(cast, 10)
    leave = Away(doctor_ids=(cast.doctor_id,), starts_at=at(15), ends_at=at(16))
    await resolver.commit(leave, by=cast.doctor, now=NOW)
    found = await day(cast, 2)
    assert [(each.event, each.version, each.appointment_id) for each in found.events] == [("LeaveTaken", 3, None)]


async def test_a_patient_is_told_of_his_own_and_a_clinic_of_its_part(cast: Cast) -> None:
    here = await book(cast, 10)
    elsewhere = await appointments.hold(cast.wish(at(15), doctor=cast.other_doctor_id), by=cast.asha, now=NOW)
    await appointments.cancel(here.id, by=cast.asha, now=NOW)
    await appointments.hold(cast.wish(at(12), patient=cast.mother_patient), by=cast.asha, now=NOW)
    whole = [
        ("AppointmentHeld", here.id, 1),
        ("AppointmentBooked", here.id, 2),
        ("AppointmentHeld", elsewhere.id, 3),
        ("AppointmentCancelled", here.id, 4),
    ]
    for since in range(5):
        found = await patient(Part(cast.asha_patient), since)
        assert [(each.event, each.appointment_id, each.version) for each in found.events] == whole[since:]
        assert found.is_whole
    for part in (Part(cast.asha_patient, clinic_id=cast.clinic_id), Part(cast.asha_patient, doctor_id=cast.doctor_id)):
        found = await patient(part, 1)
        assert [(each.event, each.version) for each in found.events] == [
            ("AppointmentBooked", 2),
            ("AppointmentCancelled", 3),
        ]
    assert await patient(Part(cast.asha_patient), 5) == UNKNOWN


async def test_what_has_come_since_the_view_was_read_is_not_told_with_it(cast: Cast) -> None:
    part = Part(cast.asha_patient)
    await book(cast, 10)
    until = (await patient_view(part, NOW)).version
    await book(cast, 11)
    found = await replay.of_patient(part, 1, until, now=NOW)
    assert [each.version for each in found.events] == [2]
    assert found.is_whole
    assert [each.version for each in (await replay.of_day(cast.doctor_id, DAY, 1, 2, now=NOW)).events] == [2]
