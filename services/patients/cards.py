"""A patient's card at the desk: who he is, what is ahead, and how it went so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.db import transaction
from core.errors import NotFound
from models.appointment import Status
from services import acquaintances
from services.patients import glances
from services.patients.glances import CAME, TO_COME, Glance, Known
from services.permissions import Actor, can
from services.trail import read


@dataclass(frozen=True, kw_only=True)
class Card:
    """What stands on it: what is ahead with the nearest first, what was with the latest first, and how often."""

    patient: Known
    ahead: tuple[Glance, ...]
    past: tuple[Glance, ...]
    came: int
    missed: int
    cancelled: int


async def card(patient_id: Any, *, by: Actor, now: datetime) -> Card:
    """The card of one whom the clinic knows; that it was read is recorded. Raises NotFound, Invalid.

    A number that was merged opens that of the person as whom he is known now.
    """
    async with transaction() as tx:
        whom = await acquaintances.acquainted(tx, patient_id)
        if not can(by, "see_patient", whom):
            raise NotFound(patient_id=patient_id)
        (patient,) = await glances.known(tx.connection, [whom.patient_id], by)
        what = "patient", str(whom.patient_id)
        tx.record(read(by, "PatientRead", what, now=now, patient_id=whom.patient_id))
    return _card(patient, now)


def _card(patient: Known, now: datetime) -> Card:
    ahead = [v for v in patient.visits if v.status in TO_COME and (v.is_today(now) or v.starts_at > now)]
    past = [v for v in patient.visits if v not in ahead]

    def count(*statuses: Status) -> int:
        return sum(visit.status in statuses for visit in past)

    return Card(
        patient=patient,
        ahead=tuple(ahead),
        past=tuple(reversed(past)),
        came=count(*CAME),
        missed=count(Status.NO_SHOW),
        cancelled=count(Status.CANCELLED),
    )
