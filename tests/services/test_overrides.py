"""What the staff do to the order of a waitlist, with a reason; and the lists as they watch them."""

import asyncio
from datetime import time, timedelta
from uuid import UUID

import pytest

from core.errors import Invalid, NotAllowed, NotFound, Stale
from models import WaitlistEntry
from models.waitlist import Outcome, Waiting
from services import appointments
from services.absence import resolver
from services.absence.leaves import Picked
from services.absence.strandings import Instead
from services.refusals import HoldExpired, NotOpen
from services.views import parse, topic
from services.waiting import lists, overrides, waiters, waitlist
from services.waiting.fits import ANSWER_WITHIN
from services.waiting.lists import Part
from services.waiting.offers import offer_free_times
from services.waiting.waitlist import Hope
from tests.people import DAY, NOW, Cast, at, crowd
from tests.rows import audited, events, many, one
from tests.standing import OVERLAPS

HELD = "SELECT id, patient_id, starts_at FROM appointments WHERE status = 'held'"


async def waits(cast: Cast, patient: int, **wish) -> WaitlistEntry:
    hope = Hope(doctor_id=cast.doctor_id, patient_id=patient, first_day=DAY, last_day=DAY, **wish)
    return await waitlist.join(hope, by=cast.receptionist, now=NOW)


async def kept_by(offer_id: int) -> UUID:
    """The hold that an offer is."""
    return (await one("SELECT appointment_id FROM waitlist_offers WHERE id = :id", id=offer_id)).appointment_id


async def offered_to_asha(cast: Cast) -> tuple[int, WaitlistEntry, WaitlistEntry]:
    """Nine o'clock is Asha's to answer; the stranger waits behind her."""
    first, second = await waits(cast, cast.asha_patient), await waits(cast, cast.stranger_patient)
    await offer_free_times(NOW)
    offer = await one("SELECT id FROM waitlist_offers WHERE entry_id = :id AND outcome = 'offered'", id=first.id)
    # The stranger was offered the next; he lets it go, so that he waits.
    his = await one("SELECT id FROM waitlist_offers WHERE entry_id = :id AND outcome = 'offered'", id=second.id)
    await appointments.release(await kept_by(his.id), by=cast.stranger, now=NOW)
    return offer.id, first, second


async def test_an_offer_is_passed_on_to_another_with_a_reason(cast: Cast) -> None:
    offer_id, first, second = await offered_to_asha(cast)
    made = await overrides.pass_on(offer_id, second.id, reason=" In pain ", by=cast.receptionist, now=NOW)
    assert (made.starts_at, made.outcome, made.reason) == (at(9), Outcome.OFFERED, "In pain")
    assert made.answer_by == NOW + ANSWER_WITHIN
    (held,) = await many(HELD)
    assert (held.patient_id, held.starts_at) == (cast.stranger_patient, at(9))
    before = await one("SELECT outcome, reason FROM waitlist_offers WHERE id = :id", id=offer_id)
    assert tuple(before) == ("retracted", "In pain")
    (event,) = await events("WaitlistOfferRetracted")
    assert f"waitlist:{cast.clinic_id}" in event.topics
    assert f"account:{cast.asha.user_id}" in event.topics
    (entry,) = await audited("WaitlistOfferRetracted")
    assert (entry.actor_id, entry.object_id) == (cast.receptionist.user_id, str(first.id))
    assert [each.object_id for each in await audited("WaitlistOffered")][-1] == str(second.id)
    with pytest.raises(HoldExpired):
        await appointments.book(await kept_by(offer_id), by=cast.asha, now=NOW)
    booked = await appointments.book(made.appointment_id, by=cast.stranger, now=NOW)
    assert (booked.status, booked.starts_at) == ("booked", at(9))


async def test_an_offer_that_was_taken_back_is_not_made_again_and_counts_for_nothing(cast: Cast) -> None:
    offer_id, first, _ = await offered_to_asha(cast)
    await overrides.retract(offer_id, reason="Kept for an emergency", by=cast.receptionist, now=NOW)
    assert await many(HELD) == []
    row = await one("SELECT status FROM waitlist_entries WHERE id = :id", id=first.id)
    assert row.status == Waiting.WAITING
    await offer_free_times(NOW)
    found = {(row.patient_id, row.starts_at) for row in await many(HELD)}
    # She has the next time instead, and the stranger that which was hers.
    assert found == {(cast.asha_patient, at(9, 30)), (cast.stranger_patient, at(9))}


