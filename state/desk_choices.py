"""What can be chosen at the desk: the clinics that are one's own, and the doctors to book with."""

from dataclasses import dataclass

from core.errors import NotFound
from core.words import N_, words
from models.user import Role
from services import clinics, doctors
from services.clinics import Place
from services.permissions import Actor
from state.desk_wish import CITY, CLINIC
from state.doctor_choice import Option, options
from state.vocabulary import city

ANY_HERE, ANY_NEAR = N_("Any doctor of the clinic"), N_("Any doctor in {city}")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A place with the clinics beside it, and its doctors between anybody of the clinic and anybody of the city."""

    place: Place
    clinics: list[Option]
    doctors: list[Option]


async def choices(by: Actor, clinic: str, present: Place | None, language: str) -> Choices:
    """At the clinic of that number, where it is his; else at the present one, or his first. Raises NotFound."""
    his = await clinics.of(by)
    if not his:
        raise NotFound
    place = next((each for each in his if str(each.clinic_id) == clinic), present or his[0])
    if by.role == Role.DOCTOR:
        here = await options(by)
    else:
        here = [Option(str(each), name) for each, name in await doctors.at_clinic(place.clinic_id)]
    gettext = words(language).gettext
    near = gettext(ANY_NEAR).format(city=city(place.city, language))
    return Choices(
        place=place,
        clinics=[Option(str(each.clinic_id), each.name) for each in his],
        doctors=[Option(CLINIC, gettext(ANY_HERE)), *here, Option(CITY, near)],
    )
