"""Login, refresh, logout: a refresh token is good once, and what ends ends at once."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
import pytest_asyncio
from sqlalchemy import update

from core import db
from core.access_token import TokenRefused
from core.crypto import seal
from core.limits import TooMany
from models import User
from services import actors, families, sessions, tokens
from services.accounts import WrongCredentials
from services.second_factor import WrongCode
from services.tokens import Pair, SecondFactorNeeded, login
from tests.people import NOW, PASSWORD, Cast
from tests.rows import audited, many, one, write
from tests.waiting import until

ASHA = "asha@example.org"


@pytest_asyncio.fixture
async def pair(cast: Cast) -> Pair:
    """Asha's program, logged in."""
    return await login(ASHA, PASSWORD, address="192.0.2.1", now=NOW)


async def refresh(token: str, now=NOW) -> Pair:
    return await tokens.refresh(token, address="192.0.2.1", now=now)


async def works(token: str, now=NOW) -> bool:
    try:
        await tokens.actor(token, address=None, now=now)
    except TokenRefused:
        return False
    return True


async def over(token: str) -> None:
    """An access token that was just used is refused within the second."""

    async def is_over() -> bool:
        return not await works(token)

    await until(is_over, within=1.0)


async def test_a_login_gives_a_pair_and_keeps_only_hashes(cast: Cast, pair: Pair) -> None:
    actor = await tokens.actor(pair.access, address="192.0.2.9", now=NOW)
    assert (actor.user_id, actor.role, actor.patient_ids) == (
        cast.asha.user_id,
        cast.asha.role,
        cast.asha.patient_ids,
    )
    assert (actor.address, actor.scopes) == ("192.0.2.9", None)
    row = await one("SELECT * FROM refresh_tokens")
    assert row.token_hash == families.hashed(pair.refresh)
    assert row.expires_at - row.created_at == timedelta(days=7)
    assert pair.refresh.encode() not in b"".join(value for value in row if isinstance(value, bytes))
    (entry,) = await audited("log_in")
    assert (entry.actor_id, entry.address, entry.object_id) == (cast.asha.user_id, "192.0.2.1", str(row.family))


async def test_a_doctors_token_knows_his_clinic(cast: Cast) -> None:
    pair = await login("meera@example.org", PASSWORD, address=None, now=NOW)
    actor = await tokens.actor(pair.access, address=None, now=NOW)
    assert (actor.doctor_id, actor.clinic_id) == (cast.doctor_id, cast.clinic_id)


@pytest.mark.parametrize(
    ("email", "password"), [(ASHA, "wrong"), ("nobody@example.org", PASSWORD), ("\x00", PASSWORD), ("", "")]
)
async def test_a_wrong_login_begins_nothing(cast: Cast, email: str, password: str) -> None:
    with pytest.raises(WrongCredentials):
        await login(email, password, address=None, now=NOW)
    assert await many("SELECT 1 FROM refresh_tokens") == []


async def test_with_a_second_factor_the_password_alone_is_not_enough(cast: Cast) -> None:
    await write("UPDATE users SET totp_sealed = 'x', totp_confirmed_at = now() WHERE id = :id", id=cast.asha.user_id)
    with pytest.raises(SecondFactorNeeded):
        await login(ASHA, PASSWORD, address=None, now=NOW)
    # Only whoever knows the password is told.
    with pytest.raises(WrongCredentials):
        await login(ASHA, "wrong", address=None, now=NOW)
    # An administrator has to have one.
    with pytest.raises(SecondFactorNeeded):
        await login("boss@example.org", PASSWORD, address=None, now=NOW)
    assert await many("SELECT 1 FROM refresh_tokens") == []


async def test_a_second_factor_opens_it_each_code_once_and_is_not_guessed(cast: Cast) -> None:
    secret = pyotp.random_base32()
    sealed = seal(secret, about=f"users.totp:{cast.asha.user_id}")
    await write(
        "UPDATE users SET totp_sealed = :sealed, totp_confirmed_at = now() WHERE id = :id",
        sealed=sealed,
        id=cast.asha.user_id,
    )
    code = pyotp.TOTP(secret).at(NOW)
    assert await works((await login(ASHA, PASSWORD, code=code, address=None, now=NOW)).access, NOW)
    for _ in range(10):
        with pytest.raises(WrongCode):
            await login(ASHA, PASSWORD, code=code, address=None, now=NOW)
    later = NOW + timedelta(minutes=5)
    with pytest.raises(TooMany):
        await login(ASHA, PASSWORD, code=pyotp.TOTP(secret).at(later), address=None, now=later)
    assert len(await many("SELECT 1 FROM refresh_tokens")) == 1


