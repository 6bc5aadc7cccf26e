"""Sessions: how long they last, and that one which is ended is ended everywhere."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core import cache, db
from core.redis import redis
from core.web_session import hash_id
from models.user import Role
from services import actors, sessions
from services.permissions import Actor
from tests.outage import Database
from tests.people import NOW, Cast
from tests.rows import many, one

MINUTE = timedelta(minutes=1)


async def opened(actor: Actor, *, is_pending: bool = False) -> bytes:
    async with db.transaction() as tx:
        session_id = await sessions.open_session(
            tx, actor.user_id, actor.role, address="192.0.2.7", user_agent="Firefox", now=NOW, is_pending=is_pending
        )
    return hash_id(session_id)


async def who(session_hash: bytes, *, now=NOW) -> Actor | None:
    return await sessions.actor(session_hash, address="192.0.2.8", now=now)


async def elsewhere(session_hash: bytes, *, now=NOW) -> Actor | None:
    """As another server process finds it, which has heard of nothing."""
    await cache.forget()
    return await who(session_hash, now=now)


def people(cast: Cast) -> list[tuple[Actor, sessions.Limits]]:
    return [
        (cast.asha, sessions.PATIENT),
        (cast.doctor, sessions.STAFF),
        (cast.receptionist, sessions.STAFF),
        (cast.admin, sessions.STAFF),
    ]


async def test_a_session_that_is_not_used_is_over(cast: Cast) -> None:
    for actor, limits in people(cast):
        last_moment = NOW + limits.idle - timedelta(seconds=1)
        assert await elsewhere(await opened(actor), now=last_moment) is not None
        idle = await opened(actor)
        assert await elsewhere(idle, now=NOW + limits.idle) is None
        assert await sessions.over([idle], now=NOW + limits.idle) == {idle}


async def test_a_session_in_use_goes_on_until_it_is_too_old(cast: Cast) -> None:
    for actor, limits in people(cast):
        session_hash, now = await opened(actor), NOW
        while now + limits.idle / 2 < NOW + limits.longest:
            now += limits.idle / 2
            await _age()
            assert await elsewhere(session_hash, now=now) is not None
        await _age()
        assert await elsewhere(session_hash, now=NOW + limits.longest) is None


async def test_what_is_kept_of_a_session_does_not_outlive_it(cast: Cast) -> None:
    for actor, limits in people(cast):
        session_hash = await opened(actor)
        assert await who(session_hash) is not None
        assert await who(session_hash, now=NOW + limits.idle) is None


async def test_the_last_use_is_noted_to_the_minute(cast: Cast) -> None:
    session_hash = await opened(cast.asha)
    await who(session_hash, now=NOW + MINUTE / 2)
    assert (await one("SELECT last_seen_at FROM sessions")).last_seen_at == NOW
    await _age()
    await elsewhere(session_hash, now=NOW + MINUTE)
    assert (await one("SELECT last_seen_at FROM sessions")).last_seen_at == NOW + MINUTE


async def test_an_ended_session_is_ended_in_every_process(cast: Cast) -> None:
    here, there = await opened(cast.asha), await opened(cast.asha)
    assert await who(here) is not None
    assert await who(there) is not None
    async with db.transaction() as tx:
        assert await sessions.end_all(tx, cast.asha.user_id, now=NOW, but=here) == 1
    assert await who(there) is None
    assert await elsewhere(there) is None
    assert await elsewhere(here) is not None


async def test_who_asks_while_it_is_being_ended_is_told_the_truth_afterwards(cast: Cast) -> None:
    session_hash = await opened(cast.asha)
    await who(session_hash)
    async with db.transaction() as tx:
        await sessions.end_all(tx, cast.asha.user_id, now=NOW)
        # Not committed yet: it is still open, and that must not be remembered.
        assert await elsewhere(session_hash) is not None
    assert await elsewhere(session_hash) is None


async def test_an_end_that_is_rolled_back_leaves_the_session_open(cast: Cast) -> None:
    session_hash = await opened(cast.asha)

    async def fail() -> None:
        async with db.transaction() as tx:
            await sessions.end_all(tx, cast.asha.user_id, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await elsewhere(session_hash) is not None


async def test_one_session_is_ended_by_the_reference_that_its_owner_sees(cast: Cast) -> None:
    here, there, other = await opened(cast.asha), await opened(cast.asha), await opened(cast.stranger)
    asha = await who(here)
    assert asha is not None
    seen = {each.reference: each for each in await sessions.of(asha, now=NOW)}
    assert sorted(each.is_this for each in seen.values()) == [False, True]
    assert not any(reference in there.hex()[16:] for reference in seen)
    async with db.transaction() as tx:
        for reference in (there.hex()[:16], other.hex()[:16]):
            await sessions.end_all(tx, cast.asha.user_id, now=NOW, reference=reference)
    assert await elsewhere(there) is None
    assert await elsewhere(here) is not None
    assert await elsewhere(other) is not None


async def test_a_pending_session_opens_nothing_and_is_not_over(cast: Cast) -> None:
    session_hash = await opened(cast.admin, is_pending=True)
    assert await who(session_hash) is None
    assert await sessions.pending(session_hash, now=NOW) == cast.admin.user_id
    assert await sessions.over([session_hash], now=NOW) == set()
    late = NOW + sessions.PENDING
    assert await sessions.pending(session_hash, now=late) is None
    assert await sessions.over([session_hash], now=late) == {session_hash}


async def test_an_open_session_is_not_pending(cast: Cast) -> None:
    assert await sessions.pending(await opened(cast.admin), now=NOW) is None


async def test_one_who_was_put_out_is_out(cast: Cast) -> None:
    session_hash = await opened(cast.receptionist)
    await who(session_hash)
    async with db.transaction() as tx:
        await actors.changed(cast.receptionist.user_id)
        await tx.execute(_deactivate(cast.receptionist.user_id))
    assert await elsewhere(session_hash) is None
    assert await sessions.over([session_hash], now=NOW) == {session_hash}


async def test_a_new_member_of_the_family_is_known_at_once(cast: Cast) -> None:
    session_hash = await opened(cast.asha)
    before = await who(session_hash)
    assert before is not None
    async with db.transaction() as tx:
        await actors.changed(cast.asha.user_id)
        await tx.execute(_adopt(cast.stranger_patient, cast.asha.user_id))
    after = await who(session_hash)
    assert after is not None
    assert after.patient_ids == before.patient_ids | {cast.stranger_patient}


async def test_the_event_of_the_end_names_no_session_that_opens_anything(cast: Cast) -> None:
    session_hash = await opened(cast.asha)
    async with db.transaction() as tx:
        await sessions.end(tx, session_hash, now=NOW)
    (event,) = await many("SELECT topics, data FROM events WHERE kind = 'SessionEnded'")
    assert event.topics == [f"sessions:{cast.asha.user_id}"]
    assert event.data == {"sessions": [session_hash.hex()]}
    assert await who(hash_id(session_hash.hex())) is None


async def test_without_redis_a_session_is_known_and_ended(cast: Cast, own_redis) -> None:
    session_hash = await opened(cast.asha)
    own_redis.stop()
    assert await elsewhere(session_hash) is not None
    async with db.transaction() as tx:
        await sessions.end_all(tx, cast.asha.user_id, now=NOW)
    assert await elsewhere(session_hash) is None


async def test_without_the_database_a_kept_session_is_known_for_a_while(cast: Cast, database: Database) -> None:
    session_hash = await opened(cast.asha)
    await who(session_hash)
    database.close()
    try:
        assert await elsewhere(session_hash) is not None
    finally:
        database.open()


async def test_everyone_asking_at_once_is_one_look(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    session_hash, looks, read = await opened(cast.asha), [], sessions._read
    monkeypatch.setattr(sessions, "_read", lambda *given: looks.append(1) or read(*given))
    found = await asyncio.gather(*(who(session_hash) for _ in range(100)))
    assert {each.role for each in found if each} == {Role.PATIENT}
    assert (len(found), len(looks)) == (100, 1)


async def _age() -> None:
    """As if a minute had gone by: what Redis keeps has run out."""
    async for key in redis().scan_iter("aarogya:session:*"):
        await redis().delete(key)


def _deactivate(user_id: int):
    return text("UPDATE users SET is_active = false WHERE id = :id").bindparams(id=user_id)


def _adopt(patient_id: int, account_id: int):
    return text("UPDATE patients SET account_id = :account, is_account_holder = false WHERE id = :id").bindparams(
        account=account_id, id=patient_id
    )
