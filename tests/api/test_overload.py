"""What is refused when more is asked of a process than it can answer soon, and what never is."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from api import overload
from api.overload import ALWAYS, Load, Overload
from core import limits, metrics
from core.words import words
from tests.api.served import House, served
from tests.people import Cast


@pytest_asyncio.fixture
async def house(cast: Cast) -> AsyncIterator[House]:
    async with served() as made:
        yield made


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """A process that has its hands full."""
    load = Load()
    monkeypatch.setattr(overload, "load", load)
    load.in_hand = ALWAYS
    yield load
    assert load.in_hand == ALWAYS


async def test_what_is_too_much_is_refused_before_anything_is_asked(
    house: House, full: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("Redis was asked")

    monkeypatch.setattr(limits, "_at", never)
    refused = metrics.overloaded._value.get()
    caller = await house.connect()
    caller.send("POST", "/api/appointments", b'{"doctorId":', length=500, Accept_Language="hi")
    # The rest of the body is not waited for.
    said = (await caller.reader.readuntil(b"}")).decode()
    assert said.startswith("HTTP/1.1 503 ")
    assert "\r\nretry-after: 1\r\n" in said
    assert "\r\ncontent-type: application/problem+json\r\n" in said
    assert '"code":"overloaded"' in said
    assert words("hi").gettext("Very much is being asked of us right now. Please try again in a moment.") in said
    assert metrics.overloaded._value.get() == refused + 1


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/live", "/metrics"])
async def test_health_and_metrics_are_told_even_then(house: House, full: Load, path: str) -> None:
    caller = await house.connect()
    caller.send("GET", path)
    assert await caller.status() == 200


async def test_as_soon_as_it_is_less_it_is_taken_again(house: House, full: Load) -> None:
    caller = await house.connect()
    caller.send("GET", "/api/doctors")
    assert await caller.status() == 503
    full.in_hand -= 1
    caller = await house.connect()
    caller.send("GET", "/api/doctors")
    assert await caller.status() == 200
    full.in_hand += 1


async def test_whoever_sends_slowly_is_in_nobodys_way(house: House, cast: Cast) -> None:
    for _ in range(ALWAYS + 1):
        caller = await house.connect()
        caller.send("POST", "/api/doctors", b"{", length=500)
        await caller.writer.drain()
    caller = await house.connect()
    caller.send("GET", "/api/doctors")
    assert await caller.status() == 200
    assert not overload.load.in_hand


async def test_a_mistake_of_ours_is_no_longer_in_hand() -> None:
    async def mistake(*_: object) -> None:
        assert overload.load.in_hand == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Overload(mistake)({"type": "http", "path": "/api/doctors"}, mistake, mistake)
    assert not overload.load.in_hand


def busy(load: Load, *, at: float, answered: int, seconds: float, of: int = ALWAYS) -> None:
    """With `of` in hand all the time, so many are answered, evenly."""
    while load.in_hand < of:
        load.take(at)
    for number in range(answered):
        now = at + (number + 1) / answered * seconds
        load.give_back(now)
        load.take(now)


def rest(load: Load, at: float) -> None:
    while load.in_hand:
        load.give_back(at)


def test_as_many_as_it_answers_in_a_second_are_not_too_much() -> None:
    load = Load()
    busy(load, at=0.0, answered=400, seconds=1.0)
    while not load.is_too_much:
        load.take(1.0)
    assert load.in_hand == pytest.approx(400, rel=0.02)


def test_who_is_slow_takes_a_hundred_always() -> None:
    load = Load()
    busy(load, at=0.0, answered=20, seconds=2.0)
    assert load.rate == pytest.approx(10)
    assert load.is_too_much
    while load.in_hand >= ALWAYS:
        load.give_back(2.0)
    assert not load.is_too_much


def test_who_refuses_finds_out_that_he_is_fast_again() -> None:
    load = Load()
    busy(load, at=0.0, answered=20, seconds=2.0)
    busy(load, at=2.0, answered=500, seconds=1.0)
    assert load.rate == pytest.approx(500, rel=0.02)


def test_who_is_held_up_for_a_moment_is_not_slow() -> None:
    load = Load()
    for second in range(10):
        busy(load, at=float(second), answered=3, seconds=0.9)
        rest(load, second + 0.9)
        assert not load.rate
