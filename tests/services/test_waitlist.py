"""The waitlist: join, offers one at a time in order, each a real hold, and what becomes of them."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from cli.worker import Waitlists
from core import db
from core.errors import Invalid, NotAllowed, NotFound, Stale
from models.visit import VisitType
from models.waitlist import Outcome, Waiting
from services import appointments
from services.appointments import HOLD_FOR
from services.refusals import AlreadyWaiting, HoldExpired, SlotTaken
from services.waiting import overrides, waiters, waitlist
from services.waiting.entries import LAPSES, change
from services.waiting.fits import ANSWER_WITHIN
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from tests.people import DAY, NOW, Cast, at, crowd
from tests.rows import audited, events, many, one, write


def hope(cast: Cast, patient: int | None = None, **wish) -> Hope:
    values = {"doctor_id": cast.doctor_id, "patient_id": patient or cast.asha_patient} | wish
    return Hope(**{"first_day": DAY, "last_day": DAY} | values)


async def fill(cast: Cast, *, but: tuple = ()) -> dict:
    """Book the doctor's whole day but for some times; who has which."""
    times = [at(h, m) for h in (9, 10, 11, 12, 15, 16, 17, 18) for m in (0, 30)]
    taken = {}
    for when, member in zip(times, await crowd(len(times)), strict=True):
        if when not in but:
            wish = cast.wish(when, patient=member.patient_id)
            taken[when] = await appointments.book_at(wish, by=member.actor, now=NOW)
    return taken


async def offered() -> list:
    return [
        tuple(row)
        for row in await many(
            "SELECT e.patient_id, o.starts_at, o.outcome, o.reason FROM waitlist_offers o "
            "JOIN waitlist_entries e ON e.id = o.entry_id ORDER BY o.id"
        )
    ]


async def test_who_joins_has_a_place_an_event_and_an_audit_entry(cast: Cast) -> None:
    entry = await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    row = await one("SELECT status, version, patient_id FROM waitlist_entries WHERE id = :id", id=entry.id)
    assert tuple(row) == ("waiting", 1, cast.asha_patient)
    (event,) = await events("WaitlistJoined")
    assert set(event.topics) == {
        f"doctor:{cast.doctor_id}",
        f"patient:{cast.asha_patient}",
        f"waitlist:{cast.clinic_id}",
        f"account:{cast.asha.user_id}",
    }
    (audit,) = await audited("WaitlistJoined")
    assert (audit.actor_id, audit.patient_id, audit.object_id) == (cast.asha.user_id, cast.asha_patient, str(entry.id))


async def test_one_place_a_person_and_doctor(cast: Cast) -> None:
    entry = await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    with pytest.raises(AlreadyWaiting):
        await waitlist.join(hope(cast), by=cast.receptionist, now=NOW)
    await waitlist.join(hope(cast, cast.mother_patient), by=cast.asha, now=NOW)
    await waitlist.join(hope(cast, doctor_id=cast.other_doctor_id), by=cast.asha, now=NOW)
    await waitlist.withdraw(entry.id, by=cast.asha, now=NOW)
    await waitlist.withdraw(entry.id, by=cast.asha, now=NOW)
    assert (len(await events("WaitlistWithdrawn")), len(await audited("WaitlistWithdrawn"))) == (1, 1)
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)


async def test_whom_there_is_not_waits_for_nothing(cast: Cast) -> None:
    for by in (cast.receptionist, cast.doctor, cast.admin):
        with pytest.raises(NotFound):
            await waitlist.join(replace(hope(cast), patient_id=4711), by=by, now=NOW)


