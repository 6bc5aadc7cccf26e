"""What the screens show of the views: frozen rows of words, in the reader's language and on the clinic's wall clock."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from core.words import words
from services import visit_links
from services.itinerary import Visit
from services.slots import Slot
from state.vocabulary import specialization

LOCALES = {"en": "en_IN", "hi": "hi_IN"}


@dataclass(frozen=True)
class SlotCell:
    """One time of the grid. `key` is the instant, `time` the clinic's wall clock."""

    key: str
    time: str
    status: str
    in_person: bool
    video: bool


@dataclass(frozen=True)
class VisitRow:
    """One appointment of an account. `standing` is upcoming, held, past or over (cancelled, missed, moved)."""

    id: str
    standing: str
    status: str
    patient: str
    doctor: str
    slug: str
    specialization: str
    clinic: str
    address: str
    phone: str
    date: str
    short_date: str
    day: str
    time: str
    mode: str
    fee: str
    token: str
    slot: str
    held_until: str
    read_at: str
    link: str


@dataclass(frozen=True)
class PersonRow:
    """One of the staff who has the day open; `holds` is the appointment that he has in his hand."""

    id: str
    name: str
    initials: str
    role: str
    holds: str = ""


def clock_time(instant: datetime, zone: str) -> str:
    """`9:30`, on the wall clock: the part of the day stands in the heading above it, in any language."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%-I:%M")


def day_time(instant: datetime, zone: str, language: str) -> str:
    """`9:30 am`, on the wall clock."""
    local = instant.astimezone(ZoneInfo(zone))
    return hour(time(local.hour, local.minute), language)


@lru_cache(maxsize=2 * 24 * 60)
def hour(wall: time, language: str) -> str:
    """`4:00 pm`, of the clock on any wall."""
    return format_time(wall, "h:mm a", locale=LOCALES[language]).replace("\u202f", " ")


def day_label(day: date, today: date, language: str) -> str:
    """`Today`, `Tomorrow`, or `Tue 24 Nov`."""
    gettext = words(language).gettext
    near = {0: gettext("Today"), 1: gettext("Tomorrow")}
    return near.get((day - today).days) or format_date(day, "EEE d MMM", locale=LOCALES[language])


def opening(instant: datetime | None, zone: str, language: str, now: datetime) -> str:
    """`Today 9:30 am`; nothing where nothing is open."""
    if instant is None:
        return ""
    local, today = instant.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    return f"{day_label(local, today, language)}, {day_time(instant, zone, language)}"


@lru_cache(maxsize=1024)
@lru_cache(4096)
def money(minor: int, currency: str, language: str) -> str:
    """`₹450`: minor units as people write them."""
    text: str = format_currency(minor / 100, currency, locale=LOCALES[language])
    return text.removesuffix(".00")


def initials(name: str) -> str:
    """Two letters for the round badge, titles left out."""
    parts = [part for part in name.split() if not part.endswith(".")]
    return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts))


def slot_cell(slot: Slot, zone: str) -> SlotCell:
    """A slot as the grid shows it."""
    return SlotCell(
        key=slot.starts_at.isoformat(),
        time=clock_time(slot.starts_at, zone),
        status=slot.status,
        in_person="in_person" in slot.modes,
        video="video" in slot.modes,
    )


def visit_row(visit: Visit, language: str, now: datetime) -> VisitRow:
    """An appointment as its owner reads it."""
    zone = ZoneInfo(visit.zone)
    local = visit.starts_at.astimezone(zone).date()
    return VisitRow(
        id=str(visit.id),
        standing=_standing(visit, now),
        status=visit.status,
        patient=visit.patient,
        doctor=visit.doctor,
        slug=visit.slug,
        specialization=specialization(visit.specialization, language),
        clinic=visit.clinic,
        address=visit.address,
        phone=visit.phone,
        date=format_date(local, "EEEE, d MMMM y", locale=LOCALES[language]),
        short_date=format_date(local, "EEEE, d MMMM", locale=LOCALES[language]),
        day=local.isoformat(),
        time=day_time(visit.starts_at, visit.zone, language),
        mode=visit.mode,
        fee=money(visit.fee, visit.currency, language),
        token=str(visit.token or ""),
        slot=visit.starts_at.isoformat(),
        held_until=visit.held_until.isoformat() if visit.held_until else "",
        read_at=now.isoformat(),
        link=f"/v/{visit_links.code_of(visit.id)}",
    )


def _standing(visit: Visit, now: datetime) -> str:
    if visit.is_held(now):
        return "held"
    if visit.is_upcoming(now):
        return "upcoming"
    return "past" if visit.status in {"completed", "booked", "checked_in", "in_consultation"} else "over"
