"""What an account sees of its own appointments, and one of them for whoever may see it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core import db
from core.errors import NotFound
from models.appointment import Status
from services import appointments, itinerary
from tests.people import NOW, Cast, at
from tests.rows import audited, write


async def booked(cast: Cast, hour: int, **wish) -> appointments.Appointment:
    held = await appointments.hold(cast.wish(at(hour), **wish), by=cast.asha, now=NOW)
    return await appointments.book(held.id, by=cast.asha, now=NOW)


async def test_an_account_sees_its_family_and_nobody_else_latest_first(cast: Cast) -> None:
    mine = await booked(cast, 10)
    mothers = await booked(cast, 11, patient=cast.mother_patient, doctor=cast.other_doctor_id)
    held = await appointments.hold(cast.wish(at(12)), by=cast.asha, now=NOW)
    theirs = cast.wish(at(15), patient=cast.stranger_patient)
    await appointments.hold(theirs, by=cast.stranger, now=NOW)

    view = await itinerary.itinerary(cast.asha.user_id, NOW)
    assert [visit.id for visit in view.visits] == [held.id, mothers.id, mine.id]
    visit = view.visits[1]
    assert (visit.patient, visit.doctor, visit.clinic, visit.city) == (
        "Leela Kulkarni",
        "Vd. John Mathew",
        "Charaka",
        "Kochi",
    )
    assert (visit.status, visit.token, visit.fee, visit.zone) == ("booked", 1, 50000, "Asia/Kolkata")
    assert [visit.is_upcoming(NOW) for visit in view.visits] == [False, True, True]
    assert [visit.is_held(NOW) for visit in view.visits] == [True, False, False]


async def test_what_ran_out_is_not_shown_and_what_was_cancelled_is(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    await appointments.release(held.id, by=cast.asha, now=NOW)
    gone = await booked(cast, 11)
    await appointments.cancel(gone.id, by=cast.asha, now=NOW)
    (visit,) = (await itinerary.itinerary(cast.asha.user_id, NOW)).visits
    assert (visit.id, visit.status, visit.is_upcoming(NOW)) == (gone.id, Status.CANCELLED, False)


async def test_a_visit_is_upcoming_until_it_is_over(cast: Cast) -> None:
    await booked(cast, 10)
    (visit,) = (await itinerary.itinerary(cast.asha.user_id, NOW)).visits
    assert visit.is_upcoming(at(10, 29))
    assert not visit.is_upcoming(at(10, 30))


async def test_it_holds_until_a_hold_runs_out_or_a_visit_is_over(cast: Cast) -> None:
    assert (await itinerary.itinerary(cast.asha.user_id, NOW)).valid_until is None
    await booked(cast, 10)
    assert (await itinerary.itinerary(cast.asha.user_id, NOW)).valid_until == at(10, 30)
    await appointments.hold(cast.wish(at(12)), by=cast.asha, now=NOW)
    assert (await itinerary.itinerary(cast.asha.user_id, NOW)).valid_until == NOW + appointments.HOLD_FOR
    assert (await itinerary.itinerary(cast.asha.user_id, at(11))).valid_until is None


async def test_the_page_is_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itinerary, "SHOWN", 2)
    for hour in (9, 10, 11):
        latest = await booked(cast, hour)
    view = await itinerary.itinerary(cast.asha.user_id, NOW)
    assert (len(view.visits), view.visits[0].id) == (2, latest.id)


async def test_the_version_grows_with_every_change_and_stands_still_without(cast: Cast) -> None:
    async def version() -> int:
        view = await itinerary.itinerary(cast.asha.user_id, NOW)
        async with db.snapshot() as connection:
            asked = await itinerary.versions(connection, [cast.asha.user_id, cast.admin.user_id])
        assert asked.get(cast.asha.user_id, 0) == view.version
        assert cast.admin.user_id not in asked
        return view.version

    seen = [await version()]
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    seen.append(await version())
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW + timedelta(minutes=1))
    seen.append(await version())
    await appointments.book(held.id, by=cast.asha, now=NOW)
    seen.append(await version())
    await appointments.cancel(held.id, by=cast.asha, now=NOW)
    seen.append(await version())
    assert seen == sorted(set(seen))
    await appointments.cancel(held.id, by=cast.asha, now=NOW)
    assert await version() == seen[-1]


@pytest.mark.parametrize("whose", ["asha", "doctor", "receptionist", "admin"])
async def test_one_visit_is_seen_by_those_it_concerns_and_that_is_recorded(cast: Cast, whose: str) -> None:
    visit, by = await booked(cast, 10), getattr(cast, whose)
    assert (await itinerary.visit(visit.id, by=by, now=NOW)).patient == "Asha Kulkarni"
    (entry,) = await audited("AppointmentRead")
    assert (entry.actor_id, entry.actor_role, entry.object_id, entry.patient_id, entry.occurred_at) == (
        by.user_id,
        by.role,
        str(visit.id),
        cast.asha_patient,
        NOW,
    )


@pytest.mark.parametrize("whose", ["stranger", "other_doctor", "other_receptionist"])
async def test_for_everybody_else_there_is_no_such_visit_and_nothing_is_recorded(cast: Cast, whose: str) -> None:
    visit = await booked(cast, 10)
    with pytest.raises(NotFound) as refusal:
        await itinerary.visit(visit.id, by=getattr(cast, whose), now=NOW)
    with pytest.raises(NotFound) as unknown:
        await itinerary.visit(uuid4(), by=getattr(cast, whose), now=NOW)
    assert set(refusal.value.data) == set(unknown.value.data)
    assert await audited("AppointmentRead") == []


async def test_a_visit_once_shown_is_still_there_when_its_doctor_has_left(cast: Cast) -> None:
    visit = await booked(cast, 10)
    await write("UPDATE doctors SET is_active = false")
    assert (await itinerary.visit(visit.id, by=cast.asha, now=NOW)).doctor == "Vd. Meera Joshi"
