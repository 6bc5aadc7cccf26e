"""How a clinic orders those who wait, and who may say so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from core import db
from core.db import transaction
from core.errors import Invalid, NotFound
from core.events import Event
from models import Clinic, Doctor
from models.user import Role
from services.day_locks import day_topic, lock_days
from services.permissions import Actor, can, require
from services.queue_rule import QueueRule
from services.trail import entry
from services.walls import local_day

GRACE, LATE, WALK_INS = range(121), range(21), range(1, 51)
"""What can be chosen, as the database has it: minutes of grace, and how many go first."""


@dataclass(frozen=True, kw_only=True)
class ClinicRule:
    """A clinic with its rule; as `can` asks about it."""

    clinic_id: int
    name: str
    zone: str
    rule: QueueRule


async def clinics(*, by: Actor) -> list[ClinicRule]:
    """Those whose rule he may set, by name."""
    query = select(
        col(Clinic.id),
        col(Clinic.name),
        col(Clinic.time_zone),
        col(Clinic.queue_grace_minutes),
        col(Clinic.queue_late_after),
        col(Clinic.queue_walk_in_after),
    ).order_by(col(Clinic.name), col(Clinic.id))
    if by.role != Role.ADMIN:
        query = query.where(col(Clinic.id) == by.clinic_id)
    async with db.snapshot() as connection:
        rows: Any = await connection.execute(query)
        found = [
            ClinicRule(
                clinic_id=identity,
                name=name,
                zone=zone,
                rule=QueueRule(grace_minutes=grace, late_after=late, walk_in_after=walk_ins),
            )
            for identity, name, zone, grace, late, walk_ins in rows
        ]
    return [each for each in found if can(by, "set_queue_rule", each)]


async def of(clinic_id: int, *, by: Actor) -> ClinicRule:
    """A clinic's rule, for one who may set it. Raises NotAllowed, also for a clinic that is none."""
    found = next((each for each in await clinics(by=by) if each.clinic_id == clinic_id), None)
    if found is None:
        require(by, "set_queue_rule", ClinicRule(clinic_id=clinic_id, name="", zone="", rule=QueueRule()))
        raise NotFound(clinic_id=clinic_id)
    return found


async def set_rule(clinic_id: int, rule: QueueRule, *, by: Actor, now: datetime) -> None:
    """From now on. Today's queues of all its doctors are told, and read anew. Raises NotFound, NotAllowed, Invalid."""
    known = await of(clinic_id, by=by)
    for field, value, allowed in (
        ("grace_minutes", rule.grace_minutes, GRACE),
        ("late_after", rule.late_after, LATE),
        ("walk_in_after", rule.walk_in_after, WALK_INS),
    ):
        if value not in allowed:
            raise Invalid(field=field)
    async with transaction() as tx:
        query = select(col(Doctor.id)).where(col(Doctor.clinic_id) == clinic_id, col(Doctor.is_active))
        doctors = list((await tx.execute(query)).scalars())
        today = local_day(now, known.zone)
        # Their queues are ordered otherwise from the same moment for all who look.
        await lock_days(tx, [(doctor_id, today) for doctor_id in doctors], now)
        await tx.execute(
            update(Clinic)
            .where(col(Clinic.id) == clinic_id)
            .values(
                queue_grace_minutes=rule.grace_minutes,
                queue_late_after=rule.late_after,
                queue_walk_in_after=rule.walk_in_after,
            )
        )
        days = [day_topic(doctor_id, today) for doctor_id in doctors]
        topics = (f"clinic:{clinic_id}", *(f"doctor:{doctor_id}" for doctor_id in doctors), *days)
        data = {"clinic_id": clinic_id, "day_versions": {topic: tx.versions[topic] for topic in days}}
        tx.announce(Event(kind="QueueRuleSet", topics=topics, data=data, occurred_at=now))
        details = {"before": vars(known.rule), "after": vars(rule)}
        tx.record(entry(by, "QueueRuleSet", ("clinic", str(clinic_id)), now=now, details=details))
