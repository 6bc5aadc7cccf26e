"""What signing in costs everybody else: the search of doctors alone, and beside twenty sign-ins a second."""

import asyncio
import time
from dataclasses import dataclass, field

from sqlalchemy import text

from bench.ground import ground, percentile, run
from core import clock, db, limits, passwords
from core.errors import DomainError
from services import accounts, search
from services.search import Filters

PASSWORD = "a-password-for-the-bench"
SEARCHES, SIGN_INS = 40, 20
"""Begun a second, each at its own moment, whether or not those before it have ended."""

SECONDS = 10.0
TARGET = 2.0


@dataclass
class Tally:
    """How long each took, and what was refused."""

    took: list[float] = field(default_factory=list)
    refused: int = 0


def sign_in() -> bool:
    """Print both figures and their ratio; whether the target is met."""
    with ground(doctors=1000, patients=SIGN_INS):
        alone, beside, signing = run(_measure)  # type: ignore[misc]
    p99 = [percentile(tally.took, 0.99) * 1000 for tally in (alone, beside)]
    ratio = p99[1] / p99[0]
    p50 = [percentile(tally.took, 0.5) * 1000 for tally in (alone, beside)]
    print(
        f"sign-in: search alone p50 {p50[0]:.1f} ms, p99 {p99[0]:.1f} ms; beside {SIGN_INS} sign-ins a second "
        f"p50 {p50[1]:.1f} ms, p99 {p99[1]:.1f} ms; ratio {ratio:.2f} (target: <= {TARGET:.0f})"
    )
    done = len(signing.took)
    waited = f"p99 {percentile(signing.took, 0.99) * 1000:.0f} ms" if done else "none was served"
    print(f"sign-in: {done / SECONDS:.1f} a second were served, {waited}; {signing.refused} were told to come again")
    return ratio <= TARGET


async def _measure() -> tuple[Tally, Tally, Tally]:
    stored = await passwords.hashed(PASSWORD)
    async with db.engine().begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO users (email, name, role, password_hash, created_at)"
                " SELECT 'bench' || g || '@example.org', 'Bench', 'patient', :hash, now() FROM generate_series(1, 20) g"
            ),
            {"hash": stored},
        )
    await limits.forget()
    await _searching(Tally(), 1.0)
    # In turns, so that what the machine does besides is on both sides.
    alone, beside, signing = Tally(), Tally(), Tally()
    for _ in range(2):
        await _searching(alone, SECONDS / 2)
        await asyncio.gather(_searching(beside, SECONDS / 2), _signing_in(signing, SECONDS / 2))
    return alone, beside, signing


async def _searching(tally: Tally, seconds: float) -> None:
    async def once(_number: int) -> None:
        await search.doctors(Filters(), now=clock.now())

    await _paced(tally, once, SEARCHES, seconds)


async def _signing_in(tally: Tally, seconds: float) -> None:
    async def once(number: int) -> None:
        email = f"bench{1 + number % SIGN_INS}@example.org"
        address = f"198.51.100.{number % 250}"
        await accounts.sign_in(email, PASSWORD, address=address, user_agent=None, now=clock.now())

    await _paced(tally, once, SIGN_INS, seconds)


async def _paced(tally: Tally, once, rate: int, seconds: float) -> None:  # type: ignore[no-untyped-def]
    began = time.perf_counter()

    async def timed(number: int) -> None:
        due = began + number / rate
        await asyncio.sleep(due - time.perf_counter())
        try:
            await once(number)
        except DomainError:
            tally.refused += 1
        else:
            # From when it was due: what is late to begin was kept waiting too.
            tally.took.append(time.perf_counter() - due)

    await asyncio.gather(*(timed(number) for number in range(int(rate * seconds))))
