"""What the server loads before it has processes: each begins with it, and so does one that takes a killed one's place.

Code, and what is read from it. A process is a copy of the server, so whatever is one process's own (connections,
threads, its name, the app with its state manager) is made in it: `wired` in `aarogya_ui/wiring.py`, or on first use.
"""

import gc
from importlib import import_module

EVERYTHING = "aarogya_ui.wiring"
"""Imports all that the app is made of."""


def preload() -> None:
    """Load it, and keep the collector off it, in the processes too: memory that nobody writes to stays shared."""
    # While code is loaded there is next to nothing to collect, and looking for it took a sixth of the time.
    gc.disable()
    import_module(EVERYTHING)
    gc.freeze()
    gc.enable()
