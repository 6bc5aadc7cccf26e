"""The live socket, served, with nothing that heals by itself, and nobody given up while a slow machine is at a test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from api.shell import frames
from services import live as pushing
from services.live import Live
from tests.api.socket import House, opened
from tests.people import Cast


@pytest.fixture(autouse=True)
def _nothing_happens_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "HEAL_EVERY", 3600.0)
    monkeypatch.setattr(frames, "READ_WITHIN", 3600.0)


@pytest_asyncio.fixture
async def house(cast: Cast) -> AsyncIterator[House]:
    """The socket, served."""
    async with opened(Live()) as found:
        yield found
