"""The people whom an account books for: its holder, and whoever of the family he adds."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select, update
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.crypto import unseal
from core.errors import DomainError, NotAllowed
from core.words import N_
from models import Patient, User
from services import actors, inputs, trail
from services.account.names import require_name
from services.permissions import Actor, require

MOST = 12
"""People of one account: each can hold times, so they are not without end."""

OLDEST = 130
"""Years."""


class FamilyFull(DomainError):
    """There are as many as an account may have."""

    code = "family_full"
    message = N_("You can add no more people to your account. Please ask your clinic.")


class InvalidBirthDate(DomainError):
    """Not a date, or one on which nobody who lives was born."""

    code = "invalid_birth_date"
    message = N_("Please check the date of birth.")


@dataclass(frozen=True)
class _Person:
    """A member of the family, as `can` asks about it."""

    patient_id: int


@dataclass(frozen=True)
class Member:
    """One of the family, as the holder of the account sees it."""

    patient_id: int
    name: str
    born_on: date | None
    is_account_holder: bool


async def members(by: Actor) -> list[Member]:
    """Everyone of the account, its holder first."""
    query = (
        select(col(Patient.id), col(Patient.name), col(Patient.born_on), col(Patient.is_account_holder))
        .where(col(Patient.account_id) == by.user_id)
        .order_by(col(Patient.is_account_holder).desc(), col(Patient.id))
    )
    async with db.snapshot() as connection:
        rows = (await connection.execute(query)).all()
    return [Member(row.id, row.name, row.born_on, row.is_account_holder) for row in rows]


async def contact(by: Actor) -> str | None:
    """The telephone that the holder left for the clinic, in E.164."""
    query = (
        select(col(Patient.id), col(Patient.phone_sealed))
        .where(col(Patient.account_id) == by.user_id, col(Patient.phone_sealed).is_not(None))
        .order_by(col(Patient.is_account_holder).desc(), col(Patient.id))
    )
    async with db.snapshot() as connection:
        row = (await connection.execute(query)).first()
    return unseal(row.phone_sealed, about=f"patients.phone:{row.id}") if row is not None else None


async def add(name: str, born_on: str, *, by: Actor, now: datetime) -> int:
    """Add a person, born on an ISO date; the id. Raises NotAllowed, InvalidName, InvalidBirthDate, FamilyFull."""
    require(by, "add_to_family", by)
    values = {"name": require_name(name), "born_on": birth_date(born_on, now)}
    async with db.transaction() as tx:
        # The account's row, so that two who add at once count each other.
        await tx.execute(select(col(User.id)).where(col(User.id) == by.user_id).with_for_update(key_share=True))
        count = select(func.count()).where(col(Patient.account_id) == by.user_id)
        if (await tx.execute(count)).scalar_one() >= MOST:
            raise FamilyFull
        made = insert(Patient).values(account_id=by.user_id, is_account_holder=False, created_at=now, **values)
        patient_id: int = (await tx.execute(made.returning(col(Patient.id)))).scalar_one()
        tx.record(_entry("family_member_added", patient_id, by, now))
        await actors.changed(by.user_id)
    return patient_id


async def change(patient_id: int, name: str, born_on: str, *, by: Actor, now: datetime) -> None:
    """Another name or date of birth. Raises NotAllowed, Invalid, InvalidName, InvalidBirthDate."""
    require(by, "keep_family", _Person(inputs.identity(patient_id, "patient_id")))
    values = {"name": require_name(name), "born_on": birth_date(born_on, now)}
    async with db.transaction() as tx:
        mine = col(Patient.id) == patient_id, col(Patient.account_id) == by.user_id
        changed = await tx.execute(
            update(Patient).where(*mine).values(**values).returning(col(Patient.is_account_holder))
        )
        if (row := changed.first()) is None:
            raise NotAllowed(action="keep_family")
        if row.is_account_holder:
            await tx.execute(update(User).where(col(User.id) == by.user_id).values(name=values["name"]))
        tx.record(_entry("family_member_changed", patient_id, by, now))
        await actors.changed(by.user_id)


def birth_date(typed: str, now: datetime) -> date | None:
    """A date of birth; None where nothing is said. Raises InvalidBirthDate."""
    if not typed:
        return None
    try:
        born_on = date.fromisoformat(typed)
    except ValueError as error:
        raise InvalidBirthDate from error
    if not now.year - OLDEST <= born_on.year or born_on > now.date():
        raise InvalidBirthDate
    return born_on


def _entry(action: str, patient_id: int, by: Actor, now: datetime) -> AuditEntry:
    return trail.entry(by, action, ("patient", str(patient_id)), now=now, patient_id=patient_id)
