"""Who may do what: one table, one question, `can(actor, action, object)`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import DomainError, NotAllowed, NotSignedIn
from core.log import logger
from core.words import N_
from models.api_key import Scope
from models.user import Role

log = logger(__name__)


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
    session_hash: bytes | None = None
    scopes: frozenset[str] | None = None
    """What an API key may be used for; None where a person acts, who may do all that his role may."""
    api_key_id: int | None = None
    hourly_limit: int | None = None
    """How many requests an hour the key is good for."""
    is_by_link: bool = False
    """Whether the link to one visit is all that makes him its patient; his `user_id` is nought without an account."""

    @property
    def is_staff(self) -> bool:
        """Whether he works at a clinic: programs keep to the rules of patients, though they act for one."""
        return self.role in STAFF


class Access(StrEnum):
    """Who may knock at a door at all; what he may do to which thing behind it, `can` says."""

    OPEN = "open"
    PUBLIC = "public"
    KNOWN = "known"
    SIGNED_IN = "signed_in"
    PATIENT = "patient"
    STAFF = "staff"
    ADMIN = "admin"


ADMITTED: dict[Access, frozenset[Role]] = {
    Access.OPEN: frozenset(Role),
    Access.PUBLIC: frozenset(Role),
    Access.KNOWN: frozenset(Role),
    Access.SIGNED_IN: frozenset(Role) - {Role.INTEGRATOR},
    Access.PATIENT: frozenset({Role.PATIENT}),
    Access.STAFF: frozenset({Role.DOCTOR, Role.RECEPTIONIST, Role.ADMIN}),
    Access.ADMIN: frozenset({Role.ADMIN}),
}
"""The roles that each access admits. OPEN and PUBLIC admit nobody in particular too; OPEN and KNOWN any key."""


class ScopeMissing(DomainError):
    """The key was not made for this; `data['scope']` says what it lacks, if any key may do it."""

    code = "scope_missing"
    message = N_("This key may not be used for that.")


def admit(actor: Actor | None, access: Access, scope: Scope | None = None) -> None:
    """Raise NotSignedIn, NotAllowed or ScopeMissing for one who may not even knock; a key knocks by its `scope`."""
    if access is Access.OPEN:
        return
    if actor is not None and actor.scopes is not None and access is not Access.KNOWN:
        if scope is None or scope not in actor.scopes:
            raise ScopeMissing(scope=scope)
        return
    if access is Access.PUBLIC:
        return
    if actor is None:
        raise NotSignedIn
    if actor.role not in ADMITTED[access]:
        raise _refusal(actor, access)


Rule = Callable[[Actor, Any], bool]


def _treats(actor: Actor, thing: Any) -> bool:
    return actor.doctor_id is not None and actor.doctor_id == thing.doctor_id


def _at_clinic(actor: Actor, thing: Any) -> bool:
    return actor.clinic_id is not None and actor.clinic_id == thing.clinic_id


def _own_patient(actor: Actor, thing: Any) -> bool:
    return thing.patient_id in actor.patient_ids


def _own_account(actor: Actor, thing: Any) -> bool:
    return bool(actor.user_id == thing.user_id)


def _expects(actor: Actor, thing: Any) -> bool:
    return actor.doctor_id is not None and actor.doctor_id in thing.doctors_today


def _knows(actor: Actor, thing: Any) -> bool:
    return actor.clinic_id is not None and actor.clinic_id in thing.clinic_ids


def _is_acquainted(actor: Actor, thing: Any) -> bool:
    return actor.user_id == thing.made_by or _knows(actor, thing)


def _treats_acquainted(actor: Actor, thing: Any) -> bool:
    return actor.doctor_id in thing.doctor_ids and _is_acquainted(actor, thing)


def _is_acquainted_as_key(actor: Actor, thing: Any) -> bool:
    may_book = actor.scopes is not None and Scope.APPOINTMENTS_WRITE in actor.scopes
    return may_book and (actor.clinic_id is None or _is_acquainted(actor, thing))


def _always(_actor: Actor, _thing: Any) -> bool:
    return True


def _key(scope: Scope) -> dict[Role, Rule]:
    """A program whose key has that scope, at its clinic or, where it is bound to none, everywhere."""

    def rule(actor: Actor, thing: Any) -> bool:
        is_within = actor.clinic_id is None or actor.clinic_id == thing.clinic_id
        return actor.scopes is not None and scope in actor.scopes and is_within

    return {Role.INTEGRATOR: rule}


STAFF: dict[Role, Rule] = {Role.DOCTOR: _treats, Role.RECEPTIONIST: _at_clinic, Role.ADMIN: _always}
"""Those who treat the patient, and those who run the clinic."""

EVERYONE = STAFF | {Role.PATIENT: _own_patient}
"""The staff, and the patient himself."""

RULES: dict[str, dict[Role, Rule]] = {
    # A thing with a patient_id, a doctor_id and a clinic_id: an appointment, a wish for one, a place on a waitlist.
    "book": EVERYONE | _key(Scope.APPOINTMENTS_WRITE),
    # A patient by his number, who tells at which clinics he is known and who made him known.
    "book_for": {
        Role.DOCTOR: _is_acquainted,
        Role.RECEPTIONIST: _is_acquainted,
        Role.ADMIN: _always,
        Role.INTEGRATOR: _is_acquainted_as_key,
    },
    # A clinic whose patients are looked for, or to which one is made known.
    "find_patients": {Role.DOCTOR: _at_clinic, Role.RECEPTIONIST: _at_clinic, Role.ADMIN: _always},
    # The same patient: what is known of him at a glance.
    "see_patient": {Role.DOCTOR: _is_acquainted, Role.RECEPTIONIST: _is_acquainted, Role.ADMIN: _always},
    # One of two who are one person, and the doctors who treat either: in his own list a doctor sees it first.
    "merge_patients": {Role.DOCTOR: _treats_acquainted, Role.RECEPTIONIST: _is_acquainted, Role.ADMIN: _always},
    "see_appointment": EVERYONE | _key(Scope.APPOINTMENTS_READ),
    "change": EVERYONE | _key(Scope.APPOINTMENTS_WRITE),
    "change_late": STAFF,
    "receive": STAFF,
    # The patient himself, with the clinic's code of the day.
    "arrive": {Role.PATIENT: _own_patient},
    "treat": {Role.DOCTOR: _treats, Role.ADMIN: _always},
    # Health text: nobody's but who treats, whatever else he may do in the house.
    "take_notes": {Role.DOCTOR: _treats},
    "wait": EVERYONE | _key(Scope.WAITLIST_WRITE),
    # A doctor's day, or his calendar: a thing with a doctor_id and a clinic_id.
    "see_day": STAFF | _key(Scope.QUEUE_READ),
    "set_calendar": STAFF,
    "run_day": STAFF,
    # A clinic: a thing with a clinic_id. Its desk, and the money taken there.
    "run_desk": {Role.RECEPTIONIST: _at_clinic, Role.ADMIN: _always},
    "set_queue_rule": {Role.RECEPTIONIST: _at_clinic, Role.ADMIN: _always},
    # An account: a thing with a user_id. A member of the family: a thing with a patient_id.
    "keep_account": dict.fromkeys(STAFF.keys() | {Role.PATIENT}, _own_account),
    "erase_account": {Role.PATIENT: _own_account},
    "add_to_family": {Role.PATIENT: _own_account},
    "keep_family": {Role.PATIENT: _own_patient},
    # A patient's chart, which tells whom he sees today and at which clinics he is known.
    "see_chart": {Role.PATIENT: _own_patient, Role.DOCTOR: _expects, Role.RECEPTIONIST: _knows},
    # The same with a reason, which is recorded and shown to the administrators.
    "break_glass": {Role.DOCTOR: _knows, Role.ADMIN: _always},
    # The house itself: who works here, whose charts were opened with a reason.
    "manage_staff": {Role.ADMIN: _always},
    "review_openings": {Role.ADMIN: _always},
}
"""Action, role, and the rule that the thing must meet. What is not written here is forbidden."""


def can(actor: Actor, action: str, thing: Any) -> bool:
    """Whether `actor` may do `action` to `thing`."""
    rule = RULES[action].get(actor.role)
    return rule is not None and rule(actor, thing)


def require(actor: Actor, action: str, thing: Any) -> None:
    """Raise NotAllowed unless `can(actor, action, thing)`."""
    if not can(actor, action, thing):
        raise _refusal(actor, action)


def _refusal(actor: Actor, action: str) -> NotAllowed:
    log.warning("not_allowed", user_id=actor.user_id, role=actor.role, action=action)
    return NotAllowed(action=action)
