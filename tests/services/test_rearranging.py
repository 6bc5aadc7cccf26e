"""Many at once: a clinic that shuts, some who are picked, a doctor who comes late; shown, done and undone as one."""

import asyncio
import random
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core.errors import Invalid, NotAllowed, NotFound, Stale
from services import appointments, queue
from services.absence import rearranged, resolver
from services.absence.leaves import Away, Closed, Picked
from services.absence.strandings import Instead, MoveTo
from services.absence.undo import undo
from services.day_locks import keep_days, lock_days
from services.refusals import CannotUndo
from services.waiting import overrides, waiters, waitlist
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from services.walls import local_day
from tests.people import DAY, NOW, Cast, another_doctor, at, crowd
from tests.rows import audited, events, many, one
from tests.standing import OVERLAPS, STANDING

TIMES = [at(hour, minute) for hour in (9, 10, 11, 12, 15, 16, 17, 18) for minute in (0, 30)]


async def booked(cast: Cast, *times: datetime, doctor: int | None = None) -> list:
    return [
        await appointments.book_at(cast.wish(when, patient=member.patient_id, doctor=doctor), by=cast.admin, now=NOW)
        for when, member in zip(times, await crowd(len(times)), strict=True)
    ]


async def standing() -> list:
    return [tuple(row) for row in await many(STANDING)]


def morning(cast: Cast, *picked, **more) -> Picked:
    """The morning of Vd. Meera Joshi, and who was picked of it."""
    values = {"doctor_id": cast.doctor_id, "starts_at": at(9), "ends_at": at(13)} | more
    return Picked(appointments=frozenset(each.id for each in picked), **values)


async def test_only_who_is_picked_is_moved_and_out_of_the_stretch(cast: Cast) -> None:
    first, second, third = await booked(cast, at(9), at(10), at(11))
    whole = await resolver.preview(
        Picked(doctor_id=cast.doctor_id, starts_at=at(9), ends_at=at(13)), by=cast.receptionist, now=NOW
    )
    assert [each.appointment.id for each in whole.stranded] == [first.id, second.id, third.id]
    assert all(each.replacement.slot.starts_at >= at(15) for each in whole.stranded)
    choices = {third.id: Instead.OFFER}
    done = await resolver.commit(
        morning(cast, second, third), by=cast.receptionist, now=NOW, choices=choices, tells=True
    )
    assert set(done.moved) == {second.id}
    assert done.moved[second.id].starts_at == at(15)
    assert done.cancelled == done.offered == (third.id,)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=first.id)).status == "booked"
    assert (await one("SELECT count(*) AS n FROM leaves")).n == 0
    (event,) = await events("AppointmentsRearranged")
    assert event.data["tell"] == [str(done.moved[second.id].id), str(third.id)]
    (entry,) = await audited("AppointmentsRearranged")
    assert (entry.actor_id, entry.details["moved"], entry.details["offered"]) == (cast.receptionist.user_id, 1, 1)
    assert [each.patient_id for each in await waiters.entries_of(cast.doctor_id, by=cast.doctor, now=NOW)] == [
        third.patient_id
    ]


async def test_whose_patients_are_not_to_be_told_are_not_named(cast: Cast) -> None:
    (only,) = await booked(cast, at(9))
    done = await resolver.commit(morning(cast, only), by=cast.doctor, now=NOW, tells=False)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert [e.data["tell"] for k in ("AppointmentsRearranged", "RearrangementUndone") for e in await events(k)] == [
        [],
        [],
    ]


async def test_who_was_told_is_told_again_when_it_is_undone(cast: Cast) -> None:
    (only,) = await booked(cast, at(9))
    done = await resolver.commit(morning(cast, only), by=cast.doctor, now=NOW)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    back = await one("SELECT id, status FROM appointments WHERE starts_at = :at AND status = 'booked'", at=at(9))
    (event,) = await events("RearrangementUndone")
    assert event.data["tell"] == [str(back.id)]


