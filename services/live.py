"""The one subscriber a process: hears what changed, reads each watched view once, hands it to the sinks.

A lost message heals itself: every few seconds the database is asked once for the versions of all that is watched here.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import orjson

from core import clock, db, metrics
from core.events import CHANNEL
from core.log import logger
from core.redis import subscriber
from services import sessions
from services.views import View, parse, topic

HEAL_EVERY = 5.0
"""Seconds between two looks at the versions of all that is watched."""

SPACING = 0.05
"""Seconds between two pushes to one room: a burst becomes one view."""

RECONNECT_AFTER = 0.5
"""Seconds before Redis is tried again."""

log = logger(__name__)


class Sink(Protocol):
    """A door that people watch through."""

    def rooms(self) -> Collection[str]:
        """The rooms that someone is in at this moment, in this process."""
        ...

    async def push(self, room: str, view: View) -> None:
        """Show the view to all in the room."""
        ...

    def sessions(self) -> Collection[bytes]:
        """The sessions, by their hashes, of all who are connected to this process."""
        ...

    async def sign_out(self, ended: Collection[bytes]) -> None:
        """Push nothing more to those sessions, and tell their screens that they are over."""
        ...

    async def review(self) -> None:
        """End what somebody may no longer be shown for another reason than the end of his session."""
        ...


class Live:
    """Turns events into pushes. Give it its sinks, then run it for the life of the process."""

    def __init__(self) -> None:
        """Start with no sinks and nothing shown."""
        self.sinks: list[Sink] = []
        self.shown: dict[str, tuple[int, datetime | None]] = {}
        self.dirty: dict[str, float] = {}
        self.pushing: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Listen and heal until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._heal())

    def watched(self) -> set[str]:
        """Every room that someone here is in."""
        return {room for sink in self.sinks for room in sink.rooms()}

    def changed(self, topics: Collection[str]) -> None:
        """Push anew every watched room that one of the topics moves."""
        for room in self.watched():
            if topic(room) in topics:
                self._touch(room)

    def has_read(self, room: str, view: View) -> None:
        """Somebody who came in has this view by his own reading: as long as it is current there is nothing to heal.

        Of several who came in the oldest view counts, until all are pushed to.
        """
        self.shown.setdefault(room, (view.version, view.valid_until))

    def is_newer(self, room: str, version: int) -> bool:
        """Whether the room has been shown something newer than `version`."""
        shown = self.shown.get(room)
        return shown is not None and shown[0] > version

    def _is_current(self, room: str, version: int) -> bool:
        if (shown := self.shown.get(room)) is None:
            return False
        shown_version, valid_until = shown
        return shown_version == version and (valid_until is None or valid_until > clock.now())

    def _touch(self, room: str) -> None:
        self.dirty.setdefault(room, time.monotonic())
        if room not in self.pushing:
            self.pushing[room] = asyncio.create_task(self._push(room))

    async def _push(self, room: str) -> None:
        try:
            while room in self.dirty:
                heard = self.dirty.pop(room)
                await self._show(room)
                metrics.push_seconds.labels(room.partition(":")[0]).observe(time.monotonic() - heard)
                await asyncio.sleep(SPACING)
        finally:
            # At once, and not in a callback later: who comes in between must find that nobody pushes.
            del self.pushing[room]

    async def _show(self, room: str) -> None:
        """Read the view and hand it to the sinks. Where that fails, healing tries again."""
        kind, args = parse(room)
        try:
            view = await kind.read(args, clock.now())
        except Exception as error:  # noqa: BLE001  (the pusher outlives whatever one view meets)
            log.warning("view_not_read", room=room, error=getattr(error, "code", type(error).__name__))
            return
        self.shown[room] = (view.version, view.valid_until)
        metrics.pushes.labels(room.partition(":")[0]).inc()
        for sink in self.sinks:
            try:
                await sink.push(room, view)
            except Exception as error:
                # Healing finds the room unshown and tries again.
                self.shown.pop(room, None)
                log.error("view_not_pushed", room=room, error=type(error).__name__, exc_info=True)

    async def _listen(self) -> None:
        while True:
            client = subscriber()
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as messages:
                    await messages.subscribe(CHANNEL)
                    # Whatever was said while nobody listened is not heard again: look at once.
                    await self._compare()
                    async for message in messages.listen():
                        heard = orjson.loads(message["data"])
                        if any(topic.startswith(sessions.TOPIC) for topic in heard["topics"]):
                            await self._sign_out({bytes.fromhex(each) for each in heard["sessions"]})
                        self.changed(heard["topics"])
            except Exception as error:  # noqa: BLE001  (whatever it is: without ears every screen would go stale)
                log.warning("subscription_lost", error=type(error).__name__)
            finally:
                await client.aclose()
            await asyncio.sleep(RECONNECT_AFTER)

    async def _heal(self) -> None:
        while True:
            await asyncio.sleep(HEAL_EVERY)
            await self._compare()

    async def _sign_out(self, among: set[bytes] | None = None) -> None:
        """End the screens of the sessions that are over: those that were named, or whichever are by now."""
        for sink in self.sinks:
            try:
                here = set(sink.sessions())
                asked = here if among is None else here & among
                if asked and (ended := await sessions.over(asked, now=clock.now())):
                    await sink.sign_out(ended)
            except Exception as error:  # noqa: BLE001  (the next look may succeed)
                log.warning("sessions_not_ended", error=getattr(error, "code", type(error).__name__))

    async def _compare(self) -> None:
        """Push each watched room that was last shown at another version, or that the clock has changed."""
        await self._sign_out()
        watched = self.watched()
        self.shown = {room: shown for room, shown in self.shown.items() if room in watched}
        by_kind: dict[str, list[str]] = defaultdict(list)
        for room in watched:
            by_kind[room.partition(":")[0]].append(room)
        try:
            async with db.snapshot() as connection:
                for rooms in by_kind.values():
                    kind, _ = parse(rooms[0])
                    versions = await kind.versions(connection, [parse(room)[1] for room in rooms])
                    for room, version in zip(rooms, versions, strict=True):
                        if not self._is_current(room, version):
                            self._touch(room)
        except Exception as error:  # noqa: BLE001  (the next look may succeed)
            log.warning("versions_not_read", error=getattr(error, "code", type(error).__name__))
        await self._review()

    async def _review(self) -> None:
        for sink in self.sinks:
            try:
                await sink.review()
            except Exception as error:  # noqa: BLE001  (the next look may succeed)
                log.warning("rights_not_reviewed", error=getattr(error, "code", type(error).__name__))


live = Live()
"""The process's pusher."""
