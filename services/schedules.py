"""Reading what decides a doctor's open times: the rules, kept in the process by their version, and what is taken."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import Invalid, NotFound, Stale
from models.appointment import ACTIVE, Status, listed
from models.visit import Length, VisitType
from services import inputs
from services.slots import Hours, Override, Pause, Schedule, Span, Taken
from services.walls import bounds, local_day

KEPT = 5000
"""Doctors whose rules a process keeps."""

RULES = text("""
    SELECT d.id, d.clinic_id, d.schedule_version, d.slot_minutes, d.notice_minutes, d.horizon_days, d.fee, d.modes,
        c.time_zone,
        (SELECT json_agg(json_build_array(weekday, opens, closes, w.modes, w.clinic_id, k.time_zone)
                ORDER BY opens, w.id)
            FROM weekly_hours w JOIN clinics k ON k.id = w.clinic_id WHERE w.doctor_id = d.id) AS hours,
        (SELECT json_agg(json_build_array(day, opens, closes, o.modes, o.clinic_id, k.time_zone)
                ORDER BY day, opens, o.id)
            FROM hour_overrides o JOIN clinics k ON k.id = o.clinic_id
            WHERE o.doctor_id = d.id AND day >= CURRENT_DATE - 2) AS overrides,
        (SELECT json_agg(json_build_array(weekday, starts, ends)) FROM breaks WHERE doctor_id = d.id) AS pauses,
        (SELECT json_agg(json_build_array(visit_type, minutes, buffer_minutes))
            FROM visit_rules WHERE doctor_id = d.id) AS lengths,
        (SELECT json_agg(json_build_array(starts_at, ends_at))
            FROM leaves WHERE doctor_id = d.id AND ends_at > now() - interval '2 days') AS leaves,
        (SELECT json_agg(json_build_array(starts_at, ends_at, s.clinic_id))
            FROM closures s WHERE ends_at > now() - interval '2 days' AND s.clinic_id IN
                (SELECT d.clinic_id UNION SELECT clinic_id FROM weekly_hours WHERE doctor_id = d.id
                 UNION SELECT clinic_id FROM hour_overrides WHERE doctor_id = d.id)) AS closures
    FROM doctors d JOIN clinics c ON c.id = d.clinic_id
    WHERE d.id = ANY(:ids) AND d.is_active
""").bindparams(bindparam("ids"))

CURRENT = text("SELECT id, schedule_version FROM doctors WHERE id = ANY(:ids) AND is_active")

ZONE = text("""
    SELECT c.time_zone FROM doctors d JOIN clinics c ON c.id = d.clinic_id
    WHERE d.id = :id AND d.is_active
""")

TAKEN = text(f"""
    SELECT doctor_id, starts_at, ends_at, busy_until, status, held_until FROM appointments
    WHERE doctor_id = ANY(:ids) AND starts_at >= :since AND starts_at < :until
        AND status IN ({listed(ACTIVE)})
""")  # noqa: S608  (the words are ours)

VERSIONS = text("""
    SELECT doctor_id, day, version FROM doctor_days WHERE doctor_id = ANY(:ids) AND day BETWEEN :first AND :last
""")

_kept: OrderedDict[int, Schedule] = OrderedDict()


async def schedule(connection: AsyncConnection, doctor_id: int, first: date, last: date) -> Schedule:
    """The doctor's schedule from `first` to `last`, both included. Raises NotFound."""
    found = await schedules(connection, [doctor_id], first, last)
    if doctor_id not in found:
        raise NotFound(doctor_id=doctor_id)
    return found[doctor_id]


async def schedules(
    connection: AsyncConnection, doctor_ids: Collection[int], first: date, last: date
) -> dict[int, Schedule]:
    """The schedules of those of `doctor_ids` that are active, by id. Raises Invalid for days beyond all reason."""
    if not inputs.FIRST.date() <= first <= last < inputs.LAST.date():
        raise Invalid(field="day")
    ids = list(doctor_ids)
    found = await rules(connection, ids)
    taken = await _taken(connection, ids, first, last)
    versions = await _versions(connection, ids, first, last)
    return {
        doctor_id: known.with_taken(taken.get(doctor_id, ()), versions.get(doctor_id, {}))
        for doctor_id, known in found.items()
    }


async def schedules_at(
    connection: AsyncConnection, versions: Mapping[int, int], first: date, last: date
) -> dict[int, Schedule]:
    """The same of doctors whose calendars' versions have just been read; the versions of their days are left out."""
    found = {i: known for i, version in versions.items() if (known := _kept.get(i)) and known.version == version}
    if missing := [doctor_id for doctor_id in versions if doctor_id not in found]:
        found |= await rules(connection, missing)
    taken = await _taken(connection, list(found), first, last)
    return {doctor_id: known.with_taken(taken.get(doctor_id, ()), {}) for doctor_id, known in found.items()}


