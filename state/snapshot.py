"""What a browser is told when it connects again: nothing that the server merely remembers.

Reflex first sends its whole copy of the state and then runs the page's `on_load`. That copy is old: what was pushed
went to the rooms and not through it, and after a sign-out it is somebody else's. So our states are left out of it. Each
page's `on_load` sets, always, every field that the page shows; until then the browser keeps what it has.
"""

from typing import Any

import reflex as rx


def leave_out(*states: type[rx.State]) -> None:
    """Send nothing of these states on a connection; the defaults, which the pages are built with, stay."""
    for state in states:
        state.dict = _defaults_only(state.dict)  # type: ignore[method-assign]


def _defaults_only(whole: Any) -> Any:
    def dict_(self: rx.State, include_computed: bool = True, initial: bool = False, **kwargs: Any) -> dict[str, Any]:
        return whole(self, include_computed, initial, **kwargs) if initial else {self.get_full_name(): {}}

    return dict_


def ours() -> list[type[rx.State]]:
    """Every state of this package that has been defined."""
    return [state for state in rx.State.__subclasses__() if state.__module__.partition(".")[0] == "state"]
