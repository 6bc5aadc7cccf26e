"""A clinic's code of the day: whoever can read it at the front desk is there."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import col

from core import db
from core.crypto import lookup
from core.errors import DomainError
from core.words import N_
from models import Clinic
from services.days import doctor_ref
from services.permissions import Actor, require
from services.walls import local_day

DIGITS = 4


class WrongCheckInCode(DomainError):
    """Not the code of the clinic on that day."""

    code = "wrong_check_in_code"
    message = N_("That is not today's code. It is shown at the front desk.")


@dataclass(frozen=True)
class CodeOfDay:
    """The code, and the date on the clinic's wall clock that it is for."""

    code: str
    day: date
    clinic_id: int
    clinic: str
    slug: str


def code_of(clinic_id: int, day: date) -> str:
    """Four digits, another each day and at each clinic; without our key they cannot be worked out."""
    number = int.from_bytes(lookup("check-in-code", f"{clinic_id}:{day}")[:8])
    return f"{number % 10**DIGITS:0{DIGITS}}"


def is_right(typed: str, clinic_id: int, day: date) -> bool:
    """Whether that was typed, with whatever blanks."""
    plain = "".join(typed.split())[:20]
    return hmac.compare_digest(plain.encode(errors="replace"), code_of(clinic_id, day).encode())


async def today(doctor_id: int, *, by: Actor, now: datetime) -> CodeOfDay:
    """The code at the clinic of one who runs that doctor's day. Raises NotFound, NotAllowed."""
    doctor = await doctor_ref(doctor_id)
    require(by, "see_day", doctor)
    clinic_id = by.clinic_id or doctor.clinic_id
    query = select(col(Clinic.time_zone), col(Clinic.name), col(Clinic.slug)).where(col(Clinic.id) == clinic_id)
    async with db.snapshot() as connection:
        clinic = (await connection.execute(query)).one()
    day = local_day(now, clinic.time_zone)
    return CodeOfDay(code_of(clinic_id, day), day, clinic_id, clinic.name, clinic.slug)
