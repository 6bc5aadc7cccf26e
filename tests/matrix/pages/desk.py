"""How the handlers of the desk and its grid are called."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from tests.matrix.call import Call, just_done, to_him
from tests.matrix.things import Things


def _desk(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    """On the desk of that clinic; a doctor's part of it."""

    def before(state: Any, things: Things) -> None:
        state.clinic_id, state.day, state.only = str(things.clinic), things.slot.date().isoformat(), str(things.doctor)

    return Call(arguments, lambda things: f"/desk?clinic={things.clinic}", before)


def _grid(arguments: Callable[[Things], dict[str, Any]]) -> Call:
    """The same, for what is done on its grid."""

    def before(state: Any, things: Things) -> None:
        desk = state._get_root_state().get_substate(["reflex___state____state", "state___desk____desk"])
        desk.clinic_id, desk.day, desk.only = str(things.clinic), things.slot.date().isoformat(), str(things.doctor)
        desk._zone = "Asia/Kolkata"
        just_done(state, things)

    return Call(arguments, lambda things: f"/desk?clinic={things.clinic}", before)


def _there(things: Things) -> dict[str, Any]:
    """A time of the grid, by its wall clock."""
    local = things.slot.astimezone(ZoneInfo("Asia/Kolkata"))
    return {"doctor_id": things.doctor, "day": local.date().isoformat(), "minute": local.hour * 60 + local.minute}


def _caller(things: Things) -> dict[str, Any]:
    there = _there(things)
    who = {"name": "Telephones", "phone": "+919812345678", "visit": "first_visit"}
    return {"form": who | {"doctor": str(there["doctor_id"]), "day": there["day"], "minute": str(there["minute"])}}


HANDLERS: dict[str, Call] = {
    "desk.choose_clinic": _desk(lambda things: {"clinic_id": str(things.clinic)}),
    "desk.choose_day": _desk(lambda things: {"day": things.slot.date().isoformat()}),
    "desk.choose_days": _desk(lambda _: {"days": 3}),
    "desk.choose_kind": _desk(lambda _: {"kind": "room"}),
    "desk.choose_only": _desk(lambda things: {"number": str(things.doctor)}),
    "desk.go_to_today": _desk(),
    "desk.load": replace(_desk(), before=lambda _state, _things: None),
    "desk.look": _desk(),
    "desk.turn": _desk(lambda _: {"step": 1}),
    "desk_moves.book": _grid(_caller),
    "desk_moves.drop": _grid(
        lambda things: (
            {"request": 1, "appointment_id": str(things.appointment), "version": 1, "tells": True} | _there(things)
        )
    ),
    "desk_moves.edit": _grid(lambda things: {"what": str(things.appointment)}),
    "desk_moves.pick_up": _grid(lambda things: {"appointment_id": str(things.appointment)}),
    "desk_moves.undo": _grid(lambda _: {}),
    **{f"desk_moves.{act}": _grid(to_him) for act in ("cancel", "check_in", "miss")},
    "desk_walk_in.add": Call(
        lambda things: {
            "form": {"name": "Walked In", "phone": "+919812345678", "visit": "follow_up", "doctor": str(things.doctor)}
        }
    ),
    "desk_walk_in.look": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "desk_walk_in.send_slip": Call(lambda things: {"appointment_id": str(things.appointment)}),
}
