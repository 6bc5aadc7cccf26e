"""How a handler is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.matrix.things import Things


@dataclass(frozen=True)
class Call:
    """How a handler is called: with what, on a page of which address, after what was set in its state."""

    arguments: Callable[[Things], dict[str, Any]] = lambda _: {}
    path: Callable[[Things], str] = lambda _: "/"
    before: Callable[[Any, Things], None] = lambda _state, _things: None
    is_shown: Callable[[Any, Things], bool] = lambda _state, _things: True


def to_him(things: Things) -> dict[str, Any]:
    """What is done with his appointment."""
    return {"appointment_id": str(things.appointment), "version": 1}


def just_done(state: Any, things: Things) -> None:
    """A page that somebody made believe has just done it."""
    state.undo_id, state.undo_version = str(things.appointment), 1
