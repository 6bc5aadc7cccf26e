"""`make bench`: every figure, or those named: `python -m bench race booking slots`; `--short` as CI runs them.

The short form fails where something is wrong, not where a noisy machine is slow; the whole also where a target is
missed.
"""

import os
import platform
import sys
from collections.abc import Callable

from bench.booking import booking
from bench.course import course
from bench.desk_drags import desk_drags
from bench.desk_drags import few as few_drags
from bench.desk_grid import desk_grid
from bench.desk_grid import few as few_changes
from bench.expected import expected
from bench.expected import few as few_days
from bench.find_patient import find_patient
from bench.leave import leave
from bench.live_day import few as few_screens
from bench.live_day import live_day
from bench.over_http import booking_over_http, mixed_over_http, search_over_http, short, slots_over_http
from bench.overload import brief_overload, overload
from bench.page import few as few_pages
from bench.page import page
from bench.race import race
from bench.sign_in import sign_in
from bench.slots import slots
from bench.sockets import few, sockets
from bench.trail import trail

BENCHES: dict[str, Callable[[], bool]] = {
    "race": race,
    "booking": booking,
    "slots": slots,
    "course": course,
    "leave": leave,
    "find-patient": find_patient,
    "audit": trail,
    "sign-in": sign_in,
    "http-slots": slots_over_http,
    "http-search": search_over_http,
    "http-booking": booking_over_http,
    "http-mixed": mixed_over_http,
    "overload": overload,
    "live": sockets,
    "page-event": page,
    "live-day": live_day,
    "desk-grid": desk_grid,
    "desk-drags": desk_drags,
    "expected": expected,
}
SHORT: dict[str, Callable[[], bool]] = {
    "race": lambda: race(20),
    "booking": lambda: booking(500),
    "http": short,
    "overload": brief_overload,
    "live": few,
    "page-event": few_pages,
    "live-day": few_screens,
    "desk-grid": few_changes,
    "desk-drags": few_drags,
    "expected": few_days,
}


def main(arguments: list[str]) -> int:
    """Run them; 1 when a target is missed."""
    known = SHORT if "--short" in arguments else BENCHES
    chosen = [name for name in arguments if not name.startswith("-")] or list(known)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}")
    met = [known[name]() for name in chosen]
    return 0 if all(met) or "--short" in arguments else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
