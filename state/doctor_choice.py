"""Whose days one of the staff may look at."""

from dataclasses import dataclass

from models.user import Role
from services import doctors
from services.permissions import Actor


@dataclass(frozen=True)
class Option:
    """A doctor whose days can be opened."""

    id: str
    name: str


async def options(by: Actor) -> list[Option]:
    """His own, those of his clinic, or, for an administrator, all."""
    if by.role == Role.DOCTOR:
        known = [(by.doctor_id, by.name)] if by.doctor_id else []
    else:
        known = await doctors.at_clinic(None if by.role == Role.ADMIN else by.clinic_id or 0)
    return [Option(str(identity), name) for identity, name in known]
