"""The desk's page: what a wish shows, what a pick books, and what it says where somebody was faster."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core import clock
from core.errors import Invalid, NotFound
from models.doctor import Mode
from services import appointments, open_times
from services.permissions import Actor
from services.placing import Wish
from state.desk_book import DeskBook
from tests.people import Cast, crowd
from tests.rows import audited, events, many, one
from tests.state.pages import page_of
from tests.therapy import rooms, therapists

Desk = Callable[..., Any]
CALLER = {"name": "Leela Pawar", "phone": "98000 00001"}


@pytest.fixture
async def desk(cast: Cast) -> Desk:
    """Opens the page as one of the staff, at an address."""

    async def open_at(by: Actor, address: str = "/book") -> Any:
        state = await page_of(DeskBook, by, address)
        await do(state, "load")
        return state

    return open_at


async def do(state: Any, name: str, **arguments: Any) -> Any:
    """What the browser's event does."""
    result = getattr(DeskBook, name).fn(state, **arguments)
    return await result


async def pick(state: Any, number: int = 0) -> Any:
    row = state.times[number]
    return await do(state, "book", doctor_id=row.doctor_id, starts_at=row.starts_at)


async def known(cast: Cast) -> None:
    """Asha has been at the clinic of the doctor and the desk."""
    now = clock.now()
    times = open_times.Asked(clinic_id=cast.clinic_id, city="Pune", since=now.date())
    first = (await open_times.open_times(times, by=cast.admin, now=now, count=1))[0]
    await appointments.book_at(cast.wish(first.starts_at), by=cast.asha, now=now)


async def test_the_next_visit_is_two_clicks_from_the_day(cast: Cast, desk: Desk) -> None:
    await known(cast)
    page = await desk(
        cast.doctor, f"/book?patient={cast.asha_patient}&doctor={cast.doctor_id}&day={clock.now().date()}"
    )
    assert (page.patient, page.wish.doctor, page.wish.visit) == ("Asha Kulkarni", str(cast.doctor_id), "follow_up")
    assert page.back == f"?doctor={cast.doctor_id}&day={clock.now().date()}"
    assert [entry.patient_id for entry in await audited("PatientRead")] == [cast.asha_patient]
    wanted = page.times[0]
    said = await pick(page)
    (row,) = await many("SELECT * FROM appointments WHERE visit_type = 'follow_up'")
    assert (row.starts_at.isoformat(), row.patient_id) == (wanted.starts_at, cast.asha_patient)
    assert (row.source, row.status) == ("phone", "booked")
    (told,) = page.booked
    assert (told.patient, told.token, told.doctor) == ("Asha Kulkarni", str(row.token), "Vd. Meera Joshi")
    assert told.link == f"http://clinic.test{told.path}"
    assert str(row.id) in repr(said)
    assert [event.data["appointment_id"] for event in await events("AppointmentBooked")][-1] == str(row.id)
    assert (await audited("AppointmentBooked"))[-1].actor_id == cast.doctor.user_id


async def test_one_whom_the_box_finds_comes_again_and_keeps_what_was_wished(cast: Cast, desk: Desk) -> None:
    await known(cast)
    page = await desk(cast.receptionist)
    await do(page, "name_patient", form=CALLER)
    wish = {"since": page.today, "visit": "first_visit", "after": "16:00", "off1": "on"}
    await do(page, "ask", form=wish)
    edition = page.edition
    said = await do(page, "choose_patient", patient_id=str(cast.asha_patient))
    assert (page.patient, page.wish.visit, page.wish.after, page.wish.off) == (
        "Asha Kulkarni",
        "follow_up",
        "16:00",
        "1",
    )
    assert page.edition == edition + 1
    assert f'"patient": "{cast.asha_patient}"' in repr(said).replace("\\", "")
    assert [entry.patient_id for entry in await audited("PatientRead")] == [cast.asha_patient]
    await pick(page)
    (row,) = await many("SELECT patient_id FROM appointments WHERE visit_type = 'follow_up'")
    assert row.patient_id == cast.asha_patient


async def test_one_whom_another_clinic_knows_cannot_be_chosen(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.other_receptionist)
    for rubbish, refusal in ((str(cast.asha_patient), NotFound), ("no number", Invalid), (None, Invalid)):
        with pytest.raises(refusal):
            await do(page, "choose_patient", patient_id=rubbish)
        assert page.patient == ""


