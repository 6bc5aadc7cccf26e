"""Somebody new at the desk is made known: name and telephone, and what else he says of himself."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import col

from core.db import Transaction, transaction
from core.errors import Invalid
from models import Patient
from models.doctor import SPOKEN
from services import acquaintances, people
from services.account.family import birth_date
from services.people import Person
from services.permissions import Actor, require


async def make(person: Person, *, by: Actor, now: datetime, born_on: str = "", language: str = "") -> int:
    """The patient's number: whoever has that telephone and name already is that one, and known here from now on.

    What is said of him is added where nothing stood. Raises NotAllowed, Invalid, InvalidName, NotAPhone,
    InvalidBirthDate.
    """
    require(by, "find_patients", by)
    born, spoken = birth_date(born_on, now), _spoken(language)
    async with transaction() as tx:
        whom = await people.found_or_made(tx, person, by=by, now=now)
        await acquaintances.introduce(tx, whom.patient_id, by=by, now=now)
        await _add(tx, whom.patient_id, born, spoken)
        return whom.patient_id


def _spoken(language: Any) -> str | None:
    if language and language not in SPOKEN:
        raise Invalid(field="language")
    return language or None


async def _add(tx: Transaction, patient_id: int, born_on: date | None, language: str | None) -> None:
    values = {"born_on": born_on, "language": language}
    given = {name: func.coalesce(col(getattr(Patient, name)), value) for name, value in values.items() if value}
    if given:
        # One who has an account says himself when he was born.
        mine = col(Patient.id) == patient_id, col(Patient.account_id).is_(None)
        await tx.execute(update(Patient).where(*mine).values(**given))
