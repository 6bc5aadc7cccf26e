"""Signing in and out: one refusal for every wrong try, and a table of sessions that is of no use to a thief."""

import asyncio
import hashlib
import time
from datetime import timedelta

import pytest

from core import db, passwords
from core.web_session import hash_id
from models.user import Role
from services import accounts, sessions
from services.account import family
from services.accounts import SignedIn, WrongCredentials
from services.permissions import Actor
from tests.people import NOW, PASSWORD, Cast, password_hash
from tests.rows import audited, many, one, write


async def sign_in(email: str = "asha@example.org", password: str = PASSWORD) -> SignedIn:
    return await accounts.sign_in(email, password, address="192.0.2.7", user_agent="Firefox", now=NOW)


async def actor(session_id: str, *, now=NOW) -> Actor | None:
    return await sessions.actor(hash_id(session_id), address="192.0.2.8", now=now)


async def test_the_right_password_opens_a_session_that_is_recorded(cast: Cast) -> None:
    opened = await sign_in()
    assert opened.role == Role.PATIENT
    row = await one("SELECT * FROM sessions")
    assert (row.user_id, row.address, row.user_agent) == (cast.asha.user_id, "192.0.2.7", "Firefox")
    assert (row.created_at, row.expires_at, row.revoked_at) == (NOW, NOW + sessions.PATIENT.longest, None)
    (entry,) = await audited("sign_in")
    assert (entry.actor_id, entry.actor_role, entry.address) == (cast.asha.user_id, "patient", "192.0.2.7")


async def test_the_address_is_known_in_any_case_and_with_blanks_around_it(cast: Cast) -> None:
    assert (await sign_in("  ASHA@Example.org ")).role == Role.PATIENT


async def test_a_member_of_staff_is_signed_in_for_a_shift(cast: Cast) -> None:
    assert (await sign_in("front@example.org")).role == Role.RECEPTIONIST
    assert (await one("SELECT expires_at FROM sessions")).expires_at == NOW + sessions.STAFF.longest


WRONG = [
    ("asha@example.org", "not-the-password"),
    ("asha@example.org", ""),
    ("asha@example.org", PASSWORD + " "),
    ("asha@example.org", PASSWORD + "\x00"),
    ("asha@example.org", "p" * 100_000),
    ("asha@example.org", "\ud800"),
    ("nobody@example.org", PASSWORD),
    ("", ""),
    ("", PASSWORD),
    ("%", PASSWORD),
    ("asha@example.org\x00", PASSWORD),
    ("\x00", PASSWORD),
    ("\ud800@example.org", PASSWORD),
    ("a" * 100_000 + "@example.org", PASSWORD),
    ("asha@example.org' OR '1'='1", PASSWORD),
]


async def test_whatever_is_wrong_is_one_and_the_same_refusal(cast: Cast) -> None:
    for email, password in WRONG:
        with pytest.raises(WrongCredentials) as refusal:
            await sign_in(email, password)
        assert refusal.value.data == {}
    assert await many("SELECT 1 FROM sessions") == []


async def test_an_account_without_a_password_takes_none(cast: Cast) -> None:
    await write("UPDATE users SET password_hash = NULL WHERE id = :id", id=cast.asha.user_id)
    for password in ("", PASSWORD, "None"):
        with pytest.raises(WrongCredentials):
            await sign_in(password=password)


async def test_what_is_verified_for_form_only_opens_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await write("UPDATE users SET password_hash = NULL WHERE id = :id", id=cast.asha.user_id)
    monkeypatch.setattr(passwords, "_decoy", password_hash)
    for email in ("asha@example.org", "nobody@example.org"):
        with pytest.raises(WrongCredentials):
            await sign_in(email)


