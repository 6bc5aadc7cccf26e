"""`aarogya worker`: what must happen without anybody asking. Several may run: each turn is safe beside another's."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from core import clock, db, events
from core.errors import DomainError
from core.events import CHANNEL
from core.log import configure_logging, logger
from core.redis import subscriber
from core.settings import settings
from services import appointments, next_open
from services.partitions import ensure_partitions

OVERLAP = timedelta(seconds=30)
"""How far the sweep looks back beyond its last turn: a commit may become visible later than its time says."""

log = logger(__name__)


def worker() -> None:
    """Run until SIGTERM or Ctrl-C."""
    configure_logging()
    asyncio.run(_run())


async def _run() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    duties = [
        asyncio.create_task(_every(1.0, _relay)),
        asyncio.create_task(_every(1.0, _expire_holds)),
        asyncio.create_task(_every(5.0, Sweep().turn)),
        asyncio.create_task(_every(3600.0, _tidy)),
        asyncio.create_task(_follow()),
    ]
    await stop.wait()
    for duty in duties:
        duty.cancel()
    await asyncio.gather(*duties, return_exceptions=True)
    await db.close()


async def _every(seconds: float, turn: Callable[[], Awaitable[None]]) -> None:
    """Take turns for ever; one that fails is logged, and the next is taken all the same."""
    while True:
        try:
            await turn()
        except Exception as error:  # (a duty outlives whatever one turn meets)
            log.error("turn_failed", duty=getattr(turn, "__qualname__", "?"), error=type(error).__name__, exc_info=True)
        await asyncio.sleep(seconds)


async def _relay() -> None:
    async with db.transaction() as tx:
        if relayed := await events.relay(tx.connection, clock.now()):
            log.info("events_relayed", count=relayed)


async def _expire_holds() -> None:
    await appointments.expire_holds(clock.now())


async def _tidy() -> None:
    zone = ZoneInfo(settings().home_time_zone)
    async with db.transaction() as tx:
        await tx.connection.run_sync(ensure_partitions, clock.now(), zone=zone)
        await events.prune(tx.connection, clock.now())


class Sweep:
    """Finds the doctors whose next open slot must be computed anew, whether or not a message told so."""

    def __init__(self) -> None:
        """Look back a day at first: nobody may have looked since."""
        self.since = clock.now() - timedelta(days=1)

    async def turn(self) -> None:
        """Refresh whoever is due."""
        now = clock.now()
        await next_open.refresh(await next_open.due(now, self.since), now)
        self.since = now - OVERLAP


async def _follow() -> None:
    """Refresh a doctor's next open slot as soon as one of his days changes."""
    while True:
        try:
            async with subscriber() as client, client.pubsub(ignore_subscribe_messages=True) as messages:
                await messages.psubscribe(CHANNEL + "doctor:*")
                while True:
                    doctor_ids: set[int] = set()
                    # The first message is waited for; those behind it come along, as one refresh.
                    timeout = None
                    while message := await messages.get_message(timeout=timeout):
                        doctor_ids.add(int(message["channel"].decode().removeprefix(CHANNEL).split(":")[1]))
                        timeout = 0.02
                    await next_open.refresh(doctor_ids, clock.now())
        except (RedisError, OSError, DomainError) as error:
            log.warning("subscription_lost", error=type(error).__name__)
        await asyncio.sleep(0.5)