async def test_others_appointments_cannot_be_picked(cast: Cast) -> None:
    (his,) = await booked(cast, at(9), doctor=cast.other_doctor_id)
    with pytest.raises(NotAllowed):
        await resolver.commit(morning(cast, his, doctor_id=cast.other_doctor_id), by=cast.receptionist, now=NOW)
    # Named beside one's own he is none of those that stand there.
    done = await resolver.commit(morning(cast, his), by=cast.receptionist, now=NOW)
    assert (done.moved, done.cancelled) == ({}, ())
    clinic = Picked(clinic_id=cast.clinic_id, starts_at=at(9), ends_at=at(13), appointments=frozenset({his.id}))
    for by in (cast.asha, cast.stranger, cast.doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await resolver.commit(clinic, by=by, now=NOW)
    assert await many("SELECT id FROM appointments WHERE status = 'rescheduled'") == []


async def test_several_doctors_who_are_ill_are_away_as_one_and_back_as_one(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    third = await another_doctor(cast.doctor_id, "third")
    mine, his = await booked(cast, at(9), at(9, 30))
    other = await appointments.book_at(
        cast.wish(at(9), patient=cast.stranger_patient, doctor=colleague), by=cast.admin, now=NOW
    )
    before = await standing()
    ill = Away(doctor_ids=(colleague, cast.doctor_id), starts_at=at(0), ends_at=at(0) + timedelta(days=1))
    plan = await resolver.preview(ill, by=cast.receptionist, now=NOW)
    assert {each.appointment.id for each in plan.stranded} == {mine.id, his.id, other.id}
    # Neither of them stands in for the other that day.
    where = {(each.replacement.doctor_id, each.replacement.day) for each in plan.stranded}
    assert all(doctor == third or day != DAY for doctor, day in where)
    done = await resolver.commit(ill, by=cast.receptionist, now=NOW)
    rows = await many("SELECT id, doctor_id FROM leaves ORDER BY id")
    assert {row.doctor_id for row in rows} == {cast.doctor_id, colleague}
    assert done.leave_ids == tuple(row.id for row in rows)
    assert len(done.moved) == 3
    (event,) = await events("LeaveTaken")
    assert {f"doctor:{colleague}:{DAY}", f"doctor:{cast.doctor_id}:{DAY}"} <= set(event.topics)
    (entry,) = await audited("LeaveTaken")
    assert (entry.actor_id, entry.details["moved"]) == (cast.receptionist.user_id, 3)
    (listed,) = await rearranged.lately(cast.clinic_id, by=cast.receptionist, now=NOW)
    assert (listed.doctor, listed.doctor_id, listed.moved) == ("Vd. Meera Joshi, Vd. Meera Joshi", None, 3)
    assert await rearranged.lately(cast.clinic_id, by=cast.doctor, now=NOW) == []
    for by in (cast.doctor, cast.other_receptionist, cast.asha):
        with pytest.raises(NotAllowed):
            await undo(done.resolution_id, by=by, now=NOW)
    await undo(done.resolution_id, by=cast.receptionist, now=NOW)
    assert await standing() == before
    assert await many("SELECT id FROM leaves") == []


async def test_a_leave_of_several_is_of_one_clinic_and_of_ones_own_doctors(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    stretch = {"starts_at": at(9), "ends_at": at(13)}
    ours, both = (cast.doctor_id, colleague), (cast.doctor_id, cast.other_doctor_id)
    for by, doctor_ids, refusal in (
        (cast.doctor, ours, NotAllowed),
        (cast.receptionist, both, NotAllowed),
        (cast.admin, both, Invalid),
        (cast.receptionist, (), Invalid),
        (cast.receptionist, (cast.doctor_id, 10**6), NotFound),
    ):
        change = Away(doctor_ids=doctor_ids, **stretch)
        for attempt in (resolver.preview, resolver.commit):
            with pytest.raises(refusal):
                await attempt(change, by=by, now=NOW)
    assert await many("SELECT id FROM leaves") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"appointments": frozenset()},
        {"ends_at": at(8)},
        {"delay": 20},
        {"delay": -1, "starts_at": NOW},
        {"delay": 481, "starts_at": NOW},
        {"delay": 20, "starts_at": NOW, "doctor_id": None},
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(cast: Cast, wrong) -> None:
    values = {"doctor_id": cast.doctor_id, "clinic_id": cast.clinic_id, "starts_at": at(9), "ends_at": at(13)}
    picked = {"appointments": frozenset({uuid4()})}
    with pytest.raises(Invalid):
        await resolver.commit(Picked(**values | picked | wrong), by=cast.receptionist, now=NOW)
    assert await many("SELECT id FROM resolutions") == []


async def test_a_doctor_who_comes_late_is_said_so_and_some_are_moved_as_one(cast: Cast) -> None:
    day = local_day(NOW, "Asia/Kolkata")
    waits, goes = await booked(cast, at(15, day=day), at(15, 30, day=day))
    before = await standing()
    late = Picked(
        doctor_id=cast.doctor_id,
        starts_at=NOW,
        ends_at=at(23, day=day),
        appointments=frozenset({goes.id}),
        delay=45,
    )
    done = await resolver.commit(late, by=cast.doctor, now=NOW)
    assert set(done.moved) == {goes.id}
    assert done.moved[goes.id].day > day
    (said,) = await events("DoctorRunsLate")
    assert (said.data["minutes"], said.data["tell"]) == (45, [str(waits.id)])
    assert (await queue.queue(cast.doctor_id, day, NOW)).delay == timedelta(minutes=45)
    (listed,) = await rearranged.lately(cast.clinic_id, by=cast.receptionist, now=NOW)
    assert (listed.doctor, listed.delay, listed.moved) == ("Vd. Meera Joshi", 45, 1)
    await undo(done.resolution_id, by=cast.receptionist, now=NOW)
    assert await standing() == before
    assert (await queue.queue(cast.doctor_id, day, NOW)).delay == timedelta()
    assert await rearranged.lately(cast.clinic_id, by=cast.receptionist, now=NOW) == []


async def test_a_delay_that_was_said_since_is_in_the_way_of_undoing(cast: Cast) -> None:
    late = Picked(
        doctor_id=cast.doctor_id, starts_at=NOW, ends_at=NOW + timedelta(hours=1), appointments=frozenset(), delay=45
    )
    done = await resolver.commit(late, by=cast.doctor, now=NOW)
    await queue.run_late(cast.doctor_id, timedelta(minutes=10), by=cast.doctor, now=NOW)
    with pytest.raises(CannotUndo) as refused:
        await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert [each.why for each in refused.value.data["in_the_way"]] == ["calendar_changed"]


async def test_one_who_was_picked_and_moved_meanwhile_is_left_alone(cast: Cast) -> None:
    first, second = await booked(cast, at(9), at(10))
    choices = {each.id: MoveTo(doctor_id=cast.doctor_id, starts_at=at(16)) for each in (first,)}
    await appointments.cancel(second.id, by=cast.receptionist, now=NOW)
    done = await resolver.commit(morning(cast, first, second), by=cast.receptionist, now=NOW, choices=choices)
    assert {old: new.starts_at for old, new in done.moved.items()} == {first.id: at(16)}
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=second.id)).status == "cancelled"


