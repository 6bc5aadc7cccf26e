"""Who acts, by the account: what tokens and keys of programs, which have no browser session, are good for."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.cache import cached, recall
from models import Doctor, Patient, User
from models.user import Role
from services.permissions import Actor


async def of(user_id: int, **more: Any) -> Actor | None:
    """The account as it is now, `more` being how it came; None when it is not there or was deactivated."""
    found = await cached(_key(user_id), lambda: _read(user_id))
    if found is None:
        return None
    return Actor(
        user_id=user_id,
        role=Role(found["role"]),
        name=found["name"],
        language=found["language"],
        doctor_id=found["doctor_id"],
        clinic_id=found["clinic_id"],
        patient_ids=frozenset(found["patient_ids"]),
        **more,
    )


async def changed(user_id: int) -> None:
    """The account or its family is about to change, and no session or token is to go on with what it knew: call it
    before the commit.
    """
    await recall([_key(user_id)])


def _key(user_id: int) -> str:
    return f"aarogya:account:{user_id}"


async def _read(user_id: int) -> dict[str, Any] | None:
    query = (
        select(col(User.role), col(User.name), col(User.language), col(User.clinic_id))
        .add_columns(col(Doctor.id).label("doctor_id"), col(Doctor.clinic_id).label("doctor_clinic_id"))
        .outerjoin(Doctor, col(Doctor.user_id) == col(User.id))
        .where(col(User.id) == user_id, col(User.is_active))
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
        if row is None:
            return None
        family = await connection.execute(select(col(Patient.id)).where(col(Patient.account_id) == user_id))
        patient_ids = [member.id for member in family]
    return {
        "role": row.role,
        "name": row.name,
        "language": row.language,
        "doctor_id": row.doctor_id,
        "clinic_id": row.clinic_id or row.doctor_clinic_id,
        "patient_ids": patient_ids,
    }