async def test_a_caller_is_made_known_by_being_booked_and_by_nothing_before(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.receptionist)
    await do(page, "name_patient", form=CALLER)
    off = {f"off{weekday}": "on" for weekday in range(3)}
    wish = {"language": "hi", "after": "16:00", "since": page.today, "visit": "first_visit", **off}
    said = await do(page, "ask", form=wish)
    assert '"off": "012"' in repr(said).replace("\\", "")
    assert {row.speaks for row in page.times} == {"speaks Hindi"}
    assert all(row.when.split()[-2].partition(":")[0] in "456" for row in page.times)
    assert (await one("SELECT count(*) AS n FROM patients WHERE made_by IS NOT NULL")).n == 0
    await pick(page)
    (row,) = await many("SELECT p.name, p.made_by FROM appointments a JOIN patients p ON p.id = a.patient_id")
    assert (row.name, row.made_by) == ("Leela Pawar", cast.receptionist.user_id)
    # The second press of a double click books nothing more.
    await pick(page)
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 1
    await do(page, "go_on", is_same=False)
    assert (page.booked, page.patient, page.wish.language) == ([], "", "hi")
    await pick(page)
    assert page.refusal == "That is not something we can use. Please check what you entered."


async def test_of_two_desks_that_pick_one_time_the_other_is_told_what_is_open(cast: Cast, desk: Desk) -> None:
    first, second = await desk(cast.receptionist), await desk(cast.doctor)
    await do(second, "ask", form={"since": second.today, "doctor": str(cast.doctor_id)})
    assert first.times[0].key == second.times[0].key
    lost = first.times[0].key
    await do(first, "name_patient", form=CALLER)
    await do(second, "name_patient", form={"name": "Second Caller", "phone": "98000 00002"})
    await asyncio.gather(pick(first), pick(second))
    (winner,), (loser,) = [p for p in (first, second) if p.booked], [p for p in (first, second) if not p.booked]
    assert loser.refusal == "Someone else has just taken that time."
    assert len(loser.instead) == 3
    assert lost not in {row.key for row in (*loser.times, *loser.instead)}
    made = [row.name for row in await many("SELECT name FROM patients WHERE made_by IS NOT NULL")]
    assert made == [winner.booked[0].patient]
    other = loser.instead[0]
    await do(loser, "book", doctor_id=other.doctor_id, starts_at=other.starts_at)
    assert (len(loser.booked), loser.refusal, loser.instead) == (1, "", [])
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 2


async def test_a_course_is_shown_and_then_booked_whole(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.receptionist, "/book?visit=course")
    assert page.refusal == "This clinic has no room or therapist for a course."
    await therapists(cast.clinic_id)
    await rooms(cast.clinic_id)
    since = (clock.now().date() + timedelta(days=2)).isoformat()
    wish = {"visit": "course", "doctor": "clinic", "sessions": "7", "at": "10:00", "since": since}
    await do(page, "ask", form=wish | {"language": "ta"})
    assert page.refusal == "No doctor of the clinic speaks that language."
    await do(page, "ask", form=wish | {"language": "hi"})
    assert (page.refusal, page.course.doctor) == ("", "Vd. Meera Joshi")
    assert [(row.number, row.time) for row in page.course.sessions] == [(str(n), "10:00 am") for n in range(1, 8)]
    # Somebody takes the third of them meanwhile.
    (member,) = await crowd(1)
    third = page._plan.starts_at[2]
    taken = Wish(patient_id=member.patient_id, doctor_id=cast.doctor_id, starts_at=third, mode=Mode.IN_PERSON)
    await appointments.book_at(taken, by=member.actor, now=clock.now())
    await do(page, "name_patient", form=CALLER)
    await do(page, "book_course")
    assert page.refusal.startswith("Session 3, ")
    assert page.refusal.endswith(": Someone else has just taken that time.")
    assert (await one("SELECT count(*) AS n FROM courses")).n == 0
    assert (await one("SELECT count(*) AS n FROM patients WHERE made_by IS NOT NULL")).n == 0
    # What stands there by now would do.
    assert page._plan.starts_at[2] != third
    await do(page, "book_course")
    (told,) = page.booked
    assert (len(told.sessions), told.patient, told.with_whom) == (7, "Leela Pawar", "Therapist 0, Room 0")
    assert (await one("SELECT count(*) AS n FROM appointments WHERE course_id IS NOT NULL")).n == 7


async def test_what_a_course_cannot_be_is_said(cast: Cast, desk: Desk) -> None:
    await therapists(cast.clinic_id)
    await rooms(cast.clinic_id)
    page = await desk(cast.doctor, "/book?visit=course&sessions=21&since=2020-01-01")
    assert (page.wish.since, len(page.course.sessions)) == (page.today, 21)
    late = (clock.now().date() + timedelta(days=55)).isoformat()
    await do(page, "ask", form={"since": late})
    assert page.refusal.endswith("he is free on too few days at about 10:00 am.")
    assert page.course.sessions == []
    await do(page, "ask", form={"since": page.today, "sessions": "99"})
    assert page.refusal == "That is not something we can use. Please check what you entered."