async def test_a_chosen_time_within_the_stretch_is_refused_with_how_it_stands(cast: Cast) -> None:
    (only,) = await booked(cast, at(9))
    choices = {only.id: MoveTo(doctor_id=cast.doctor_id, starts_at=at(10))}
    with pytest.raises(Stale):
        await resolver.commit(morning(cast, only), by=cast.doctor, now=NOW, choices=choices)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=only.id)).status == "booked"


async def test_what_was_done_is_listed_with_what_became_of_each(cast: Cast) -> None:
    first, second, third = await booked(cast, at(9), at(10), at(11))
    closed = Closed(clinic_id=cast.clinic_id, starts_at=at(9), ends_at=at(13), name="Water pipe")
    choices = {second.id: Instead.OFFER, third.id: Instead.CANCEL}
    done = await resolver.commit(closed, by=cast.receptionist, now=NOW, choices=choices)
    (listed,) = await rearranged.lately(cast.clinic_id, by=cast.receptionist, now=NOW)
    assert (listed.closure, listed.doctor_id, listed.made_by) == ("Water pipe", None, "Front Desk")
    assert (listed.moved, listed.offered, listed.cancelled) == (1, 1, 1)
    assert await rearranged.lately(cast.clinic_id, by=cast.doctor, now=NOW) == []
    found = await rearranged.fates(done.resolution_id, by=cast.receptionist, now=NOW)
    assert [(each.patient, each.moved_to, each.waits) for each in found] == [
        ("Crowd 0", done.moved[first.id].starts_at, False),
        ("Crowd 1", None, True),
        ("Crowd 2", None, False),
    ]
    (entry,) = await audited("RearrangedRead")
    assert entry.details["patients"] == sorted(each.patient_id for each in (first, second, third))
    for by in (cast.doctor, cast.other_receptionist, cast.asha):
        with pytest.raises(NotFound):
            await rearranged.fates(done.resolution_id, by=by, now=NOW)
    with pytest.raises(NotFound):
        await rearranged.fates(uuid4(), by=cast.admin, now=NOW)
    assert await rearranged.lately(cast.clinic_id, by=cast.admin, now=NOW + timedelta(days=8)) == []


