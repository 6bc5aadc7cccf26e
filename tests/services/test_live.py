"""The pusher: whatever happens on the way, what a screen was last shown becomes what a fresh read shows."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from redis.exceptions import ConnectionError as RedisGone

from core import clock, events
from core.embedded.redis import Redis
from core.errors import DomainError
from core.events import CHANNEL, Event, message
from core.redis import redis
from services import appointments, next_open, views
from services import live as pushing
from services.live import Live
from services.slots import SlotStatus
from services.views import View
from tests.outage import Database
from tests.people import DAY, NOW, Cast, at, crowd
from tests.rows import write
from tests.waiting import until

NEVER = 3600.0


class Screen:
    """A sink of the tests: who watches what, and what they were shown."""

    def __init__(self, *rooms: str) -> None:
        self.watched = set(rooms)
        self.pushes: dict[str, list[View]] = defaultdict(list)
        self.before_push: Callable[[], None] = lambda: None

    def rooms(self) -> set[str]:
        return self.watched

    def sessions(self) -> set[bytes]:
        return set()

    async def sign_out(self, ended: Collection[bytes]) -> None:
        raise AssertionError("nobody is signed in here")

    async def review(self) -> None: ...

    async def push(self, room: str, view: View) -> None:
        self.before_push()
        self.pushes[room].append(view)

    def shown(self, room: str) -> View | None:
        return self.pushes[room][-1] if self.pushes[room] else None


@asynccontextmanager
async def pusher(*screens: Screen) -> AsyncIterator[Live]:
    """A pusher at work, its first views shown."""
    live = Live()
    live.sinks = list(screens)
    task = asyncio.create_task(live.run())
    try:
        await until(lambda: all(screen.shown(room) for screen in screens for room in screen.watched))
        yield live
        assert not task.done(), "the pusher died"
    finally:
        task.cancel()
        await asyncio.gather(task, *live.pushing.values(), return_exceptions=True)


async def fresh(room: str) -> View:
    kind, args = views.parse(room)
    return await kind.read(args, clock.now())


async def until_fresh(screen: Screen, *, within: float = 10.0) -> None:
    """Until every watched room shows what a fresh read shows."""

    async def is_fresh() -> bool:
        return all([screen.shown(room) == await fresh(room) for room in screen.watched])

    await until(is_fresh, within=within)


def slots_room(cast: Cast) -> str:
    return f"slots:{cast.doctor_id}:{DAY}"


def shown_at(screen: Screen, room: str, when: datetime) -> SlotStatus:
    return next(slot.status for slot in screen.shown(room).slots if slot.starts_at == when)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rooms that are read, one by one."""
    found: list[str] = []
    for name, kind in list(views.KINDS.items()):

        async def read(args, now, name=name, kind=kind) -> View:
            found.append(":".join([name, *args]))
            return await kind.read(args, now)

        monkeypatch.setitem(views.KINDS, name, replace(kind, read=read))
    return found


@pytest.fixture
def heals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "HEAL_EVERY", 0.1)


@pytest.fixture
def never_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "HEAL_EVERY", NEVER)


@pytest.fixture
def nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    async def publish(_events: object) -> bool:
        return True

    monkeypatch.setattr(events, "publish", publish)


@pytest.mark.usefixtures("nothing_is_published")
async def test_who_has_just_read_is_pushed_nothing_until_something_changes(cast: Cast, heals: None) -> None:
    room, other = slots_room(cast), f"strip:{cast.doctor_id}"
    screen, live = Screen(room, other), Live()
    live.sinks = [screen]
    stale = await fresh(room)
    live.has_read(room, stale)
    live.has_read(other, await fresh(other))
    await live._compare()
    assert not live.pushing
    await hold(cast, at(10))
    # One who comes in now has the newest; the one before him does not.
    live.has_read(room, await fresh(room))
    await live._compare()
    await until_fresh(screen)
    assert screen.shown(room).version > stale.version


async def hold(cast: Cast, when: datetime) -> appointments.Appointment:
    return await appointments.hold(cast.wish(when), by=cast.asha, now=NOW)


