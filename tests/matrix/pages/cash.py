"""How the handlers of payments and the cash sheet are called."""

from typing import Any

from tests.matrix.call import Call
from tests.matrix.things import Things


def _of_desk(state: Any, things: Things) -> None:
    state.clinic_id = str(things.clinic)


HANDLERS: dict[str, Call] = {
    "cash.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "cash.close": Call(lambda things: {"form": {"sheet": str(things.sheet), "counted": "0", "version": "1"}}),
    "cash.go_to_today": Call(before=_of_desk),
    "cash.load": Call(path=lambda things: f"/cash?clinic={things.clinic}"),
    "cash.note_float": Call(lambda things: {"form": {"clinic": str(things.clinic), "float": "100"}}),
    "cash.reopen": Call(lambda things: {"form": {"sheet": str(things.sheet), "reason": "Too soon"}}),
    "cash.turn": Call(lambda _: {"step": -1}, before=_of_desk),
    "cash.void": Call(lambda things: {"form": {"payment": str(things.payment), "reason": "A mistake"}}),
    "desk_payments.take": Call(
        lambda things: {
            "form": {"appointment": str(things.appointment), "what": "take", "amount": "500", "due": "50000"}
            | {"method": "cash", "key": str(things.appointment)}
        }
    ),
}
