"""The codes that a device makes every 30 seconds out of a secret that it shares with us (TOTP, RFC 6238)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import Row, or_, update
from sqlmodel import col

from core.crypto import seal, unseal
from core.db import Transaction
from models import User

STEP = 30
"""Seconds that a code is shown."""

DRIFT = 1
"""Steps that the device's clock may be off."""

ISSUER = "Aarogya Setu"


@dataclass(frozen=True)
class Draft:
    """A secret that waits for its first code: for the device to read as `uri`, for a person to type as `secret`."""

    secret: str
    uri: str


def new_secret(user_id: int) -> bytes:
    """160 random bits, sealed for that account."""
    return seal(pyotp.random_base32(), about=_about(user_id))


def draft(user: Row[Any]) -> Draft:
    """What the account's sealed secret is."""
    secret = unseal(user.totp_sealed, about=_about(user.id))
    return Draft(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email or user.name, issuer_name=ISSUER))


async def takes(tx: Transaction, user: Row[Any], code: str, *, now: datetime) -> bool:
    """Whether it is a code of the account's device, and this call the one that took it."""
    if user.totp_sealed is None or not (code.isascii() and code.isdigit()):
        return False
    device = pyotp.TOTP(unseal(user.totp_sealed, about=_about(user.id)), interval=STEP)
    present = int(now.timestamp()) // STEP
    around = range(present - DRIFT, present + DRIFT + 1)
    fits = [step for step in around if pyotp.utils.strings_equal(device.generate_otp(step), code)]
    if not fits:
        return False
    taken = await tx.execute(
        update(User)
        .where(col(User.id) == user.id, col(User.totp_sealed) == user.totp_sealed)
        .where(or_(col(User.totp_step).is_(None), col(User.totp_step) < fits[-1]))
        .values(totp_step=fits[-1])
    )
    return taken.rowcount == 1


def _about(user_id: int) -> str:
    return f"users.totp:{user_id}"
