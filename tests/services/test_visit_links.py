"""A link to an appointment: what it tells, and that nobody makes one up."""

import base64
from uuid import uuid4

import pytest

from core.errors import NotFound
from services import appointments, visit_links, visit_tickets
from tests.people import Cast, at


def test_a_code_opens_what_it_was_made_of() -> None:
    appointment_id = uuid4()
    code = visit_links.code_of(appointment_id)
    assert (len(code), visit_links.opened(code)) == (visit_links.LENGTH, appointment_id)


@pytest.mark.parametrize("number", range(visit_links.LENGTH))
def test_a_code_with_any_letter_changed_or_cut_off_is_unknown(number: int) -> None:
    code = visit_links.code_of(uuid4())
    other = "A" if code[number] != "A" else "B"
    for wrong in (code[:number] + other + code[number + 1 :], code[:number], code + "A"):
        with pytest.raises(NotFound):
            visit_links.opened(wrong)


@pytest.mark.parametrize("rubbish", ["", "é" * 40, "\0" * 40, "=" * 40, "+" * 40, "A" * 40, "A" * 10_000, "🙂" * 40])
def test_rubbish_is_unknown(rubbish: str) -> None:
    with pytest.raises(NotFound):
        visit_links.opened(rubbish)


def test_a_code_of_one_appointment_does_not_open_another() -> None:
    mine, other = (base64.urlsafe_b64decode(visit_links.code_of(uuid4())) for _ in range(2))
    with pytest.raises(NotFound):
        visit_links.opened(base64.urlsafe_b64encode(other[:16] + mine[16:]).decode())


async def test_the_link_tells_when_and_where_and_neither_whom_nor_why(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(8))
    found = await visit_tickets.ticket(visit_links.code_of(booked.id))
    assert (found.starts_at, found.doctor, found.clinic, found.token) == (at(10), "Vd. Meera Joshi", "Dhanvantari", 1)
    assert "Asha" not in repr(found)


async def test_a_hold_and_an_appointment_that_never_was_are_unknown(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=at(8))
    for appointment_id in (held.id, uuid4()):
        with pytest.raises(NotFound):
            await visit_tickets.ticket(visit_links.code_of(appointment_id))


async def test_the_link_of_one_that_was_moved_twice_leads_to_where_it_is_now(cast: Cast) -> None:
    first = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=at(6))
    second = await appointments.reschedule(first.id, cast.wish(at(11)), by=cast.receptionist, now=at(6))
    third = await appointments.reschedule(second.id, cast.wish(at(12)), by=cast.receptionist, now=at(6))
    found = await visit_tickets.ticket(visit_links.code_of(first.id))
    assert (found.id, found.starts_at) == (third.id, at(12))
    assert found.was is not None
    assert (found.was.id, found.was.starts_at) == (first.id, at(10))
    assert (await visit_tickets.ticket(visit_links.code_of(third.id))).was is None
