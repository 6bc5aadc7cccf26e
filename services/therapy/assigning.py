"""Another therapist or another room for a visit, chosen by hand: at its own time, or together with another one."""

from datetime import datetime
from uuid import UUID

from core.db import transaction
from core.errors import Invalid, Stale
from models import Appointment
from services import inputs
from services.alternatives import naming_alternatives
from services.appointments import rescheduling
from services.day_locks import lock_days
from services.moves import REASSIGNED, Entry, again, find, move
from services.permissions import Actor, require
from services.placing import Wish
from services.reach import MOVABLE
from services.therapy.places import KINDS, lock_place


async def assign(
    appointment_id: UUID, kind: str, place_id: int, *, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """That therapist or room instead of the one that it has; its time and its token stay.

    Raises NotFound, also for one who is not of the clinic, NotAllowed, Invalid where it has none of that kind, Stale,
    PlaceTaken.
    """
    place_id = _checked(kind, place_id)
    async with transaction() as tx:
        known = await find(tx, inputs.number(appointment_id, "appointment_id"))
        _refuse(known, kind, by)
        await lock_place(tx, kind, place_id, known.appointment.clinic_id)
        await lock_days(tx, [known.doctor_day], now)
        old = await again(tx, known)
        _refuse(old, kind, by)
        old.require_version(version)
        if old.appointment.status not in MOVABLE:
            raise Stale(status=old.appointment.status)
        column = f"{kind}_id"
        if (was := getattr(old.appointment, column)) == place_id:
            return old.appointment
        status, noted = old.appointment.status, {"was": {column: was}}
        return await move(tx, old, status, by=by, now=now, kind=REASSIGNED, noted=noted, **{column: place_id})


async def reschedule_to(
    appointment_id: UUID,
    wish: Wish,
    kind: str,
    place_id: int,
    *,
    by: Actor,
    now: datetime,
    version: int | None = None,
    tells: bool | None = None,
) -> Appointment:
    """The same together with another time. Raises what `assign` and `appointments.reschedule` raise."""
    place_id, wish = _checked(kind, place_id), wish.checked()
    async with naming_alternatives(wish, now), transaction() as tx:
        known = await find(tx, inputs.number(appointment_id, "appointment_id"))
        _refuse(known, kind, by)
        await lock_place(tx, kind, place_id, known.appointment.clinic_id)
        instead = {f"{kind}_id": place_id}
        return await rescheduling(
            tx, appointment_id, wish, by=by, now=now, version=version, tells=tells, instead=instead
        )


def _checked(kind: str, place_id: int) -> int:
    if kind not in KINDS:
        raise Invalid(field="kind")
    return inputs.identity(place_id, f"{kind}_id")


def _refuse(known: Entry, kind: str, by: Actor) -> None:
    require(by, "receive", known.appointment)
    if getattr(known.appointment, f"{kind}_id") is None:
        raise Invalid(field="kind")
