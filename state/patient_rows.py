"""What the desk's screens show of patients and their visits, in the reader's words."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from core.words import N_, words
from services.addresses import TAIL
from services.patients.glances import Glance, Known
from state.rows import LOCALES, day_label, day_time

YEARS, MONTHS = N_("{count} y"), N_("{count} months")
GROWN = 2
"""Years, from which on nobody counts months."""


@dataclass(frozen=True)
class FoundRow:
    """One in the list of the box. `today` is his visit of this day: when, and with whom."""

    id: str
    name: str
    age: str
    phone: str
    last: str
    next: str
    today: str
    token: str
    status: str
    is_stranger: bool


@dataclass(frozen=True)
class VisitLine:
    """One visit on a card."""

    id: str
    when: str
    time: str
    status: str
    token: str
    doctor: str
    doctor_id: str
    clinic: str
    day: str
    version: int
    is_today: bool


def found_row(patient: Known, language: str, now: datetime, *, is_stranger: bool) -> FoundRow:
    """A patient in the list."""
    today, last, following = patient.today(now), patient.last(now), patient.next(now)
    return FoundRow(
        id=str(patient.patient_id),
        name=patient.name,
        age=age(patient.born_on, now.date(), language),
        phone=masked(patient.phone),
        last=day_of(last, language, now) if last else "",
        next=f"{day_of(following, language, now)}, {_time(following, language)}" if following else "",
        today=f"{_time(today, language)} · {today.doctor}" if today else "",
        token=str(today.token or "") if today else "",
        status=today.status if today else "",
        is_stranger=is_stranger,
    )


def visit_line(visit: Glance, language: str, now: datetime) -> VisitLine:
    """A visit on a card."""
    return VisitLine(
        id=str(visit.id),
        when=day_of(visit, language, now),
        time=_time(visit, language),
        status=visit.status,
        token=str(visit.token or ""),
        doctor=visit.doctor,
        doctor_id=str(visit.doctor_id),
        clinic=visit.clinic,
        day=visit.day.isoformat(),
        version=visit.version,
        is_today=visit.is_today(now),
    )


def masked(phone: str | None) -> str:
    """`•••• 3344`: enough to ask whether it is the one."""
    return f"•••• {phone[-TAIL:]}" if phone else ""


def age(born_on: date | None, today: date, language: str) -> str:
    """`42 y`; of the smallest `7 months`; nothing where it is not known."""
    if born_on is None:
        return ""
    months = (today.year - born_on.year) * 12 + today.month - born_on.month - (today.day < born_on.day)
    say = words(language).gettext
    return say(YEARS).format(count=months // 12) if months >= GROWN * 12 else say(MONTHS).format(count=max(0, months))


def long_date(day: date | None, language: str) -> str:
    """`14 March 1986`."""
    return format_date(day, "d MMMM y", locale=LOCALES[language]) if day else ""


def day_of(visit: Glance, language: str, now: datetime) -> str:
    """A day of this year by its weekday, of another with the year."""
    today = now.astimezone(ZoneInfo(visit.zone)).date()
    if visit.day.year == today.year or abs((visit.day - today).days) < 2:
        return day_label(visit.day, today, language)
    return format_date(visit.day, "d MMM y", locale=LOCALES[language])


def _time(visit: Glance, language: str) -> str:
    return day_time(visit.starts_at, visit.zone, language)
