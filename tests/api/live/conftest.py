"""The live socket, served, with nothing that heals by itself."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services import live as pushing
from services.live import Live
from tests.api.socket import House, opened
from tests.people import Cast


@pytest.fixture(autouse=True)
def _never_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "HEAL_EVERY", 3600.0)


@pytest_asyncio.fixture
async def house(cast: Cast) -> AsyncIterator[House]:
    """The socket, served."""
    async with opened(Live()) as found:
        yield found
