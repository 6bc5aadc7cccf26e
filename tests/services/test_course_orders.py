"""A course for somebody at the desk: what is shown is what is booked, for whoever is meant, or nothing at all."""

import asyncio
from datetime import timedelta

import pytest

from core.errors import NotAllowed, NotFound
from services import appointments, orders
from services.orders import Order
from services.people import NOBODY_YET, Person
from services.permissions import Actor
from services.refusals import PatientBusy, SlotTaken
from services.therapy import course_orders
from services.therapy.course_plan import Plan
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, events, many, one, write
from tests.therapy import course_wish, rooms, therapists

LEELA = Person(name="Leela Pawar", phone="98000 00001")


@pytest.fixture(autouse=True)
async def places(cast: Cast) -> None:
    await therapists(cast.clinic_id)
    await rooms(cast.clinic_id)


async def shown(cast: Cast, named: Person | None = LEELA) -> Plan:
    wish = course_wish(cast, patient_id=NOBODY_YET)
    return await course_orders.preview(wish, named, by=cast.receptionist, now=NOW)


async def known() -> list[str]:
    return [row.name for row in await many("SELECT name FROM patients WHERE made_by IS NOT NULL")]


async def test_it_is_booked_with_one_who_is_made_known_by_it(cast: Cast) -> None:
    plan = await shown(cast)
    assert await known() == []
    course = await course_orders.book(plan, None, LEELA, by=cast.receptionist, now=NOW)
    assert await known() == ["Leela Pawar"]
    rows = await many("SELECT * FROM appointments ORDER BY starts_at")
    assert [row.starts_at for row in rows] == list(plan.starts_at)
    assert {(row.patient_id, row.course_id, row.source, row.status) for row in rows} == {
        (course.patient_id, course.id, "phone", "booked")
    }
    assert len(await events("AppointmentBooked")) == 7
    (told,), (entry,) = await events("CourseBooked"), await audited("CourseBooked")
    assert (told.data["course_id"], entry.patient_id) == (str(course.id), course.patient_id)


async def test_what_one_who_is_known_has_already_is_shown_beside(cast: Cast) -> None:
    made = await orders.book(Order(doctor_id=cast.doctor_id, at=at(9), person=LEELA), by=cast.receptionist, now=NOW)
    there = cast.wish(at(10), doctor=cast.other_doctor_id, patient=made.appointment.patient_id)
    await appointments.book_at(there, by=cast.admin, now=NOW)
    assert (await shown(cast)).starts_at[0] == at(11)
    # Where nobody was named nobody is beside whom it could be laid, and the book itself refuses it.
    blind = await shown(cast, None)
    with pytest.raises(PatientBusy) as refusal:
        await course_orders.book(blind, None, LEELA, by=cast.receptionist, now=NOW)
    assert refusal.value.data == {"session": 1, "day": DAY}


async def test_any_doctor_of_the_clinic_is_the_one_who_is_done_first_with_it(cast: Cast) -> None:
    other = await another_doctor(cast.doctor_id, "other", languages=["mr"])
    wish = course_wish(cast, patient_id=NOBODY_YET, doctor_id=0)

    async def soonest(language: str = "", by: Actor = cast.receptionist) -> int:
        here = {"clinic_id": cast.clinic_id, "language": language}
        return (await course_orders.soonest(wish, LEELA, **here, by=by, now=NOW)).doctor_id

    assert (await soonest("hi"), await soonest("mr")) == (cast.doctor_id, other)
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at, created_at) VALUES (:id, :starts, :ends, :starts)",
        id=cast.doctor_id,
        starts=at(0),
        ends=at(23),
    )
    assert (await soonest(), await soonest(by=cast.doctor)) == (other, cast.doctor_id)
    with pytest.raises(NotFound):
        await soonest("ta")
    with pytest.raises(NotFound):
        await soonest(by=cast.other_receptionist)


async def test_of_two_desks_that_book_one_course_one_has_all_and_nobody_is_made_known_for_the_other(cast: Cast) -> None:
    plan, other = await shown(cast), Person(name="Second Caller", phone="98000 00002")
    answers = await asyncio.gather(
        course_orders.book(plan, None, LEELA, by=cast.receptionist, now=NOW),
        course_orders.book(plan, None, other, by=cast.doctor, now=NOW),
        return_exceptions=True,
    )
    (refusal,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(refusal, SlotTaken)
    assert refusal.data["session"] == 1
    assert len(await known()) == (await one("SELECT count(*) AS n FROM courses")).n == 1
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 7


async def test_neither_another_clinics_desk_nor_one_who_does_not_know_him_books_it(cast: Cast) -> None:
    plan = await shown(cast)
    with pytest.raises(NotAllowed):
        await course_orders.book(plan, None, LEELA, by=cast.other_receptionist, now=NOW)
    with pytest.raises(NotFound):
        await course_orders.book(plan, cast.stranger_patient, None, by=cast.receptionist, now=NOW)
    assert (await known(), (await one("SELECT count(*) AS n FROM appointments")).n) == ([], 0)


async def test_a_session_that_was_taken_meanwhile_is_named(cast: Cast) -> None:
    plan = await shown(cast)
    third = DAY + timedelta(days=2)
    await appointments.book_at(cast.wish(at(10, day=third)), by=cast.asha, now=NOW)
    with pytest.raises(SlotTaken) as refusal:
        await course_orders.book(plan, None, LEELA, by=cast.receptionist, now=NOW)
    assert (refusal.value.data["session"], refusal.value.data["day"]) == (3, third)
    assert await known() == []
