"""Whoever waits for a late doctor takes another time by the link to his visit alone; nobody else, and nothing else."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.errors import DomainError, Invalid, NotFound, Stale
from core.limits import TooMany
from models import Appointment
from services import appointments, free_moves, queue, tries, visit_links, visit_tickets, visits
from services.refusals import NoFreeMove, NotOpen
from tests.people import DAY, Cast, at
from tests.race.outcomes import assert_whole, outcomes
from tests.rows import many, one, write

HERE = "192.0.2.7"
THEN = at(10, 5)


@pytest.fixture
async def link(cast: Cast) -> str:
    """Of a visit at eleven, of one who has no account; the doctor is half an hour late."""
    await late(cast)
    return (await booked(cast, 11, cast.stranger_patient))[1]


async def late(cast: Cast, minutes: int = 30) -> None:
    await queue.run_late(cast.doctor_id, timedelta(minutes=minutes), by=cast.receptionist, now=at(10))


async def booked(cast: Cast, hour: int, patient: int) -> tuple[UUID, str]:
    made = await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(6))
    await write("UPDATE patients SET account_id = NULL WHERE id = :id", id=cast.stranger_patient)
    return made.id, visit_links.code_of(made.id)


async def take(
    link: str, starts_at: datetime, *, version: int = 1, seen: UUID | None = None, now: datetime = THEN
) -> Appointment:
    """Chosen on the appointment `seen`, by default where the link leads by now."""
    seen = seen or (await visit_tickets.ticket(link)).id
    return await free_moves.move_free(link, starts_at, seen=seen, version=version, address=HERE, now=now)


async def offered(link: str, *, now: datetime = THEN) -> list[datetime]:
    return [each.starts_at for each in (await free_moves.free_move(link, address=HERE, now=now)).openings]


async def statuses() -> list[str]:
    return [row.status for row in await many("SELECT status FROM appointments ORDER BY created_at, version DESC")]


async def test_one_without_an_account_moves_by_his_link(cast: Cast, link: str) -> None:
    was = visit_links.opened(link)
    found = await free_moves.free_move(link, address=HERE, now=THEN)
    assert (found.appointment_id, found.version, found.zone) == (was, 1, "Asia/Kolkata")
    assert {each.doctor_id for each in found.openings} == {cast.doctor_id}
    assert at(16) in [each.starts_at for each in found.openings]
    moved = await take(link, at(16), version=found.version)
    assert (moved.status, moved.starts_at, moved.rescheduled_from) == ("booked", at(16), was)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=was)).status == "rescheduled"
    events = await many("SELECT kind, topics FROM events ORDER BY id DESC LIMIT 2")
    assert [event.kind for event in events] == ["AppointmentBooked", "AppointmentRescheduled"]
    assert all(f"doctor:{cast.doctor_id}:{DAY}" in event.topics for event in events)
    trail = await many(
        "SELECT action, actor_id, actor_role, address, patient_id, object_type, object_id, details FROM audit_log"
        " ORDER BY id DESC LIMIT 3"
    )
    assert {(row.actor_id, row.actor_role, row.address, row.patient_id) for row in trail} == {
        (None, "patient", HERE, cast.stranger_patient)
    }
    assert {row.action for row in trail} == {"AppointmentRescheduled", "AppointmentBooked", "MovedByLink"}
    (by_link,) = (row for row in trail if row.action == "MovedByLink")
    assert (by_link.object_type, by_link.object_id) == ("visit_link", str(was))
    assert by_link.details == {"from": str(was), "to": str(moved.id)}
    await assert_whole()


async def test_one_with_an_account_is_recorded_as_himself_and_moves_on_by_the_old_link(cast: Cast) -> None:
    await late(cast)
    _, link = await booked(cast, 11, cast.asha_patient)
    first = await take(link, at(16))
    again = await take(link, at(17), version=first.version)
    assert again.rescheduled_from == first.id
    trail = await many("SELECT actor_id, details FROM audit_log WHERE action = 'MovedByLink' ORDER BY id")
    assert [(row.actor_id, row.details["to"]) for row in trail] == [
        (cast.asha.user_id, str(first.id)),
        (cast.asha.user_id, str(again.id)),
    ]


async def test_one_who_is_here_keeps_that_he_is(cast: Cast, link: str) -> None:
    here = await visits.check_in(visit_links.opened(link), by=cast.receptionist, now=at(10, 2))
    moved = await take(link, at(16), version=here.version)
    assert (moved.status, moved.checked_in_at) == ("checked_in", at(10, 2))


async def test_each_time_that_is_offered_can_be_taken_and_what_cannot_is_not_offered(cast: Cast, link: str) -> None:
    other = cast.wish(at(15), patient=cast.stranger_patient, doctor=cast.other_doctor_id)
    await appointments.book_at(other, by=cast.admin, now=at(6))
    await appointments.book_at(cast.wish(at(16)), by=cast.receptionist, now=at(6))
    found = await offered(link)
    assert not {at(9), at(11), at(15), at(16)} & set(found)
    assert min(found) > THEN
    assert max(found) < at(19) + free_moves.AHEAD
    version = 1
    for each in (found[0], found[1], found[-1]):
        version = (await take(link, each, version=version)).version
        if each != found[-1]:
            assert each not in await offered(link)


@pytest.mark.parametrize("has_account", [True, False])
async def test_without_a_delay_the_link_moves_nobody_however_far_his_time_is(cast: Cast, has_account: bool) -> None:
    _, link = await booked(cast, 18, cast.asha_patient if has_account else cast.stranger_patient)
    for minutes in (None, 0):
        if minutes is not None:
            await late(cast)
            await late(cast, minutes)
        with pytest.raises(NoFreeMove):
            await offered(link)
        with pytest.raises(NoFreeMove):
            await take(link, at(16))
    assert await statuses() == ["booked"]


async def test_one_whose_turn_has_come_or_who_never_came_does_not_move(cast: Cast, link: str) -> None:
    with pytest.raises(NoFreeMove):
        await take(link, at(16), now=at(11, 31))
    here = await visits.check_in(visit_links.opened(link), by=cast.receptionist, now=at(11, 40))
    inside = await visits.start(here.id, by=cast.doctor, now=at(11, 41))
    for now in (at(11, 42), at(12)):
        with pytest.raises(NoFreeMove):
            await offered(link, now=now)
        with pytest.raises(NoFreeMove):
            await take(link, at(16), version=inside.version, now=now)
    assert await statuses() == ["in_consultation"]


async def test_of_two_links_to_one_time_one_gets_it(cast: Cast, link: str) -> None:
    _, another = await booked(cast, 12, cast.asha_patient)
    found = await outcomes(take(link, at(16)), take(another, at(16)))
    assert found == {"Appointment": 1, "SlotTaken": 1}
    assert sorted(await statuses()) == ["booked", "booked", "rescheduled"]
    await assert_whole()


async def test_of_one_link_in_two_tabs_one_moves(cast: Cast, link: str) -> None:
    found = await outcomes(take(link, at(16)), take(link, at(17)))
    assert found["Appointment"] == 1
    assert sorted(await statuses()) == ["booked", "rescheduled"]
    await assert_whole()


async def test_said_twice_it_is_done_once(cast: Cast, link: str) -> None:
    seen, tomorrow = visit_links.opened(link), at(10) + timedelta(days=1)
    first = await take(link, tomorrow, seen=seen)
    assert (await take(link, tomorrow, seen=seen)).id == first.id
    with pytest.raises(Stale):
        await take(link, at(16), seen=seen)
    assert len(await many("SELECT id FROM audit_log WHERE action = 'MovedByLink'")) == 1
    assert sorted(await statuses()) == ["booked", "rescheduled"]


async def test_what_has_changed_since_he_looked_is_not_moved(cast: Cast, link: str) -> None:
    await visits.check_in(visit_links.opened(link), by=cast.receptionist, now=at(10, 2))
    with pytest.raises(Stale):
        await take(link, at(16), version=1)
    assert await statuses() == ["checked_in"]


@pytest.mark.parametrize(
    ("wished", "refusal"),
    [
        (at(16, 10), NotOpen),
        (at(9), NotOpen),
        (at(14), NotOpen),
        (datetime(2030, 1, 1), Invalid),  # noqa: DTZ001  (what a stranger may send)
        ("tomorrow", Invalid),
    ],
)
async def test_what_is_no_open_time_is_refused(cast: Cast, link: str, wished, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        await take(link, wished)
    assert await statuses() == ["booked"]


async def test_the_doctors_other_clinic_is_neither_offered_nor_given(cast: Cast, link: str) -> None:
    await write(
        "UPDATE weekly_hours SET clinic_id = :there WHERE doctor_id = :doctor AND opens >= '15:00'",
        there=cast.other_clinic_id,
        doctor=cast.doctor_id,
    )
    assert at(16) not in await offered(link)
    with pytest.raises(NotOpen):
        await take(link, at(16))
    assert await statuses() == ["booked"]


async def test_a_forged_link_is_unknown_and_uses_up_nobodys_tries(cast: Cast, link: str) -> None:
    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), visit_links.code_of(uuid4()), "", "é" * 40):
        with pytest.raises(NotFound):
            await offered(wrong)
        with pytest.raises(NotFound):
            await take(wrong, at(16), seen=visit_links.opened(link))
    assert (await take(link, at(16))).status == "booked"


async def test_one_link_looks_and_moves_so_often_and_no_more(
    cast: Cast, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "MOVE_LOOK", tries.Limit("move-link-look", 2, timedelta(hours=1)))
    monkeypatch.setattr(tries, "MOVE", tries.Limit("move-link", 2, timedelta(hours=1)))
    await offered(link)
    await offered(link)
    with pytest.raises(TooMany):
        await offered(link)
    for _ in range(2):
        with pytest.raises(NotOpen):
            await take(link, at(14))
    with pytest.raises(TooMany):
        await take(link, at(16))
    _, another = await booked(cast, 12, cast.asha_patient)
    await offered(another)
    assert (await take(another, at(16))).status == "booked"
