"""What the page of many at once is told, as the change of the calendar that it means."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.absence.leaves import Away, Change, Closed, Picked
from services.walls import bounds, local_day
from state.typed import wall_instant_of

AWAY, LATE, SHUT, SOME = "away", "late", "shut", "some"
KINDS = (AWAY, LATE, SHUT, SOME)
"""What can have happened: a doctor is away or comes late, the clinic shuts, or only some are to go elsewhere."""

FORM = "%Y-%m-%dT%H:%M"
"""As a browser's field of date and time has it, by the clinic's wall clock."""

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Happened:
    """As it was said; no doctors: to the whole clinic. `going` None: it is only asked whom it would meet."""

    kind: str
    doctor_ids: tuple[int, ...]
    clinic_id: int
    since: str
    until: str
    minutes: int
    name: str
    going: frozenset[UUID] | None


def rest_of(day: date | None, zone: str, now: datetime) -> tuple[str, str]:
    """From when until when, as the fields have it: that day, or what is left of today from the next quarter on."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)
    begins = datetime.combine(day or local.date(), time.min)
    if begins.date() <= local.date():
        begins = local + (QUARTER - timedelta(minutes=local.minute % 15))
    ends = datetime.combine(begins.date() + timedelta(days=1), time.min)
    return begins.strftime(FORM), ends.strftime(FORM)


def change_of(said: Happened, zone: str, now: datetime) -> Change:
    """The same as a change. Raises Invalid for what is no date and time."""
    doctor_id = said.doctor_ids[0] if said.doctor_ids else None
    if said.kind == LATE:
        ends = bounds(local_day(now, zone), zone)[1]
        return Picked(doctor_id=doctor_id, starts_at=now, ends_at=ends, appointments=said.going, delay=said.minutes)
    since, until = wall_instant_of(said.since, zone), wall_instant_of(said.until, zone)
    if said.kind == SHUT:
        return Closed(clinic_id=said.clinic_id, starts_at=since, ends_at=until, name=said.name)
    if said.kind == AWAY:
        return Away(doctor_ids=said.doctor_ids, starts_at=since, ends_at=until)
    return Picked(
        doctor_id=doctor_id,
        clinic_id=said.clinic_id if doctor_id is None else 0,
        starts_at=since,
        ends_at=until,
        appointments=said.going,
    )
