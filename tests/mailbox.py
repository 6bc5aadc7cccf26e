"""The files that mail and text messages become where no server is set up: what people would have in their hands."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from services import messages


@dataclass(frozen=True)
class Mailbox:
    """`mail` and `sms` under a data folder."""

    folder: Path

    async def delivered(self, now: datetime) -> "Mailbox":
        """Deliver what is due, as the worker does."""
        while await messages.deliver(now):
            pass
        return self

    def mail(self, to: str) -> list[EmailMessage]:
        """The mails to an address, oldest first."""
        read = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in sorted((self.folder / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        ]
        return [message for message in read if str(message["To"]).lower() == to.lower()]

    def texts(self, to: str) -> list[str]:
        """The text messages to a number, oldest first."""
        files = sorted((self.folder / "sms").glob("*.txt"), key=lambda file: file.stat().st_mtime_ns)
        read = [file.read_text() for file in files]
        return [text for text in read if text.startswith(f"To: {to}\n")]

    async def code(self, to: str, now: datetime) -> str:
        """The code in the last mail or text message to an address."""
        await self.delivered(now)
        last = self.texts(to)[-1].partition("\n")[2] if to.startswith("+") else self.mail(to)[-1].get_content()
        (digits,) = re.findall(r"\b\d{6}\b", last)
        return str(digits)
