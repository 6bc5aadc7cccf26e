"""Where booking at the desk begins: for whom, at which clinic, and with which wish; `page` is `DeskBook`."""

from dataclasses import replace
from typing import Any

from core import clock
from core.errors import Invalid
from models.user import Role
from models.visit import VisitType
from services import days, people
from services.clinics import Place
from services.permissions import Actor
from state import address, desk_rows, desk_wish
from state.desk_choices import choices
from state.desk_wish import CLINIC, DeskWish, number
from state.session import language


async def begin(page: Any, by: Actor, said: dict[str, str]) -> None:
    """The form as the address has it; rubbish in the wish is as if nothing was said."""
    if said.get("patient"):
        await book_for(page, by, said["patient"])
    doctor = said.get("doctor", "")
    clinic = said.get("clinic", "")
    if by.role == Role.ADMIN and not clinic and doctor.isdecimal():
        clinic = str((await days.doctor_ref(number(doctor))).clinic_id)
    await go_to(page, by, clinic)
    usual = DeskWish(
        clinic=page.wish.clinic,
        doctor=str(by.doctor_id) if by.doctor_id else CLINIC,
        visit=VisitType.FIRST_VISIT if page._patient_id is None else VisitType.FOLLOW_UP,
        since=page.today,
    )
    try:
        typed = known(page, desk_wish.of_address(said, usual)).checked(here(page))
        # A link of yesterday.
        page.wish = replace(typed, since=max(typed.since, page.today))
    except Invalid:
        page.wish = usual
    day = said.get("day", "")
    whose = f"doctor={page.wish.doctor}&" if page.wish.doctor.isdecimal() else ""
    page.back = f"?{whose}day={day if address.day_of(day) else ''}"


async def book_for(page: Any, by: Actor, patient_id: str) -> None:
    """For that person, whom the clinic knows."""
    page._patient_id, page._person = number(patient_id), None
    page.patient = (await people.acquainted(page._patient_id, by=by, now=clock.now())).name


async def go_to(page: Any, by: Actor, clinic: str) -> None:
    """At that clinic, where it is one of his; else where he is, or at the first."""
    if page._place is not None and str(page._place.clinic_id) == clinic:
        return
    found = await choices(by, clinic, page._place, language(page))
    page._place, page.clinics, page.doctors = found.place, found.clinics, found.doctors
    today = clock.local_day(clock.now(), found.place.zone)
    page.today, page.steps = today.isoformat(), desk_rows.steps(today, language(page))
    page.wish = DeskWish(clinic=str(found.place.clinic_id), since=page.today)


def known(page: Any, wish: DeskWish) -> DeskWish:
    """With a doctor of the list, and at the clinic where we are."""
    doctor = wish.doctor if wish.doctor in {each.id for each in page.doctors} else CLINIC
    return replace(wish, doctor=doctor, clinic=str(here(page).clinic_id))


def here(page: Any) -> Place:
    """The clinic where we are. Raises Invalid before there is one."""
    if page._place is None:
        raise Invalid(field="clinic")
    return page._place
