"""Leaves, closures and cuts of hours: whom they strand, where those go, and everything back as one."""

import random
from contextlib import suppress
from datetime import date, datetime, time, timedelta

import pytest

from core.errors import Invalid, NotAllowed, Stale
from models.visit import VisitType
from services import appointments, visit_links, visit_tickets, visits
from services.absence import resolver
from services.absence.leaves import Away, Closed
from services.absence.new_hours import DayHours, Sitting, WeekHours
from services.absence.resolutions import resolution_of
from services.absence.strandings import Instead, MoveTo
from services.absence.undo import undo
from services.placing import Wish
from services.refusals import CannotUndo, NotOpen, PatientBusy, SlotTaken
from services.waiting import waiters, waitlist
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from tests.people import DAY, NOW, Cast, another_doctor, at, crowd
from tests.rows import audited, events, many, one, write
from tests.standing import ACTIVE, OVERLAPS, STANDING

MIDNIGHT = at(0)


def away(cast: Cast, since: datetime = MIDNIGHT, until: datetime | None = None) -> Away:
    return Away(doctor_ids=(cast.doctor_id,), starts_at=since, ends_at=until or since + timedelta(days=1))


async def booked(cast: Cast, *times, doctor: int | None = None) -> list:
    return [
        await appointments.book_at(cast.wish(when, patient=member.patient_id, doctor=doctor), by=member.actor, now=NOW)
        for when, member in zip(times, await crowd(len(times)), strict=True)
    ]


async def standing() -> list:
    return [tuple(row) for row in await many(STANDING)]


async def test_a_preview_proposes_the_nearest_and_writes_nothing(cast: Cast) -> None:
    first, second = await booked(cast, at(12), at(12, 30))
    before = [await one("SELECT sum(version) AS v FROM doctor_days"), await one("SELECT count(*) AS n FROM events")]
    plan = await resolver.preview(away(cast, at(10), at(16)), by=cast.receptionist, now=NOW)
    assert [each.appointment.id for each in plan.stranded] == [first.id, second.id]
    # Of two that are as near, nine and sixteen from half past twelve, the later.
    assert [each.replacement.slot.starts_at for each in plan.stranded] == [at(9, 30), at(16)]
    assert plan.stranded[0].patient == "Crowd 0"
    again = await resolver.preview(away(cast, at(10), at(16)), by=cast.doctor, now=NOW)
    assert again == plan
    after = [await one("SELECT sum(version) AS v FROM doctor_days"), await one("SELECT count(*) AS n FROM events")]
    assert after == before
    assert await many("SELECT id FROM leaves") == []


async def test_nobody_else_may_set_a_calendar(cast: Cast) -> None:
    for by in (cast.asha, cast.stranger, cast.other_receptionist, cast.other_doctor):
        for change in (away(cast), DayHours(doctor_id=cast.doctor_id, day=DAY)):
            with pytest.raises(NotAllowed):
                await resolver.preview(change, by=by, now=NOW)
            with pytest.raises(NotAllowed):
                await resolver.commit(change, by=by, now=NOW)
    closed = Closed(clinic_id=cast.clinic_id, starts_at=at(0), ends_at=at(23), name="Holi")
    with pytest.raises(NotAllowed):
        await resolver.commit(closed, by=cast.doctor, now=NOW)
    done = await resolver.commit(closed, by=cast.receptionist, now=NOW)
    with pytest.raises(NotAllowed):
        await undo(done.resolution_id, by=cast.other_receptionist, now=NOW)


@pytest.mark.parametrize("wrong", [(at(10), at(10)), (at(10), at(9)), (NOW - timedelta(hours=2), NOW)])
async def test_a_leave_that_is_backwards_or_over_is_refused(cast: Cast, wrong) -> None:
    with pytest.raises(Invalid):
        await resolver.commit(away(cast, *wrong), by=cast.doctor, now=NOW)


