"""Trying passwords: few per address and account, few from all the world at one account, and the owner still gets in."""

import asyncio
import time

import pytest

from core import limits, passwords
from core.embedded.redis import Redis
from core.limits import TooMany
from core.passwords import Busy
from services import accounts, tries
from services.accounts import SignedIn, WrongCredentials
from services.tries import ACCOUNT, ADDRESS, CODE_ADDRESS, CODE_CONTACT, DEVICE, HOLDS, PAIR
from tests.people import NOW, PASSWORD, Cast
from tests.rows import many

HERE = "192.0.2.7"


async def sign_in(
    email: str = "asha@example.org", password: str = PASSWORD, *, address: str = HERE, devices: str = ""
) -> SignedIn:
    return await accounts.sign_in(email, password, address=address, user_agent=None, now=NOW, devices=devices)


async def device_of(email: str = "asha@example.org", *, devices: str = "", **more: str) -> str:
    """What the browser of one who has signed in is known by."""
    signed_in = await sign_in(email, devices=devices, **more)
    assert signed_in.email is not None
    return tries.known_device(signed_in.email, devices)


async def wrong(times: int, email: str = "asha@example.org", **named: str) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            await sign_in(email, "not it", **named)


async def test_ten_wrong_tries_a_pair_of_address_and_account(cast: Cast) -> None:
    await wrong(PAIR.amount)
    with pytest.raises(TooMany) as refusal:
        await sign_in()
    assert refusal.value.data["retry_after"] <= PAIR.seconds
    assert await many("SELECT 1 FROM sessions") == []
    # Another account from there, and this account from elsewhere.
    await sign_in("ravi@example.org")
    await sign_in(address="192.0.2.8")


async def test_success_is_not_counted(cast: Cast) -> None:
    for _ in range(3):
        await wrong(3)
        for _ in range(5):
            await sign_in()
    await wrong(1)
    with pytest.raises(TooMany):
        await sign_in()


async def test_many_tries_at_once_are_no_more_than_many_in_turn(cast: Cast) -> None:
    outcomes = await asyncio.gather(*(sign_in(password="not it") for _ in range(30)), return_exceptions=True)
    assert sum(isinstance(outcome, WrongCredentials) for outcome in outcomes) == PAIR.amount
    assert sum(isinstance(outcome, TooMany) for outcome in outcomes) == 30 - PAIR.amount


async def test_a_hundred_wrong_tries_an_address_whatever_the_account(cast: Cast) -> None:
    for number in range(ADDRESS.amount):
        await wrong(1, f"nobody{number}@example.org")
    with pytest.raises(TooMany):
        await sign_in()
    await sign_in(address="192.0.2.8")


async def test_an_account_that_is_not_there_is_refused_like_one_that_is(cast: Cast) -> None:
    await wrong(PAIR.amount, "nobody@example.org")
    with pytest.raises(TooMany):
        await sign_in("nobody@example.org")


async def test_an_account_is_one_however_it_is_written(cast: Cast) -> None:
    await wrong(5, "ASHA@example.org")
    await wrong(5, "  asha@Example.ORG ")
    with pytest.raises(TooMany):
        await sign_in()


async def test_spread_over_many_addresses_strangers_run_out_and_the_owner_gets_in(cast: Cast) -> None:
    device = await device_of(address="198.51.100.1")
    for number in range(ACCOUNT.amount):
        await wrong(1, address=f"203.0.113.{number}")
    with pytest.raises(TooMany):
        await wrong(1, address="203.0.113.200")
    # From his own device, even at the attackers' own address.
    assert (await sign_in(address="203.0.113.1", devices=device)).session_id
    # An unknown device is refused although its password is right, in the same words as anybody.
    with pytest.raises(TooMany):
        await sign_in(address="198.51.100.2")


async def test_a_known_device_has_few_tries_too_and_takes_none_from_others(cast: Cast) -> None:
    device = await device_of()
    await wrong(DEVICE.amount, devices=device)
    with pytest.raises(TooMany):
        await sign_in(devices=device)
    await sign_in()


async def test_a_device_is_known_to_its_own_accounts_only(cast: Cast) -> None:
    ravis = await device_of("ravi@example.org")
    await wrong(PAIR.amount)
    for devices in (ravis, "x", "." * 600, "A" * 22 + "0" * 32, ravis[:-1] + "x", ravis * 20):
        with pytest.raises(TooMany):
            await sign_in(devices=devices)
    both = await device_of(address="192.0.2.9", devices=ravis)
    assert (await sign_in(devices=both)).session_id
    assert (await sign_in("ravi@example.org", devices=both)).session_id


async def test_a_browser_is_known_to_few_accounts_and_forgets_the_oldest(cast: Cast) -> None:
    devices = ""
    for number in range(tries.DEVICES + 1):
        devices = tries.known_device(f"a{number}@example.org", devices)
    assert [tries._known(f"a{n}@example.org", devices) is not None for n in (0, 1, tries.DEVICES)] == [
        False,
        True,
        True,
    ]
    assert len(devices) <= 500
    assert "example" not in devices


async def test_what_no_password_was_looked_at_for_is_no_try(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAITING", 0)
    for _ in range(PAIR.amount + 1):
        with pytest.raises(Busy):
            await sign_in()
    monkeypatch.undo()
    assert (await limits.count(PAIR, HERE, "asha@example.org")).remaining == PAIR.amount - 1


async def test_ten_thousand_tries_are_ten(cast: Cast) -> None:
    began, looked = time.process_time(), 0
    tried = iter(range(10_000))

    async def attacker() -> None:
        nonlocal looked
        for number in tried:
            try:
                await sign_in(password=f"guess {number}")
            except WrongCredentials:
                looked += 1
            except TooMany:
                continue

    await asyncio.gather(*(attacker() for _ in range(8)))
    assert looked == PAIR.amount
    assert time.process_time() - began < 60
    assert await many("SELECT 1 FROM sessions") == []


async def test_without_redis_one_still_signs_in_and_cannot_try_without_end(cast: Cast, own_redis: Redis) -> None:
    await limits.forget()
    own_redis.stop()
    assert (await sign_in()).session_id
    await wrong(PAIR.amount)
    with pytest.raises(TooMany):
        await sign_in()
    limits._own.cache_clear()
    limits._Away.until = 0.0


async def test_codes_are_few_for_a_contact_and_for_an_address(cast: Cast) -> None:
    for _ in range(CODE_CONTACT.amount):
        await tries.asking_for_a_code("asha@example.org", address=HERE)
    with pytest.raises(TooMany):
        await tries.asking_for_a_code("Asha@example.org", address="192.0.2.9")
    for number in range(CODE_ADDRESS.amount - CODE_CONTACT.amount):
        await tries.asking_for_a_code(f"+91 {number}", address=HERE)
    with pytest.raises(TooMany):
        await tries.asking_for_a_code("another@example.org", address=HERE)


async def test_an_account_takes_times_only_so_often(cast: Cast) -> None:
    for _ in range(HOLDS.amount):
        await tries.holding(cast.asha.user_id)
    with pytest.raises(TooMany):
        await tries.holding(cast.asha.user_id)
    await tries.holding(cast.stranger.user_id)
