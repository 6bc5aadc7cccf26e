"""What one of the staff does to an appointment that stands on his screen."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from core import clock
from core.errors import NotAllowed, NotFound
from models import Appointment
from services.permissions import Actor
from state.typed import number_of, version_of

Done = TypeVar("Done")


async def attempt(
    act: Callable[..., Awaitable[Appointment]], of: Any, version: Any, by: Actor, **how: Any
) -> Appointment:
    """Do it now, if the appointment has the version that the screen showed. Raises Invalid, and what `act` does."""
    doing = act(number_of(of), by=by, now=clock.now(), version=version_of(version), **how)
    return await unknown_where_forbidden(doing)


async def unknown_where_forbidden(doing: Awaitable[Done]) -> Done:
    """Another's appointment is as unknown as one that never was."""
    try:
        return await doing
    except NotAllowed as refusal:
        raise NotFound from refusal
