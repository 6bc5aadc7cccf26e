"""Whether a request was signed by the program whose key it carries, and for the first time."""

import asyncio
from datetime import datetime

from redis.exceptions import RedisError

from core import signature
from core.db import Unavailable
from core.errors import DomainError
from core.redis import ANSWER_WITHIN, redis
from core.signature import SignatureRefused
from core.words import N_
from services import api_keys


class SignatureReplayed(DomainError):
    """This very request was taken before."""

    code = "signature_replayed"
    message = N_("This signed request was sent before. Sign it anew with the present time.")


async def check(header: str | None, body: bytes, *, key_id: int, now: datetime) -> None:
    """Raise SignatureRefused or SignatureReplayed; Unavailable where replays cannot be told."""
    secret = await api_keys.signing_secret(key_id)
    if header is None or secret is None:
        raise SignatureRefused
    right = signature.verify(header, secret, body, now=now)
    if not await _is_first(key_id, right):
        raise SignatureReplayed


async def _is_first(key_id: int, right: bytes) -> bool:
    # One that is dated five minutes ahead is good for ten.
    lifetime = signature.TOLERANCE * 2 + signature.TOLERANCE / 5
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            key = f"aarogya:signature:{key_id}:{right.hex()}"
            return bool(await redis().set(key, b"", nx=True, ex=lifetime))
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable from error