async def test_where_nothing_fits_it_says_what_to_relax(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.receptionist)
    await do(page, "ask", form={"language": "ta", "since": page.today})
    assert page.times == []
    (less,) = page.easier
    assert (less.label, less.sets) == ("In any language", '{"language": ""}')
    assert less.first.endswith("Vd. Meera Joshi")


async def test_more_times_follow_those_that_stand_there(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.receptionist)
    first = list(page.times)
    assert (len(first), page.may_more) == (open_times.COUNT, True)
    await do(page, "more")
    assert (page.times[: len(first)], len(page.times)) == (first, 2 * open_times.COUNT)


async def test_the_address_shows_the_same_again_and_so_does_a_reload_after_booking(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.receptionist)
    await do(page, "ask", form={"language": "hi", "before": "12:00", "since": page.today, "off6": "on"})
    said = {name: value for name, value in page.wish.in_address().items() if value}
    again = await desk(cast.receptionist, "/book?" + "&".join(f"{name}={value}" for name, value in said.items()))
    assert (again.wish, again.times) == (page.wish, page.times)
    await do(page, "name_patient", form=CALLER)
    await pick(page)
    row = await one("SELECT id, patient_id FROM appointments")
    reloaded = await desk(cast.receptionist, f"/book?booked={row.id}&patient={row.patient_id}")
    assert (reloaded.booked, reloaded.patient) == (page.booked, "Leela Pawar")
    assert (await desk(cast.other_receptionist, f"/book?booked={row.id}")).booked == []
    assert (await desk(cast.receptionist, f"/book?booked={UUID(int=1)}")).booked == []
    assert (await desk(cast.receptionist, "/book?booked=rubbish")).booked == []


async def test_another_clinics_patient_is_unknown_and_a_patient_has_no_desk(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.receptionist, f"/book?patient={cast.stranger_patient}")
    assert (page.is_missing, page.patient, page.times) == (True, "", [])
    assert (await desk(cast.asha)).is_refused
    for rubbish in ("patient=x", "patient=" + "9" * 30):
        assert (await desk(cast.receptionist, f"/book?{rubbish}")).is_missing
    page = await desk(cast.receptionist, "/book?doctor=999999&since=x&after=25:00&visit=cure&off=9&mode=post")
    assert (page.wish.doctor, page.wish.visit, len(page.times)) == ("clinic", "first_visit", open_times.COUNT)


async def test_an_administrator_books_at_the_clinic_that_he_chooses(cast: Cast, desk: Desk) -> None:
    page = await desk(cast.admin, f"/book?doctor={cast.other_doctor_id}")
    assert (page.wish.clinic, page.wish.doctor) == (str(cast.other_clinic_id), str(cast.other_doctor_id))
    await do(page, "ask", form={"clinic": str(cast.clinic_id), "doctor": "clinic", "since": page.today})
    assert {row.doctor for row in page.times} == {"Vd. Meera Joshi"}
    await do(page, "ask", form={"clinic": "999", "since": page.today})
    assert page.wish.clinic == str(cast.clinic_id)


@pytest.mark.parametrize(
    "form",
    [
        {"since": "soon"},
        {"since": ["2030-01-01"]},
        {"since": "2030-01-01", "after": "18:00", "before": "09:00"},
        {"since": "2030-01-01", "language": "xx"},
        {"since": "2030-01-01", "visit": "cure"},
        {"since": "2030-01-01", "after": "09:00+05:30"},
        {"since": "2030-01-01", "doctor": "x" * 99},
        {"since": "2030-01-01", **{f"off{weekday}": "on" for weekday in range(7)}},
    ],
)
async def test_rubbish_is_refused_and_what_stood_there_stays(cast: Cast, desk: Desk, form: dict[str, Any]) -> None:
    page = await desk(cast.receptionist)
    stood = page.wish, page.times
    await do(page, "ask", form=form)
    assert page.refusal == "That is not something we can use. Please check what you entered."
    assert (page.wish, page.times) == stood
    await do(page, "name_patient", form=CALLER)
    for starts_at in ("soon", None, "2030-01-01T09:00"):
        await do(page, "book", doctor_id=cast.doctor_id, starts_at=starts_at)
        assert page.refusal
    await do(page, "book", doctor_id="1", starts_at=page.times[0].starts_at)
    assert page.refusal
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 0
