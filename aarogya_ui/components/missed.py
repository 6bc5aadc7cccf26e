"""What a page does when its live state has missed a change: it reads all of it anew."""

import reflex as rx
from reflex_base.components.component import NoSSRComponent


def _nothing() -> list[rx.Var]:
    return []


class Missed(NoSSRComponent):
    """Shows nothing: assets/live/missed.jsx."""

    library = "$/public/live/missed.jsx"
    tag = "Missed"
    is_default = True

    missed: rx.Var[bool]

    on_miss: rx.EventHandler[_nothing]
