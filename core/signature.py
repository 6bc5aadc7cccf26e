"""Signed requests: `X-Signature: t=<unix>,v1=<hex>`, HMAC-SHA256 over `t.body` with the secret of the key."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import DomainError
from core.words import N_

TOLERANCE = timedelta(minutes=5)
"""How far the signature's time may be from ours, either way."""

FORM = re.compile(r"t=([1-9][0-9]{0,11})((?:,v1=[0-9a-f]{64}){1,5})")
"""Several `v1`, one for each secret, while a program changes over."""


class SignatureRefused(DomainError):
    """There is no signature, or it is not of this key, this body and this time."""

    code = "signature_refused"
    message = N_("The signature of this request is missing or not right.")


@dataclass(frozen=True)
class Signature:
    """What the header says: seconds since 1970 as they were written, and the signatures."""

    time: str
    made: tuple[bytes, ...]


def parse(header: str) -> Signature:
    """Read the header. Raises SignatureRefused."""
    written = FORM.fullmatch(header) if len(header) <= 1024 else None
    if written is None:
        raise SignatureRefused
    return Signature(written[1], tuple(bytes.fromhex(part[3:]) for part in written[2][1:].split(",")))


def sign(secret: str, body: bytes, *, at: datetime) -> str:
    """The header for a body."""
    time = str(int(at.timestamp()))
    return f"t={time},v1={_mac(secret, time, body).hex()}"


def verify(header: str, secret: str, body: bytes, *, now: datetime) -> bytes:
    """The right signature, by which a replay is known, if it is among those in the header. Raises SignatureRefused."""
    given = parse(header)
    if abs(int(given.time) - now.timestamp()) > TOLERANCE.total_seconds():
        raise SignatureRefused
    right = _mac(secret, given.time, body)
    if not any(hmac.compare_digest(right, made) for made in given.made):
        raise SignatureRefused
    return right


def _mac(secret: str, time: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), time.encode() + b"." + body, hashlib.sha256)
