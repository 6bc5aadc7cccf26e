"""How often one may try to sign in, in a way that nobody can use to lock another out.

Failures count, success does not. A device that has signed in to the account before carries a token of its own, and its
tries are counted by that token alone: whatever strangers do to the account or from the same address, its owner gets in.
All other devices share what strangers may fail at one account; when that is used up they are told the same sentence as
anybody who tries too often, and a one-time code still lets them in.
"""

import hmac
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from core.crypto import lookup
from core.errors import DomainError
from core.limits import Limit, TooMany, give_back, take
from core.words import N_

PAIR = Limit("sign-in-pair", 10, timedelta(minutes=15))
ADDRESS = Limit("sign-in-address", 100, timedelta(minutes=15))
ACCOUNT = Limit("sign-in-account", 50, timedelta(hours=1))
PRESENT = Limit("present-password", 10, timedelta(minutes=15))
SECOND = Limit("second-factor", 10, timedelta(minutes=15))
DEVICE = Limit("sign-in-device", 10, timedelta(minutes=15))

CODE_CONTACT = Limit("code-contact", 3, timedelta(minutes=15))
CODE_ADDRESS = Limit("code-address", 20, timedelta(hours=1))
REGISTRATION = Limit("registration", 20, timedelta(hours=1))
HOLDS = Limit("holds", 30, timedelta(minutes=10))

ARRIVAL = Limit("check-in-link", 6, timedelta(hours=1))
ARRIVAL_ADDRESS = Limit("check-in-address", 60, timedelta(hours=1))

MOVE = Limit("move-link", 6, timedelta(hours=1))
MOVE_LOOK = Limit("move-link-look", 60, timedelta(hours=1))
MOVE_ADDRESS = Limit("move-address", 300, timedelta(hours=1))

DEVICES = 5
"""Accounts that one browser is known to: a family's tablet, the front desk's computer."""

TOKEN = re.compile(r"([\w-]{22})([0-9a-f]{32})")

Counted = tuple[Limit, tuple[object, ...]]


class WrongPassword(DomainError):
    """Not the present password of whoever is signed in."""

    code = "wrong_password"
    message = N_("That is not your present password.")


@asynccontextmanager
async def trying(email: str, *, address: str | None, devices: str) -> AsyncIterator[None]:
    """Around a try with a password: left without an exception it was right, and does not count. Raises TooMany.

    It is counted before the password is looked at: many tries at once are no more than many in turn.
    """
    account = _account(email)
    if (device := _known(account, devices)) is not None:
        counted: list[Counted] = [(DEVICE, (device,))]
    else:
        here = address or "unknown"
        counted = [(PAIR, (here, account)), (ADDRESS, (here,)), (ACCOUNT, (account,))]
    async with _counted(counted, wrong="wrong_credentials"):
        yield


@asynccontextmanager
async def confirming(user_id: int | None) -> AsyncIterator[None]:
    """Around a password that is asked for once more, of one who is signed in. Raises TooMany."""
    async with _counted([(PRESENT, (user_id,))], wrong=WrongPassword.code):
        yield


def known_device(email: str, devices: str) -> str:
    """What the browser's cookie is from now on: it has signed in to that account, and to those in `devices` before."""
    account, nonce = _account(email), secrets.token_urlsafe(16)
    others = [token for token in _tokens(devices) if not _is_of(account, token)]
    return ".".join([nonce + _mac(account, nonce), *("".join(token) for token in others)][:DEVICES])


async def asking_for_a_code(contact: str, *, address: str | None) -> None:
    """Count that a one-time code is asked for, whether or not there is such an account. Raises TooMany."""
    await take(CODE_ADDRESS, address or "unknown")
    await take(CODE_CONTACT, _account(contact))


async def registering(*, address: str | None) -> None:
    """Count that an account is made. Raises TooMany."""
    await take(REGISTRATION, address or "unknown")


async def holding(user_id: int) -> None:
    """Count that a patient's account takes a time. Raises TooMany."""
    await take(HOLDS, user_id)


@asynccontextmanager
async def arriving(appointment: str, *, address: str | None) -> AsyncIterator[None]:
    """Around a clinic's code of the day, typed by one who is not signed in. Raises TooMany.

    A waiting room shares one address: it may fail more often than one link.
    """
    counted: list[Counted] = [(ARRIVAL, (appointment,)), (ARRIVAL_ADDRESS, (address or "unknown",))]
    async with _counted(counted, wrong="wrong_check_in_code"):
        yield


async def looking_for_a_move(appointment: str, *, address: str | None) -> None:
    """Count that whoever has the link to a visit looks for other times of it. Raises TooMany."""
    await take(MOVE_LOOK, appointment)
    await take(MOVE_ADDRESS, address or "unknown")


async def moving(appointment: str, *, address: str | None) -> None:
    """Count that he takes one of them. Raises TooMany."""
    await take(MOVE, appointment)
    await take(MOVE_ADDRESS, address or "unknown")


@asynccontextmanager
async def proving(user_id: int) -> AsyncIterator[None]:
    """Around a second factor that a program gives, after the password. Raises TooMany."""
    async with _counted([(SECOND, (user_id,))], wrong="wrong_second_factor"):
        yield


@asynccontextmanager
async def _counted(counted: Sequence[Counted], *, wrong: str) -> AsyncIterator[None]:
    await _take_all(counted)
    try:
        yield
    except DomainError as refusal:
        # What was refused without a look at the password told nobody anything about it.
        if refusal.code != wrong:
            await _give_all_back(counted)
        raise
    await _give_all_back(counted)


async def _take_all(counted: Sequence[Counted]) -> None:
    """Count all of them, or none where one is full: who is stopped by his own limit uses up nobody else's."""
    for number, (limit, whom) in enumerate(counted):
        try:
            await take(limit, *whom)
        except TooMany:
            await _give_all_back(counted[:number])
            raise


async def _give_all_back(counted: Sequence[Counted]) -> None:
    for limit, whom in counted:
        await give_back(limit, *whom)


def _account(email: str) -> str:
    """One spelling for one account, also where there is none; never longer than an address is."""
    return email.strip().casefold()[:320].encode(errors="replace").decode()


def _tokens(devices: str) -> list[tuple[str, str]]:
    found = [TOKEN.fullmatch(part) for part in devices[:500].split(".")]
    return [(match[1], match[2]) for match in found if match][:DEVICES]


def _known(account: str, devices: str) -> str | None:
    return next((nonce for nonce, mac in _tokens(devices) if _is_of(account, (nonce, mac))), None)


def _is_of(account: str, token: tuple[str, str]) -> bool:
    return hmac.compare_digest(_mac(account, token[0]), token[1])


def _mac(account: str, nonce: str) -> str:
    return lookup("device", f"{nonce}\0{account}").hex()[:32]
