"""Every event handler of the pages, and calling it as the socket would."""

from collections.abc import Callable
from typing import Any

from reflex.state import State
from reflex_base.registry import RegistrationContext

from core.errors import DomainError
from tests.matrix.call import Call
from tests.matrix.pages import booking, cash, day, desk, desk_book, hours, patients, rearrange, staff, waitlist
from tests.matrix.stage import Stage
from tests.matrix.things import Things
from tests.state.pages import tab

PAGES = (booking, cash, day, desk, desk_book, hours, patients, rearrange, staff, waitlist)

HANDLERS: dict[str, Call] = {name: call for page in PAGES for name, call in page.HANDLERS.items()}
"""How they are called where it takes more than a click."""


def handlers() -> dict[str, tuple[type[State], Callable[..., Any]]]:
    """Every handler of ours that the app has, by the end of its name: its state and what is run."""
    found = {}
    for name, registered in RegistrationContext.get().event_handlers.items():
        if registered.handler.fn.__module__.partition(".")[0] == "state":
            state, _, handler = name.rpartition(".")
            found[f"{state.rpartition('____')[2]}.{handler}"] = (registered.states[0], registered.handler.fn)
    return found


async def called(stage: Stage, who: str, short: str, things: Things) -> str:
    """Run a handler as the socket would for that person: `in`, or the code of the refusal."""
    kind, run = handlers()[short]
    call = HANDLERS.get(short, Call())
    root = tab(stage.sessions.get(who), call.path(things))
    state: Any = root.get_substate(kind.get_full_name().split("."))
    call.before(state, things)
    try:
        result = run(state, **call.arguments(things))
        said = [step async for step in result] if hasattr(result, "__aiter__") else [await result]
    except DomainError as refusal:
        return refusal.code
    if getattr(state, "is_signed_out", False) or "/sign-in" in repr(said):
        return "not_signed_in"
    if getattr(state, "is_refused", False):
        return "not_allowed"
    if getattr(state, "is_missing", False) or not call.is_shown(state, things):
        return "not_found"
    # What the desk's sheets do is told where every action of the day is.
    told: Any = root.get_substate(["reflex___state____state", "state___day_actions____day_actions"])
    return _code(getattr(state, "refusal", "") or getattr(state, "error", "") or told.refusal)


def _code(sentence: str) -> str:
    """The code of a refusal that a page shows as a sentence; `in` where it shows none."""
    if not sentence:
        return "in"
    waiting = [DomainError]
    for kind in waiting:
        waiting += kind.__subclasses__()
    return next(kind.code for kind in waiting if kind.message == sentence)
