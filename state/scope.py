"""Whose calendar one of the staff may change: the clinics and doctors to choose from, and their wall clock."""

from dataclasses import dataclass

from models.user import Role
from services import doctors, queue_settings
from services.absence.whose import Calendar
from services.days import doctor_ref
from services.permissions import Actor, require
from state.doctor_choice import Option, chosen, options
from state.typed import identity_of


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What there is to choose from, and what is chosen; `may_shut`: the clinic as a whole too."""

    clinic_id: str
    clinics: list[Option]
    doctor_id: str
    doctors: list[Option]
    zone: str
    may_shut: bool


async def scope(by: Actor, clinic_id: str, doctor_id: str) -> Scope:
    """As the address wishes: a clinic, or a doctor and his. Raises NotFound, NotAllowed for another's."""
    if by.role == Role.DOCTOR:
        own, clinics, here = await options(by), [], str(by.clinic_id or "")
        if doctor_id and doctor_id not in {each.id for each in own}:
            await zone_of(by, 0, identity_of(doctor_id))
    else:
        clinics = [Option(str(each.clinic_id), each.name) for each in await queue_settings.clinics(by=by)]
        here = chosen(clinic_id, clinics)
        if doctor_id:
            await zone_of(by, 0, identity_of(doctor_id))
            here = str((await doctor_ref(identity_of(doctor_id))).clinic_id)
        own = [Option(str(identity), name) for identity, name in await doctors.at_clinic(identity_of(here))]
    doctor = chosen(doctor_id, own)
    may_shut = by.role != Role.DOCTOR
    zone = await zone_of(by, identity_of(here), None if may_shut else identity_of(doctor))
    return Scope(clinic_id=here, clinics=clinics, doctor_id=doctor, doctors=own, zone=zone, may_shut=may_shut)


async def zone_of(by: Actor, clinic_id: int, doctor_id: int | None) -> str:
    """The wall clock of a doctor's, or of a clinic's, calendar. Raises NotFound, NotAllowed."""
    if doctor_id is None:
        require(by, "set_calendar", Calendar(doctor_id=None, clinic_id=clinic_id))
        return (await queue_settings.of(clinic_id, by=by)).zone
    doctor = await doctor_ref(doctor_id)
    require(by, "set_calendar", doctor)
    return doctor.zone
