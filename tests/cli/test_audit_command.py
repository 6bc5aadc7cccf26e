"""`aarogya audit verify`: a count and a head to note, or what is wrong and 1."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from core import clock
from core.connections import async_url
from core.seals import seal

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = """
    INSERT INTO audit_log (occurred_at, actor_role, action, object_type, object_id, details)
    SELECT now() - interval '1 minute', 'system', 'Tested', 'thing', n::text, '{}' FROM generate_series(1, 5) n
"""


@pytest.fixture(scope="module")
def sealed_url(new_database) -> str:
    """A database with five sealed entries."""
    url: str = new_database()

    async def seal_all() -> None:
        engine = create_async_engine(async_url(url))
        async with engine.begin() as connection:
            assert await seal(connection, clock.now()) == 5
        await engine.dispose()

    with connected(url) as connection:
        connection.execute(ENTRIES)
    asyncio.run(seal_all())
    return url


@pytest.fixture
def intruder(sealed_url: str) -> Iterator[psycopg.Connection]:
    """One who owns the database, past the triggers; what he did is taken back."""
    with connected(sealed_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("CREATE TABLE kept AS SELECT * FROM audit_log")
        connection.commit()
        yield connection
        connection.execute("DELETE FROM audit_log")
        connection.execute("INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT * FROM kept")
        connection.execute("DROP TABLE kept")


def connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""))


def verify(url: str | None, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AAROGYA_")}
    return subprocess.run(
        [sys.executable, "-m", "cli", "audit", "verify", *more],
        cwd=ROOT,
        env=environment | ({"AAROGYA_DATABASE_URL": url} if url else {}),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_untouched_trail_is_a_count_and_a_head_that_proves_itself_later(sealed_url: str) -> None:
    done = verify(sealed_url)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "5 entries are sealed and unchanged."
    head = second.split()[1].removesuffix(":")
    assert head.startswith("5:")
    assert verify(sealed_url, "--head", head).returncode == 0
    other = verify(sealed_url, "--head", "5:" + "00" * 32)
    assert other.returncode == 1
    assert other.stdout.startswith("The seal is not the one that was noted (position 5, entry ")


def test_a_changed_and_a_removed_entry_are_named_and_the_answer_is_one(
    sealed_url: str, intruder: psycopg.Connection
) -> None:
    intruder.execute("UPDATE audit_log SET actor_role = 'admin' WHERE object_id = '2'")
    intruder.execute("DELETE FROM audit_log WHERE object_id = '5'")
    intruder.commit()
    done = verify(sealed_url)
    assert done.returncode == 1
    assert [line.partition(", entry")[0] for line in done.stdout.splitlines()] == [
        "The entry or its seal was changed (position 2",
        "The entry was removed (position 5",
        "2 findings: the audit trail is not what was sealed.",
    ]


@pytest.mark.parametrize("url", [None, "postgresql://nobody@127.0.0.1:9/nothing"])
def test_without_a_database_it_says_so_in_one_sentence(url: str | None) -> None:
    done = verify(url)
    assert done.returncode == 1
    assert done.stderr.startswith("aarogya: ")
    assert "Traceback" not in done.stderr


def test_a_head_that_is_none_is_a_sentence(sealed_url: str) -> None:
    for rubbish in ("x", "5", "5:zz", ":"):
        done = verify(sealed_url, "--head", rubbish)
        assert done.returncode == 1
        assert done.stderr == "aarogya: A head reads POSITION:HASH, as `aarogya audit verify` prints it.\n"
