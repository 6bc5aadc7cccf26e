"""Finding doctors: by what is wished, in an order, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import DateTime, col

from core import db
from core.errors import Invalid
from core.settings import settings
from models import Clinic, Doctor, NextOpen, WeeklyHours
from services import inputs
from services.doctors import COLUMNS, Found, values
from services.schedules import schedules
from services.slots import Why
from services.walls import bounds

PAGE = 20
"""Doctors on one page of results."""

LONGEST_TEXT = 80
"""Characters of a search text that are looked at."""

ONE_DAY = timedelta(days=1)

LOOKED_AT = 200
"""Doctors whose book one page reads at the most, where a date is wished."""

NEVER = inputs.LAST
"""Stands for the next open time of one who has none: he comes last."""


class Sort(StrEnum):
    """What comes first: who is open earliest, the lowest fee, the best rated, or the name."""

    EARLIEST = "earliest"
    FEE = "fee"
    RATING = "rating"
    NAME = "name"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is looked for; an empty string, or None, is no wish.

    `clinic_id`: is of that clinic, or sits there. `open_by`: has a time open on that date of the home zone, or before;
    `open_on`: on that date of the clinic's own wall clock. `max_fee` in minor units.
    """

    text: str = ""
    specialization: str = ""
    city: str = ""
    language: str = ""
    mode: str = ""
    clinic_id: int | None = None
    doctor_id: int | None = None
    max_fee: int | None = None
    open_by: date | None = None
    open_on: date | None = None


class Results(NamedTuple):
    """A page, and where the next one begins (None: there is none). `total` is how many fit in all, where it is asked.

    With `open_on` a page may be shorter than its limit, even empty, and more may follow all the same.
    """

    doctors: list[Found]
    after: list[Any] | None
    total: int | None = None


KEYS: dict[Sort, tuple[type, ...]] = {
    Sort.EARLIEST: (int, str, int, int),
    Sort.FEE: (int, int, int),
    Sort.RATING: (int, int, int),
    Sort.NAME: (str, int),
}
"""Of what kinds the values are that a place in an order has: what `after` is made of."""


async def doctors(
    filters: Filters,
    *,
    now: datetime,
    sort: Sort = Sort.EARLIEST,
    limit: int = PAGE,
    after: Sequence[Any] | None = None,
    is_counted: bool = False,
) -> Results:
    """A page of those who fit. Raises Invalid for an `after` that no page of that order has given.

    Who moves in the order between two pages may be seen twice, or missed; nobody else is.
    """
    exact = (filters.specialization, filters.city, filters.language, filters.mode)
    if any(inputs.plain(wish) != wish for wish in exact):
        return Results([], None, 0)
    if filters.open_on is not None and not now.date() - ONE_DAY <= filters.open_on < inputs.LAST.date():
        return Results([], None, 0)
    next_open = _next_open(filters.mode)
    keys = _keys(filters, sort, next_open)
    query = (
        select(*COLUMNS, next_open.c.starts_at.label("next_open"), *(k.label(f"key_{n}") for n, k in enumerate(keys)))
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .outerjoin(next_open, next_open.c.doctor_id == col(Doctor.id))
        .where(col(Doctor.is_active), *_conditions(filters, next_open))
        .order_by(*(literal_column(f"key_{n}") for n in range(len(keys))))
    )
    if is_counted:
        query = query.add_columns(func.count().over().label("total"))
    place = None if after is None else _place(after, sort)
    if filters.open_on is not None:
        async with db.snapshot() as connection:
            return await _open_on(connection, query, keys, place, filters, limit=limit, now=now)
    async with db.glance() as connection:
        rows = (await connection.execute(_beyond(query, keys, place).limit(limit + 1))).all()
    total = (rows[0].total if rows else 0) if is_counted else None
    return Results([_found(row) for row in rows[:limit]], _after(rows[limit - 1]) if len(rows) > limit else None, total)


async def _open_on(
    connection: AsyncConnection,
    query: Any,
    keys: Sequence[Any],
    place: Sequence[Any] | None,
    filters: Filters,
    *,
    limit: int,
    now: datetime,
) -> Results:
    """Those who have a time open on that very date; their books tell, read for a few doctors at a time."""
    assert filters.open_on is not None
    found: list[Found] = []
    looked_at, last = 0, None
    while looked_at < LOOKED_AT:
        step = min(2 * limit, LOOKED_AT - looked_at)
        rows = (await connection.execute(_beyond(query, keys, place).limit(step))).all()
        books = await schedules(connection, [row.id for row in rows], filters.open_on, filters.open_on) if rows else {}
        for row in rows:
            slots = books[row.id].slots(filters.open_on, now) if row.id in books else []
            if any(slot.why == Why.OPEN and (not filters.mode or filters.mode in slot.modes) for slot in slots):
                if len(found) == limit:
                    return Results(found, last)
                found.append(_found(row))
            last = _after(row)
        if len(rows) < step:
            return Results(found, None)
        looked_at, place = looked_at + step, _key(rows[-1])
    return Results(found, last)


