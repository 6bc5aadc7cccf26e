"""Whom a booking is for: somebody known by his number, whoever the clinic names, or a program's guest."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from core import db
from core.crypto import unseal
from core.db import Transaction
from core.errors import Invalid, NotAllowed, NotFound
from core.tables import table
from models import Patient, User
from models.user import Role
from services import acquaintances, addresses, inputs, trail
from services.account.names import require_name
from services.permissions import Actor, can

NOBODY_YET = 0
"""The patient of a wish until it is known who is meant."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person as the clinic knows him; as it was typed, or the telephone in E.164."""

    name: str
    phone: str | None


@dataclass(frozen=True)
class Meant:
    """The patient that is meant, and as whom the clinic knows him where that was read on the way."""

    patient_id: int
    person: Person | None = None


async def meant(tx: Transaction, patient_id: int | None, named: Person | None, *, by: Actor, now: datetime) -> Meant:
    """The patient that a booking is for. Call it before any doctor's day is locked.

    A patient who names nobody means himself, a program its guest: a new person under the program's own name. Raises
    NotFound for one whom `by` does not know, NotAllowed, Invalid, InvalidName, NotAPhone.
    """
    if patient_id is not None:
        if named is not None:
            raise Invalid(field="patient")
        return Meant(await _known(tx, inputs.identity(patient_id, "patientId"), by))
    if by.role == Role.PATIENT:
        if named is not None:
            raise NotAllowed(action="name_patient")
        return Meant(await holder(tx.connection, by))
    if named is not None:
        return await found_or_made(tx, named, by=by, now=now)
    if by.role == Role.INTEGRATOR:
        return Meant(await _made(tx, by.name, by, now), Person(name=by.name, phone=None))
    raise Invalid(field="patient")


async def found_or_made(tx: Transaction, named: Person, *, by: Actor, now: datetime) -> Meant:
    """Whoever has that telephone and that name, in any case and spacing; else a new person.

    Whoever was merged is found under either name and either number. A number that an account only claims leads to
    nobody: else a stranger could have another's bookings come to him. Raises InvalidName, NotAPhone.
    """
    name, phone = require_name(named.name), addresses.phone(named.phone or "")
    # Two at once: the second finds whom the first has made.
    lock = func.pg_advisory_xact_lock(int.from_bytes(phone.hash[:8], signed=True))
    # The number that a new one would have comes along: his telephone is sealed to it before he is written.
    new_id = (await tx.execute(select(lock, func.nextval("patients_id_seq").label("new_id")))).one().new_id
    rows = (await tx.execute(REACHED, {"hash": phone.hash})).all()
    for known in rows:
        if _folded(known.name) == _folded(name):
            return Meant(known.id, Person(name=known.known_as, phone=phone.text))
    await _made(tx, name, by, now, id=new_id, **phone.columns("patients", new_id))
    return Meant(new_id, Person(name=name, phone=phone.text))


async def known_as(connection: AsyncConnection, named: Person) -> int | None:
    """Whoever has that telephone and that name, as `found_or_made` finds him. Raises InvalidName, NotAPhone."""
    name, phone = require_name(named.name), addresses.phone(named.phone or "")
    rows = (await connection.execute(REACHED, {"hash": phone.hash})).all()
    return next((row.id for row in rows if _folded(row.name) == _folded(name)), None)


async def acquainted(patient_id: int, *, by: Actor, now: datetime) -> Person:
    """Who that is, for one who may book for him; the read is recorded. Raises NotFound, Invalid."""
    async with db.transaction() as tx:
        known = await _known(tx, inputs.identity(patient_id, "patientId"), by)
        query = select(col(Patient.id).label("patient_id"), col(Patient.name), *PHONES)
        query = query.outerjoin(User, col(User.id) == col(Patient.account_id)).where(col(Patient.id) == known)
        row = (await tx.execute(query)).one()
        tx.record(trail.read(by, "PatientRead", ("patient", str(known)), now=now, patient_id=known))
    return Person(name=row.name, phone=phone_of(row))


def phone_of(patient: Row[Any]) -> str | None:
    """The patient's own number, or else the account's; `patient` has the columns of `PHONES`, and `patient_id`."""
    if patient.phone_sealed is not None:
        return unseal(patient.phone_sealed, about=f"patients.phone:{patient.patient_id}")
    if patient.account_phone_sealed is not None:
        return unseal(patient.account_phone_sealed, about=f"users.phone:{patient.account_id}")
    return None


PHONES: tuple[Any, ...] = (
    col(Patient.phone_sealed),
    col(Patient.account_id),
    col(User.phone_sealed).label("account_phone_sealed"),
)
"""What `phone_of` reads, of patients with their accounts beside them."""

REACHED = text("""
    WITH reached AS (
        SELECT coalesce(p.merged_into, p.id) AS id FROM patients p
        WHERE p.phone_hash = :hash AND p.account_id IS NULL
        UNION
        SELECT p.id FROM users u JOIN patients p ON p.account_id = u.id
        WHERE u.phone_hash = :hash AND u.phone_verified_at IS NOT NULL AND u.is_active
            AND (p.phone_hash IS NULL OR p.phone_hash = :hash)
    )
    SELECT k.id, k.name AS known_as, p.name FROM reached
    JOIN patients k ON k.id = reached.id JOIN patients p ON p.id = k.id OR p.merged_into = k.id
    ORDER BY k.id, p.id
""")


MAKE = insert(table(Patient)).returning(col(Patient.id))


async def _known(tx: Transaction, patient_id: int, by: Actor) -> int:
    """The same, where `by` may book for him: else he is as unknown as one who never was."""
    if by.role == Role.PATIENT:
        if patient_id not in by.patient_ids:
            raise NotFound
        return patient_id
    known = await acquaintances.acquainted(tx, patient_id)
    if not can(by, "book_for", known):
        raise NotFound(patient_id=patient_id)
    return known.patient_id


async def holder(connection: AsyncConnection, by: Actor) -> int:
    """The patient that the account itself is. Raises NotFound."""
    query = select(col(Patient.id)).where(col(Patient.account_id) == by.user_id, col(Patient.is_account_holder))
    found: int | None = await connection.scalar(query)
    if found is None:
        raise NotFound
    return found


async def _made(tx: Transaction, name: str, by: Actor, now: datetime, **more: Any) -> int:
    person = {"account_id": None, "name": name, "is_account_holder": False, "made_by": by.user_id, "created_at": now}
    patient_id: int = (await tx.execute(MAKE, person | more)).scalar_one()
    await acquaintances.meet(tx, patient_id, by=by)
    tx.record(trail.entry(by, "patient_added", ("patient", str(patient_id)), now=now, patient_id=patient_id))
    return patient_id


def _folded(name: str) -> str:
    """One spelling of a name, whatever its case, its spaces and how its letters are composed."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