async def rules(connection: AsyncConnection, ids: Collection[int]) -> dict[int, Schedule]:
    """Schedules with nothing taken. What the process keeps is used only where its version is the database's."""
    rows = await connection.execute(CURRENT, {"ids": list(ids)})
    current: dict[int, int] = {row.id: row.schedule_version for row in rows}
    found = {i: known for i in current if (known := _kept.get(i)) is not None and known.version == current[i]}
    for doctor_id in found:
        _kept.move_to_end(doctor_id)
    if missing := [i for i in current if i not in found]:
        for row in await connection.execute(RULES, {"ids": missing}):
            found[row.id] = _kept[row.id] = _schedule(row)
            _kept.move_to_end(row.id)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


async def rules_of(connection: AsyncConnection, doctor_id: int, version: int) -> Schedule | None:
    """The same of one doctor whose version has just been read: nothing is asked where the process keeps that one."""
    if (known := _kept.get(doctor_id)) is not None and known.version == version:
        _kept.move_to_end(doctor_id)
        return known
    return (await rules(connection, [doctor_id])).get(doctor_id)


def forget() -> None:
    """Drop what the process keeps; for tests, which change databases under it."""
    _kept.clear()


async def day_of(connection: AsyncConnection, doctor_id: int, moment: datetime) -> date:
    """The date of `moment` on the wall clock of the doctor's home clinic, as far as is known. Raises NotFound.

    What the process keeps may be of another zone than the doctor has by now: whoever locks the day asks `require_day`.
    """
    return local_day(moment, await zone_of(connection, doctor_id))


async def zone_of(connection: AsyncConnection, doctor_id: int) -> str:
    """The time zone of the doctor's home clinic, as far as is known. Raises NotFound."""
    if (known := _kept.get(doctor_id)) is not None:
        return known.zone
    row = (await connection.execute(ZONE, {"id": doctor_id})).first()
    if row is None:
        raise NotFound(doctor_id=doctor_id)
    return str(row.time_zone)


def require_day(book: Schedule, moment: datetime, day: date) -> None:
    """Raise Stale unless `moment` is on that day of the schedule: the doctor went to another zone meanwhile."""
    if local_day(moment, book.zone) != day:
        raise Stale(doctor_id=book.doctor_id)


async def _taken(connection: AsyncConnection, ids: list[int], first: date, last: date) -> dict[int, list[Taken]]:
    # A day wider on each side: the widest difference between two wall clocks.
    since, until = bounds(first, "UTC")[0] - timedelta(days=1), bounds(last, "UTC")[1] + timedelta(days=1)
    found: dict[int, list[Taken]] = {}
    rows = await connection.execute(TAKEN, {"ids": ids, "since": since, "until": until})
    for doctor_id, starts_at, ends_at, busy_until, status, held_until in rows:
        taken = Taken(starts_at, ends_at, busy_until, Status(status), held_until)
        found.setdefault(doctor_id, []).append(taken)
    return found


async def _versions(connection: AsyncConnection, ids: list[int], first: date, last: date) -> dict[int, dict[date, int]]:
    found: dict[int, dict[date, int]] = {}
    for doctor_id, day, version in await connection.execute(VERSIONS, {"ids": ids, "first": first, "last": last}):
        found.setdefault(doctor_id, {})[day] = version
    return found


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        doctor_id=row.id,
        clinic_id=row.clinic_id,
        zone=row.time_zone,
        version=row.schedule_version,
        notice=timedelta(minutes=row.notice_minutes),
        horizon=timedelta(days=row.horizon_days),
        fee=row.fee,
        hours=[hours for values in row.hours or () if (hours := _hours(row.modes, *values)).modes],
        overrides=[override_of(row.modes, *values) for values in row.overrides or ()],
        pauses=[Pause(weekday, _time(starts), _time(ends)) for weekday, starts, ends in row.pauses or ()],
        lengths={VisitType.FIRST_VISIT: Length(row.slot_minutes)}
        | {VisitType(visit): Length(minutes, buffer) for visit, minutes, buffer in row.lengths or ()},
        leaves=[Span(_instant(start), _instant(end)) for start, end in row.leaves or ()],
        closures=[Span(_instant(start), _instant(end), clinic_id) for start, end, clinic_id in row.closures or ()],
    )


def _hours(
    offered: list[str], weekday: int, opens: str, closes: str, modes: list[str], clinic_id: int, zone: str
) -> Hours:
    """A stretch serves the modes that are its own and the doctor's."""
    serves = tuple(mode for mode in modes if mode in offered)
    return Hours(weekday, _time(opens), _time(closes), serves, clinic_id, zone)


def override_of(
    offered: list[str], day: str, opens: str | None, closes: str | None, modes: list[str], clinic_id: int, zone: str
) -> Override:
    """What is written of one date, as JSON has it, for a doctor who offers those modes."""
    date_ = date.fromisoformat(day)
    if opens is None or closes is None:
        return Override(date_, None)
    hours = _hours(offered, date_.weekday(), opens, closes, modes, clinic_id, zone)
    return Override(date_, hours if hours.modes else None)


def _time(text_: str) -> time:
    # Python has no 24:00; where something ends, 00:00 is that midnight.
    return time.min if text_.startswith("24") else time.fromisoformat(text_)


def _instant(text_: str) -> datetime:
    return datetime.fromisoformat(text_)
