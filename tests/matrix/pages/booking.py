"""How the handlers of what a patient sees are called: search, a doctor, booking, his visit, the waiting room."""

from typing import Any

from services import visit_links
from tests.matrix.call import Call
from tests.matrix.things import Things


def _hold(state: Any, things: Things) -> None:
    state.patient_id = str(things.patient)
    doctor = state._get_root_state().get_substate(["reflex___state____state", "state___doctor____doctor"])
    doctor.id, doctor.slug, doctor.mode = things.doctor, things.slug, "in_person"


def _moving(state: Any, things: Things) -> None:
    state.moving = str(things.appointment)


def _visit(things: Things) -> str:
    return f"/v/{visit_links.code_of(things.appointment)}"


HANDLERS: dict[str, Call] = {
    "search.choose_city": Call(lambda _: {"name": "Pune"}),
    "search.choose_language": Call(lambda _: {"code": "hi"}),
    "search.choose_mode": Call(lambda _: {"code": "video"}),
    "search.choose_specialization": Call(lambda _: {"code": "panchakarma"}),
    "search.choose_within": Call(lambda _: {"days": "3"}),
    "search.look_for": Call(lambda _: {"text": "Joshi"}),
    "doctor.choose_day": Call(lambda _: {"key": "2030-01-01"}),
    "doctor.choose_mode": Call(lambda _: {"code": "video"}),
    "doctor.load": Call(path=lambda things: f"/doctor/{things.slug}"),
    "booking.cancel": Call(lambda things: {"appointment_id": str(things.appointment)}),
    "booking.choose_patient": Call(lambda things: {"patient_id": str(things.patient)}),
    "booking.confirm": Call(lambda things: {"hold_id": str(things.hold)}),
    "booking.hold": Call(lambda things: {"starts_at": things.slot.isoformat()}, before=_hold),
    "booking.move": Call(lambda things: {"hold_id": str(things.hold)}, before=_moving),
    "booking.release": Call(lambda things: {"hold_id": str(things.hold)}),
    "appointment.load": Call(path=lambda things: f"/appointment/{things.appointment}"),
    # The link is the leave: whoever has it may, and whoever has none is told that it is unknown.
    "visit.arrive": Call(lambda _: {"form": {"code": "none"}}, lambda things: _visit(things)),
    "free_move.look": Call(path=_visit),
    "free_move.take": Call(
        lambda things: {
            "form": {"starts_at": things.slot.isoformat(), "seen": str(things.appointment), "version": "1"}
        },
        _visit,
    ),
    "visit.load": Call(path=lambda things: _visit(things)),
    "board.load": Call(path=lambda _: "/board/dhanvantari"),
    "notice.tell": Call(lambda _: {"code": "stale"}),
}
