"""How the handlers of many at once are called."""

from collections.abc import Callable
from typing import Any

from tests.matrix.call import Call
from tests.matrix.things import Things


def _rearranging(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    """On the page of many at once, with that doctor chosen."""

    def before(state: Any, things: Things) -> None:
        state.doctor_id, state.away, state.clinic_id = str(things.doctor), [str(things.doctor)], str(things.clinic)
        state.since, state.until = "2030-01-01T09:00", "2030-01-01T12:00"

    return Call(arguments, before=before)


def _met(things: Things) -> dict[str, Any]:
    return {"form": {"doctor": str(things.doctor), "since": "2030-01-01T09:00", "until": "2030-01-01T12:00"}}


HANDLERS: dict[str, Call] = {
    "rearrange.apply": _rearranging(lambda _: {"form": {"pick-none": "on", "becomes": "cancel"}}),
    "rearrange.carry_out": _rearranging(),
    "rearrange.choose": _rearranging(lambda _: {"appointment_id": "none", "choice": "cancel"}),
    "rearrange.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "rearrange.choose_kind": Call(lambda _: {"kind": "late"}),
    "rearrange.load": Call(path=lambda things: f"/rearrange?clinic={things.clinic}&doctor={things.doctor}"),
    "rearrange.look": _rearranging(_met),
    "rearrange.tell": Call(lambda _: {"tells": False}),
    "rearranged.show": Call(lambda things: {"resolution_id": str(things.resolution)}),
    "rearranged.undo": Call(lambda things: {"resolution_id": str(things.resolution)}),
}
