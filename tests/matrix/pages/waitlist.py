"""How the handlers of the waitlist are called."""

from typing import Any

from tests.matrix.call import Call
from tests.matrix.things import Things


def _offer(things: Things) -> dict[str, Any]:
    return {"form": {"about": str(things.offer), "to": str(things.entry), "reason": "In pain"}}


HANDLERS: dict[str, Call] = {
    "waitlist.ask": Call(lambda things: {"what": "give", "about": str(things.entry)}),
    "waitlist.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "waitlist.give": Call(
        lambda things: {
            "form": {"about": str(things.entry), "time": things.slot.isoformat(), "reason": "Came from far"}
        }
    ),
    "waitlist.load": Call(path=lambda things: f"/waitlist?clinic={things.clinic}&doctor={things.doctor}"),
    "waitlist.pass_on": Call(_offer),
    "waitlist.retract": Call(_offer),
}