async def test_whom_the_clinic_took_a_time_from_is_offered_the_next_before_all_who_only_wish(cast: Cast) -> None:
    early, late, known = await booked(cast, at(9), at(10), at(11))
    for patient in (cast.stranger_patient, known.patient_id):
        hope = Hope(doctor_id=cast.doctor_id, patient_id=patient, first_day=DAY, last_day=DAY)
        await waitlist.join(hope, by=cast.receptionist, now=NOW)
    choices = dict.fromkeys((late.id, early.id, known.id), Instead.OFFER)
    then = NOW + timedelta(seconds=1)
    done = await resolver.commit(morning(cast, early, late, known), by=cast.receptionist, now=then, choices=choices)
    # Who was on the list has waited longer than those whose appointments are lost just now; then the earlier of these.
    order = [known.patient_id, early.patient_id, late.patient_id, cast.stranger_patient]
    found = await waiters.entries_of(cast.doctor_id, by=cast.doctor, now=NOW)
    assert [(each.patient_id, each.is_displaced) for each in found] == [(p, p != order[-1]) for p in order]
    (event,) = await events("WaitlistPutFirst")
    assert (event.data["entry_id"], event.data["version"]) == (str(found[0].entry_id), 2)
    (entry,) = await audited("WaitlistPutFirst")
    assert (entry.actor_id, entry.patient_id) == (cast.receptionist.user_id, known.patient_id)
    await offer_free_times(then)
    offered = await many(
        "SELECT e.patient_id FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id ORDER BY o.id"
    )
    assert [row.patient_id for row in offered] == order
    await undo(done.resolution_id, by=cast.receptionist, now=then)
    back = await waiters.entries_of(cast.doctor_id, by=cast.doctor, now=NOW)
    assert [(each.patient_id, each.is_displaced) for each in back] == [
        (cast.stranger_patient, False),
        (known.patient_id, False),
    ]
    assert [each.object_id for each in await audited("WaitlistPutBack")] == [str(found[0].entry_id)]


async def test_a_freed_time_that_another_is_being_offered_comes_back_and_he_waits_on(cast: Cast) -> None:
    (his,) = await booked(cast, at(9))
    before = await standing()
    hope = Hope(doctor_id=cast.doctor_id, patient_id=cast.stranger_patient, first_day=DAY, last_day=DAY)
    await waitlist.join(hope, by=cast.receptionist, now=NOW)
    await offer_free_times(NOW)
    (first,) = await many("SELECT id FROM waitlist_offers WHERE outcome = 'offered'")
    await overrides.retract(first.id, reason="Kept free", by=cast.receptionist, now=NOW)
    done = await resolver.commit(morning(cast, his), by=cast.receptionist, now=NOW)
    await offer_free_times(NOW)
    (held,) = await many("SELECT starts_at FROM appointments WHERE status = 'held'")
    assert held.starts_at == at(9)
    await undo(done.resolution_id, by=cast.receptionist, now=NOW)
    assert await standing() == before
    last = await one("SELECT outcome, reason FROM waitlist_offers ORDER BY id DESC LIMIT 1")
    assert (last.outcome, last.reason) == ("lapsed", "taken_back")
    (waits,) = await waiters.entries_of(cast.doctor_id, by=cast.doctor, now=NOW)
    assert (waits.patient_id, waits.status) == (cast.stranger_patient, "waiting")


