"""`aarogya worker`: what must happen without anybody asking. Several may run: each turn is safe beside another's."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from redis.exceptions import RedisError

from core import clock, counting, db, events, idempotency, metrics
from core.errors import DomainError
from core.events import CHANNEL
from core.log import configure_logging, logger
from core.redis import subscriber
from core.seals import Sealer
from core.settings import settings
from services import appointments, book_ahead, codes, messages, next_open
from services.account import erasure, registration
from services.waiting import matches, offers

NICER = 5
"""By how much the worker is of lower priority than the server."""

OVERLAP = timedelta(seconds=30)
"""How far the sweep looks back beyond its last turn: a commit may become visible later than its time says."""

GATHER = 0.1
"""Seconds that messages are gathered for one refresh: in a busy hour there is always another."""

OFFERS_EVERY, OFFERS_ALL_EVERY = 1.0, timedelta(minutes=1)
"""Seconds between two looks at the doctors whose days or lists changed; how often all are looked at, for the clock and
the weekly hours also open times.
"""

log = logger(__name__)


def worker() -> None:
    """Run until SIGTERM or Ctrl-C."""
    configure_logging()
    counting.begin()
    # Where cores are scarce, whoever waits for an answer goes first.
    os.nice(NICER)
    asyncio.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sweep, waitlists = Sweep(), Waitlists()
    duties = [
        asyncio.create_task(_every(1.0, _relay)),
        asyncio.create_task(_every(5.0, _behind)),
        asyncio.create_task(_every(1.0, _expire_holds)),
        asyncio.create_task(_every(0.5, _deliver)),
        asyncio.create_task(_every(5.0, sweep.turn)),
        asyncio.create_task(_every(0.0, waitlists.turn)),
        asyncio.create_task(_every(5.0, Seals().turn)),
        asyncio.create_task(_every(3600.0, _open_ahead)),
        asyncio.create_task(_every(3600.0, _prune)),
        asyncio.create_task(_every(86_400.0, _erase_due)),
        asyncio.create_task(_follow(sweep, waitlists)),
    ]
    await stop.wait()
    for duty in duties:
        duty.cancel()
    await asyncio.gather(*duties, return_exceptions=True)
    await db.close()


async def _every(seconds: float, turn: Callable[[], Awaitable[None]]) -> None:
    """Take turns for ever; one that fails is logged, and the next is taken all the same."""
    duty = getattr(turn, "__qualname__", "?").removeprefix("_")
    while True:
        try:
            with metrics.duty_seconds.labels(duty).time():
                await turn()
            metrics.duty_succeeded.labels(duty).set_to_current_time()
        except Exception as error:  # (a duty outlives whatever one turn meets)
            metrics.duty_failures.labels(duty).inc()
            log.error("turn_failed", duty=duty, error=type(error).__name__, exc_info=True)
        await asyncio.sleep(seconds)


async def _relay() -> None:
    async with db.transaction() as tx:
        if relayed := await events.relay(tx.connection, clock.now()):
            log.info("events_relayed", count=relayed)


async def _behind() -> None:
    async with db.snapshot() as connection:
        count, age = await events.behind(connection, clock.now())
    metrics.unpublished.set(count)
    metrics.unpublished_age.set(age.total_seconds())
    db.sample()


async def _expire_holds() -> None:
    await appointments.expire_holds(clock.now())


async def _deliver() -> None:
    while await messages.deliver(clock.now()):
        pass


async def _erase_due() -> None:
    if erased := await erasure.erase_due(clock.now()):
        log.info("names_erased", count=erased)


async def _open_ahead() -> None:
    await book_ahead.open_ahead(clock.now(), zone=ZoneInfo(settings().home_time_zone))


async def _prune() -> None:
    async with db.transaction() as tx:
        await events.prune(tx.connection, clock.now())
        await idempotency.prune(tx.connection, clock.now())
        await messages.prune(tx, clock.now())
        await codes.prune(tx, clock.now())
        await registration.prune(tx, clock.now())


class Seals:
    """Seals the audit trail, a few seconds behind those who write it."""

    def __init__(self) -> None:
        """One sealer for all turns."""
        self.sealer = Sealer()

    async def turn(self) -> None:
        """Seal what was written since."""
        if sealed := await self.sealer.turn(clock.now()):
            log.info("audit_sealed", count=sealed)


class Sweep:
    """Finds the doctors whose next open slot must be computed anew, whether or not a message told so."""

    def __init__(self) -> None:
        """Look back a day at first: nobody may have looked since."""
        self.since = clock.now() - timedelta(days=1)
        self.done: next_open.DayVersions = {}

    async def turn(self) -> None:
        """Refresh whoever is due, and has not been since his day came to the version that it has."""
        now = clock.now()
        changed = await next_open.changed(self.since)
        missed = {day[0] for day, version in changed.items() if self.done.get(day, 0) < version}
        await next_open.refresh(missed | await next_open.due(now, self.since), now)
        self.done = {day: max(version, self.done.get(day, 0)) for day, version in changed.items()}
        self.since = now - OVERLAP

    async def heard(self, doctor_ids: set[int], days: next_open.DayVersions) -> None:
        """Refresh these doctors, whose days came to these versions before it was told."""
        await next_open.refresh(doctor_ids, clock.now())
        for day, version in days.items():
            self.done[day] = max(version, self.done.get(day, 0))


class Waitlists:
    """Offers free times to those who wait: at once where a message tells of a change, and soon where none does."""

    def __init__(self) -> None:
        """Look at all first: nobody may have looked since."""
        self.heard: set[int] = set()
        self.woken = asyncio.Event()
        self.since = self.look_again = self.all_again = clock.now()

    def hear(self, doctor_ids: set[int]) -> None:
        """These doctors' days have changed."""
        self.heard |= doctor_ids
        self.woken.set()

    async def turn(self) -> None:
        """Wait for a message, but not for long, and offer what there is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OFFERS_EVERY):
                await self.woken.wait()
        self.woken.clear()
        heard, self.heard = self.heard, set()
        now = clock.now()
        if now >= self.all_again:
            self.all_again = now + OFFERS_ALL_EVERY
            await offers.offer_free_times(now)
            return
        if now >= self.look_again:
            self.look_again = now + timedelta(seconds=OFFERS_EVERY)
            heard.update(await matches.changed_since(self.since))
            self.since = now - OVERLAP
        await offers.offer_free_times(now, doctor_ids=heard)


async def _follow(sweep: Sweep, waitlists: Waitlists) -> None:
    """Refresh a doctor's next open slot, and look at his waitlist, as soon as one of his days changes."""
    while True:
        try:
            async with subscriber() as client, client.pubsub(ignore_subscribe_messages=True) as messages:
                await messages.subscribe(CHANNEL)
                while True:
                    doctor_ids: set[int] = set()
                    days: next_open.DayVersions = {}
                    # The first message is waited for; those behind it come along, as one refresh, but not for ever.
                    timeout, until = None, None
                    while message := await messages.get_message(timeout=timeout):
                        told = orjson.loads(message["data"])
                        doctor_ids |= _doctors(told["topics"])
                        days |= _day_version(told)
                        if doctor_ids:
                            until = until or time.monotonic() + GATHER
                            if (timeout := until - time.monotonic()) <= 0:
                                break
                    waitlists.hear(doctor_ids)
                    await sweep.heard(doctor_ids, days)
        except (RedisError, OSError, DomainError) as error:
            log.warning("subscription_lost", error=type(error).__name__)
        await asyncio.sleep(0.5)


def _doctors(topics: list[str]) -> set[int]:
    """Those whose days the topics are about."""
    return {int(topic.split(":")[1]) for topic in topics if topic.startswith("doctor:")}


def _day_version(told: dict[str, Any]) -> next_open.DayVersions:
    """The day that an event says it brought to a version."""
    if "day_version" not in told:
        return {}
    return {(told["doctor_id"], date.fromisoformat(told["day"])): told["day_version"]}
