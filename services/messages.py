"""Mail and text messages: written with what they tell of, sent soon after by whoever keeps the duties."""

from datetime import datetime, timedelta
from uuid import uuid4

import orjson
from sqlalchemy import insert

from core.crypto import seal
from core.db import Transaction
from models import OutgoingMessage
from models.outgoing_message import Channel


async def write(
    tx: Transaction, channel: Channel, *, to: str, subject: str, text: str, good_for: timedelta, now: datetime
) -> None:
    """Put a message on its way with this transaction; sealed, and given up after `good_for`."""
    identity = uuid4()
    content = orjson.dumps({"to": to, "subject": subject, "text": text}).decode()
    await tx.execute(
        insert(OutgoingMessage).values(
            id=identity,
            channel=channel,
            sealed=seal(content, about=f"outgoing_messages.sealed:{identity}"),
            created_at=now,
            next_try_at=now,
            expires_at=now + good_for,
        )
    )
