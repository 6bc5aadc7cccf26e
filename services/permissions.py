"""Who may do what: one table, one question, `can(actor, action, object)`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.errors import NotAllowed
from models.user import Role


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, as the session tells it; never as the request's arguments do."""

    user_id: int
    role: Role
    name: str
    language: str = "en"
    doctor_id: int | None = None
    clinic_id: int | None = None
    patient_ids: frozenset[int] = frozenset()
    address: str | None = None


Rule = Callable[[Actor, Any], bool]


def _treats(actor: Actor, thing: Any) -> bool:
    return actor.doctor_id is not None and actor.doctor_id == thing.doctor_id


def _at_clinic(actor: Actor, thing: Any) -> bool:
    return actor.clinic_id is not None and actor.clinic_id == thing.clinic_id


def _own_patient(actor: Actor, thing: Any) -> bool:
    return thing.patient_id in actor.patient_ids


def _always(_actor: Actor, _thing: Any) -> bool:
    return True


RULES: dict[str, dict[Role, Rule]] = {
    # A thing with a patient_id: an appointment, or the wish for one.
    "book": {Role.PATIENT: _own_patient},
    "see_appointment": {
        Role.PATIENT: _own_patient,
        Role.DOCTOR: _treats,
        Role.RECEPTIONIST: _at_clinic,
        Role.ADMIN: _always,
    },
    "cancel": {Role.PATIENT: _own_patient, Role.DOCTOR: _treats, Role.RECEPTIONIST: _at_clinic, Role.ADMIN: _always},
    # A doctor's day: a thing with a doctor_id and a clinic_id.
    "see_day": {Role.DOCTOR: _treats, Role.RECEPTIONIST: _at_clinic, Role.ADMIN: _always},
}
"""Action, role, and the rule that the thing must meet. What is not written here is forbidden."""


def can(actor: Actor, action: str, thing: Any) -> bool:
    """Whether `actor` may do `action` to `thing`."""
    rule = RULES[action].get(actor.role)
    return rule is not None and rule(actor, thing)


def require(actor: Actor, action: str, thing: Any) -> None:
    """Raise NotAllowed unless `can(actor, action, thing)`."""
    if not can(actor, action, thing):
        raise NotAllowed(action=action)
