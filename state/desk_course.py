"""The course that is proposed at the desk, before anything of it is booked."""

from datetime import datetime

from services.clinics import Place
from services.people import Person
from services.permissions import Actor
from services.therapy import course_orders
from services.therapy.course_plan import Plan
from state.desk_wish import DeskWish


async def proposed(
    wish: DeskWish, place: Place, patient_id: int | None, person: Person | None, *, by: Actor, now: datetime
) -> Plan:
    """With the doctor who was wished, else with whoever can begin soonest. Raises what `course_orders` refuses."""
    named, asked = person if person and person.name and person.phone else None, wish.course(patient_id)
    if asked.doctor_id:
        return await course_orders.preview(asked, named, by=by, now=now)
    where = {"clinic_id": place.clinic_id, "language": wish.language}
    return await course_orders.soonest(asked, named, **where, by=by, now=now)