async def test_an_address_longer_than_any_is_not_even_looked_for(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    snapshot = db.snapshot
    monkeypatch.setattr(db, "snapshot", lambda: looked.append(1) or snapshot())
    for length, looks in ((accounts.LONGEST_EMAIL, 1), (accounts.LONGEST_EMAIL + 1, 0)):
        looked.clear()
        with pytest.raises(WrongCredentials):
            await sign_in("a" * length)
        assert len(looked) == looks


async def test_a_huge_password_is_not_even_hashed(cast: Cast) -> None:
    """And so cannot be the right one, even where it is."""
    long = "p" * (passwords.LONGEST + 1)
    await write("UPDATE users SET password_hash = :hash", hash=passwords._hasher().hash(long))
    with pytest.raises(WrongCredentials):
        await sign_in(password=long)


async def test_an_unknown_address_takes_as_long_as_a_known_one(cast: Cast) -> None:
    async def seconds(email: str) -> float:
        # Of this process's work, not of the clock on the wall: the machine may be busy with something else.
        started = time.process_time()
        with pytest.raises(WrongCredentials):
            await sign_in(email, "not-the-password")
        return time.process_time() - started

    await seconds("nobody@example.org")
    # In turn: what slows the machine down for a while slows down both.
    took = [(await seconds("asha@example.org"), await seconds("nobody@example.org")) for _ in range(8)]
    known, unknown = map(min, zip(*took, strict=True))
    assert 0.5 < known / unknown < 2


async def test_hashing_does_not_hold_up_the_others(cast: Cast) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await sign_in()
    ticking.cancel()
    assert ticks > 100


async def test_the_table_of_sessions_holds_hashes_and_nothing_that_opens_one(cast: Cast) -> None:
    opened = [(await sign_in()).session_id for _ in range(2)]
    assert len(set(opened)) == 2
    assert all(len(session_id) >= 43 for session_id in opened)
    stored = {row.id_hash for row in await many("SELECT id_hash FROM sessions")}
    assert stored == {hashlib.sha256(session_id.encode()).digest() for session_id in opened}
    everything = str(await many("SELECT * FROM sessions")) + str(await many("SELECT * FROM audit_log"))
    assert not any(session_id in everything for session_id in opened)
    assert PASSWORD not in everything


async def test_the_hash_of_a_session_is_not_its_id(cast: Cast) -> None:
    stolen = hash_id((await sign_in()).session_id).hex()
    assert await actor(stolen) is None


async def test_a_session_that_never_was_is_nobodys(cast: Cast) -> None:
    await sign_in()
    for session_id in ("", "x", "\x00", "a" * 100_000):
        assert await actor(session_id) is None


async def test_signing_out_ends_this_session_and_no_other(cast: Cast) -> None:
    here, elsewhere = await sign_in(), await sign_in()
    await accounts.sign_out(here.session_id, address="192.0.2.9", now=NOW)
    assert await actor(here.session_id) is None
    assert await actor(elsewhere.session_id) is not None
    (entry,) = await audited("sign_out")
    assert (entry.actor_id, entry.address) == (cast.asha.user_id, "192.0.2.9")


async def test_signing_out_twice_or_from_nowhere_does_no_harm(cast: Cast) -> None:
    opened = await sign_in()
    await accounts.sign_out(opened.session_id, address=None, now=NOW)
    await accounts.sign_out(opened.session_id, address=None, now=NOW + timedelta(hours=1))
    await accounts.sign_out("never-was", address=None, now=NOW)
    assert (await one("SELECT revoked_at FROM sessions")).revoked_at == NOW
    assert len(await audited("sign_out")) == 1


async def test_who_acts_is_what_the_services_know_of_him(cast: Cast) -> None:
    people = {
        "asha": cast.asha,
        "ravi": cast.stranger,
        "meera": cast.doctor,
        "john": cast.other_doctor,
        "front": cast.receptionist,
        "kochi": cast.other_receptionist,
        "boss": cast.admin,
    }
    # A demo's administrator: any other is not in before his second factor.
    await write("UPDATE users SET is_demo = true WHERE role = 'admin'")
    for name, expected in people.items():
        found = await actor((await sign_in(f"{name}@example.org")).session_id)
        assert found is not None
        what = ("user_id", "role", "doctor_id", "clinic_id", "patient_ids")
        assert [getattr(found, field) for field in what] == [getattr(expected, field) for field in what]
        assert found.language == "en"


async def test_the_family_is_named_with_its_holder_first(cast: Cast) -> None:
    await write("UPDATE patients SET id = id + 1000 WHERE id = :id", id=cast.asha_patient)
    assert [(each.patient_id, each.name) for each in await family.members(cast.asha)] == [
        (cast.asha_patient + 1000, "Asha Kulkarni"),
        (cast.mother_patient, "Leela Kulkarni"),
    ]
    assert await family.members(cast.admin) == []


async def test_an_agent_of_any_length_is_kept_short(cast: Cast) -> None:
    await accounts.sign_in("asha@example.org", PASSWORD, address=None, user_agent="x" * 5000, now=NOW)
    assert len((await one("SELECT user_agent FROM sessions")).user_agent) == 300