@pytest.mark.usefixtures("never_heals")
@pytest.mark.parametrize("seed", range(2))
async def test_the_old_view_and_the_pushes_are_the_fresh_read(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    members = await crowd(4)
    screen = Screen(
        slots_room(cast),
        f"strip:{cast.doctor_id}",
        f"day:{cast.doctor_id}:{DAY}",
        f"account:{members[0].actor.user_id}",
        "next-open",
    )

    async def live_a_little(member) -> None:
        booked = []
        for _ in range(8):
            when = at(9 + chance.randrange(4), 30 * chance.randrange(2), DAY - timedelta(days=chance.randrange(2)))
            wish = cast.wish(when, patient=member.patient_id)
            try:
                held = await appointments.hold(wish, by=member.actor, now=NOW)
                if chance.random() < 0.6:
                    booked.append(await appointments.book(held.id, by=member.actor, now=NOW))
                if booked and chance.random() < 0.4:
                    await appointments.cancel(booked.pop().id, by=member.actor, now=NOW)
            except DomainError:
                pass
            await next_open.refresh([cast.doctor_id], clock.now())

    async with pusher(screen):
        await asyncio.gather(*map(live_a_little, members))
        await until_fresh(screen)
        for pushes in screen.pushes.values():
            versions = [view.version for view in pushes]
            assert versions == sorted(versions)
            assert len(versions) > 1


@pytest.mark.usefixtures("never_heals")
async def test_each_room_is_pushed_by_what_happens_to_it_and_only_by_that(cast: Cast) -> None:
    mine, other = slots_room(cast), f"slots:{cast.other_doctor_id}:{DAY}"
    another_day = f"slots:{cast.doctor_id}:{DAY + timedelta(days=1)}"
    screen = Screen(mine, other, another_day)
    async with pusher(screen):
        await hold(cast, at(10))
        await until(lambda: shown_at(screen, mine, at(10)) == SlotStatus.HELD)
        assert (len(screen.pushes[other]), len(screen.pushes[another_day])) == (1, 1)


async def test_a_change_is_on_the_screen_in_under_a_second(cast: Cast) -> None:
    screen, seconds = Screen(slots_room(cast)), []
    async with pusher(screen):
        for when in (at(9), at(10), at(11), at(12), at(15)):
            await hold(cast, when)
            committed_at = time.monotonic()
            await until(lambda when=when: shown_at(screen, slots_room(cast), when) == SlotStatus.HELD)
            seconds.append(time.monotonic() - committed_at)
    # The middle one of five: the machine may have had something else to do once or twice.
    assert sorted(seconds)[2] < 1.0


def told(cast: Cast) -> bytes:
    """That something happened on the doctor's day."""
    return message(Event(kind="Happened", topics=(f"doctor:{cast.doctor_id}:{DAY}",), occurred_at=NOW))


@pytest.mark.usefixtures("never_heals")
async def test_a_burst_is_read_and_pushed_a_few_times_and_its_end_is_shown(
    cast: Cast, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "SPACING", 0.3)
    screen = Screen(slots_room(cast))
    async with pusher(screen):
        reads.clear()
        began = time.monotonic()
        for _ in range(100):
            await redis().publish(CHANNEL, told(cast))
        await hold(cast, at(10))
        await until(lambda: shown_at(screen, slots_room(cast), at(10)) == SlotStatus.HELD)
        # One at once, one at the end, and between them as many as there is time for.
        assert len(reads) <= 2 + (time.monotonic() - began) / pushing.SPACING


@pytest.mark.usefixtures("heals")
async def test_a_room_that_nobody_watches_is_never_read(cast: Cast, reads: list[str]) -> None:
    screen = Screen(f"slots:{cast.other_doctor_id}:{DAY}")
    async with pusher(screen) as live:
        screen.watched.add(slots_room(cast))
        await until(lambda: screen.shown(slots_room(cast)))
        screen.watched.remove(slots_room(cast))
        # Looked at again by healing, so whatever was on its way has come.
        await until(lambda: slots_room(cast) not in live.shown and not live.pushing)
        reads.clear()
        await hold(cast, at(10))
        await appointments.hold(cast.wish(at(11), doctor=cast.other_doctor_id), by=cast.asha, now=NOW)
        await until_fresh(screen)
        assert slots_room(cast) not in reads


@pytest.mark.usefixtures("heals", "nothing_is_published")
async def test_a_message_that_is_lost_heals(cast: Cast) -> None:
    screen = Screen(
        slots_room(cast),
        f"strip:{cast.doctor_id}",
        f"day:{cast.doctor_id}:{DAY}",
        f"account:{cast.asha.user_id}",
        "next-open",
    )
    async with pusher(screen):
        before = dict(screen.pushes)
        held = await hold(cast, at(10))
        await appointments.book(held.id, by=cast.asha, now=NOW)
        await next_open.refresh([cast.doctor_id], clock.now())
        await until_fresh(screen)
        assert all(len(screen.pushes[room]) > 1 for room in before)


@pytest.mark.usefixtures("heals")
async def test_what_has_not_changed_is_not_pushed_again(cast: Cast, reads: list[str]) -> None:
    screen, quiet = Screen(slots_room(cast)), f"slots:{cast.other_doctor_id}:{DAY}"
    async with pusher(screen, Screen(quiet)) as live:
        # Listening and healing both look at first.
        await until(lambda: not live.pushing)
        reads.clear()
        for turn in range(3):
            await hold(cast, at(10 + turn))
            await until_fresh(screen)
        assert quiet not in reads


async def subscribers() -> int:
    return int(await redis().execute_command("PUBSUB", "NUMPAT"))


@pytest.mark.usefixtures("never_heals")
async def test_a_subscription_that_is_cut_comes_back_and_shows_what_was_missed(
    cast: Cast, own_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "RECONNECT_AFTER", 1.0)
    screen = Screen(slots_room(cast))
    async with pusher(screen):
        await redis().execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: _is(subscribers, 0))
        await hold(cast, at(10))
        await until(lambda: shown_at(screen, slots_room(cast), at(10)) == SlotStatus.HELD)
        await hold(cast, at(11))
        await until_fresh(screen)