async def test_an_override_without_a_reason_or_for_another_list_is_refused(cast: Cast) -> None:
    offer_id, first, second = await offered_to_asha(cast)
    elsewhere = await waitlist.join(
        Hope(doctor_id=cast.other_doctor_id, patient_id=cast.mother_patient, first_day=DAY, last_day=DAY),
        by=cast.admin,
        now=NOW,
    )
    before = await many(HELD)
    for reason in ("", "  ", "x" * 201):
        with pytest.raises(Invalid):
            await overrides.pass_on(offer_id, second.id, reason=reason, by=cast.receptionist, now=NOW)
        with pytest.raises(Invalid):
            await overrides.retract(offer_id, reason=reason, by=cast.receptionist, now=NOW)
    for entry in (elsewhere.id, first.id):
        with pytest.raises(Invalid):
            await overrides.pass_on(offer_id, entry, reason="Please", by=cast.admin, now=NOW)
    for by in (cast.asha, cast.stranger, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotFound):
            await overrides.pass_on(offer_id, second.id, reason="Please", by=by, now=NOW)
        with pytest.raises(NotFound):
            await overrides.retract(offer_id, reason="Please", by=by, now=NOW)
        with pytest.raises(NotFound):
            await overrides.times(second.id, by=by, now=NOW)
    with pytest.raises(NotFound):
        await overrides.retract(10**6, reason="Please", by=cast.receptionist, now=NOW)
    assert await many(HELD) == before


async def test_an_offer_that_has_been_answered_can_no_longer_be_passed_on(cast: Cast) -> None:
    offer_id, _, second = await offered_to_asha(cast)
    await appointments.book(await kept_by(offer_id), by=cast.asha, now=NOW)
    for attempt in (
        overrides.pass_on(offer_id, second.id, reason="Please", by=cast.receptionist, now=NOW),
        overrides.retract(offer_id, reason="Please", by=cast.receptionist, now=NOW),
    ):
        with pytest.raises(Stale):
            await attempt
    assert (await one("SELECT status FROM appointments WHERE starts_at = :at", at=at(9))).status == "booked"


async def test_where_the_other_cannot_have_it_the_offer_stands(cast: Cast) -> None:
    offer_id, first, second = await offered_to_asha(cast)
    await appointments.book_at(
        cast.wish(at(9), patient=cast.stranger_patient, doctor=cast.other_doctor_id), by=cast.stranger, now=NOW
    )
    with pytest.raises(Exception, match="already an appointment"):
        await overrides.pass_on(offer_id, second.id, reason="Please", by=cast.receptionist, now=NOW)
    assert [row.patient_id for row in await many(HELD)] == [cast.asha_patient]
    assert (await one("SELECT status FROM waitlist_entries WHERE id = :id", id=first.id)).status == Waiting.OFFERED


@pytest.mark.race
@pytest.mark.parametrize("round_", range(3))
async def test_an_override_while_the_patient_accepts_is_one_of_the_two(cast: Cast, round_: int) -> None:
    offer_id, _, second = await offered_to_asha(cast)
    attempts = [
        appointments.book(await kept_by(offer_id), by=cast.asha, now=NOW),
        overrides.pass_on(offer_id, second.id, reason="In pain", by=cast.receptionist, now=NOW),
        overrides.retract(offer_id, reason="A mistake", by=cast.doctor, now=NOW),
    ]
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*attempts[round_:], *attempts[:round_], return_exceptions=True)
    won = [each for each in answers if not isinstance(each, BaseException)]
    assert len(won) == 1
    assert {type(each) for each in answers if isinstance(each, BaseException)} <= {Stale, HoldExpired}
    at_nine = await many(
        "SELECT patient_id, status FROM appointments WHERE starts_at = :at AND status IN ('held', 'booked')", at=at(9)
    )
    outcome = (await one("SELECT outcome FROM waitlist_offers WHERE id = :id", id=offer_id)).outcome
    if outcome == "accepted":
        assert [tuple(row) for row in at_nine] == [(cast.asha_patient, "booked")]
    else:
        assert outcome == "retracted"
        assert {row.patient_id for row in at_nine} <= {cast.stranger_patient}
    assert await many(OVERLAPS) == []


