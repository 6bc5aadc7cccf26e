"""A handler that is slow is told with its parts, under a name of its own; and what fails keeps that name."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from reflex_base.registry import RegistrationContext
from structlog.testing import capture_logs

from core import spent
from core.log import logger
from services.permissions import Access
from state.guard import handler
from state.session import refused

log = logger("t")

SLOW, LONG = 0.25, 0.3
"""Seconds from which on it is told, and those that it takes; what the machine does besides is shorter."""


class Desk:
    async def slow(self) -> None:
        with spent.part("redis"):
            await asyncio.sleep(LONG)
        log.warning("inside")

    async def steps(self) -> AsyncIterator[int]:
        yield 1
        with spent.part("database"):
            await asyncio.sleep(LONG)
        yield 2

    async def broken(self) -> None:
        raise ValueError("Asha has a bad back")


async def call(method: Any) -> Any:
    """As Reflex does, in a task that has inherited another connection's name."""
    with RegistrationContext():
        made = handler(Access.PUBLIC)(method)
    with structlog.contextvars.bound_contextvars(request_id="another's"):
        result = getattr(made, "fn", made)(Desk())
        if hasattr(result, "__aiter__"):
            return [step async for step in result]
        return await asyncio.create_task(result)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spent, "SLOW", SLOW)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines


async def test_a_slow_event_is_told_with_its_parts_and_its_name(lines: list[dict[str, Any]]) -> None:
    await call(Desk.slow)
    inside, slow = lines
    assert (slow["event"], slow["handler"]) == ("slow_event", "Desk.slow")
    assert 1000 * LONG <= slow["parts"]["redis_ms"] <= slow["ms"] + 1
    assert inside["request_id"] == slow["request_id"] != "another's"


async def test_of_a_handler_in_steps_the_slow_step_is_told(lines: list[dict[str, Any]]) -> None:
    assert await call(Desk.steps) == [1, 2]
    (slow,) = lines
    assert (slow["handler"], set(slow["parts"])) == ("Desk.steps", {"database_ms", "other_ms"})


async def test_what_fails_is_told_under_the_name_of_its_event(lines: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="bad back") as failed:
        await call(Desk.broken)
    refused(failed.value)
    (line,) = lines
    assert line["event"] == "event_failed"
    assert len(line["request_id"]) == 16
    assert "bad back" not in str({**line, "exc_info": None})