async def test_a_leave_moves_whom_it_strands_and_tells_each(cast: Cast) -> None:
    (old,) = await booked(cast, at(10))
    done = await resolver.commit(away(cast), by=cast.receptionist, now=NOW)
    new = done.moved[old.id]
    evening_before = at(18, 30) - timedelta(days=1)
    assert (new.starts_at, new.status, new.token, new.rescheduled_from) == (evening_before, "booked", 1, old.id)
    rows = await many("SELECT id, status FROM appointments ORDER BY created_at, status")
    assert {tuple(row) for row in rows} == {(old.id, "rescheduled"), (new.id, "booked")}
    (event,) = await events("LeaveTaken")
    assert {f"doctor:{cast.doctor_id}", f"doctor:{cast.doctor_id}:{DAY}"} <= set(event.topics)
    (audit,) = await audited("LeaveTaken")
    assert (audit.actor_id, audit.object_id) == (cast.receptionist.user_id, str(done.resolution_id))
    for kind in ("AppointmentRescheduled", "AppointmentBooked"):
        assert f"patient:{old.patient_id}" in (await events(kind))[-1].topics
        assert (await audited(kind))[-1].patient_id == old.patient_id
    resolution = await one("SELECT leave_ids, closure_id, created_by, undone_at FROM resolutions")
    leave = await one("SELECT id FROM leaves")
    assert tuple(resolution) == ([leave.id], None, cast.receptionist.user_id, None)
    assert tuple(await one("SELECT appointment_id, moved_to FROM resolution_moves")) == (old.id, new.id)
    assert done.leave_ids == (leave.id,)
    assert await resolution_of(leave.id) == done.resolution_id
    with pytest.raises(NotOpen):
        await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)


async def test_nobody_is_moved_to_an_earlier_time_that_comes_too_soon(cast: Cast) -> None:
    await booked(cast, at(15))
    plan = await resolver.preview(away(cast, at(14), at(17)), by=cast.doctor, now=at(9, 15))
    # Half past twelve is as near as half past five, and three hours ahead; later in the morning it is not.
    assert plan.stranded[0].replacement.slot.starts_at == at(17)
    plan = await resolver.preview(away(cast, at(14), at(19)), by=cast.doctor, now=at(9, 15))
    assert plan.stranded[0].replacement.slot.starts_at == at(12, 30)
    plan = await resolver.preview(away(cast, at(14), at(19)), by=cast.doctor, now=at(10))
    assert plan.stranded[0].replacement.slot.starts_at == at(9) + timedelta(days=1)


async def test_a_colleague_of_the_branch_the_city_and_a_language_stands_in(cast: Cast) -> None:
    await another_doctor(cast.doctor_id, "surgeon", specialization="shalya")
    await another_doctor(cast.doctor_id, "far", clinic_id=cast.other_clinic_id)
    await another_doctor(cast.doctor_id, "tamil", languages=["ta"])
    colleague = await another_doctor(cast.doctor_id, "colleague", fee=90000)
    _, blocked = await booked(cast, at(10), at(10, 30))
    await appointments.book_at(
        cast.wish(at(10), doctor=cast.other_doctor_id, patient=blocked.patient_id), by=cast.admin, now=NOW
    )
    long = away(cast, at(0) - timedelta(days=20), at(0) + timedelta(days=20))
    plan = await resolver.preview(long, by=cast.doctor, now=NOW)
    taken = [(each.replacement.doctor_id, each.replacement.slot.starts_at) for each in plan.stranded]
    assert taken == [(colleague, at(10)), (colleague, at(10, 30))]
    done = await resolver.commit(long, by=cast.doctor, now=NOW)
    assert {(each.doctor_id, each.fee) for each in done.moved.values()} == {(colleague, 50000)}
    assert await many(OVERLAPS) == []


async def test_a_patient_is_never_proposed_a_time_at_which_he_is_elsewhere(cast: Cast) -> None:
    (old,) = await booked(cast, at(15))
    elsewhere = cast.wish(at(17), doctor=cast.other_doctor_id, patient=old.patient_id)
    await appointments.book_at(elsewhere, by=cast.admin, now=NOW)
    plan = await resolver.preview(away(cast, at(13), at(17)), by=cast.doctor, now=at(9, 59))
    assert plan.stranded[0].replacement.slot.starts_at == at(17, 30)


