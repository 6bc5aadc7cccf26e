"""What the desk's page shows: times to read out, the sessions of a course, and what the patient is told at the end."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from core.settings import settings
from core.words import N_, words
from models.doctor import Mode
from services.days import DoctorRef
from services.open_times import Asked, Ease, OpenTime
from services.slots import Slot
from services.therapy.course_plan import Plan
from services.therapy.course_sessions import CourseView
from services.visit_links import code_of
from services.visit_tickets import VisitTicket
from state.desk_wish import CITY, CLINIC
from state.doctor_choice import Option
from state.rows import LOCALES, day_time, opening
from state.vocabulary import spoken

SPEAKS = N_("speaks {languages}")
PASSED_OVER = N_("Not on {days}: not everybody is free then.")

EASED = {
    Ease.SINCE: N_("From today on"),
    Ease.TIME: N_("At any time of day"),
    Ease.DAYS: N_("On any day of the week"),
    Ease.LANGUAGE: N_("In any language"),
    Ease.SPECIALIZATION: N_("With any branch"),
}
ANYBODY_HERE, ANYBODY_NEAR = N_("With any doctor of the clinic"), N_("With any doctor of the city")
"""How one wish less is told."""


@dataclass(frozen=True)
class TimeRow:
    """An open time in the order in which it is read out; `clinic` where it is elsewhere, `phone` where it is theirs to
    book.
    """

    key: str
    doctor_id: int
    starts_at: str
    when: str
    doctor: str
    speaks: str
    clinic: str
    phone: str


@dataclass(frozen=True)
class EaseRow:
    """One wish less, and what would be open then; `sets` is what of the form it changes, as JSON."""

    key: str
    label: str
    first: str
    sets: str


@dataclass(frozen=True)
class SessionRow:
    """A session of a course."""

    number: str
    day: str
    time: str
    token: str = ""


@dataclass(frozen=True)
class CourseRow:
    """A course that is proposed: with which doctor, its sessions, and on which days there is none though it goes on."""

    doctor: str = ""
    sessions: list[SessionRow] = field(default_factory=list)
    passed_over: str = ""


@dataclass(frozen=True)
class BookedRow:
    """What the patient is told. `link` leads to the visit, the first one of a course."""

    patient: str
    date: str
    time: str
    doctor: str
    clinic: str
    address: str
    phone: str
    token: str
    mode: str
    path: str
    link: str
    day: str
    doctor_id: str
    with_whom: str = ""
    sessions: list[SessionRow] = field(default_factory=list)


def time_row(found: OpenTime, asked: Asked, here: str, language: str, now: datetime) -> TimeRow:
    """A time that fits, as it is read out: the wished language, or all that the doctor speaks."""
    languages = [asked.language] if asked.language else found.languages
    names = ", ".join(spoken(code, language) for code in languages)
    return TimeRow(
        key=f"{found.doctor_id}:{found.starts_at.isoformat()}",
        doctor_id=found.doctor_id,
        starts_at=found.starts_at.isoformat(),
        when=opening(found.starts_at, found.zone, language, now),
        doctor=found.doctor,
        speaks=words(language).gettext(SPEAKS).format(languages=names),
        clinic="" if found.clinic == here else found.clinic,
        phone="" if found.may_book else found.phone,
    )


def instead_row(slot: Slot, who: DoctorRef, language: str, now: datetime) -> TimeRow:
    """Another time of the doctor whose time was taken."""
    return TimeRow(
        key=f"{who.doctor_id}:{slot.starts_at.isoformat()}",
        doctor_id=who.doctor_id,
        starts_at=slot.starts_at.isoformat(),
        when=opening(slot.starts_at, who.zone, language, now),
        doctor=who.name,
        speaks="",
        clinic="",
        phone="",
    )


def ease_row(ease: Ease, easier: Asked, first: OpenTime, language: str, now: datetime) -> EaseRow:
    """One wish less."""
    gettext = words(language).gettext
    match ease:
        case Ease.DOCTOR:
            label = gettext(ANYBODY_NEAR if easier.is_citywide else ANYBODY_HERE)
        case Ease.MODE:
            label = gettext("By video") if easier.mode == Mode.VIDEO else gettext("At the clinic")
        case _:
            label = gettext(EASED[ease])
    sets = {
        Ease.SINCE: {"since": easier.since.isoformat()},
        Ease.TIME: {"after": "", "before": ""},
        Ease.DAYS: {f"off{weekday}": "" for weekday in range(7)},
        Ease.LANGUAGE: {"language": ""},
        Ease.SPECIALIZATION: {"specialization": ""},
        Ease.DOCTOR: {"doctor": CITY if easier.is_citywide else CLINIC},
        Ease.MODE: {"mode": str(easier.mode)},
    }
    when = f"{opening(first.starts_at, first.zone, language, now)}, {first.doctor}"
    return EaseRow(ease, label, when, json.dumps(sets[ease]))


def proposed_row(plan: Plan, doctor: str, zone: str, language: str) -> CourseRow:
    """The course as it would be."""
    sessions = [
        SessionRow(str(number), _short(starts_at, zone, language), day_time(starts_at, zone, language))
        for number, starts_at in enumerate(plan.starts_at, start=1)
    ]
    named = ", ".join(format_date(day, "EEE d MMM", locale=LOCALES[language]) for day in plan.passed_over)
    passed_over = words(language).gettext(PASSED_OVER).format(days=named) if named else ""
    return CourseRow(doctor=doctor, sessions=sessions, passed_over=passed_over)


def booked_row(ticket: VisitTicket, patient: str, language: str) -> BookedRow:
    """A visit."""
    local = ticket.starts_at.astimezone(ZoneInfo(ticket.zone))
    path = f"/v/{code_of(ticket.id)}"
    return BookedRow(
        patient=patient,
        date=format_date(local.date(), "EEEE, d MMMM", locale=LOCALES[language]),
        time=day_time(ticket.starts_at, ticket.zone, language),
        doctor=ticket.doctor,
        clinic=ticket.clinic,
        address=ticket.address,
        phone=ticket.phone,
        token=str(ticket.token or ""),
        mode=ticket.mode,
        path=path,
        link=settings().origin + path,
        day=ticket.day.isoformat(),
        doctor_id=str(ticket.doctor_id),
    )


def course_row(course: CourseView, first: BookedRow, language: str) -> BookedRow:
    """A course, whose first visit that is."""
    sessions = [
        SessionRow(
            str(line.number),
            _short(line.starts_at, course.zone, language),
            day_time(line.starts_at, course.zone, language),
            str(line.token or ""),
        )
        for line in course.sessions
    ]
    return replace(first, with_whom=f"{course.therapist}, {course.room}", sessions=sessions)


def steps(today: date, language: str) -> list[Option]:
    """From which day on, as it is said: today, in a week, in two, in a month; by the date that each is."""
    gettext = words(language).gettext
    named = ((0, gettext("Today")), (7, gettext("In a week")), (14, gettext("In 2 weeks")), (30, gettext("In a month")))
    return [Option((today + timedelta(days=days)).isoformat(), name) for days, name in named]


def weekday(number: int, language: str) -> str:
    """`Tue`; Monday is 0."""
    return format_date(date(2024, 1, 1 + number), "EEE", locale=LOCALES[language])


def _short(instant: datetime, zone: str, language: str) -> str:
    local = instant.astimezone(ZoneInfo(zone)).date()
    return format_date(local, "EEE d MMM", locale=LOCALES[language])
