"""Mail and text messages: written with what they tell of, sent soon after by whoever keeps the duties."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Row, delete, insert, or_, text, update
from sqlmodel import col

from core import mail
from core.crypto import CannotOpen, seal, unseal
from core.db import Transaction, transaction
from core.log import logger
from models import OutgoingMessage
from models.outgoing_message import Channel

AT_ONCE = 20
"""Messages that are sent beside each other."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=10)
"""Until a message is tried again; twice as long each time. The first is longer than a try may take."""

KEPT_FOR = timedelta(days=7)
"""How long it is known that a message went."""

# Taken and put off in one statement: should we die over it, it is tried again, and nobody holds a lock meanwhile.
TAKE = text("""
    UPDATE outgoing_messages SET tries = tries + 1,
        next_try_at = :now + least(CAST(:longest AS interval), CAST(:first AS interval) * power(2, least(tries, 20)))
    WHERE id IN (
        SELECT id FROM outgoing_messages
        WHERE sent_at IS NULL AND failed_at IS NULL AND next_try_at <= :now AND expires_at > :now
        ORDER BY next_try_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING id, channel, sealed, tries
""")

log = logger(__name__)


async def write(
    tx: Transaction, channel: Channel, *, to: str | None, subject: str, text: str, good_for: timedelta, now: datetime
) -> None:
    """Put a message on its way with this transaction; sealed, and given up after `good_for`.

    To None it goes nowhere, with the same work: whoever asked for it cannot tell by the time that it takes.
    """
    identity = uuid4()
    content = orjson.dumps({"to": to, "subject": subject, "text": text}).decode()
    sealed = seal(content, about=_about(identity))
    await tx.execute(
        insert(OutgoingMessage).values(
            id=identity,
            channel=channel,
            sealed=sealed if to is not None else None,
            created_at=now,
            next_try_at=now,
            expires_at=now + good_for,
            failed_at=None if to is not None else now,
        )
    )


async def deliver(now: datetime) -> int:
    """Give up what is too old, and send what is due; how many went. Several may deliver: each takes its own."""
    waits = {"first": FIRST_WAIT, "longest": LONGEST_WAIT, "limit": AT_ONCE}
    async with transaction() as tx:
        await tx.execute(
            update(OutgoingMessage)
            .where(col(OutgoingMessage.expires_at) <= now, *_is_waiting())
            .values(failed_at=now, sealed=None)
        )
        taken = (await tx.execute(TAKE, waits | {"now": now})).all()
    sent = [row.id for row, is_sent in zip(taken, await asyncio.gather(*map(_send, taken)), strict=True) if is_sent]
    if sent:
        async with transaction() as tx:
            await tx.execute(
                update(OutgoingMessage)
                .where(col(OutgoingMessage.id).in_(sent), *_is_waiting())
                .values(sent_at=now, sealed=None)
            )
    return len(sent)


async def prune(tx: Transaction, now: datetime) -> None:
    """Forget the messages that went, or were given up, longer ago than `KEPT_FOR`."""
    limit = now - KEPT_FOR
    await tx.execute(
        delete(OutgoingMessage).where(or_(col(OutgoingMessage.sent_at) < limit, col(OutgoingMessage.failed_at) < limit))
    )


async def _send(row: Row[Any]) -> bool:
    try:
        content = orjson.loads(unseal(row.sealed, about=_about(row.id)))
        if row.channel == Channel.EMAIL:
            await mail.send_mail(str(row.id), **content)
        else:
            await mail.send_sms(str(row.id), to=content["to"], text=content["text"])
    except (mail.NotSent, CannotOpen, ValueError, OSError) as error:
        # Its kind and no more: what the error says may hold the address.
        log.warning("message_not_sent", message=str(row.id), tries=row.tries, error=type(error).__name__)
        return False
    return True


def _is_waiting() -> list[Any]:
    return [col(OutgoingMessage.sent_at).is_(None), col(OutgoingMessage.failed_at).is_(None)]


def _about(identity: UUID) -> str:
    return f"outgoing_messages.sealed:{identity}"
