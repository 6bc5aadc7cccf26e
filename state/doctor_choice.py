"""Whose days one of the staff may look at."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.user import Role
from services import doctors
from services.permissions import Actor


@dataclass(frozen=True)
class Option:
    """Somebody, or a place, that can be chosen by his number."""

    id: str
    name: str


def chosen(wished: str, offered: Sequence[Option]) -> str:
    """Whom the address wishes, where he is offered; else the first, or nobody."""
    known = [option.id for option in offered]
    return wished if wished in known else next(iter(known), "")


async def options(by: Actor) -> list[Option]:
    """His own, those of his clinic, or, for an administrator, all."""
    if by.role == Role.DOCTOR:
        known = [(by.doctor_id, by.name)] if by.doctor_id else []
    else:
        known = await doctors.at_clinic(None if by.role == Role.ADMIN else by.clinic_id or 0)
    return [Option(str(identity), name) for identity, name in known]
