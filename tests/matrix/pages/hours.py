"""How the handlers of hours, leaves and the queue's rule are called."""

from typing import Any

from state.doctor_choice import Option
from tests.matrix.call import Call
from tests.matrix.things import Things

HOURS: dict[str, dict[str, Any]] = {
    "add": {"key": "0"},
    "add_break": {"key": "0"},
    "choose_break": {"key": "0", "number": 0, "which": "starts", "value": "11:00"},
    "remove_break": {"key": "0", "number": 0},
    "choose": {"appointment_id": "none", "choice": "cancel"},
    "choose_clinic": {"key": "0", "number": 0, "clinic_id": "1"},
    "choose_scope": {"scope": ""},
    "remove": {"key": "0", "number": 0},
    "save": {},
    "choose_mode": {"key": "0", "number": 0, "mode": "video", "is_served": True},
    "choose_time": {"key": "0", "number": 0, "which": "opens", "value": "09:00"},
    "undo": {},
}
"""What the editor of hours is told."""


LEAVE: dict[str, dict[str, Any]] = {
    "choose": {"appointment_id": "none", "choice": "cancel"},
    "confirm": {},
    "choose_since": {"value": "2030-01-01T09:00"},
    "choose_until": {"value": "2030-01-01T12:00"},
    "take_break": {"minutes": 15},
    "undo": {},
}
"""What the panel of breaks and leaves is told."""


def _hours(arguments: dict[str, Any]) -> Call:
    """On an editor that somebody made believe is open on that doctor's hours."""

    def before(state: Any, things: Things) -> None:
        state.doctor_id, state.clinics = str(things.doctor), [Option("1", "Here")]

    return Call(lambda _: arguments, before=before)


def _leave(arguments: dict[str, Any]) -> Call:
    """On a panel that somebody made believe is open on that doctor's day."""

    def before(state: Any, things: Things) -> None:
        state.doctor_id, state.since, state.until = str(things.doctor), "2030-01-01T09:00", "2030-01-01T12:00"

    return Call(lambda _: arguments, before=before)


def _of_clinic(state: Any, things: Things) -> None:
    state.clinic_id, state.grace_minutes, state.late_after, state.walk_in_after = str(things.clinic), "5", "2", "4"


HANDLERS: dict[str, Call] = {
    "hours.begin": Call(lambda things: {"doctor_id": str(things.doctor), "day": "2030-01-01"}),
    **{f"hours.{name}": _hours(arguments) for name, arguments in HOURS.items()},
    "leave.come_back": Call(lambda things: {"doctor_id": str(things.doctor)}),
    "leave.open_panel": Call(lambda things: {"doctor_id": str(things.doctor), "day": "2030-01-01"}),
    **{f"leave.{name}": _leave(arguments) for name, arguments in LEAVE.items()},
    "queue_settings.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "queue_settings.load": Call(path=lambda things: f"/queue-rule?clinic={things.clinic}"),
    "queue_settings.save": Call(before=_of_clinic),
    "queue_settings.choose_number": Call(lambda _: {"which": "late_after", "value": "3"}, before=_of_clinic),
}