def _next_open(mode: str) -> Any:
    query = select(col(NextOpen.doctor_id), func.min(col(NextOpen.starts_at)).label("starts_at"))
    if mode:
        query = query.where(col(NextOpen.mode) == mode)
    return query.group_by(col(NextOpen.doctor_id)).subquery()


def _conditions(filters: Filters, next_open: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.specialization:
        found.append(col(Doctor.specialization) == filters.specialization)
    if filters.city:
        found.append(func.lower(col(Clinic.city)) == func.lower(filters.city))
    if filters.language:
        found.append(col(Doctor.languages).contains([filters.language]))
    if filters.mode:
        found.append(col(Doctor.modes).contains([filters.mode]))
    if filters.clinic_id is not None:
        sits = select(col(WeeklyHours.doctor_id)).where(col(WeeklyHours.clinic_id) == filters.clinic_id)
        found.append(or_(col(Doctor.clinic_id) == filters.clinic_id, col(Doctor.id).in_(sits)))
    if filters.doctor_id is not None:
        found.append(col(Doctor.id) == filters.doctor_id)
    if filters.max_fee is not None:
        found.append(col(Doctor.fee) <= filters.max_fee)
    if filters.open_by is not None:
        found.append(next_open.c.starts_at < bounds(filters.open_by, settings().home_time_zone)[1])
    if filters.open_on is not None:
        # Who has nothing open before that date is over need not be asked.
        found.append(next_open.c.starts_at < _end_of(filters.open_on))
    found += [_mentions(word) for word in _words(filters.text)]
    return found


def _end_of(day: date) -> Any:
    midnight = datetime.combine(day + ONE_DAY, datetime.min.time())
    return func.timezone(col(Clinic.time_zone), literal(midnight, DateTime(timezone=False)))


def _words(text: str) -> list[str]:
    return inputs.plain(text).strip()[:LONGEST_TEXT].split()[:8]


def _mentions(word: str) -> ColumnElement[bool]:
    """Whether the doctor's text has the word, its beginning, or, for a longer one, something spelled much like it.

    Both by the index of the text's trigrams; how much is much, `core/db.py` tells each connection.
    """
    text: ColumnElement[str] = literal_column("doctors.search_text")
    pattern = func.regexp_replace(_needle(word), r"([\\%_])", r"\\\1", "g")
    contains = text.like(func.concat("%", pattern, "%"))
    return contains if len(word) < 4 else or_(contains, _needle(word).bool_op("<%")(text))


def _needle(word: str) -> Any:
    """The word as it stands in a doctor's text; a query of its own is answered once, and not for each doctor."""
    return select(func.lower(func.unaccent(word))).scalar_subquery()


def _keys(filters: Filters, sort: Sort, next_open: Any) -> list[Any]:
    """What orders the doctors, smallest first; the id makes each place one doctor's."""
    identity, rating = col(Doctor.id), -col(Doctor.rating)
    if sort is Sort.FEE:
        return [col(Doctor.fee), rating, identity]
    if sort is Sort.RATING:
        return [rating, -col(Doctor.review_count), identity]
    name = func.lower(func.unaccent(col(Doctor.name)))
    if sort is Sort.NAME:
        return [name, identity]
    named = [func.strpos(name, _needle(word)) > 0 for word in _words(filters.text)]
    first = case((and_(*named), 0), else_=1) if named else literal_column("0")
    never = literal(NEVER, DateTime(timezone=True))
    return [first, func.coalesce(next_open.c.starts_at, never), rating, identity]


def _beyond(query: Any, keys: Sequence[Any], place: Sequence[Any] | None) -> Any:
    return query if place is None else query.where(tuple_(*keys) > tuple_(*place))


def _place(after: Sequence[Any], sort: Sort) -> list[Any]:
    """The values that a cursor holds, as the database compares them."""
    if [type(value) for value in after] != list(KEYS[sort]):
        raise Invalid(field="cursor")
    place = list(after)
    if sort is Sort.EARLIEST:
        try:
            place[1] = inputs.moment(datetime.fromisoformat(place[1]), "cursor") if place[1] else NEVER
        except ValueError as error:
            raise Invalid(field="cursor") from error
    elif sort is Sort.NAME and inputs.plain(place[0]) != place[0]:
        raise Invalid(field="cursor")
    return place


def _key(row: Row[Any]) -> list[Any]:
    return [value for name, value in row._mapping.items() if name.startswith("key_")]


def _after(row: Row[Any]) -> list[Any]:
    told = (
        "" if value == NEVER else value.isoformat() if isinstance(value, datetime) else value for value in _key(row)
    )
    return list(told)


def _found(row: Row[Any]) -> Found:
    return Found(**{name: value for name, value in values(row).items() if name in Found.__dataclass_fields__})
