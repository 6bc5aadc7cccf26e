"""What a page is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx


@dataclass(frozen=True)
class Page:
    """A route and how it is made; called once for each language, inside `speaking`."""

    route: str
    make: Callable[[], rx.Component]
    title: Callable[[], str]
    description: Callable[[], str]
    on_load: Sequence[Any] = ()
