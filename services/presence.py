"""Who of the staff has a doctor's day or the desk open, and what each has in his hand. It locks nothing.

Each process says in Redis every other second whom it has in which room, and what nobody says any more lapses: of a
process that was killed, too. Whoever changes what stands there tells all processes, by the channel of the events.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from secrets import token_hex
from typing import Any

import orjson
from redis.exceptions import RedisError

from core import clock
from core.events import CHANNEL, Event, message
from core.log import logger
from core.redis import redis
from services.permissions import Actor

EVERY = 1.5
"""Seconds between two looks at who is still there."""

KEPT = 5.0
"""Seconds that what a process said stands."""

SAY = """
    local time = redis.call('TIME')
    local now, changed = time[1] * 1000 + math.floor(time[2] / 1000), false
    local all = redis.call('HGETALL', KEYS[1])
    for at = 1, #all, 2 do
        local ends = tonumber(string.match(all[at + 1], '^(%d+)|'))
        if ends and ends < now and all[at] ~= ARGV[1] then
            redis.call('HDEL', KEYS[1], all[at])
            changed = true
        end
    end
    local said = redis.call('HGET', KEYS[1], ARGV[1])
    if ARGV[2] == '' then
        if said then
            redis.call('HDEL', KEYS[1], ARGV[1])
            changed = true
        end
    else
        if not said or string.match(said, '|(.*)$') ~= ARGV[2] then changed = true end
        redis.call('HSET', KEYS[1], ARGV[1], string.format('%d|%s', now + ARGV[3] * 1000, ARGV[2]))
    end
    if changed then
        local last = tonumber(redis.call('HGET', KEYS[1], 'version') or 0)
        redis.call('HSET', KEYS[1], 'version', string.format('%d', math.max(last + 1, now)))
    end
    redis.call('EXPIRE', KEYS[1], 60)
    return changed and 1 or 0
"""
"""What a process says of a room; what other processes said too long ago goes. Versions are milliseconds, and more."""

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One of the staff; `holds` is the appointment that he is moving or editing at this moment, by its id."""

    user_id: int
    name: str
    role: str
    holds: str = ""


@dataclass(frozen=True, kw_only=True)
class People:
    """Who has the day open, by name; each once, however many screens he has."""

    version: int
    people: tuple[Person, ...]
    valid_until: datetime | None = None


def room(doctor_id: int, day: date) -> str:
    """The room in which those who have the day open see one another; it moves itself."""
    return f"presence:{doctor_id}:{day}"


def desk_room(clinic_id: int) -> str:
    """The same for those who have a clinic's desk open, whichever days are on it."""
    return f"presence:desk:{clinic_id}"


async def people(room: str) -> People:
    """Who is there; nobody, as far as is known, where Redis does not answer."""
    try:
        async with redis().pipeline(transaction=False) as pipe:
            pipe.hgetall(_key(room))
            pipe.time()
            kept, (seconds, micros) = await pipe.execute()
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("presence_not_read", error=type(error).__name__)
        return People(version=int(clock.now().timestamp() * 1000), people=())
    now = seconds * 1000 + micros // 1000
    version = int(kept.pop(b"version", now))
    there: dict[int, Person] = {}
    for said in kept.values():
        until, _, listed = said.partition(b"|")
        if int(until) >= now:
            _add(there, (Person(**each) for each in orjson.loads(listed)))
    return People(version=version, people=tuple(sorted(there.values(), key=lambda each: (each.name, each.user_id))))


async def versions(rooms: Sequence[str]) -> list[int]:
    """The versions of the rooms, in their order; 0 where none is known."""
    try:
        async with redis().pipeline(transaction=False) as pipe:
            for each in rooms:
                pipe.hget(_key(each), "version")
            return [int(found or 0) for found in await pipe.execute()]
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("presence_not_read", error=type(error).__name__)
        return [0] * len(rooms)


class Presence:
    """Whom this process has in which room."""

    def __init__(self) -> None:
        """Nobody yet."""
        self.there: dict[str, tuple[str, Person]] = {}
        self.said: set[str] = set()

    @cached_property
    def process(self) -> str:
        """Its name in Redis; made when it is first told, for the server's processes begin as copies of one."""
        return token_hex(8)

    async def enter(self, sid: str, room: str, by: Actor) -> None:
        """This connection looks at that day from now on, and at no other."""
        left, _ = self.there.get(sid, (room, None))
        self.there[sid] = room, Person(user_id=by.user_id, name=by.name, role=by.role)
        for each in {left, room}:
            await self._say(each)

    async def hold(self, sid: str, appointment_id: str) -> None:
        """This connection has that appointment in its hand from now on; nothing: it has let go."""
        room, person = self.there.get(sid, ("", None))
        if person is not None and person.holds != appointment_id:
            self.there[sid] = room, replace(person, holds=appointment_id)
            await self._say(room)

    async def run(self, connected: Callable[[str], Collection[str]]) -> None:
        """Say again and again who is there; `connected` are the connections in a room."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look(connected)
            except Exception as error:  # noqa: BLE001  (the next look may succeed)
                log.warning("presence_not_told", error=type(error).__name__)

    async def look(self, connected: Callable[[str], Collection[str]]) -> None:
        """Forget the connections that are gone, and say who is left."""
        still = {room: set(connected(room)) for room, _ in self.there.values()}
        self.there = {sid: (room, person) for sid, (room, person) in self.there.items() if sid in still[room]}
        for each in still.keys() | self.said:
            await self._say(each)

    async def _say(self, room: str) -> None:
        here: dict[int, Person] = {}
        _add(here, (person for there, person in self.there.values() if there == room))
        listed = orjson.dumps([vars(here[each]) for each in sorted(here)]).decode() if here else ""
        try:
            changed: Any = await redis().eval(SAY, 1, _key(room), self.process, listed, str(KEPT))  # type: ignore[misc]
            if changed:
                event = Event(kind="PresenceChanged", topics=(room,), occurred_at=clock.now())
                await redis().publish(CHANNEL, message(event))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("presence_not_told", error=type(error).__name__)
        if here:
            self.said.add(room)
        else:
            self.said.discard(room)


def _add(there: dict[int, Person], found: Iterable[Person]) -> None:
    """Each once: of several screens of one person that counts on which he has something in his hand."""
    for person in found:
        if person.holds or person.user_id not in there:
            there[person.user_id] = person


def _key(room: str) -> str:
    return f"aarogya:{room}"


presence = Presence()
"""This process's."""
