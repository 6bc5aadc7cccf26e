"""Who fits what was typed, by the indexes of names and of telephones' ends; those with a visit today first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.user import Role
from services.addresses import tail_hash
from services.patients.glances import TO_COME
from services.patients.wanted import Wanted
from services.permissions import Actor

LOOKED_AT = 100
"""Of those who fit so many are put in order: where there are more, whoever looks types on."""

AROUND = timedelta(hours=36)
"""Within it lies today on every wall clock."""

SPELLED_ALIKE = 4
"""From so many letters on a word may be misspelled; how much alike is alike, `core/db.py` tells each connection."""

NEEDLE = "lower(unaccent(:word{0}))"
BEGINS = "p.search_name LIKE (SELECT '% ' || regexp_replace({needle}, '([\\\\%_])', '\\\\\\1', 'g') || '%')"
ALIKE = "(SELECT {needle}) <% p.search_name"
EXACT = "CAST(strpos(p.search_name || ' ', (SELECT ' ' || {needle} || ' ')) > 0 AS int)"

# Whoever has no number of his own is found by his account's; read once, so that the indexes are used for both.
OWN_OR_ACCOUNTS = """(p.{0} = :{0} OR p.id = ANY(ARRAY(
    SELECT o.id FROM users u JOIN patients o ON o.account_id = u.id WHERE u.{0} = :{0} AND o.phone_hash IS NULL)))"""

# A value, and no EXISTS, which would be joined with all whom the clinic knows before the first is found.
KNOWN_HERE = """(
    SELECT true FROM acquaintances k WHERE k.clinic_id = :clinic AND k.patient_id = coalesce(p.merged_into, p.id))"""

TODAY = """
    WITH today AS MATERIALIZED (
        SELECT a.patient_id, a.starts_at, a.token FROM appointments a JOIN clinics c ON c.id = a.clinic_id
        WHERE a.starts_at BETWEEN :now - :around AND :now + :around AND a.status = ANY(:to_come)
            AND a.day = CAST(CAST(:now AS timestamptz) AT TIME ZONE c.time_zone AS date) AND {here}
    )
    SELECT p.id, a.starts_at, NULL AS name, 0 AS exact
    FROM today a CROSS JOIN LATERAL (SELECT * FROM patients WHERE id = a.patient_id OFFSET 0) p WHERE {fits}
"""

# Who comes today is not among the `looked_at`: he is shown in any case.
ANY_DAY = """
    UNION ALL (SELECT coalesce(p.merged_into, p.id), NULL, p.search_name, {exact} FROM patients p
        WHERE {fits} AND {known} LIMIT :looked_at)
"""

OF_APPOINTMENT = """
    SELECT a.patient_id AS id, a.starts_at, NULL AS name, 0 AS exact FROM appointments a
    WHERE a.id = :appointment AND {here}
"""


async def fitting(connection: AsyncConnection, asked: Wanted, *, by: Actor, now: datetime) -> list[int]:
    """Those whom `by` may find, by their numbers, in the order in which they are shown; some may be missing at the end.

    Who has a visit today comes by its time; then all others by name, who is called just so before who begins so.
    """
    here = "true" if by.role == Role.ADMIN else "a.clinic_id = :clinic"
    today = {"now": now, "around": AROUND, "to_come": list(TO_COME)}
    values: dict[str, Any] = {} if by.role == Role.ADMIN else {"clinic": by.clinic_id}
    if asked.appointment_id is not None:
        return await _ids(connection, OF_APPOINTMENT.format(here=here), values | {"appointment": asked.appointment_id})
    if asked.token is not None:
        query = TODAY.format(fits="a.token = :token", here=here)
        return await _ids(connection, query, values | today | {"token": asked.token})
    known = "true" if by.role == Role.ADMIN else KNOWN_HERE
    exact = " + ".join(EXACT.format(needle=NEEDLE.format(number)) for number in range(len(asked.words))) or "0"
    for fits, named in _ways(asked):
        query = TODAY.format(fits=fits, here=here) + ANY_DAY.format(fits=fits, known=known, exact=exact)
        if found := await _ids(connection, query, values | today | named | {"looked_at": LOOKED_AT}):
            return found
    return []


def _ways(asked: Wanted) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a patient is to meet, and its values: as it was typed, and, where nobody does, spelled much like it."""
    if asked.phone is not None:
        yield OWN_OR_ACCOUNTS.format("phone_hash"), {"phone_hash": asked.phone.hash}
        return
    values: dict[str, Any] = {f"word{number}": word for number, word in enumerate(asked.words)}
    ending = []
    if asked.tail is not None:
        values["phone_tail"] = tail_hash(asked.tail)
        ending = [OWN_OR_ACCOUNTS.format("phone_tail")]
    begins = [BEGINS.format(needle=NEEDLE.format(number)) for number in range(len(asked.words))]
    yield " AND ".join(begins + ending), values
    if any(len(word) >= SPELLED_ALIKE for word in asked.words):
        alike = [
            ALIKE.format(needle=NEEDLE.format(number)) if len(word) >= SPELLED_ALIKE else begins[number]
            for number, word in enumerate(asked.words)
        ]
        yield " AND ".join(alike + ending), values


async def _ids(connection: AsyncConnection, query: str, values: dict[str, Any]) -> list[int]:
    rows = (await connection.execute(_statement(query), values)).all()
    return list(dict.fromkeys(row.id for row in sorted(rows, key=_place)))


@lru_cache(maxsize=64)
def _statement(query: str) -> TextClause:
    """There are as many as there are ways to ask."""
    return text(query)


def _place(row: Row[Any]) -> tuple[Any, ...]:
    """Those of today by the time of their visit, then the others: who is called just so, then by name."""
    return (0, row.starts_at, row.id) if row.starts_at is not None else (1, -row.exact, row.name, row.id)