async def test_one_whom_a_closure_strands_twice_is_not_moved_to_two_times_that_overlap(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    await booked_as(cast, at(10))
    wish = cast.wish(at(10, 30), doctor=colleague, patient=cast.stranger_patient)
    await appointments.book_at(wish, by=cast.stranger, now=NOW)
    closed = Closed(clinic_id=cast.clinic_id, starts_at=at(0), ends_at=at(23), name="Holi")
    plan = await resolver.preview(closed, by=cast.admin, now=NOW)
    evening = at(18, 30) - timedelta(days=1)
    times = [each.replacement.slot.starts_at for each in plan.stranded]
    assert times == [evening, evening - timedelta(minutes=30)]


async def test_a_time_of_the_next_day_may_be_nearer_than_one_of_the_same(cast: Cast) -> None:
    def sitting(opens: int, closes: int) -> Sitting:
        return Sitting(opens=time(opens), closes=time(closes), modes=("in_person",), clinic_id=cast.clinic_id)

    for day, sittings in ((DAY, (sitting(9, 10), sitting(23, 0))), (DAY + timedelta(days=1), (sitting(0, 1),))):
        change = DayHours(doctor_id=cast.doctor_id, day=day, sittings=sittings)
        await resolver.commit(change, by=cast.doctor, now=NOW)
    await booked(cast, at(23))
    plan = await resolver.preview(away(cast, at(22), MIDNIGHT + timedelta(days=1)), by=cast.doctor, now=NOW)
    assert plan.stranded[0].replacement.slot.starts_at == MIDNIGHT + timedelta(days=1)


async def test_a_visit_in_person_is_not_moved_to_hours_by_video(cast: Cast) -> None:
    await write("UPDATE weekly_hours SET modes = '{video}' WHERE opens = '15:00'")
    await booked(cast, at(12, 30))
    plan = await resolver.preview(away(cast, at(10), at(13)), by=cast.doctor, now=NOW)
    assert plan.stranded[0].replacement.slot.starts_at == at(9, 30)


async def test_who_has_nowhere_to_go_or_was_chosen_to_is_cancelled(cast: Cast) -> None:
    first, second = await booked(cast, at(10), at(11))
    done = await resolver.commit(away(cast, at(9), at(12)), by=cast.doctor, now=NOW, choices={first.id: Instead.CANCEL})
    assert (done.cancelled, set(done.moved)) == ((first.id,), {second.id})
    third, *_ = await booked_as(cast, at(9) + timedelta(days=9))
    long = away(cast, at(0) + timedelta(days=1), at(0) + timedelta(days=50))
    done = await resolver.commit(long, by=cast.doctor, now=NOW)
    assert third.id in done.cancelled
    assert f"patient:{third.patient_id}" in (await events("AppointmentCancelled"))[-1].topics


async def booked_as(cast: Cast, *times) -> list:
    return [
        await appointments.book_at(cast.wish(when, patient=cast.stranger_patient), by=cast.stranger, now=NOW)
        for when in times
    ]


async def test_one_who_is_left_for_an_offer_is_offered_the_next_free_time(cast: Cast) -> None:
    old, *_ = await booked_as(cast, at(10))
    done = await resolver.commit(away(cast), by=cast.doctor, now=NOW, choices={old.id: Instead.OFFER})
    assert (done.offered, done.cancelled) == ((old.id,), (old.id,))
    assert await offer_free_times(NOW) == 1
    (offer,) = await waiters.mine(by=cast.stranger)
    assert offer.starts_at is not None
    link = visit_links.code_of(old.id)
    assert (await visit_tickets.ticket(link)).status == "cancelled"
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert await waiters.mine(by=cast.stranger) == []
    (row,) = await many(f"SELECT id, starts_at FROM appointments WHERE {ACTIVE}")
    assert row.starts_at == at(10)
    # The link that said that it was cancelled leads to what was given back.
    assert (await visit_tickets.ticket(link)).id == row.id


async def test_one_who_has_taken_an_offer_is_in_the_way_of_undoing(cast: Cast) -> None:
    old, *_ = await booked_as(cast, at(10))
    done = await resolver.commit(away(cast), by=cast.doctor, now=NOW, choices={old.id: Instead.OFFER})
    await offer_free_times(NOW)
    (offer,) = await waiters.mine(by=cast.stranger)
    await appointments.book(offer.appointment_id, by=cast.stranger, now=NOW)
    with pytest.raises(CannotUndo) as refusal:
        await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert [(o.appointment_id, o.why) for o in refusal.value.data["in_the_way"]] == [(old.id, "changed_since")]


async def test_a_chosen_time_is_taken_or_the_refusal_shows_how_it_stands(cast: Cast) -> None:
    (old,) = await booked(cast, at(10))
    chosen = {old.id: MoveTo(doctor_id=cast.doctor_id, starts_at=at(16))}
    rival = await appointments.hold(cast.wish(at(16)), by=cast.asha, now=NOW)
    with pytest.raises(Stale) as refusal:
        await resolver.commit(away(cast, at(9), at(13)), by=cast.doctor, now=NOW, choices=chosen)
    assert refusal.value.data["preview"].gone == {old.id}
    assert await many("SELECT id FROM leaves") == []
    await appointments.release(rival.id, by=cast.asha, now=NOW)
    done = await resolver.commit(away(cast, at(9), at(13)), by=cast.doctor, now=NOW, choices=chosen)
    assert done.moved[old.id].starts_at == at(16)


async def test_holds_and_offers_in_the_leave_end_and_the_offer_may_be_made_again(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    hope = Hope(
        doctor_id=cast.doctor_id,
        patient_id=cast.stranger_patient,
        first_day=DAY,
        last_day=DAY,
        earliest=time(9),
        latest=time(9),
    )
    await waitlist.join(hope, by=cast.stranger, now=NOW)
    await offer_free_times(NOW)
    done = await resolver.commit(away(cast), by=cast.doctor, now=NOW)
    assert {row.status for row in await many("SELECT status FROM appointments")} == {"expired"}
    assert tuple(await one("SELECT outcome, reason FROM waitlist_offers")) == ("lapsed", "taken_back")
    assert (await one("SELECT status FROM waitlist_entries")).status == "waiting"
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert await offer_free_times(NOW) == 1


async def test_who_sits_in_the_waiting_room_is_moved_and_who_is_inside_is_not(cast: Cast) -> None:
    waiting, inside = await booked(cast, at(9, 30), at(10))
    for each in (inside, waiting):
        await visits.check_in(each.id, by=cast.receptionist, now=at(9))
    await visits.start(inside.id, by=cast.doctor, now=at(10))
    done = await resolver.commit(away(cast, at(10), at(19)), by=cast.doctor, now=at(10, 5))
    assert set(done.moved) == {waiting.id}


async def test_a_closed_clinic_strands_the_patients_of_all_who_sit_there_and_of_nobody_else(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    mine = await booked(cast, at(10))
    theirs, other = await booked_as(cast, at(11)), None
    wish = cast.wish(at(10), doctor=colleague, patient=cast.asha_patient)
    colleagues = await appointments.book_at(wish, by=cast.asha, now=NOW)
    wish = cast.wish(at(10), doctor=cast.other_doctor_id, patient=cast.mother_patient)
    other = await appointments.book_at(wish, by=cast.asha, now=NOW)
    before = await standing()
    closed = Closed(clinic_id=cast.clinic_id, starts_at=at(0), ends_at=at(0) + timedelta(days=1), name="Holi")
    done = await resolver.commit(closed, by=cast.receptionist, now=NOW)
    assert set(done.moved) == {mine[0].id, theirs[0].id, colleagues.id}
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=other.id)).status == "booked"
    assert await many(OVERLAPS) == []
    (event,) = await events("ClinicClosed")
    assert {f"doctor:{cast.doctor_id}:{DAY}", f"doctor:{colleague}:{DAY}"} <= set(event.topics)
    assert len(await audited("ClinicClosed")) == 1
    await undo(done.resolution_id, by=cast.receptionist, now=NOW)
    assert await standing() == before
    assert await many("SELECT id FROM closures") == []
    assert (len(await events("ClosureUndone")), len(await audited("ClosureUndone"))) == (1, 1)


async def test_a_closed_clinic_strands_nobody_whom_the_doctor_sees_at_another(cast: Cast) -> None:
    here = Sitting(opens=time(9), closes=time(13), modes=("in_person",), clinic_id=cast.clinic_id)
    there = Sitting(opens=time(15), closes=time(19), modes=("in_person",), clinic_id=cast.other_clinic_id)
    await resolver.commit(DayHours(doctor_id=cast.doctor_id, day=DAY, sittings=(here, there)), by=cast.doctor, now=NOW)
    stranded, stays = [await appointments.book_at(cast.wish(when), by=cast.admin, now=NOW) for when in (at(10), at(16))]
    closed = Closed(clinic_id=cast.clinic_id, starts_at=at(0), ends_at=at(23), name="Holi")
    done = await resolver.commit(closed, by=cast.admin, now=NOW)
    assert (set(done.moved), stays.clinic_id) == ({stranded.id}, cast.other_clinic_id)


@pytest.mark.parametrize("kind", ["day", "week"])
async def test_a_cut_of_hours_strands_what_is_outside_them_and_undo_restores_them(cast: Cast, kind: str) -> None:
    stays, goes = await booked(cast, at(10), at(16))
    before, hours = await standing(), await many("SELECT weekday, opens, closes FROM weekly_hours ORDER BY 1, 2")
    morning = Sitting(opens=time(9), closes=time(13), modes=("in_person", "video"), clinic_id=cast.clinic_id)
    if kind == "day":
        change = DayHours(doctor_id=cast.doctor_id, day=DAY, sittings=(morning,))
    else:
        change = WeekHours(doctor_id=cast.doctor_id, weekdays={DAY.weekday(): (morning,)})
    done = await resolver.commit(change, by=cast.doctor, now=NOW)
    assert set(done.moved) == {goes.id}
    with pytest.raises(NotOpen):
        await appointments.hold(cast.wish(at(16)), by=cast.asha, now=NOW)
    assert (len(await events("HoursChanged")), len(await audited("HoursChanged"))) == (1, 1)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert await standing() == before
    assert await many("SELECT weekday, opens, closes FROM weekly_hours ORDER BY 1, 2") == hours
    assert await many("SELECT id FROM hour_overrides") == []
    assert stays.status == "booked"


async def test_hours_up_to_midnight_are_kept_and_restored(cast: Cast) -> None:
    late = Sitting(opens=time(18), closes=time(0), modes=("in_person",), clinic_id=cast.clinic_id)
    first = await resolver.commit(
        DayHours(doctor_id=cast.doctor_id, day=DAY, sittings=(late,)), by=cast.doctor, now=NOW
    )
    held = await appointments.hold(cast.wish(at(23, 30)), by=cast.asha, now=NOW)
    await appointments.release(held.id, by=cast.asha, now=NOW)
    second = await resolver.commit(DayHours(doctor_id=cast.doctor_id, day=DAY), by=cast.doctor, now=NOW)
    with pytest.raises(CannotUndo):
        await undo(first.resolution_id, by=cast.doctor, now=NOW)
    await undo(second.resolution_id, by=cast.doctor, now=NOW)
    await appointments.hold(cast.wish(at(23, 30)), by=cast.asha, now=NOW)


async def test_undo_says_what_is_in_the_way_and_does_nothing(cast: Cast) -> None:
    first, second, third = await booked(cast, at(10), at(11), at(12))
    done = await resolver.commit(away(cast), by=cast.doctor, now=NOW)
    await appointments.cancel(done.moved[second.id].id, by=cast.receptionist, now=NOW)
    elsewhere = cast.wish(at(12), doctor=cast.other_doctor_id, patient=third.patient_id)
    await write("DELETE FROM resolution_moves WHERE appointment_id = :id", id=first.id)
    before = await standing()
    with pytest.raises(CannotUndo) as refusal:
        await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert [(o.appointment_id, o.why) for o in refusal.value.data["in_the_way"]] == [(second.id, "changed_since")]
    await write("DELETE FROM resolution_moves WHERE appointment_id = :id", id=second.id)
    busy = await appointments.book_at(elsewhere, by=cast.admin, now=NOW)
    with pytest.raises(CannotUndo) as refusal:
        await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert [(o.appointment_id, o.why) for o in refusal.value.data["in_the_way"]] == [(third.id, "patient_busy")]
    await appointments.cancel(busy.id, by=cast.admin, now=NOW)
    assert await standing() == before
    assert (
        len(await many("SELECT id FROM leaves")),
        await many("SELECT id FROM resolutions WHERE undone_at > now()"),
    ) == (1, [])
    with pytest.raises(CannotUndo) as refusal:
        await undo(done.resolution_id, by=cast.doctor, now=at(12))
    assert [o.why for o in refusal.value.data["in_the_way"]] == ["past"]


async def test_undo_finds_a_second_leave_or_another_patient_in_the_way(cast: Cast) -> None:
    (old,) = await booked(cast, at(10))
    done = await resolver.commit(away(cast), by=cast.doctor, now=NOW)
    second = await resolver.commit(away(cast, at(9), at(11)), by=cast.doctor, now=NOW)
    with pytest.raises(CannotUndo) as refusal:
        await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert [o.why for o in refusal.value.data["in_the_way"]] == ["closed"]
    await undo(second.resolution_id, by=cast.doctor, now=NOW)
    await visits.emergency(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 50))
    with pytest.raises(CannotUndo) as refusal:
        await undo(done.resolution_id, by=cast.doctor, now=at(9, 55))
    assert "taken" in [o.why for o in refusal.value.data["in_the_way"]]
    assert old.token == 1


