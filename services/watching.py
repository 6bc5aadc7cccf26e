"""Who may watch what over the live socket: asked at the door, and again before each push that names people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlmodel import col

from core import db
from core.errors import NotFound, NotSignedIn
from models import Appointment, Patient
from models.api_key import Scope
from models.user import Role
from services.charts import NEVER_WAS
from services.dashboard import Dashboard
from services.days import DoctorRef, day_read, doctor_ref
from services.patient_view import Part, PatientView
from services.people import holder
from services.permissions import Access, Actor, admit, can, require
from services.trail import read
from services.waiting import lists
from services.walls import local_day

Rule = Callable[[Actor | None], None]
"""Raises what refuses one; nothing where he may go on."""


@dataclass(frozen=True)
class WatchedDay:
    """A doctor's day that one watches: the rooms, and whether that of the appointments is among them."""

    doctor: DoctorRef
    day: date
    sees_people: bool

    @property
    def rooms(self) -> tuple[str, ...]:
        """The names of the rooms, for `services.views`."""
        kinds = ("slots", "queue", "day") if self.sees_people else ("slots", "queue")
        return tuple(f"{kind}:{self.doctor.doctor_id}:{self.day}" for kind in kinds)


async def watched_day(doctor_id: int, day: date | None, *, by: Actor | None, now: datetime) -> WatchedDay:
    """A day, today on the clinic's clock where none is named. Raises NotFound, ScopeMissing."""
    _public(by)
    doctor = await doctor_ref(doctor_id)
    sees_people = by is not None and can(by, "see_day", doctor)
    return WatchedDay(doctor, day or local_day(now, doctor.zone), sees_people)


async def watched_patient(patient_id: int | None, *, by: Actor | None) -> Part:
    """What one sees of a patient, by default of the account's holder.

    Raises NotSignedIn, ScopeMissing; NotFound, also for one of whom he may not know.
    """
    if by is None:
        raise NotSignedIn
    admit(by, Access.KNOWN if by.scopes is None else Access.SIGNED_IN, Scope.APPOINTMENTS_READ)
    if patient_id is None:
        async with db.snapshot() as connection:
            patient_id = await holder(connection, by)
    part = _part(by, patient_id)
    _requires(by, part)
    if by.role != Role.PATIENT and not await _is_known(part):
        raise NotFound(patient_id=patient_id)
    return part


async def rule_of(room: str) -> Rule:
    """Who may go on watching that room. Raises NotFound where there is nothing to watch any more."""
    kind, *args = room.split(":")
    if kind in {"day", "week", "presence"}:
        doctor = await doctor_ref(int(args[0]))
        return lambda by: require(_somebody(by), "see_day", doctor)
    if kind == "waitlist":
        return lambda by: require(_somebody(by), "see_day", lists.Part.parse(args).calendar)
    if kind == "patient":
        part = Part.parse(args)
        return lambda by: _requires(_somebody(by), part)
    return _public


async def note_reading(view: Dashboard | PatientView, *, by: Actor, now: datetime) -> None:
    """Record that one has been shown people."""
    if isinstance(view, PatientView):
        patient_id = view.part.patient_id
        entry = read(by, "PatientRead", ("patient", str(patient_id)), now=now, patient_id=patient_id)
    else:
        entry = day_read(view.board, by=by, now=now)
    async with db.transaction() as tx:
        tx.record(entry)


def names_people(room: str) -> bool:
    """Whether a room is only for some."""
    return room.partition(":")[0] in {"day", "week", "presence", "waitlist", "patient"}


def _public(by: Actor | None) -> None:
    admit(by, Access.PUBLIC, Scope.SLOTS_READ)


def _somebody(by: Actor | None) -> Actor:
    if by is None:
        raise NotSignedIn
    return by


def _part(by: Actor, patient_id: int) -> Part:
    """A doctor sees those whom he treats, a clinic those who come to it; the patient himself and the house see all."""
    if by.role == Role.DOCTOR:
        return Part(patient_id, doctor_id=by.doctor_id)
    if by.role in {Role.RECEPTIONIST, Role.INTEGRATOR}:
        return Part(patient_id, clinic_id=by.clinic_id)
    return Part(patient_id)


def _requires(by: Actor, part: Part) -> None:
    if not can(by, "see_appointment", part):
        raise NotFound(patient_id=part.patient_id)


async def _is_known(part: Part) -> bool:
    """Whether there is such a patient, with a visit there; a time that was only kept for a while is none."""
    there = [col(Patient.id) == part.patient_id]
    if part.clinic_id is not None or part.doctor_id is not None:
        there.append(exists().where(part.condition, col(Appointment.status).not_in(NEVER_WAS)))
    async with db.snapshot() as connection:
        return bool(await connection.scalar(select(exists().where(*there))))
