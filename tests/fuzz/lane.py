"""Some kinds of caller, one after the other, on an app of their own: `python -m tests.fuzz.lane nobody,key --short`."""

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from cli.cluster import cluster
from core import access_token, clock, db, redis
from core.access_token import Claims
from core.settings import settings
from models.api_key import Scope
from services import api_keys, families, next_open
from services.permissions import Actor
from tests.people import seed

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
LONG, SHORT, SHORT_BY_TOKEN = 1000, 100, 25
"""Requests an operation."""


def main(names: list[str], arguments: list[str]) -> int:
    """0 when nothing was found by any of these callers."""
    is_short = "--short" in arguments
    rest = [argument for argument in arguments if argument != "--short"]
    with cluster("fuzz", durable=False, AAROGYA_LOG_LEVEL="ERROR"):
        callers = asyncio.run(_people())
        with _served() as address:
            # A key has no scope for it, and nobody needs one.
            schema = settings().data_dir / "openapi.json"
            with urllib.request.urlopen(f"{address}/api/openapi.json") as answer:
                schema.write_bytes(answer.read())
            worst = 0
            for name in names:
                began, headers = time.monotonic(), callers[name]
                number = (SHORT_BY_TOKEN if "Authorization" in headers else SHORT) if is_short else LONG
                asked = ["--max-examples", str(number), *rest]
                worst = max(worst, _fuzz([str(schema), "--url", f"{address}/api"], name, headers, asked))
                print(f"fuzz: {name}: {time.monotonic() - began:.0f} s", flush=True)
    return worst


async def _people() -> dict[str, dict[str, str]]:
    """The cast, and what each kind of caller sends."""
    cast = await seed()
    await next_open.refresh([cast.doctor_id, cast.other_doctor_id], clock.now())
    made = await api_keys.create(
        "Fuzz",
        list(Scope),
        clinic_id=None,
        good_for=None,
        hourly_limit=10**6,
        must_sign=False,
        now=clock.now(),
    )
    found = {
        "nobody": {},
        "key": {"X-API-Key": made.key},
        "patient": await _token(cast.asha),
        "desk": await _token(cast.receptionist),
        "doctor": await _token(cast.doctor),
    }
    await db.close()
    await redis.redis().aclose()
    return found


async def _token(by: Actor) -> dict[str, str]:
    """Signed for tomorrow, so that it lasts as long as this takes; its family is as any other."""
    family = uuid4()
    async with db.transaction() as tx:
        await families.grow(tx, family, by.user_id, now=clock.now())
    return {"Authorization": f"Bearer {access_token.sign(Claims(by.user_id, family), now=clock.now())}"}


@contextmanager
def _served() -> Iterator[str]:
    """The routes within their shell, in a process of their own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port)]
    with subprocess.Popen([*command, "--log-level", "warning", "tests.fuzz.served:app"], cwd=ROOT) as server:
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/health/live", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield address
        finally:
            server.terminate()


def _fuzz(where: list[str], name: str, headers: dict[str, str], rest: list[str]) -> int:
    print(f"fuzz: as {name}", flush=True)
    told = [part for header, value in headers.items() for part in ("-H", f"{header}: {value}")]
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml")]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "AAROGYA_FUZZ_CALLER": name,
        "PYTHONPATH": str(ROOT),
    }
    # What it notes down of failures it leaves where it runs.
    return subprocess.run(
        [*command, "run", *where, *told, *rest], cwd=Path(where[0]).parent, env=environment
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].split(","), sys.argv[2:]))
