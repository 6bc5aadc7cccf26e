"""Very many connections at once: whoever comes after them is answered all the same."""

import asyncio
import resource

from tests.e2e.running import Running

MANY = 1100
ASKED = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def test_who_comes_after_a_thousand_who_stay_is_answered(app: Running) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * MANY)), hard))
    stay: list[asyncio.StreamWriter] = []

    async def come() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
        stay.append(writer)
        writer.write(ASKED)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")

    try:
        async with asyncio.timeout(30):
            for _ in range(MANY // 50):
                await asyncio.gather(*(come() for _ in range(50)))
            await come()
    finally:
        for writer in stay:
            writer.close()