@pytest.mark.usefixtures("never_heals")
async def test_redis_that_is_down_for_a_while_is_heard_again(
    cast: Cast, own_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "RECONNECT_AFTER", 0.05)
    screen = Screen(slots_room(cast))
    async with pusher(screen):
        await asyncio.to_thread(own_redis.stop)
        await hold(cast, at(10))
        with pytest.raises(RedisGone):
            await redis().ping()
        await asyncio.to_thread(own_redis.start)
        await until(lambda: shown_at(screen, slots_room(cast), at(10)) == SlotStatus.HELD)
        await hold(cast, at(11))
        await until_fresh(screen)


async def _is(number: Callable, wanted: int) -> bool:
    return await number() == wanted


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What the clock shows; the tests turn it."""
    shown = [at(8)]
    monkeypatch.setattr(clock, "now", lambda: shown[0])
    return shown


@pytest.mark.usefixtures("heals", "nothing_is_published")
async def test_what_the_clock_alone_changes_is_pushed(cast: Cast, moment: list[datetime]) -> None:
    room = slots_room(cast)
    screen = Screen(room, f"strip:{cast.doctor_id}")
    async with pusher(screen):
        assert shown_at(screen, room, at(9)) == SlotStatus.OPEN
        moment[0] = at(8, 45)
        await until(lambda: shown_at(screen, room, at(9)) == SlotStatus.BLOCKED)
        await until_fresh(screen)
        moment[0] = at(8, day=DAY + timedelta(days=1))
        await until(lambda: DAY not in screen.shown(f"strip:{cast.doctor_id}").open)


@pytest.mark.usefixtures("heals", "nothing_is_published")
async def test_a_hold_that_runs_out_is_open_again_even_if_nobody_sweeps_it(cast: Cast, moment: list[datetime]) -> None:
    room, account = slots_room(cast), f"account:{cast.asha.user_id}"
    screen = Screen(room, account)
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=moment[0])
    async with pusher(screen):
        assert shown_at(screen, room, at(10)) == SlotStatus.HELD
        before = len(screen.pushes[account])
        moment[0] += appointments.HOLD_FOR
        await until(lambda: shown_at(screen, room, at(10)) == SlotStatus.OPEN)
        await until(lambda: len(screen.pushes[account]) > before)


@pytest.mark.usefixtures("heals")
async def test_a_sink_that_fails_stops_neither_the_others_nor_the_pusher(cast: Cast) -> None:
    broken, sound = Screen(slots_room(cast)), Screen(slots_room(cast))

    def fail() -> None:
        raise RuntimeError("this door is stuck")

    async with pusher(broken, sound):
        broken.before_push = fail
        await hold(cast, at(10))
        await until(lambda: shown_at(sound, slots_room(cast), at(10)) == SlotStatus.HELD)
        broken.before_push = lambda: None
        await until(lambda: shown_at(broken, slots_room(cast), at(10)) == SlotStatus.HELD)


@pytest.mark.usefixtures("heals", "nothing_is_published")
async def test_a_database_that_goes_away_while_pushing_is_read_when_it_is_back(
    cast: Cast, database: Database, reads: list[str]
) -> None:
    screen = Screen(slots_room(cast))
    async with pusher(screen):
        await hold(cast, at(10))
        await asyncio.to_thread(database.close)
        try:
            reads.clear()
            await redis().publish(CHANNEL, told(cast))
            await until(lambda: reads)
            with pytest.raises(DomainError):
                await fresh(slots_room(cast))
        finally:
            await asyncio.to_thread(database.open)
        await until_fresh(screen)


@pytest.mark.usefixtures("heals")
async def test_connections_cut_under_the_pusher_are_made_anew(cast: Cast, database: Database) -> None:
    screen = Screen(slots_room(cast))
    async with pusher(screen):
        await asyncio.to_thread(database.end_connections)
        await write("UPDATE doctors SET notice_minutes = 31")
        await hold(cast, at(10))
        await until_fresh(screen)


@pytest.mark.parametrize("part", ["read", "versions"])
@pytest.mark.usefixtures("heals")
async def test_whatever_a_view_throws_the_pusher_goes_on(
    cast: Cast, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, thrown = views.KINDS["slots"], []

    async def throw(*_args: object) -> None:
        thrown.append(part)
        raise ZeroDivisionError

    screen = Screen(slots_room(cast))
    async with pusher(screen):
        monkeypatch.setitem(views.KINDS, "slots", replace(kind, **{part: throw}))
        await hold(cast, at(10))
        await until(lambda: thrown)
        monkeypatch.setitem(views.KINDS, "slots", kind)
        await until_fresh(screen)


@pytest.mark.usefixtures("never_heals")
async def test_a_change_at_the_very_end_of_a_push_is_pushed_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each of the loop's steps around the end of the push, so that one of them is the last."""
    monkeypatch.setattr(pushing, "SPACING", 0)
    room, loop = slots_room(cast), asyncio.get_running_loop()
    for steps in range(6):
        screen, live = Screen(room), Live()
        live.sinks = [screen]

        def later(left: int, live: Live = live) -> None:
            if left:
                loop.call_soon(later, left - 1)
            else:
                live.changed([views.topic(room)])

        def once(steps: int = steps, screen: Screen = screen) -> None:
            screen.before_push = lambda: None
            later(steps)

        screen.before_push = once
        live.changed([views.topic(room)])
        await until(lambda screen=screen: len(screen.pushes[room]) == 2, within=2)
        await until(lambda live=live: not live.pushing)


async def test_is_newer_is_asked_of_what_the_room_was_shown(cast: Cast) -> None:
    screen, room = Screen(slots_room(cast)), slots_room(cast)
    async with pusher(screen) as live:
        assert not live.is_newer(room, 0)
        await hold(cast, at(10))
        await until(lambda: live.is_newer(room, 0))
        assert not live.is_newer(room, screen.shown(room).version)
        assert not live.is_newer("slots:0:2026-01-01", 0)
