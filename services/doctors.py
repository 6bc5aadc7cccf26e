"""Finding a doctor, and a doctor's profile."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, literal_column, or_, select
from sqlmodel import col

from core import db
from core.errors import NotFound
from core.settings import settings
from models import Clinic, Doctor, NextOpen
from services.walls import bounds

PAGE = 20
"""Doctors on one page of results."""

LONGEST_TEXT = 80
"""Characters of a search text that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is looked for; an empty string, or None, is no wish.

    `open_by`: has a time open on that date of the home zone, or before.
    """

    text: str = ""
    specialization: str = ""
    city: str = ""
    language: str = ""
    mode: str = ""
    open_by: date | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A doctor in a list. `fee` in minor units, `rating` in tenths, `next_open` in UTC or None."""

    id: int
    slug: str
    name: str
    qualification: str
    specialization: str
    clinic: str
    clinic_id: int
    area: str
    city: str
    zone: str
    languages: tuple[str, ...]
    modes: tuple[str, ...]
    fee: int
    currency: str
    rating: int
    review_count: int
    practising_since: int
    next_open: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Profile(Found):
    """All that a patient may know of a doctor."""

    bio: str
    registration_number: str
    address: str
    phone: str
    horizon_days: int
    slot_minutes: int


COLUMNS: tuple[Any, ...] = (
    col(Doctor.id),
    col(Doctor.slug),
    col(Doctor.name),
    col(Doctor.qualification),
    col(Doctor.specialization),
    col(Clinic.name).label("clinic"),
    col(Doctor.clinic_id),
    col(Clinic.area),
    col(Clinic.city),
    col(Clinic.time_zone).label("zone"),
    col(Doctor.languages),
    col(Doctor.modes),
    col(Doctor.fee),
    col(Doctor.currency),
    col(Doctor.rating),
    col(Doctor.review_count),
    col(Doctor.practising_since),
)


async def search(filters: Filters, *, now: datetime, limit: int = PAGE, offset: int = 0) -> tuple[list[Found], int]:
    """A page of the doctors who fit, those open earliest first, and how many fit in all."""
    exact = (filters.specialization, filters.city, filters.language, filters.mode)
    if any(_plain(wish) != wish for wish in exact):
        return [], 0
    next_open = _next_open(filters.mode)
    query = (
        select(*COLUMNS, next_open.c.starts_at.label("next_open"), func.count().over().label("total"))
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .outerjoin(next_open, next_open.c.doctor_id == col(Doctor.id))
        .where(col(Doctor.is_active), *_conditions(filters, next_open))
        .order_by(*_order(filters, next_open), col(Doctor.id))
        .limit(limit)
        .offset(offset)
    )
    async with db.snapshot() as connection:
        rows = (await connection.execute(query)).all()
    if not rows and offset:
        # Beyond the last page there is no row to say how many there are.
        return [], (await search(filters, now=now, limit=1))[1]
    return [_found(row) for row in rows], rows[0].total if rows else 0


async def profile(slug: str) -> Profile:
    """The doctor of that slug. Raises NotFound."""
    more = (
        col(Doctor.bio),
        col(Doctor.registration_number),
        col(Clinic.address),
        col(Clinic.phone),
        col(Doctor.horizon_days),
        col(Doctor.slot_minutes),
    )
    query = (
        select(*COLUMNS, *more)
        .join(Clinic, col(Clinic.id) == col(Doctor.clinic_id))
        .where(col(Doctor.slug) == _plain(slug), col(Doctor.is_active))
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound(slug=slug)
    return Profile(**_values(row))


async def at_clinic(clinic_id: int | None) -> list[tuple[int, str]]:
    """Id and name of the active doctors of a clinic, or of all clinics, by name."""
    query = select(col(Doctor.id), col(Doctor.name)).where(col(Doctor.is_active)).order_by(col(Doctor.name))
    if clinic_id is not None:
        query = query.where(col(Doctor.clinic_id) == clinic_id)
    async with db.snapshot() as connection:
        return [(row.id, row.name) for row in await connection.execute(query)]


async def cities() -> list[str]:
    """The cities that have a clinic, by name."""
    async with db.snapshot() as connection:
        return list(await connection.scalars(select(col(Clinic.city)).distinct().order_by(col(Clinic.city))))


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
        found.append(col(Clinic.city) == filters.city)
    if filters.language:
        found.append(col(Doctor.languages).contains([filters.language]))
    if filters.mode:
        found.append(col(Doctor.modes).contains([filters.mode]))
    if filters.open_by is not None:
        found.append(next_open.c.starts_at < bounds(filters.open_by, settings().home_time_zone)[1])
    found += [_mentions(word) for word in _words(filters.text)]
    return found


def _words(text: str) -> list[str]:
    return _plain(text).strip()[:LONGEST_TEXT].split()[:8]


def _plain(text: str) -> str:
    """`text` without what PostgreSQL does not take as text: a NUL, half a surrogate pair."""
    return text.encode(errors="ignore").decode().replace("\x00", " ")


def _mentions(word: str) -> ColumnElement[bool]:
    """Whether the doctor's text has the word, its beginning, or, for a longer one, something spelled much like it."""
    text: ColumnElement[str] = literal_column("doctors.search_text")
    needle = func.lower(func.unaccent(word))
    contains = func.strpos(text, needle) > 0
    if len(word) < 4:
        return contains
    return or_(contains, func.word_similarity(needle, text) > 0.55)


def _order(filters: Filters, next_open: Any) -> list[Any]:
    words = _words(filters.text)
    name = func.lower(func.unaccent(col(Doctor.name)))
    named = [func.strpos(name, func.lower(func.unaccent(word))) > 0 for word in words]
    first = [case((and_(*named), 0), else_=1)] if named else []
    return [*first, next_open.c.starts_at.asc().nulls_last(), col(Doctor.rating).desc()]


def _found(row: Row[*tuple[Any, ...]]) -> Found:
    values = _values(row)
    del values["total"]
    return Found(**values)


def _values(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    values = dict(row._mapping)
    return values | {"languages": tuple(values["languages"]), "modes": tuple(values["modes"])}
