"""Keys of programs: shown once, bound to scopes and a clinic, over at once when revoked."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio

from core import signature
from core.crypto import CannotOpen
from core.db import Unavailable
from core.errors import Invalid, NotFound
from core.redis import redis
from core.signature import SignatureRefused
from models.api_key import Scope
from models.user import Role
from services import api_keys, signed_requests
from services.api_keys import KeyRefused, NewKey, caller
from services.permissions import RULES, Access, Actor, ScopeMissing, admit, can
from services.signed_requests import SignatureReplayed
from tests.people import NOW, Cast
from tests.rows import audited, one, write
from tests.waiting import until

EVERY = list(Scope)


async def create(cast: Cast, *scopes: Scope, **changes: object) -> NewKey:
    """A key at the first clinic, unless told otherwise."""
    values = {
        "clinic_id": cast.clinic_id,
        "good_for": None,
        "hourly_limit": 500,
        "must_sign": False,
        "now": NOW,
    } | changes
    return await api_keys.create("Lab", scopes or EVERY, **values)


async def who(key: str, now=NOW) -> Actor:
    return (await caller(key, address="192.0.2.1", now=now)).actor


async def is_refused(key: str, now=NOW) -> bool:
    try:
        await who(key, now)
    except KeyRefused:
        return True
    return False


async def test_a_key_is_an_integrator_with_scopes_a_clinic_and_a_limit(cast: Cast) -> None:
    made = await create(cast, Scope.SLOTS_READ, Scope.DOCTORS_READ)
    actor = await who(made.key)
    assert (actor.role, actor.clinic_id, actor.hourly_limit) == (Role.INTEGRATOR, cast.clinic_id, 500)
    assert actor.scopes == {"slots:read", "doctors:read"}
    assert (actor.patient_ids, actor.doctor_id, actor.session_hash) == (frozenset(), None, None)
    row = await one("SELECT * FROM api_keys")
    assert actor.api_key_id == row.id
    assert row.key_hash == hashlib.sha256(made.key.encode()).digest()
    assert made.key.startswith(f"aar_live_{row.prefix}_")
    assert made.key[-43:] not in str(tuple(row))
    (entry,) = await audited("create_api_key")
    assert entry.details == {"scopes": ["doctors:read", "slots:read"], "clinic_id": cast.clinic_id}


async def test_only_the_whole_key_opens(cast: Cast) -> None:
    made = await create(cast)
    last = "A" if made.key[-1] != "A" else "B"
    guesses = [
        made.prefix,
        f"aar_live_{made.prefix}",
        f"aar_live_{made.prefix}_",
        f"aar_live_{made.prefix}_{'A' * 43}",
        made.key[:-1],
        made.key[:-1] + last,
        made.key + "A",
        made.key.upper(),
        f" {made.key}",
        f"{made.key}\n",
        f"aar_live_{'0' * 12}_{'A' * 43}",
        "",
        "%",
        "é" * 60,
        "\ud800",
        "a" * 1_000_000,
    ]
    for guess in guesses:
        assert await is_refused(guess), guess[:80]
    assert not await is_refused(made.key)


async def test_a_guess_is_no_use(cast: Cast) -> None:
    made = await create(cast)
    assert await is_refused(f"aar_live_{made.prefix}_{'A' * 43}")
    assert (await one("SELECT last_used_at FROM api_keys")).last_used_at is None


async def test_a_key_ends_when_it_was_said_to(cast: Cast) -> None:
    made = await create(cast, good_for=timedelta(days=1))
    assert not await is_refused(made.key, NOW + timedelta(hours=23))
    assert await is_refused(made.key, NOW + timedelta(days=1))


async def test_a_revoked_key_is_over_within_the_second(cast: Cast) -> None:
    made, other = await create(cast), await create(cast)
    assert not await is_refused(made.key)
    await api_keys.revoke(made.prefix, now=NOW)
    await until(lambda: is_refused(made.key), within=1.0)
    assert not await is_refused(other.key)
    assert len(await audited("revoke_api_key")) == 1
    for prefix in (made.prefix, "unknown", "%"):
        with pytest.raises(NotFound):
            await api_keys.revoke(prefix, now=NOW)


async def test_the_last_use_is_noted_once_a_minute(cast: Cast) -> None:
    made = await create(cast)
    await who(made.key)
    assert (await one("SELECT last_used_at FROM api_keys")).last_used_at == NOW
    await who(made.key, NOW + timedelta(seconds=59))
    assert (await one("SELECT last_used_at FROM api_keys")).last_used_at == NOW


async def test_what_makes_no_key_is_refused(cast: Cast) -> None:
    for wrong in (
        {"hourly_limit": 0},
        {"hourly_limit": 2**31},
        {"good_for": timedelta(0)},
        {"good_for": timedelta.max},
    ):
        with pytest.raises(Invalid):
            await create(cast, **wrong)
    for name in ("", " ", "a\x00", "a" * 101):
        with pytest.raises(Invalid):
            await api_keys.create(name, EVERY, clinic_id=None, good_for=None, hourly_limit=1, must_sign=False, now=NOW)
    with pytest.raises(Invalid):
        await api_keys.create("x", [], clinic_id=None, good_for=None, hourly_limit=1, must_sign=False, now=NOW)
    with pytest.raises(NotFound):
        await create(cast, clinic_id=999)


@dataclass(frozen=True)
class Thing:
    """An appointment, a day or a patient, as `can` sees it."""

    clinic_id: int | None = 3
    doctor_id: int = 2
    patient_id: int = 1
    made_by: int | None = None

    @property
    def clinic_ids(self) -> set[int | None]:
        return {self.clinic_id}


NEEDED = {
    "book": Scope.APPOINTMENTS_WRITE,
    "book_for": Scope.APPOINTMENTS_WRITE,
    "see_appointment": Scope.APPOINTMENTS_READ,
    "change": Scope.APPOINTMENTS_WRITE,
    "wait": Scope.WAITLIST_WRITE,
    "see_day": Scope.QUEUE_READ,
}
"""What a key may do at all, and with which scope."""


@pytest.mark.parametrize("action", RULES)
@pytest.mark.parametrize("scope", Scope)
def test_a_key_may_do_what_its_scope_says_at_its_clinic_and_nothing_else(action: str, scope: Scope) -> None:
    key = Actor(user_id=1, role=Role.INTEGRATOR, name="k", clinic_id=3, scopes=frozenset({scope}))
    assert can(key, action, Thing()) == (NEEDED.get(action) == scope)
    assert not can(key, action, Thing(clinic_id=4))
    assert not can(key, action, Thing(clinic_id=None))
    unbound = Actor(user_id=1, role=Role.INTEGRATOR, name="k", scopes=frozenset({scope}))
    assert can(unbound, action, Thing(clinic_id=4)) == (NEEDED.get(action) == scope)


@pytest.mark.parametrize("access", Access)
def test_a_key_knocks_by_its_scope_and_not_by_its_role(access: Access) -> None:
    key = Actor(user_id=1, role=Role.INTEGRATOR, name="k", scopes=frozenset({Scope.SLOTS_READ}))
    admit(key, access, Scope.SLOTS_READ)
    for scope in (Scope.APPOINTMENTS_WRITE, None):
        if access in (Access.KNOWN, Access.OPEN):
            admit(key, access, scope)
        else:
            with pytest.raises(ScopeMissing):
                admit(key, access, scope)


BODY = b'{"a":1}'


@pytest_asyncio.fixture
async def signing(cast: Cast) -> tuple[NewKey, int]:
    """A key that has to sign, and its number."""
    made = await create(cast, must_sign=True)
    return made, (await one("SELECT id FROM api_keys")).id


async def test_a_signed_request_is_taken_once(signing: tuple[NewKey, int]) -> None:
    made, key_id = signing
    header = signature.sign(made.signing_secret, BODY, at=NOW)
    await signed_requests.check(header, BODY, key_id=key_id, now=NOW)
    again = NOW + timedelta(seconds=299)
    for replayed in (header, f"{header},v1={'0' * 64}", header.replace(",v1=", f",v1={'0' * 64},v1=")):
        with pytest.raises(SignatureReplayed):
            await signed_requests.check(replayed, BODY, key_id=key_id, now=again)
    later = signature.sign(made.signing_secret, BODY, at=again)
    await signed_requests.check(later, BODY, key_id=key_id, now=again)


async def test_of_many_at_once_one_is_taken(signing: tuple[NewKey, int]) -> None:
    made, key_id = signing
    header = signature.sign(made.signing_secret, BODY, at=NOW)
    checks = (signed_requests.check(header, BODY, key_id=key_id, now=NOW) for _ in range(10))
    answers = await asyncio.gather(*checks, return_exceptions=True)
    assert sorted(str(type(answer).__name__) for answer in answers) == ["NoneType"] + ["SignatureReplayed"] * 9


async def test_a_replay_is_known_for_as_long_as_the_signature_is_good(signing: tuple[NewKey, int]) -> None:
    made, key_id = signing
    header = signature.sign(made.signing_secret, BODY, at=NOW + timedelta(minutes=5))
    await signed_requests.check(header, BODY, key_id=key_id, now=NOW)
    (kept,) = [key async for key in redis().scan_iter(f"aarogya:signature:{key_id}:*")]
    assert await redis().ttl(kept) > 600


async def test_a_refused_signature_uses_nothing_up(signing: tuple[NewKey, int]) -> None:
    made, key_id = signing
    header = signature.sign(made.signing_secret, BODY, at=NOW)
    for wrong, body in ((header, b"other"), (None, BODY), (signature.sign("other", BODY, at=NOW), BODY)):
        with pytest.raises(SignatureRefused):
            await signed_requests.check(wrong, body, key_id=key_id, now=NOW)
    await signed_requests.check(header, BODY, key_id=key_id, now=NOW)


async def test_the_signature_of_another_key_is_refused(cast: Cast, signing: tuple[NewKey, int]) -> None:
    other = await create(cast, must_sign=True)
    _, key_id = signing
    with pytest.raises(SignatureRefused):
        await signed_requests.check(signature.sign(other.signing_secret, BODY, at=NOW), BODY, key_id=key_id, now=NOW)


async def test_a_secret_moved_to_another_key_does_not_open(cast: Cast, signing: tuple[NewKey, int]) -> None:
    _, key_id = signing
    await create(cast, must_sign=True)
    await write("UPDATE api_keys SET signing_sealed = (SELECT signing_sealed FROM api_keys WHERE id = :id)", id=key_id)
    moved = (await one("SELECT max(id) AS id FROM api_keys")).id
    with pytest.raises(CannotOpen):
        await api_keys.signing_secret(moved)


async def test_without_redis_nothing_that_is_signed_is_taken(signing: tuple[NewKey, int], own_redis) -> None:
    made, key_id = signing
    own_redis.stop()
    with pytest.raises(Unavailable):
        await signed_requests.check(signature.sign(made.signing_secret, BODY, at=NOW), BODY, key_id=key_id, now=NOW)
    # A key that does not sign is still known, from the database.
    assert not await is_refused(made.key)
