"""The sealed trail: each entry once, also one committed late; and whatever an intruder changes is found."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core import db, seals
from core.audit import AuditEntry
from core.proof import Head, Problem, Proof, verify
from core.seals import Sealer, seal
from tests.people import NOW, Cast
from tests.rows import many, one, write

LATER = NOW + timedelta(hours=1)


async def record(count: int, action: str = "Tested") -> None:
    async with db.transaction() as tx:
        for number in range(count):
            tx.record(
                AuditEntry(
                    occurred_at=NOW + timedelta(seconds=number),
                    actor_role="system",
                    action=action,
                    object_type="thing",
                    object_id=str(number),
                    details={"b": 1, "a": "ä", "f": 1.5},
                )
            )


async def proof(noted: Head | None = None) -> Proof:
    async with db.snapshot() as connection:
        return await verify(connection, LATER, noted=noted)


async def problems(noted: Head | None = None) -> list[tuple[Problem, int | None]]:
    return [(finding.problem, finding.position) for finding in (await proof(noted)).findings]


async def intrude(statement: str) -> None:
    """As one who owns the database, past the triggers."""
    async with db.engine().begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement))


@pytest.fixture
async def sealed(cast: Cast) -> Head:
    """Ten entries in the chain; its head."""
    await record(10)
    assert await Sealer().turn(LATER) == 10
    return (await proof()).head


async def test_what_was_sealed_and_not_touched_is_proved(sealed: Head) -> None:
    assert await proof(sealed) == Proof([], sealed)
    assert sealed.position == 10
    await record(3)
    await Sealer().turn(LATER)
    assert (await proof(sealed)).findings == []


async def test_the_trail_and_its_seals_refuse_to_be_changed(sealed: Head) -> None:
    for statement in (
        "UPDATE audit_log SET action = 'x'",
        "DELETE FROM audit_log",
        "UPDATE audit_seals SET sealed_at = now()",
        "DELETE FROM audit_seals",
    ):
        with pytest.raises(ProgrammingError, match="append-only"):
            await write(statement)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_log SET actor_role = 'admin' WHERE object_id = '4'", [(Problem.CHANGED, 5)]),
        ("UPDATE audit_log SET details = details || '{\"b\": 2}' WHERE object_id = '4'", [(Problem.CHANGED, 5)]),
        ("UPDATE audit_log SET patient_id = 1 WHERE object_id = '9'", [(Problem.CHANGED, 10)]),
        (
            "UPDATE audit_log SET occurred_at = occurred_at - interval '1 second' WHERE object_id = '4'",
            [(Problem.CHANGED, 5), (Problem.UNSEALED, None)],
        ),
        ("DELETE FROM audit_log WHERE object_id = '4'", [(Problem.REMOVED, 5)]),
        ("DELETE FROM audit_log WHERE object_id = '9'", [(Problem.REMOVED, 10)]),
        ("DELETE FROM audit_seals WHERE position = 4", [(Problem.SEAL_REMOVED, 5), (Problem.UNSEALED, None)]),
        ("DELETE FROM audit_seals WHERE position = 10", [(Problem.CUT_OFF, 10), (Problem.UNSEALED, None)]),
        ("UPDATE audit_seals SET hash = '\\x00' WHERE position = 4", [(Problem.CHANGED, 4), (Problem.CHANGED, 5)]),
        ("UPDATE audit_seals SET sealed_at = now() WHERE position = 4", [(Problem.CHANGED, 4)]),
        (
            "UPDATE audit_seals SET occurred_at = occurred_at + interval '1 ms' WHERE position = 4",
            [(Problem.CHANGED, 4), (Problem.UNSEALED, None)],
        ),
        ("UPDATE audit_seals SET position = 12 WHERE position = 10", [(Problem.SEAL_REMOVED, 12)]),
        ("UPDATE audit_seals SET entry_id = 99 WHERE position = 4", [(Problem.REMOVED, 4), (Problem.UNSEALED, None)]),
        (
            "INSERT INTO audit_log (occurred_at, actor_role, action, object_type, object_id, details)"
            " SELECT occurred_at, 'system', 'Forged', 'thing', '1', '{}' FROM audit_log WHERE object_id = '4'",
            [(Problem.UNSEALED, None)],
        ),
        (
            "INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT id, occurred_at + interval '1 ms', actor_id,"
            " actor_role, 'Forged', object_type, object_id, patient_id, address, details FROM audit_log"
            " WHERE object_id = '4'",
            [(Problem.DOUBLED, 5), (Problem.UNSEALED, None)],
        ),
        (
            "WITH gone AS (DELETE FROM audit_seals WHERE position > 8 RETURNING entry_id)"
            " DELETE FROM audit_log USING gone WHERE id = entry_id",
            [(Problem.CUT_OFF, 10)],
        ),
    ],
)
async def test_an_intruder_is_found(sealed: Head, statement: str, found: list) -> None:
    await intrude(statement)
    assert await problems(sealed) == found


async def test_a_forged_chain_is_found_by_the_head_that_was_noted(sealed: Head) -> None:
    await intrude("DELETE FROM audit_seals")
    await intrude("UPDATE audit_log SET actor_role = 'admin' WHERE object_id = '4'")
    await Sealer().turn(LATER)
    assert await problems() == []
    assert await problems(sealed) == [(Problem.OTHER_HEAD, 10)]


async def test_an_entry_may_wait_for_its_seal_but_not_for_long(cast: Cast) -> None:
    await record(1)
    async with db.snapshot() as connection:
        assert (await verify(connection, NOW + timedelta(minutes=9))).findings == []
    assert await problems() == [(Problem.UNSEALED, None)]


async def test_one_drawn_early_and_committed_late_is_sealed_when_it_comes(cast: Cast, database_url: str) -> None:
    sealer = Sealer()
    with psycopg.connect(database_url.replace("+psycopg", "")) as slow:
        slow.execute(
            "INSERT INTO audit_log (occurred_at, actor_role, action, object_type, object_id, details)"
            " VALUES (%s, 'system', 'Late', 'thing', 'late', '{}')",
            [NOW],
        )
        for _ in range(4):
            await record(2)
            assert await sealer.turn(LATER) == 2
        assert sealer.settled == 0
    assert await sealer.turn(LATER) == 1
    late = await one("SELECT id, position FROM audit_log JOIN audit_seals ON id = entry_id WHERE object_id = 'late'")
    assert late.position == 9
    assert late.id == (await one("SELECT min(id) AS id FROM audit_log")).id
    assert await problems() == []


async def test_what_is_settled_is_not_looked_at_again(cast: Cast) -> None:
    sealer = Sealer()
    for _ in range(3):
        await record(2)
        assert await sealer.turn(LATER) == 2
    assert sealer.settled == (await one("SELECT max(entry_id) AS id FROM audit_seals WHERE position <= 4")).id


async def test_sealers_and_writers_at_once_seal_each_entry_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "BATCH", 7)
    monkeypatch.setattr(seals, "UNSEALED", text(str(seals.UNSEALED).replace("LIMIT 5000", "LIMIT 7")))

    async def write_some() -> None:
        for _ in range(5):
            await record(3)

    async def seal_some() -> int:
        sealer = Sealer()
        return sum([await sealer.turn(LATER) for _ in range(10)])

    *_, first, second, third = await asyncio.gather(*(write_some() for _ in range(4)), *(seal_some() for _ in range(3)))
    rest = await Sealer().turn(LATER)
    assert first + second + third + rest == 60
    rows = await many("SELECT position FROM audit_seals ORDER BY position")
    assert [row.position for row in rows] == list(range(1, 61))
    assert await problems() == []


async def test_while_one_seals_another_does_not_wait(cast: Cast) -> None:
    await record(3)
    async with db.engine().begin() as connection:
        assert await seal(connection, LATER) == 3
        assert await asyncio.wait_for(Sealer().turn(LATER), 2) == 0
    assert await Sealer().turn(LATER) == 0
