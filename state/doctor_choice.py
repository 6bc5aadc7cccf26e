"""Whose days one of the staff may look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import clock
from models.user import Role
from services import doctors
from services.busiest import busiest
from services.permissions import Access, Actor, admit
from state.guard import signed_in


@dataclass(frozen=True)
class Option:
    """Somebody, or a place, that can be chosen by his number."""

    id: str
    name: str


def chosen(wished: str, offered: Sequence[Option]) -> str:
    """Whom the address wishes, where he is offered; else the first, or nobody."""
    known = [option.id for option in offered]
    return wished if wished in known else next(iter(known), "")


async def whose(page: Any, wished: str) -> Actor:
    """One of the staff opens a page of one doctor's: his options, and whose it is.

    It is the doctor whom the address wishes, else whom this tab has shown last, so that a lost connection changes
    nothing; else the busiest of now, or the first where nobody has anything today. Raises NotSignedIn, NotAllowed.
    """
    by = await signed_in(page)
    admit(by, Access.STAFF)
    page.options = await options(by)
    ids = [each.id for each in page.options]
    if wished not in ids and page.doctor_id not in ids:
        wished = str(await busiest(map(int, ids), clock.now()) or "")
    page.doctor_id = chosen(wished if wished in ids else page.doctor_id, page.options)
    return by


async def options(by: Actor) -> list[Option]:
    """His own, those of his clinic, or, for an administrator, all."""
    if by.role == Role.DOCTOR:
        known = [(by.doctor_id, by.name)] if by.doctor_id else []
    else:
        known = await doctors.at_clinic(None if by.role == Role.ADMIN else by.clinic_id or 0)
    return [Option(str(identity), name) for identity, name in known]
