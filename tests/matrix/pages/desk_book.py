"""How the handlers of booking at the desk are called."""

from datetime import timedelta
from typing import Any

from services.clinics import Place
from services.therapy.course_plan import Pattern, Plan
from state.desk_wish import DeskWish
from tests.matrix.call import Call
from tests.matrix.things import Things


def _at_desk(state: Any, things: Things) -> None:
    """A page that somebody made believe is open for that patient, with a course that was shown."""
    state._place = Place(clinic_id=things.clinic, name="Here", city="Pune", zone="Asia/Kolkata")
    state.wish = DeskWish(since=things.slot.date().isoformat())
    state._patient_id = things.patient
    state._plan = Plan(
        patient_id=things.patient,
        doctor_id=things.doctor,
        therapist_id=1,
        room_id=1,
        pattern=Pattern(things.slot.date()),
        starts_at=tuple(things.slot + timedelta(days=days) for days in range(7)),
    )


HANDLERS: dict[str, Call] = {
    "desk_book.ask": Call(lambda _: {"form": {"since": "2030-01-01"}}),
    "desk_book.book": Call(
        lambda things: {"doctor_id": things.doctor, "starts_at": things.slot.isoformat()}, before=_at_desk
    ),
    "desk_book.book_course": Call(before=_at_desk),
    "desk_book.choose_patient": Call(lambda things: {"patient_id": str(things.patient)}, before=_at_desk),
    "desk_book.go_on": Call(lambda _: {"is_same": False}, before=_at_desk),
    "desk_book.load": Call(path=lambda things: f"/book?patient={things.patient}"),
    "desk_book.more": Call(before=_at_desk),
    "desk_book.name_patient": Call(lambda _: {"form": {"name": "Calls Up", "phone": "+919812345679"}}),
}
