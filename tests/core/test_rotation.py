"""A new key for everything that is sealed, while others write; nothing is lost, and a stop in between does no harm."""

import asyncio
import base64
import contextlib
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import text

from core import crypto, db, rotation
from core.crypto import lookup, seal, unseal
from core.rotation import SEALED, rotate
from core.settings import settings
from tests.people import Cast, crowd
from tests.rows import many, write

OLD, NEW = (f"{name}:{base64.b64encode(bytes([n]) * 32).decode()}" for n, name in enumerate(("old", "new")))
PEOPLE = 120


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def lay(*keys: str) -> None:
        monkeypatch.setenv("AAROGYA_ENCRYPTION_KEYS", ",".join(keys))
        monkeypatch.setattr(rotation, "BATCH", 25)
        settings.cache_clear()
        crypto.forget()

    lay(OLD)
    yield lay
    monkeypatch.undo()
    settings.cache_clear()
    crypto.forget()


async def test_the_registry_names_every_sealed_column_of_the_schema(cast: Cast) -> None:
    found = await many(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE '%sealed'"
    )
    assert {(row.table_name, row.column_name) for row in found} == {(each.table, each.column) for each in SEALED}


async def test_everything_is_under_the_new_key_and_opens(cast: Cast, ring: Callable[..., None]) -> None:
    phones = await _phones()
    ring(NEW, OLD)
    done = await rotate()
    assert (done.done, done.unreadable) == (PEOPLE, 0)
    assert await rotation.counts() == {"new": PEOPLE}
    ring(NEW)
    assert await _opened() == phones
    assert (await rotate()).done == 0


async def test_what_others_write_meanwhile_is_kept_as_they_wrote_it(cast: Cast, ring: Callable[..., None]) -> None:
    phones = await _phones()
    ring(NEW, OLD)
    rotating = [asyncio.create_task(rotate()) for _ in range(2)]
    for number, identity in enumerate(phones):
        phones[identity] = f"+91990{number:07}"
        await _write(identity, phones[identity])
    done = await asyncio.gather(*rotating)
    assert sum(each.unreadable for each in done) == 0
    assert await _opened() == phones
    assert await rotation.counts() == {"new": PEOPLE}


async def test_one_who_changes_a_value_between_the_look_and_the_change_wins(
    cast: Cast, ring: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = await _phones()
    ring(NEW, OLD)
    victim, unsealed = next(iter(phones)), crypto.unseal

    def slow(sealed: bytes, *, about: str) -> str:
        if about == f"users.phone:{victim}":
            _write_at_once(victim, "+919000000001")
        return unsealed(sealed, about=about)

    monkeypatch.setattr(crypto, "unseal", slow)
    assert (await rotate()).done == PEOPLE - 1
    monkeypatch.undo()
    ring(NEW, OLD)
    assert (await _opened())[victim] == "+919000000001"


async def test_a_stop_in_between_is_gone_on_from(cast: Cast, ring: Callable[..., None]) -> None:
    phones = await _phones()
    ring(NEW, OLD)
    for _ in range(3):
        task = asyncio.create_task(rotate())
        await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await rotate()
    assert await rotation.counts() == {"new": PEOPLE}
    assert await _opened() == phones


async def test_one_that_does_not_open_stays_and_is_counted(cast: Cast, ring: Callable[..., None]) -> None:
    phones = await _phones()
    stray = seal("lost", about="users.phone:0")
    await write("UPDATE users SET phone_sealed = :stray WHERE id = :id", stray=stray, id=next(iter(phones)))
    ring(NEW, OLD)
    done = await rotate()
    assert (done.done, done.unreadable) == (PEOPLE - 1, 1)
    assert await rotation.counts() == {"new": PEOPLE - 1, "old": 1}


async def _phones() -> dict[int, str]:
    people = [member.actor.user_id for member in await crowd(PEOPLE)]
    phones = {identity: f"+91980{identity:07}" for identity in people}
    for identity, phone in phones.items():
        await _write(identity, phone)
    return phones


async def _write(identity: int, phone: str) -> None:
    await write(CHANGE, **_values(identity, phone))


def _write_at_once(identity: int, phone: str) -> None:
    """From another connection, in the midst of it."""
    url = db.engine().url.set(drivername="postgresql").render_as_string(hide_password=False)
    values = _values(identity, phone)
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE users SET phone_sealed = %s, phone_hash = %s WHERE id = %s",
            (values["sealed"], values["hash"], identity),
        )


async def _opened() -> dict[int, str]:
    async with db.snapshot() as connection:
        rows = await connection.execute(text("SELECT id, phone_sealed FROM users WHERE phone_sealed IS NOT NULL"))
        return {row.id: unseal(row.phone_sealed, about=f"users.phone:{row.id}") for row in rows}


def _values(identity: int, phone: str) -> dict[str, object]:
    return {"id": identity, "sealed": seal(phone, about=f"users.phone:{identity}"), "hash": lookup("phone", phone)}


CHANGE = "UPDATE users SET phone_sealed = :sealed, phone_hash = :hash WHERE id = :id"
