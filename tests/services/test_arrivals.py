"""A patient checks himself in with the clinic's code of the day: once, on the day, and only where he is."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.errors import DomainError, NotAllowed, NotFound, Stale
from core.limits import TooMany
from models import Appointment
from services import appointments, arrivals, check_in_codes, tries, visit_links, visits
from services.check_in_codes import WrongCheckInCode
from services.refusals import TooEarly, TooLate
from tests.people import DAY, Cast, at
from tests.rows import many, one, write

HERE = "192.0.2.7"


async def booked(cast: Cast, hour: int = 10, patient: int | None = None) -> tuple[UUID, str]:
    made = await appointments.book_at(cast.wish(at(hour), patient=patient), by=cast.receptionist, now=at(6))
    return made.id, visit_links.code_of(made.id)


def right(cast: Cast) -> str:
    return check_in_codes.code_of(cast.clinic_id, DAY)


async def refused(work: Awaitable[Appointment]) -> str:
    try:
        await work
    except DomainError as refusal:
        return refusal.code
    return "let in"


async def test_one_who_is_there_checks_himself_in(cast: Cast) -> None:
    _, link = await booked(cast)
    typed = f" {right(cast)[:2]} {right(cast)[2:]} "
    here = await arrivals.arrive(link, typed, address=HERE, now=at(9, 50))
    assert (here.status, here.checked_in_at) == ("checked_in", at(9, 50))
    trail = await many("SELECT action, actor_id, actor_role, address, details FROM audit_log ORDER BY id DESC LIMIT 2")
    assert {(row.action, row.actor_id, row.actor_role, row.address) for row in trail} == {
        ("PatientCheckedIn", cast.asha.user_id, "patient", HERE),
        ("ArrivedByLink", cast.asha.user_id, "patient", HERE),
    }
    event = await one("SELECT kind, topics FROM events ORDER BY id DESC LIMIT 1")
    assert event.kind == "PatientCheckedIn"
    assert {f"doctor:{cast.doctor_id}:{DAY}", f"clinic:{cast.clinic_id}"} <= set(event.topics)


async def test_one_without_an_account_checks_himself_in(cast: Cast) -> None:
    _, link = await booked(cast)
    await write("UPDATE patients SET account_id = NULL WHERE id = :id", id=cast.asha_patient)
    assert (await arrivals.arrive(link, right(cast), address=HERE, now=at(10))).status == "checked_in"


async def test_saying_it_twice_changes_nothing(cast: Cast) -> None:
    _, link = await booked(cast)
    first = await arrivals.arrive(link, right(cast), address=HERE, now=at(9, 50))
    again = await arrivals.arrive(link, right(cast), address=HERE, now=at(9, 55))
    assert (again.version, again.checked_in_at) == (first.version, at(9, 50))


async def test_the_link_of_what_was_moved_lets_him_in_where_he_is_now(cast: Cast) -> None:
    first, link = await booked(cast)
    moved = await appointments.reschedule(first, cast.wish(at(11)), by=cast.receptionist, now=at(6))
    here = await arrivals.arrive(link, right(cast), address=HERE, now=at(10, 50))
    assert (here.id, here.status) == (moved.id, "checked_in")


async def test_the_desk_and_the_patient_at_once_check_in_once(cast: Cast) -> None:
    appointment_id, link = await booked(cast)
    both = await asyncio.gather(
        refused(arrivals.arrive(link, right(cast), address=HERE, now=at(9, 50))),
        refused(visits.check_in(appointment_id, by=cast.receptionist, now=at(9, 50))),
    )
    assert both in (["let in", "let in"], ["let in", "stale"])
    told = await many("SELECT id FROM events WHERE kind = 'PatientCheckedIn'")
    assert len(told) == 1


@pytest.mark.parametrize("typed", ["", "0000000000", "é", "\0", "🙂" * 1000, "１２３４"])
async def test_what_is_not_the_code_lets_nobody_in(cast: Cast, typed: str) -> None:
    appointment_id, link = await booked(cast)
    with pytest.raises(WrongCheckInCode):
        await arrivals.arrive(link, typed, address=HERE, now=at(9, 50))
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=appointment_id)).status == "booked"


async def test_the_code_of_yesterday_and_of_another_clinic_let_nobody_in(cast: Cast) -> None:
    _, link = await booked(cast)
    yesterdays = check_in_codes.code_of(cast.clinic_id, DAY - timedelta(days=1))
    others = check_in_codes.code_of(cast.other_clinic_id, DAY)
    for typed in {yesterdays, others} - {right(cast)}:
        with pytest.raises(WrongCheckInCode):
            await arrivals.arrive(link, typed, address=HERE, now=at(9, 50))


async def test_guessing_is_stopped_and_then_even_the_right_code_waits(cast: Cast) -> None:
    _, link = await booked(cast)
    wrong = f"{(int(right(cast)) + 1) % 10_000:04}"
    for _ in range(tries.ARRIVAL.amount):
        with pytest.raises(WrongCheckInCode):
            await arrivals.arrive(link, wrong, address=HERE, now=at(9, 50))
    with pytest.raises(TooMany):
        await arrivals.arrive(link, right(cast), address=HERE, now=at(9, 50))
    # Another's link is not shut by it.
    _, another = await booked(cast, 11, cast.stranger_patient)
    assert (await arrivals.arrive(another, right(cast), address=HERE, now=at(10))).status == "checked_in"


async def test_one_address_cannot_try_many_links_for_ever(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "ARRIVAL_ADDRESS", tries.Limit("check-in-address", 2, timedelta(hours=1)))
    links = [(await booked(cast, hour, cast.asha_patient))[1] for hour in (9, 11, 15)]
    wrong = f"{(int(right(cast)) + 1) % 10_000:04}"
    said = [await refused(arrivals.arrive(link, wrong, address=HERE, now=at(9))) for link in links]
    assert said == ["wrong_check_in_code", "wrong_check_in_code", "too_many"]


@pytest.mark.parametrize(
    ("now", "refusal"), [(at(10) - timedelta(days=1), TooEarly), (at(10) + timedelta(days=1), TooLate)]
)
async def test_only_on_the_day(cast: Cast, now, refusal: type[DomainError]) -> None:
    _, link = await booked(cast)
    with pytest.raises(refusal):
        await arrivals.arrive(link, right(cast), address=HERE, now=now)


async def test_what_was_cancelled_cannot_arrive(cast: Cast) -> None:
    appointment_id, link = await booked(cast)
    await appointments.cancel(appointment_id, by=cast.receptionist, now=at(8))
    with pytest.raises(Stale):
        await arrivals.arrive(link, right(cast), address=HERE, now=at(9, 50))


async def test_a_forged_link_is_unknown(cast: Cast) -> None:
    _, link = await booked(cast)
    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), visit_links.code_of(uuid4())):
        with pytest.raises(NotFound):
            await arrivals.arrive(wrong, right(cast), address=HERE, now=at(9, 50))


async def test_the_code_is_told_to_those_who_run_the_day_there(cast: Cast) -> None:
    for by in (cast.doctor, cast.receptionist, cast.admin):
        assert (await check_in_codes.today(cast.doctor_id, by=by, now=at(9))).code == right(cast)
    for by in (cast.asha, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await check_in_codes.today(cast.doctor_id, by=by, now=at(9))


def test_codes_are_four_digits_and_others_each_day() -> None:
    codes = [check_in_codes.code_of(1, DAY + timedelta(days=n)) for n in range(100)]
    assert all(len(code) == 4 and code.isdecimal() for code in codes)
    assert len(set(codes)) > 90