async def test_a_refresh_token_is_good_once_and_for_seven_days(cast: Cast, pair: Pair) -> None:
    second = await refresh(pair.refresh, NOW + timedelta(days=6))
    third = await refresh(second.refresh, NOW + timedelta(days=12))
    assert await works(third.access, NOW + timedelta(days=12))
    with pytest.raises(TokenRefused):
        await refresh(third.refresh, NOW + timedelta(days=19))
    assert len({row.family for row in await many("SELECT family FROM refresh_tokens")}) == 1


async def test_a_reused_refresh_token_ends_its_whole_family_and_only_that(cast: Cast, pair: Pair) -> None:
    other = await login(ASHA, PASSWORD, address=None, now=NOW)
    second = await refresh(pair.refresh)
    assert await works(second.access)
    with pytest.raises(TokenRefused):
        await refresh(pair.refresh)
    await over(second.access)
    assert not await works(pair.access)
    with pytest.raises(TokenRefused):
        await refresh(second.refresh)
    assert await works(other.access)
    (entry,) = await audited("refresh_token_reused")
    assert (entry.actor_id, entry.details) == (cast.asha.user_id, {})


async def test_of_two_at_once_with_one_token_one_wins_and_the_family_ends(cast: Cast, pair: Pair) -> None:
    answers = await asyncio.gather(*(refresh(pair.refresh) for _ in range(8)), return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, Pair)]
    assert len(won) == 1
    assert all(isinstance(answer, TokenRefused) for answer in answers if answer not in won)
    await over(won[0].access)
    with pytest.raises(TokenRefused):
        await refresh(won[0].refresh)
    assert len(await audited("refresh_token_reused")) == 1


async def test_a_family_that_ends_while_it_is_refreshed_leaves_nothing_behind(cast: Cast, pair: Pair) -> None:
    async def end() -> None:
        async with db.transaction() as tx:
            await families.end_all(tx, cast.asha.user_id, now=NOW)

    async def someone_waits() -> bool:
        return bool(await many("SELECT 1 FROM pg_locks WHERE NOT granted"))

    async with db.transaction() as tx:
        # The new token is there, and to be seen by nobody yet.
        following = await tokens._refresh(tx, families.hashed(pair.refresh), None, NOW)
        ending = asyncio.create_task(end())
        await until(someone_waits)
    await ending
    assert following is not None
    assert await many("SELECT 1 FROM refresh_tokens WHERE revoked_at IS NULL") == []
    assert not await works(following.access)


async def test_logging_out_ends_the_family_at_once(cast: Cast, pair: Pair) -> None:
    assert await works(pair.access)
    await tokens.logout(pair.refresh, address=None, now=NOW)
    await over(pair.access)
    with pytest.raises(TokenRefused):
        await refresh(pair.refresh)
    for unknown in (pair.refresh, "unknown", "", "\ud800"):
        await tokens.logout(unknown, address=None, now=NOW)
    assert len(await audited("log_out")) == 1


async def test_signing_out_everywhere_ends_the_programs_too(cast: Cast, pair: Pair) -> None:
    assert await works(pair.access)
    async with db.transaction() as tx:
        await sessions.end_all(tx, cast.asha.user_id, now=NOW)
    await over(pair.access)


async def test_a_deactivated_account_has_no_tokens_any_more(cast: Cast, pair: Pair) -> None:
    assert await works(pair.access)
    async with db.transaction() as tx:
        await actors.changed(cast.asha.user_id)
        await tx.execute(update(User).where(User.id == cast.asha.user_id).values(is_active=False))
    await over(pair.access)
    with pytest.raises(TokenRefused):
        await refresh(pair.refresh)


async def test_a_change_of_the_account_is_known_to_its_tokens(cast: Cast, pair: Pair) -> None:
    await tokens.actor(pair.access, address=None, now=NOW)
    async with db.transaction() as tx:
        await actors.changed(cast.asha.user_id)
        await tx.execute(update(User).where(User.id == cast.asha.user_id).values(name="Asha Rao"))

    async def is_known() -> bool:
        return (await tokens.actor(pair.access, address=None, now=NOW)).name == "Asha Rao"

    await until(is_known, within=1.0)


async def test_a_login_that_was_under_way_does_not_outlive_a_change_of_the_password(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognised = tokens.accounts.recognised

    async def slow(*given: object, **more: object) -> User:
        user = await recognised(*given, **more)
        await write("UPDATE users SET password_hash = 'another' WHERE id = :id", id=user.id)
        return user

    monkeypatch.setattr(tokens.accounts, "recognised", slow)
    with pytest.raises(WrongCredentials):
        await login(ASHA, PASSWORD, address=None, now=NOW)
    assert await many("SELECT 1 FROM refresh_tokens") == []
