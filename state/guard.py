"""Who may call which event handler. Anyone with a socket can call any of them, so none exists without an answer.

Every handler of ours is made by `handler(Access…)`, which asks before it runs; the app does not start with one that is
not. What the caller may do to which thing the services decide, with `can`.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import wraps
from secrets import token_hex
from typing import Any

import reflex as rx
import structlog
from reflex_base.registry import RegistrationContext

from core import clock, spent
from core.errors import NotSignedIn
from core.web_session import HEADER
from services import sessions
from services.permissions import Access, Actor, admit

OVER = object()
"""What comes after a handler's last step."""


async def actor(state: rx.State) -> Actor | None:
    """Who sends this event, by the session of the socket; never by anything the browser says in it."""
    if (session_hash := _session(state)) is None:
        return None
    return await sessions.actor(session_hash, address=state.router.session.client_ip, now=clock.now())


async def is_over(state: rx.State) -> bool:
    """Whether the browser still brings the cookie of a session that has ended."""
    session_hash = _session(state)
    return session_hash is not None and bool(await sessions.over([session_hash], now=clock.now()))


async def signed_in(state: rx.State) -> Actor:
    """The same, where there must be someone. Raises NotSignedIn."""
    if (found := await actor(state)) is None:
        raise NotSignedIn
    return found


def handler(access: Access) -> Callable[[Callable[..., Any]], Any]:
    """Make a state's method an event handler that only those with `access` reach."""

    def guard(method: Callable[..., Any]) -> Any:
        if inspect.isasyncgenfunction(method):

            @wraps(method)
            async def stepwise(self: rx.State, *args: Any, **named: Any) -> AsyncIterator[Any]:
                identity, step, is_in = token_hex(8), None, False
                async with aclosing(method(self, *args, **named)) as steps:
                    while step is not OVER:
                        if is_in:
                            yield step
                        # Each step on its own: between them the page has what came so far.
                        with _watched(method, identity):
                            if not is_in:
                                await _admit(self, access)
                            step, is_in = await anext(steps, OVER), True

            guarded: Any = stepwise
        else:

            @wraps(method)
            async def at_once(self: rx.State, *args: Any, **named: Any) -> Any:
                with _watched(method, token_hex(8)):
                    await _admit(self, access)
                    result = method(self, *args, **named)
                    return await result if inspect.isawaitable(result) else result

            guarded = at_once
        guarded.access = access
        return rx.event(guarded)

    return guard


def accesses() -> dict[str, Access | None]:
    """Every event handler of the app by its full name, Reflex's own left out; None where nobody is asked."""
    return {
        name: getattr(found.handler.fn, "access", None)
        for name, found in RegistrationContext.get().event_handlers.items()
        if found.handler.fn.__module__.partition(".")[0] != "reflex"
    }


def refuse_unguarded() -> None:
    """Raise RuntimeError where a handler is not made by `handler`."""
    if forgotten := sorted(name for name, access in accesses().items() if access is None):
        raise RuntimeError(f"Event handlers without an access: {', '.join(forgotten)}.")


def _session(state: rx.State) -> bytes | None:
    brought = state.router.headers.raw_headers.get(HEADER)
    return None if brought is None else bytes.fromhex(brought)


@contextmanager
def _watched(method: Callable[..., Any], identity: str) -> Iterator[None]:
    """Log under a name of this event's own: its task brings along that of whichever connection came first."""
    with (
        structlog.contextvars.bound_contextvars(request_id=identity),
        spent.watching("event", handler=method.__qualname__),
    ):
        try:
            yield
        except Exception as error:
            # Whoever tells of it is called elsewhere.
            error.request_id = identity  # type: ignore[attr-defined]
            raise


async def _admit(state: rx.State, access: Access) -> None:
    if access is not Access.PUBLIC:
        admit(await actor(state), access)
