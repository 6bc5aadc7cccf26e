"""What the doctor writes down about a visit: sealed, saved over nobody else's words, kept as long as the visit is.

Only who treats reads and writes it here; the patient has it in the file of all his data. Nothing of it is announced.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core.crypto import seal, unseal
from core.db import Transaction, transaction
from core.errors import DomainError, Invalid, NotFound
from core.words import N_
from models import Appointment, Clinic, Patient, VisitNote
from models.appointment import Status
from services import inputs, trail, visit_reasons
from services.permissions import Actor, can

LONGEST = 10_000
"""Characters; what a browser still sends of a page that is left has 64 KiB, and a letter of Hindi three bytes."""

NEVER_WAS = (Status.HELD, Status.EXPIRED)
"""Of such a time there is nothing to write; of one that was cancelled there may be, if only what was being typed."""

ALL = text("SELECT id, note_sealed FROM visit_notes WHERE patient_id = ANY(:patients)")


class NoteChanged(DomainError):
    """Somebody saved it meanwhile; what stands there now is to be read, and is not in this."""

    code = "note_changed"
    message = N_("This note was changed in another window.")


@dataclass(frozen=True, kw_only=True)
class Note:
    """What stands there; version 0: nothing was ever written. `zone` is the clinic's."""

    text: str
    version: int
    written_at: datetime | None
    zone: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A note with what the doctor needs beside it."""

    appointment_id: UUID
    patient_id: int
    patient: str
    starts_at: datetime
    status: Status
    token: int | None
    reason: str | None
    note: Note


async def keep(appointment_id: UUID, written: str, *, by: Actor, now: datetime, version: int) -> Note:
    """Save it, if nobody saved another since `version`; to save the same again changes nothing.

    Raises Invalid, NotFound (also for another's visit), NoteChanged.
    """
    async with transaction() as tx:
        visit = await _own(tx, appointment_id, by)
        written = _checked(written)
        # PostgreSQL's integers end here.
        if type(version) is not int or not 0 <= version < 2**31 - 1:
            raise Invalid(field="version")
        sealed = seal(written, about=_about(visit.id))
        values = {"note_sealed": sealed, "version": version + 1, "written_by": by.user_id, "updated_at": now}
        if not await _swap(tx, visit, version, values):
            standing = await _note(tx.connection, visit)
            if standing.text != written:
                raise NoteChanged
            # Its own answer was lost on the way, or two windows agree.
            return standing
        tx.record(_entry(by, "NoteWritten", visit, now, version=version + 1))
        return Note(text=written, version=version + 1, written_at=now, zone=visit.time_zone)


async def read(appointment_id: UUID, *, by: Actor, now: datetime) -> Sheet:
    """The note of a visit of one's own; that it was read is recorded. Raises NotFound."""
    async with transaction() as tx:
        visit = await _own(tx, appointment_id, by)
        tx.record(_entry(by, "NoteRead", visit, now))
        return Sheet(
            appointment_id=visit.id,
            patient_id=visit.patient_id,
            patient=visit.name,
            starts_at=visit.starts_at,
            status=Status(visit.status),
            token=visit.token,
            reason=await visit_reasons.of(tx.connection, visit.id),
            note=await _note(tx.connection, visit),
        )


async def of_patients(connection: AsyncConnection, patient_ids: Sequence[int]) -> dict[UUID, str]:
    """All notes about these people, by the appointment; whoever asks may see them."""
    rows = await connection.execute(ALL, {"patients": list(patient_ids)})
    return {row.id: unseal(row.note_sealed, about=_about(row.id)) for row in rows}


async def forget(tx: Transaction, patient_ids: Collection[int]) -> None:
    """Take the notes about people whom the law no longer wants kept."""
    await tx.execute(delete(VisitNote).where(col(VisitNote.patient_id).in_(list(patient_ids))))


def _checked(written: Any) -> str:
    if not isinstance(written, str) or "\0" in written:
        raise Invalid(field="text")
    plain: str = written.replace("\r\n", "\n")
    try:
        plain.encode()
    except UnicodeEncodeError as error:
        # Half of a character: no text at all.
        raise Invalid(field="text") from error
    if len(plain) > LONGEST:
        raise Invalid(field="text")
    return plain


async def _own(tx: Transaction, appointment_id: UUID, by: Actor) -> Any:
    """The visit, for its doctor; for all others there is none."""
    row = (await tx.execute(_visit(inputs.number(appointment_id, "appointment_id")))).first()
    if row is None or not can(by, "take_notes", row):
        raise NotFound
    return row


def _visit(appointment_id: UUID) -> Select[*tuple[Any, ...]]:
    names = "id patient_id doctor_id clinic_id starts_at status token".split()  # noqa: SIM905
    return (
        select(*(col(getattr(Appointment, name)) for name in names), col(Patient.name), col(Clinic.time_zone))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .join(Clinic, col(Clinic.id) == col(Appointment.clinic_id))
        .where(col(Appointment.id) == appointment_id, col(Appointment.status).not_in(NEVER_WAS))
    )


async def _swap(tx: Transaction, visit: Any, version: int, values: dict[str, Any]) -> bool:
    """Write it where that version stands, or where nothing does; whether it did."""
    if version == 0:
        first = insert(VisitNote).values(id=visit.id, patient_id=visit.patient_id, **values)
        written = first.on_conflict_do_nothing().returning(col(VisitNote.version))
        return (await tx.execute(written)).first() is not None
    stands = col(VisitNote.id) == visit.id, col(VisitNote.version) == version
    return (await tx.execute(update(VisitNote).where(*stands).values(**values))).rowcount == 1


async def _note(connection: AsyncConnection, visit: Any) -> Note:
    query = select(col(VisitNote.note_sealed), col(VisitNote.version), col(VisitNote.updated_at))
    row = (await connection.execute(query.where(col(VisitNote.id) == visit.id))).first()
    if row is None:
        return Note(text="", version=0, written_at=None, zone=visit.time_zone)
    written = unseal(row.note_sealed, about=_about(visit.id))
    return Note(text=written, version=row.version, written_at=row.updated_at, zone=visit.time_zone)


def _entry(by: Actor, action: str, visit: Any, now: datetime, **details: int) -> Any:
    what = "visit_note", str(visit.id)
    return trail.entry(by, action, what, now=now, patient_id=visit.patient_id, details=details)


def _about(appointment_id: UUID) -> str:
    return f"visit_notes.note:{appointment_id}"
