"""All that we keep about a person, for himself: section 11 of the Digital Personal Data Protection Act 2023."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.crypto import unseal
from core.tables import table
from models import Appointment, Clinic, Course, Doctor, Patient, Session, User, WaitlistEntry
from services import visit_notes, visit_reasons
from services.accounts import entry
from services.permissions import Actor, require

COURSE = "id patient_id doctor_id clinic_id sessions created_at cancelled_at"
WAITING = "id patient_id doctor_id first_day last_day mode visit_type status created_at"


async def export(*, by: Actor, now: datetime) -> dict[str, Any]:
    """Account, consent, family, appointments, courses, waitlists, sessions, and the trail about them; recorded."""
    require(by, "keep_account", by)
    async with db.transaction() as tx:
        user = (await tx.execute(select(table(User)).where(col(User.id) == by.user_id))).one()
        people = (await tx.execute(_people(by.user_id))).all()
        ids = [person.id for person in people]
        tx.record(entry(by.user_id, by.role, "account_exported", by.address, now))
        reasons = await visit_reasons.of_patients(tx.connection, ids)
        notes = await visit_notes.of_patients(tx.connection, ids)

        async def rows(query: Any) -> list[dict[str, Any]]:
            return [dict(row._mapping) for row in await tx.execute(query)]

        return {
            "exported_at": now,
            "account": {
                "id": user.id,
                "name": user.name,
                "email": user.email,
                "email_verified_at": user.email_verified_at,
                "phone": _opened(user.phone_sealed, f"users.phone:{user.id}"),
                "phone_verified_at": user.phone_verified_at,
                "role": user.role,
                "language": user.language,
                "created_at": user.created_at,
            },
            "consent": {"given_at": user.consented_at, "notice": user.consented_to},
            "family": [
                {
                    "id": person.id,
                    "name": person.name,
                    "merged_into": person.merged_into,
                    "is_account_holder": person.is_account_holder,
                    "born_on": person.born_on,
                    "phone": _opened(person.phone_sealed, f"patients.phone:{person.id}"),
                    "created_at": person.created_at,
                }
                for person in people
            ],
            "appointments": [
                row | {"reason": reasons.get(row["id"]), "note": notes.get(row["id"])}
                for row in await rows(_appointments(ids))
            ],
            "courses": await rows(_columns(Course, ids, COURSE)),
            "waitlists": await rows(_columns(WaitlistEntry, ids, WAITING)),
            "sessions": await rows(
                select(
                    col(Session.created_at),
                    col(Session.last_seen_at),
                    col(Session.revoked_at),
                    col(Session.expires_at),
                    col(Session.address),
                    col(Session.user_agent),
                )
                .where(col(Session.user_id) == by.user_id)
                .order_by(col(Session.created_at))
            ),
            "trail": await rows(_trail(by.user_id, ids)),
        }


def _people(user_id: int) -> Any:
    """The family, and what the clinic merged with one of them."""
    own = col(Patient.account_id) == user_id
    merged = col(Patient.merged_into).in_(select(col(Patient.id)).where(own))
    return select(table(Patient)).where(or_(own, merged)).order_by(col(Patient.id))


def _opened(sealed: bytes | None, about: str) -> str | None:
    return unseal(sealed, about=about) if sealed is not None else None


def _columns(model: Any, patients: list[int], names: str) -> Any:
    columns = [col(getattr(model, name)) for name in names.split()]
    return select(*columns).where(col(model.patient_id).in_(patients)).order_by(col(model.created_at))


def _appointments(patients: list[int]) -> Any:
    return (
        select(
            col(Appointment.id),
            col(Appointment.patient_id),
            col(Doctor.name).label("doctor"),
            col(Clinic.name).label("clinic"),
            col(Appointment.starts_at),
            col(Appointment.ends_at),
            col(Appointment.visit_type),
            col(Appointment.mode),
            col(Appointment.status),
            col(Appointment.token),
            col(Appointment.fee),
            col(Doctor.currency),
            col(Appointment.source),
            col(Appointment.created_at),
        )
        .join(Doctor, col(Doctor.id) == col(Appointment.doctor_id))
        .join(Clinic, col(Clinic.id) == col(Appointment.clinic_id))
        .where(col(Appointment.patient_id).in_(patients))
        .order_by(col(Appointment.starts_at))
    )


def _trail(user_id: int, patients: list[int]) -> Any:
    """What was done by him and to his; of others only their role, and not from where."""
    mine = col(AuditEntry.actor_id) == user_id
    own_account = (col(AuditEntry.object_type) == "user") & (col(AuditEntry.object_id) == str(user_id))
    return (
        select(
            col(AuditEntry.occurred_at),
            func.coalesce(mine, False).label("by_you"),
            col(AuditEntry.actor_role),
            col(AuditEntry.action),
            col(AuditEntry.object_type),
            col(AuditEntry.object_id),
            col(AuditEntry.patient_id),
            case((mine, col(AuditEntry.address))).label("address"),
        )
        .where(or_(mine, own_account, col(AuditEntry.patient_id).in_(patients)))
        .order_by(col(AuditEntry.occurred_at), col(AuditEntry.id))
    )