async def test_undo_twice_is_once(cast: Cast) -> None:
    await booked(cast, at(10))
    done = await resolver.commit(away(cast), by=cast.doctor, now=NOW)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert (len(await events("LeaveUndone")), len(await audited("LeaveUndone"))) == (1, 1)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_booked_a_leave_leaves_nobody_in_it_and_undo_gives_all_back(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    colleague = await another_doctor(cast.doctor_id, "colleague")
    await write("INSERT INTO visit_rules VALUES (:d, 'follow_up', 15, 5)", d=cast.doctor_id)
    people = [member.patient_id for member in await crowd(12)]
    tries = 0
    while tries < 60:
        tries += 1
        wish = Wish(
            patient_id=chance.choice(people),
            doctor_id=chance.choice([cast.doctor_id, cast.doctor_id, colleague, cast.other_doctor_id]),
            starts_at=at(
                chance.choice([9, 10, 11, 12, 15, 16, 17, 18]),
                chance.choice([0, 20, 30, 40]),
                DAY + timedelta(days=chance.choice([0, 0, 0, 1])),
            ),
            mode="video" if chance.random() < 0.2 else "in_person",
            visit=chance.choice([VisitType.FIRST_VISIT, VisitType.FOLLOW_UP]),
        )
        with suppress(NotOpen, SlotTaken, PatientBusy):
            await appointments.book_at(wish, by=cast.admin, now=NOW)
    before = await standing()
    leave = away(
        cast, at(chance.choice([0, 10, 15])), at(chance.choice([16, 19, 23])) + timedelta(days=chance.choice([0, 1]))
    )
    preview = await resolver.preview(leave, by=cast.doctor, now=NOW)
    done = await resolver.commit(leave, by=cast.doctor, now=NOW)
    inside = f"""
        SELECT id FROM appointments WHERE doctor_id = :d AND {ACTIVE} AND during && tstzrange(:since, :until)
    """
    assert await many(inside, d=cast.doctor_id, since=leave.starts_at, until=leave.ends_at) == []
    assert await many(OVERLAPS) == []
    assert set(done.moved) | set(done.cancelled) == {each.appointment.id for each in preview.stranded}
    assert {old: (new.doctor_id, new.starts_at) for old, new in done.moved.items()} == {
        each.appointment.id: (each.replacement.doctor_id, each.replacement.slot.starts_at)
        for each in preview.stranded
        if each.replacement
    }
    assert len(await standing()) == len(before) - len(done.cancelled)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert await standing() == before
    assert await many("SELECT id FROM leaves") == []
    assert await many(OVERLAPS) == []


async def test_a_session_keeps_its_therapist_and_room_where_both_are_free(cast: Cast) -> None:
    first, second = await booked(cast, at(12), at(16, 30))
    for name in ("therapists", "rooms"):
        await write(f"INSERT INTO {name} (clinic_id, name) VALUES (:c, 'One'), (:c, 'Two')", c=cast.clinic_id)
    other = cast.wish(at(15), doctor=cast.other_doctor_id, patient=cast.asha_patient)
    elsewhere = await appointments.book_at(other, by=cast.asha, now=NOW)
    for each, room in ((first, 1), (elsewhere, 2)):
        values = {"id": each.id, "room": room}
        await write("UPDATE appointments SET therapist_id = 1, room_id = :room WHERE id = :id", **values)
    before = await standing()
    done = await resolver.commit(away(cast, at(9), at(13)), by=cast.doctor, now=NOW)
    new = done.moved[first.id]
    # At fifteen her therapist is with another patient.
    assert (new.starts_at, new.therapist_id, new.room_id) == (at(15, 30), 1, 1)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert await standing() == before
    assert second.status == "booked"


async def test_a_leave_of_months_is_a_leave(cast: Cast) -> None:
    await booked(cast, at(10))
    long = away(cast, at(0), at(0, day=date(DAY.year + 1, DAY.month, min(DAY.day, 28))))
    done = await resolver.commit(long, by=cast.doctor, now=NOW)
    assert len(done.moved) + len(done.cancelled) == 1


async def test_looking_at_whom_a_leave_would_strand_is_recorded_with_whom(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    change = Away(doctor_ids=(cast.doctor_id,), starts_at=at(9), ends_at=at(12))
    await resolver.preview(change, by=cast.receptionist, now=NOW)
    (entry,) = await audited("StrandedRead")
    assert entry.details == {"patients": [booked.patient_id]}
    assert entry.actor_id == cast.receptionist.user_id