async def test_the_times_that_one_could_be_given_are_open_and_of_his_days(cast: Cast) -> None:
    await appointments.book_at(cast.wish(at(9)), by=cast.asha, now=NOW)
    entry = await waits(cast, cast.stranger_patient, latest=time(8))
    zone, found = await overrides.times(entry.id, by=cast.receptionist, now=NOW)
    assert zone == "Asia/Kolkata"
    assert [each.starts_at for each in found][:2] == [at(9, 30), at(10)]
    assert len(found) == overrides.TIMES
    with pytest.raises(NotOpen):
        await overrides.give(entry.id, at(14), reason="Please", by=cast.receptionist, now=NOW)
    with pytest.raises(Invalid):
        await overrides.give(entry.id, at(15).replace(tzinfo=None), reason="Please", by=cast.receptionist, now=NOW)


async def test_the_lists_tell_who_is_offered_what_who_waits_and_why_one_was_passed_over(cast: Cast) -> None:
    picky = await waits(cast, cast.mother_patient, earliest=time(18, 30))
    offer_id, first, second = await offered_to_asha(cast)
    await overrides.pass_on(offer_id, second.id, reason="In pain", by=cast.receptionist, now=NOW)
    found = await lists.open_lists(Part(cast.clinic_id), by=cast.receptionist, now=NOW)
    assert [line.waiter.entry_id for line in found.lines] == [picky.id, first.id, second.id]
    by_patient = {line.waiter.patient_id: line for line in found.lines}
    assert [skip.reason for skip in by_patient[cast.asha_patient].skips] == ["out_of_turn"]
    offered = {line.waiter.patient_id: line.waiter.starts_at for line in found.offered}
    assert offered == {cast.stranger_patient: at(9), cast.mother_patient: at(18, 30)}
    (entry,) = await audited("WaitlistRead")
    assert entry.details["patients"] == sorted({line.waiter.patient_id for line in found.lines})
    assert (await lists.open_lists(Part(cast.clinic_id, cast.doctor_id), by=cast.doctor, now=NOW)).lines == found.lines
    for by in (cast.doctor, cast.other_receptionist, cast.asha):
        with pytest.raises(NotAllowed):
            await lists.open_lists(Part(cast.clinic_id), by=by, now=NOW)
    assert (await lists.lists(Part(cast.other_clinic_id, cast.doctor_id))).lines == ()


async def test_whom_the_clinic_moved_off_stands_out_and_comes_first(cast: Cast) -> None:
    (member,) = await crowd(1)
    his = await appointments.book_at(cast.wish(at(10), patient=member.patient_id), by=member.actor, now=NOW)
    await waits(cast, cast.asha_patient)
    picked = Picked(doctor_id=cast.doctor_id, starts_at=at(9), ends_at=at(11), appointments=frozenset({his.id}))
    moved = await resolver.commit(
        picked, by=cast.receptionist, now=NOW + timedelta(seconds=1), choices={his.id: Instead.OFFER}
    )
    assert moved.offered == (his.id,)
    found = await lists.lists(Part(cast.clinic_id))
    assert [(line.waiter.position, line.waiter.patient_id, line.waiter.is_displaced) for line in found.lines] == [
        (1, member.patient_id, True),
        (2, cast.asha_patient, False),
    ]


async def test_each_change_of_a_list_has_a_newer_version_and_tells_its_room(cast: Cast) -> None:
    room = f"waitlist:{cast.clinic_id}:0"
    kind, args = parse(room)
    assert topic(room) == f"waitlist:{cast.clinic_id}"
    before = (await kind.read(args, NOW)).version
    entry = await waits(cast, cast.asha_patient)
    joined = (await kind.read(args, NOW)).version
    await waitlist.withdraw(entry.id, by=cast.asha, now=NOW)
    left = (await kind.read(args, NOW)).version
    assert before < joined < left
    heard = await many("SELECT topics FROM events WHERE kind LIKE 'Waitlist%'")
    assert all(f"waitlist:{cast.clinic_id}" in row.topics for row in heard)
    assert await waiters.mine(by=cast.asha) == []