async def test_nobody_waits_withdraws_or_answers_for_a_stranger(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await waitlist.join(hope(cast), by=cast.stranger, now=NOW)
    with pytest.raises(NotAllowed):
        await waitlist.join(hope(cast), by=cast.other_receptionist, now=NOW)
    entry = await waitlist.join(hope(cast), by=cast.receptionist, now=NOW)
    await offer_free_times(NOW)
    (mine,) = await waiters.mine(by=cast.asha)
    for other in (cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotFound):
            await waitlist.withdraw(entry.id, by=other, now=NOW)
        with pytest.raises(NotAllowed):
            await appointments.book(mine.appointment_id, by=other, now=NOW)
        with pytest.raises(NotAllowed):
            await appointments.release(mine.appointment_id, by=other, now=NOW)
        with pytest.raises(NotAllowed):
            await waiters.entries_of(cast.doctor_id, by=other, now=NOW)
        with pytest.raises(NotFound):
            await overrides.give(entry.id, at(10), reason="urgent", by=other, now=NOW)
    assert await waiters.mine(by=cast.stranger) == []


@pytest.mark.parametrize(
    "wish",
    [
        {"last_day": DAY - timedelta(days=1)},
        {"first_day": DAY - timedelta(days=9), "last_day": DAY - timedelta(days=8)},
        {"last_day": DAY + timedelta(days=181)},
        {"weekdays": frozenset({7})},
        {"earliest": time(12), "latest": time(11)},
    ],
)
async def test_an_impossible_hope_is_refused(cast: Cast, wish) -> None:
    with pytest.raises(Invalid):
        await waitlist.join(hope(cast, **wish), by=cast.asha, now=NOW)


async def test_a_freed_time_is_held_for_the_first_who_fits_and_each_skip_is_kept(cast: Cast) -> None:
    taken = await fill(cast)
    booked_today = (await one("SELECT id FROM patients WHERE name = 'Crowd 0'")).id
    for wish in (
        hope(cast, booked_today),
        hope(cast, cast.mother_patient, latest=time(9, 30)),
        hope(cast, cast.asha_patient),
        hope(cast, cast.stranger_patient),
    ):
        await waitlist.join(wish, by=cast.receptionist, now=NOW)
    assert await offer_free_times(NOW) == 0
    await appointments.cancel(taken[at(10)].id, by=cast.receptionist, now=NOW)
    version = (await one("SELECT version FROM doctor_days")).version
    assert await offer_free_times(NOW) == 1
    assert (await one("SELECT version FROM doctor_days")).version == version + 1
    assert await offered() == [
        (booked_today, at(10), "skipped", "has_that_day"),
        (cast.mother_patient, at(10), "skipped", "other_hour"),
        (cast.asha_patient, at(10), "offered", None),
    ]
    hold = await one("SELECT * FROM appointments WHERE status = 'held'")
    assert (hold.source, hold.patient_id, hold.held_until) == ("waitlist", cast.asha_patient, NOW + ANSWER_WITHIN)
    (event,) = await events("WaitlistOffered")
    assert set(event.topics) == {
        f"doctor:{cast.doctor_id}",
        f"doctor:{cast.doctor_id}:{DAY}",
        f"patient:{cast.asha_patient}",
        f"waitlist:{cast.clinic_id}",
        f"account:{cast.asha.user_id}",
    }
    assert (await audited("WaitlistOffered"))[0].actor_role == "system"
    wish = cast.wish(at(10), patient=cast.stranger_patient)
    with pytest.raises(SlotTaken):
        await appointments.hold(wish, by=cast.stranger, now=NOW)


async def test_who_is_elsewhere_then_or_is_offered_something_elsewhere_holds_nobody_up(cast: Cast) -> None:
    taken = await fill(cast)
    busy = cast.wish(at(10), doctor=cast.other_doctor_id)
    await appointments.book_at(busy, by=cast.asha, now=NOW)
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    await waitlist.join(hope(cast, cast.mother_patient, doctor_id=cast.other_doctor_id), by=cast.asha, now=NOW)
    await offer_free_times(NOW)
    for patient in (cast.mother_patient, cast.stranger_patient):
        await waitlist.join(hope(cast, patient), by=cast.admin, now=NOW)
    await appointments.cancel(taken[at(10)].id, by=cast.receptionist, now=NOW)
    assert await offer_free_times(NOW) == 1
    assert (await offered())[1:] == [
        (cast.asha_patient, at(10), "skipped", "patient_busy"),
        (cast.mother_patient, at(10), "skipped", "offered_elsewhere"),
        (cast.stranger_patient, at(10), "offered", None),
    ]


async def test_a_gap_too_short_for_the_first_goes_to_one_whose_visit_fits(cast: Cast) -> None:
    await fill(cast, but=(at(10),))
    short = replace(cast.wish(at(10), patient=cast.mother_patient), visit=VisitType.FOLLOW_UP)
    await appointments.book_at(short, by=cast.asha, now=NOW)
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    await waitlist.join(hope(cast, cast.stranger_patient, visit="follow_up"), by=cast.stranger, now=NOW)
    assert await offer_free_times(NOW) == 1
    assert await offered() == [
        (cast.asha_patient, at(10, 15), "skipped", "other_visit"),
        (cast.stranger_patient, at(10, 15), "offered", None),
    ]


async def test_booking_what_is_offered_or_the_time_itself_is_accepting(cast: Cast) -> None:
    taken = await fill(cast)
    for how, when in (("book", at(11)), ("hold and book", at(12))):
        patient, by = (cast.mother_patient, cast.asha) if how == "book" else (cast.stranger_patient, cast.stranger)
        entry = await waitlist.join(hope(cast, patient), by=by, now=NOW)
        await appointments.cancel(taken[when].id, by=cast.receptionist, now=NOW)
        await offer_free_times(NOW)
        (mine,) = [each for each in await waiters.mine(by=by) if each.patient_id == patient]
        assert (mine.starts_at, mine.answer_by, mine.position) == (when, NOW + ANSWER_WITHIN, 1)
        if how == "book":
            booked = await appointments.book(mine.appointment_id, by=by, now=NOW)
        else:
            held = await appointments.hold(cast.wish(when, patient=patient), by=by, now=NOW + timedelta(minutes=12))
            assert (held.id, held.held_until) == (mine.appointment_id, NOW + ANSWER_WITHIN)
            booked = await appointments.book(held.id, by=by, now=NOW)
        assert (booked.status, booked.source, booked.starts_at) == ("booked", "waitlist", when)
        row = await one("SELECT status FROM waitlist_entries WHERE id = :id", id=entry.id)
        assert row.status == "booked"
    assert [row[2] for row in await offered()] == ["accepted"] * 2
    assert (len(await events("WaitlistAccepted")), len(await audited("WaitlistAccepted"))) == (2, 2)


async def test_a_declined_or_lapsed_offer_goes_to_the_next_and_is_not_made_again(cast: Cast) -> None:
    taken = await fill(cast)
    for patient in (cast.asha_patient, cast.mother_patient, cast.stranger_patient):
        await waitlist.join(hope(cast, patient), by=cast.receptionist, now=NOW)
    await appointments.cancel(taken[at(10)].id, by=cast.receptionist, now=NOW)
    assert await offer_free_times(NOW) == 1
    first = (await waiters.entries_of(cast.doctor_id, by=cast.receptionist, now=NOW))[0]
    await appointments.release(first.appointment_id, by=cast.asha, now=NOW)
    await appointments.release(first.appointment_id, by=cast.asha, now=NOW)
    assert await offer_free_times(NOW) == 1
    later = NOW + ANSWER_WITHIN
    assert await appointments.expire_holds(later) == 1
    assert await offer_free_times(later) == 1
    assert await offered() == [
        (cast.asha_patient, at(10), "declined", None),
        (cast.asha_patient, at(10), "skipped", "offered_before"),
        (cast.mother_patient, at(10), "lapsed", None),
        (cast.mother_patient, at(10), "skipped", "offered_before"),
        (cast.stranger_patient, at(10), "offered", None),
    ]
    assert [len(await events(f"Waitlist{kind}")) for kind in ("Declined", "Lapsed")] == [1, 1]
    assert [len(await audited(f"Waitlist{kind}")) for kind in ("Declined", "Lapsed")] == [1, 1]
    statuses = [w.status for w in await waiters.entries_of(cast.doctor_id, by=cast.receptionist, now=NOW)]
    assert statuses == ["waiting", "waiting", "offered"]


async def test_an_offer_that_ran_out_cannot_be_accepted_and_one_that_is_booked_not_declined(cast: Cast) -> None:
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    await offer_free_times(NOW)
    (mine,) = await waiters.mine(by=cast.asha)
    with pytest.raises(HoldExpired):
        await appointments.book(mine.appointment_id, by=cast.asha, now=NOW + ANSWER_WITHIN)
    await appointments.book(mine.appointment_id, by=cast.asha, now=NOW)
    with pytest.raises(Stale):
        await appointments.release(mine.appointment_id, by=cast.asha, now=NOW)


async def test_two_free_times_go_to_the_first_two_in_one_turn(cast: Cast) -> None:
    for patient in (cast.asha_patient, cast.mother_patient):
        await waitlist.join(hope(cast, patient), by=cast.asha, now=NOW)
    await waitlist.join(hope(cast, cast.stranger_patient, latest=time(8)), by=cast.stranger, now=NOW)
    assert await offer_free_times(NOW) == 2
    seen = [(each.patient_id, each.position, each.starts_at) for each in await waiters.mine(by=cast.asha)]
    assert seen == [(cast.asha_patient, 1, at(9)), (cast.mother_patient, 2, at(9, 30))]
    assert [each.position for each in await waiters.mine(by=cast.stranger)] == [3]


async def test_an_offer_that_was_made_while_someone_leaves_is_not_left_behind(cast: Cast) -> None:
    entry = await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    await offer_free_times(NOW)
    with pytest.raises(Stale):
        async with db.transaction() as tx:
            # As if it had read that there was no offer just before one was made.
            await waitlist.take_off(tx, entry.id, None, by=cast.asha, now=NOW)
    assert [row[2] for row in await offered()] == ["offered"]


async def test_a_person_has_one_offer_whatever_becomes_free(cast: Cast) -> None:
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    await waitlist.join(hope(cast, doctor_id=cast.other_doctor_id), by=cast.asha, now=NOW)
    assert await offer_free_times(NOW) == 1
    assert await offer_free_times(NOW) == 0
    with pytest.raises(Exception, match="ux_waitlist_entries_offered"):
        await write("UPDATE waitlist_entries SET status = 'offered'")


async def test_who_looks_at_another_time_keeps_his_offer_unless_they_overlap(cast: Cast) -> None:
    await waitlist.join(hope(cast, earliest=time(10), latest=time(10)), by=cast.asha, now=NOW)
    await offer_free_times(NOW)
    await appointments.hold(cast.wish(at(16)), by=cast.asha, now=NOW)
    assert [row[2] for row in await offered()] == ["offered"]
    await appointments.hold(cast.wish(at(10), doctor=cast.other_doctor_id), by=cast.asha, now=NOW)
    assert [row[2] for row in await offered()] == ["declined"]


async def test_who_lets_offers_lapse_comes_off_the_list(cast: Cast) -> None:
    entry = await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    now = NOW
    for _ in range(LAPSES):
        assert await offer_free_times(now) == 1
        now += ANSWER_WITHIN
        await appointments.expire_holds(now)
    assert await offer_free_times(now) == 0
    assert (await one("SELECT status FROM waitlist_entries WHERE id = :id", id=entry.id)).status == "over"
    assert (len(await events("WaitlistOver")), len(await audited("WaitlistOver"))) == (1, 1)


async def test_an_entry_whose_days_are_past_is_over(cast: Cast) -> None:
    await fill(cast)
    entry = await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    await offer_free_times(at(23, 59))
    assert (await one("SELECT status FROM waitlist_entries WHERE id = :id", id=entry.id)).status == "waiting"
    await offer_free_times(at(23, 59) + timedelta(minutes=1))
    assert (await one("SELECT status FROM waitlist_entries WHERE id = :id", id=entry.id)).status == "over"
    assert (len(await events("WaitlistOver")), len(await audited("WaitlistOver"))) == (1, 1)


async def test_withdrawing_an_offer_leaves_the_time_to_the_next(cast: Cast) -> None:
    taken = await fill(cast)
    first = await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    await waitlist.join(hope(cast, cast.stranger_patient), by=cast.stranger, now=NOW)
    await appointments.cancel(taken[at(10)].id, by=cast.receptionist, now=NOW)
    await offer_free_times(NOW)
    await waitlist.withdraw(first.id, by=cast.asha, now=NOW)
    await offer_free_times(NOW)
    (next_,) = await waiters.entries_of(cast.doctor_id, by=cast.doctor, now=NOW)
    assert (next_.patient_id, next_.starts_at, next_.position) == (cast.stranger_patient, at(10), 1)


async def test_every_wish_is_kept_to(cast: Cast) -> None:
    wishes = {
        cast.asha_patient: {"weekdays": frozenset({(DAY.weekday() + 1) % 7}), "last_day": DAY + timedelta(days=6)},
        cast.mother_patient: {"earliest": time(16), "latest": time(17)},
        cast.stranger_patient: {"mode": "video", "visit": "follow_up"},
    }
    for patient, wish in wishes.items():
        await waitlist.join(hope(cast, patient, **wish), by=cast.receptionist, now=NOW)
    await offer_free_times(NOW)
    rows = await many("SELECT patient_id, starts_at, mode, visit_type FROM appointments")
    assert {row.patient_id: tuple(row)[1:] for row in rows} == {
        cast.asha_patient: (at(9) + timedelta(days=1), "in_person", "first_visit"),
        cast.mother_patient: (at(16), "in_person", "first_visit"),
        cast.stranger_patient: (at(9), "video", "follow_up"),
    }


async def test_who_wishes_another_day_or_way_is_passed_over(cast: Cast) -> None:
    await write("UPDATE weekly_hours SET modes = '{in_person}'")
    tomorrow = DAY + timedelta(days=1)
    wish = hope(cast, first_day=tomorrow, last_day=tomorrow, latest=time(8))
    for each in (wish, hope(cast, cast.mother_patient, mode="video"), hope(cast, cast.stranger_patient)):
        await waitlist.join(each, by=cast.admin, now=NOW)
    assert await offer_free_times(NOW) == 1
    assert [row[2:] for row in await offered()] == [
        ("skipped", "other_days"),
        ("skipped", "other_mode"),
        ("offered", None),
    ]


async def test_a_place_that_changed_meanwhile_is_not_changed(cast: Cast) -> None:
    entry = await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    async with db.transaction() as tx:
        old = await waitlist.one_place(tx, entry.id)
    await waitlist.withdraw(entry.id, by=cast.asha, now=NOW)
    with pytest.raises(Stale):
        async with db.transaction() as tx:
            await change(tx, old, Waiting.OFFERED, Outcome.OFFERED, by=None, now=NOW)


async def test_a_time_that_is_too_near_to_answer_is_not_offered(cast: Cast) -> None:
    await write("UPDATE doctors SET notice_minutes = 0")
    await waitlist.join(hope(cast, latest=time(9)), by=cast.asha, now=NOW)
    assert await offer_free_times(at(8, 56)) == 0
    assert await offer_free_times(at(8, 50)) == 1
    assert (await one("SELECT held_until FROM appointments")).held_until == at(9)


async def test_the_staff_may_give_a_time_out_of_turn_with_a_reason(cast: Cast) -> None:
    await waitlist.join(hope(cast, weekdays=frozenset()), by=cast.asha, now=NOW)
    second = await waitlist.join(hope(cast, cast.stranger_patient, latest=time(9)), by=cast.stranger, now=NOW)
    with pytest.raises(Invalid):
        await overrides.give(second.id, at(16), reason=" ", by=cast.receptionist, now=NOW)
    with pytest.raises(NotFound):
        await overrides.give(second.id, at(16), reason="Please", by=cast.stranger, now=NOW)
    offer = await overrides.give(second.id, at(16), reason="Came from far", by=cast.receptionist, now=NOW)
    assert await offered() == [
        (cast.asha_patient, at(16), "skipped", "out_of_turn"),
        (cast.stranger_patient, at(16), "offered", "Came from far"),
    ]
    assert (await audited("WaitlistOffered"))[0].actor_id == cast.receptionist.user_id
    with pytest.raises(Stale):
        await overrides.give(second.id, at(17), reason="Again", by=cast.receptionist, now=NOW)
    assert (await appointments.book(offer.appointment_id, by=cast.stranger, now=NOW)).starts_at == at(16)
    assert (await offered())[-1] == (cast.stranger_patient, at(16), "accepted", "Came from far")


async def test_hours_that_are_added_are_offered(cast: Cast) -> None:
    await fill(cast)
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    assert await offer_free_times(NOW) == 0
    await write("UPDATE weekly_hours SET closes = '14:00' WHERE closes = '13:00'")
    assert await offer_free_times(NOW) == 1
    assert (await one("SELECT starts_at FROM appointments WHERE status = 'held'")).starts_at == at(13)


async def test_a_lapsed_ordinary_hold_frees_its_time_for_the_list(cast: Cast) -> None:
    await fill(cast, but=(at(10),))
    await appointments.hold(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    assert await offer_free_times(NOW) == 0
    assert await offer_free_times(NOW + HOLD_FOR) == 1


async def test_the_workers_turn_offers_what_a_message_tells_of(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: NOW)
    turns = Waitlists()
    await turns.turn()
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    monkeypatch.setattr("cli.worker.OFFERS_EVERY", 60)
    turns.hear({cast.doctor_id})
    async with asyncio.timeout(10):
        await turns.turn()
    assert [row[2] for row in await offered()] == ["offered"]


async def test_the_workers_turn_finds_a_change_that_no_message_told_of(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.clock.now", lambda: NOW)
    taken = await fill(cast)
    await waitlist.join(hope(cast), by=cast.asha, now=NOW)
    turns = Waitlists()
    await turns.turn()
    assert await offered() == []
    await appointments.cancel(taken[at(10)].id, by=cast.receptionist, now=NOW)
    await turns.turn()
    assert [row[2] for row in await offered()] == ["offered"]