async def test_offers_that_are_made_one_after_the_other_do_not_keep_undo_off(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = await booked(cast, *TIMES)
    before = await standing()
    picked = morning(cast, *there, ends_at=at(23))
    choices = {each.id: Instead.OFFER for each in there}
    done = await resolver.commit(picked, by=cast.receptionist, now=NOW, choices=choices)
    assert len(done.offered) == len(TIMES)
    left = await waiters.entries_of(cast.doctor_id, by=cast.doctor, now=NOW)
    given = zip(left, TIMES, strict=True)
    late: list[asyncio.Task] = []

    async def one_more(later: int = 0) -> None:
        entry, starts_at = next(given)
        when = starts_at + timedelta(days=later)
        await overrides.give(entry.entry_id, when, reason="In pain", by=cast.doctor, now=NOW)

    async def keep_after_an_offer(tx, days, now):
        await one_more()
        return await keep_days(tx, days, now)

    async def lock_beside_an_offer(tx, days, now):
        late.append(asyncio.create_task(one_more(later=3)))
        # It waits for its day, which is kept though nobody is moved there: nothing comes of it meanwhile.
        await asyncio.wait(late, timeout=0.3)
        return await lock_days(tx, days, now)

    # One more is offered a time between the first look and the lock, each time that undo begins anew.
    monkeypatch.setattr("services.absence.displaced.keep_days", keep_after_an_offer)
    monkeypatch.setattr("services.absence.undo.lock_days", lock_beside_an_offer)
    await undo(done.resolution_id, by=cast.receptionist, now=NOW)
    (came_too_late,) = await asyncio.gather(*late, return_exceptions=True)
    assert isinstance(came_too_late, Stale)
    assert await standing() == before
    assert await many("SELECT id FROM waitlist_entries WHERE status IN ('waiting', 'offered')") == []
    assert await many("SELECT id FROM waitlist_offers WHERE outcome = 'offered'") == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_rearranged_undo_gives_all_back(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    colleague = await another_doctor(cast.doctor_id, "colleague")
    both = [(doctor, when) for doctor in (cast.doctor_id, colleague) for when in TIMES]
    there = []
    for (doctor, when), member in zip(chance.sample(both, 14), await crowd(14), strict=True):
        wish = cast.wish(when, patient=member.patient_id, doctor=doctor)
        there.append(await appointments.book_at(wish, by=cast.admin, now=NOW))
    before = await standing()
    picked = frozenset(each.id for each in chance.sample(there, 7))
    since, until = at(chance.choice([0, 10, 12])), at(chance.choice([13, 17, 23]))
    change = chance.choice(
        [
            Picked(clinic_id=cast.clinic_id, starts_at=since, ends_at=until, appointments=picked),
            Closed(clinic_id=cast.clinic_id, starts_at=since, ends_at=until, name="Flood"),
            Away(doctor_ids=(colleague,), starts_at=since, ends_at=until),
            Away(doctor_ids=(cast.doctor_id, colleague), starts_at=since, ends_at=until),
        ]
    )
    choices = {each.id: chance.choice(list(Instead)) for each in chance.sample(there, 5)}
    done = await resolver.commit(change, by=cast.receptionist, now=NOW, choices=choices)
    assert await many(OVERLAPS) == []
    assert len(await standing()) == len(before) - len(done.cancelled)
    await undo(done.resolution_id, by=cast.receptionist, now=NOW)
    assert await standing() == before
    assert await many("SELECT id FROM waitlist_entries WHERE status IN ('waiting', 'offered')") == []


async def test_a_hundred_and_twenty_are_one_transaction_that_tells_how_far_it_is(cast: Cast) -> None:
    doctors = [cast.doctor_id, *[await another_doctor(cast.doctor_id, f"doctor-{n}") for n in range(7)]]
    people = await crowd(8 * 15)
    for number, member in enumerate(people):
        wish = cast.wish(TIMES[number % 15], patient=member.patient_id, doctor=doctors[number // 15])
        await appointments.book_at(wish, by=cast.admin, now=NOW)
    before = await standing()
    steps: list[tuple[int, int]] = []
    closed = Closed(clinic_id=cast.clinic_id, starts_at=at(0), ends_at=at(23), name="Flood")
    done = await resolver.commit(closed, by=cast.receptionist, now=NOW, seen=lambda done, of: steps.append((done, of)))
    assert len(done.moved) == 120
    assert steps == [(number, 240) for number in range(1, 241)]
    assert await many(OVERLAPS) == []
    (event,) = await events("ClinicClosed")
    assert len(event.data["tell"]) == 120
    await undo(done.resolution_id, by=cast.receptionist, now=NOW)
    assert await standing() == before
