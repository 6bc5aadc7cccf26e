"""Doctors' calendars as they stood, stand or will stand: the rules that bookings are made by know no past."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.doctor import Mode
from services import schedules
from services.slots import Schedule, Span
from services.walls import bounds

ONE_DAY = timedelta(days=1)

CALENDARS = text("""
    SELECT d.id,
        (SELECT json_agg(json_build_array(day, opens, closes, o.modes, o.clinic_id, k.time_zone) ORDER BY day, opens)
            FROM hour_overrides o JOIN clinics k ON k.id = o.clinic_id
            WHERE o.doctor_id = d.id AND day BETWEEN :first AND :last) AS overrides,
        (SELECT json_agg(json_build_array(starts_at, ends_at) ORDER BY starts_at)
            FROM leaves WHERE doctor_id = d.id AND starts_at < :until AND ends_at > :since) AS leaves,
        (SELECT json_agg(json_build_array(starts_at, ends_at, s.clinic_id, s.name) ORDER BY starts_at)
            FROM closures s WHERE starts_at < :until AND ends_at > :since AND s.clinic_id IN
                (SELECT d.clinic_id UNION SELECT clinic_id FROM weekly_hours WHERE doctor_id = d.id
                 UNION SELECT clinic_id FROM hour_overrides WHERE doctor_id = d.id)) AS closures
    FROM doctors d WHERE d.id = ANY(:ids)
""")


@dataclass(frozen=True, kw_only=True)
class Off:
    """What keeps a doctor away: a leave, or a closure by its name; `clinic_id` None: wherever he sits."""

    starts_at: datetime
    ends_at: datetime
    name: str | None = None
    clinic_id: int | None = None


@dataclass(frozen=True)
class Then:
    """A doctor's rules with the calendar of those days in them, and what keeps him away on them."""

    book: Schedule
    away: tuple[Off, ...]


async def then(connection: AsyncConnection, books: Mapping[int, Schedule], first: date, last: date) -> dict[int, Then]:
    """The calendars from `first` to `last`, both included, of the doctors whose rules are `books`; one statement."""
    values = {
        "ids": list(books),
        "first": first - ONE_DAY,
        "last": last + ONE_DAY,
        # A day wider on each side: the widest difference between two wall clocks.
        "since": bounds(first - ONE_DAY, "UTC")[0],
        "until": bounds(last + ONE_DAY, "UTC")[1],
    }
    moment = datetime.fromisoformat
    found = {}
    for row in await connection.execute(CALENDARS, values):
        leaves = [Span(moment(start), moment(end)) for start, end in row.leaves or ()]
        shut = [
            (Span(moment(start), moment(end), clinic_id), name) for start, end, clinic_id, name in row.closures or ()
        ]
        book = replace(
            books[row.id],
            overrides=[schedules.override_of([*Mode], *each) for each in row.overrides or ()],
            leaves=leaves,
            closures=[span for span, _ in shut],
        )
        away = [Off(starts_at=span.starts_at, ends_at=span.ends_at) for span in leaves]
        away += [
            Off(starts_at=span.starts_at, ends_at=span.ends_at, name=name, clinic_id=span.clinic_id)
            for span, name in shut
        ]
        found[row.id] = Then(book, tuple(away))
    return found
