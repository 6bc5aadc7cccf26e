"""What a refusal tells beside its code: only what is named here, and only in this form."""

from collections.abc import Callable
from typing import Any

from api import wire
from core.errors import DomainError

FACTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "alternatives": ("alternatives", lambda slots: [wire.dumped(wire.alternative(slot)) for slot in slots]),
    "why": ("why", str),
    "what": ("what", str),
    "most": ("most", int),
    # `status` is the problem's own, by RFC 9457.
    "status": ("appointmentStatus", str),
    "appointment": ("appointment", lambda found: wire.dumped(wire.booking(found))),
}
"""By the name in a refusal's `data`: how it is called on the wire, and how it is told."""


def facts(refusal: DomainError) -> dict[str, Any]:
    """What of the refusal's data may be told."""
    found = {name: value for name, value in refusal.data.items() if name in FACTS and value is not None}
    return {FACTS[name][0]: FACTS[name][1](value) for name, value in found.items()}
