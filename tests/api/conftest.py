"""Programs of the cast."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from tests.api.program import headers_of, program
from tests.people import Cast


@pytest_asyncio.fixture
async def asha(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with program(**await headers_of(cast.asha)) as client:
        yield client


@pytest_asyncio.fixture
async def desk(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with program(**await headers_of(cast.receptionist)) as client:
        yield client
