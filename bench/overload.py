"""More than the machine can do: what is refused, and how long those wait who are not; and that nobody is who copes."""

import os
from collections.abc import Iterator
from functools import partial
from itertools import islice

from bench.client import Request, Tally, closed, paced
from bench.ground import run
from bench.over_http import mix
from bench.served import Served, served

PATIENCE = 5.0
"""Seconds after which a client hangs up."""

RATES = (300, 600, 1200)

LONGEST = 2000.0
"""Milliseconds within which 95 of 100 are answered whom nobody refused."""


def overload() -> bool:
    """16 clients, then ever more requests a second, each for ten seconds."""
    return _measure(10.0)


def brief_overload() -> bool:
    """The same for three seconds each."""
    return _measure(3.0)


def _measure(seconds: float) -> bool:
    with served() as app:
        mixed = mix(app)
        run(lambda: closed(app.port, islice(mixed, 500)))
        calm = run(lambda: closed(app.port, islice(mixed, int(100 * seconds))))
        assert isinstance(calm, Tally)
        print(f"overload: 16 clients: {calm.rate:.0f} a second, p95 {calm.ms(0.95):.0f} ms; {_told(calm)}")
        met = not calm.wrong
        for rate in RATES:
            seen = run(partial(_offered, app, mixed, rate, seconds))
            assert isinstance(seen, Tally)
            print(
                f"overload: {rate} a second for {seconds:.0f} s: {len(seen.took) / seconds:.0f} a second answered, p50"
                f" {seen.ms(0.5):.0f} ms, p95 {seen.ms(0.95):.0f} ms, p99 {seen.ms(0.99):.0f} ms; {_told(seen)}"
            )
            met = met and set(seen.wrong) <= {"503 overloaded"} and seen.ms(0.95) <= LONGEST
    return met


async def _offered(app: Served, mixed: Iterator[Request], rate: int, seconds: float) -> Tally:
    return await paced(app.port, mixed, rate=rate, seconds=seconds, patience=PATIENCE, counts_refusals=False)


def _told(tally: Tally) -> str:
    return f"otherwise: {dict(tally.wrong) or 'nobody'}; load {os.getloadavg()[0]:.1f}"
