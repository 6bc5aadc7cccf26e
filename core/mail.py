"""Mail by SMTP and text messages through Apprise; where neither is set up, files that a local clinic can be tried with.

Nothing of a message is ever logged, and no line of its head can be broken into two.
"""

import asyncio
import logging
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from urllib.parse import quote, unquote, urlsplit

import aiosmtplib

from core.settings import settings

WITHIN = 10.0
"""Seconds that a server may take over a message."""

# Apprise tells what it sends and to where: that is nobody's business.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


class NotSent(Exception):
    """The message did not leave; it may the next time."""


async def send_mail(identity: str, *, to: str, subject: str, text: str) -> None:
    """Send a mail, or write it to `mail/IDENTITY.eml`. Raises NotSent."""
    message = _mail(identity, to=to, subject=subject, text=text)
    if (url := settings().smtp_url) is None:
        await asyncio.to_thread(_write, "mail", f"{identity}.eml", message.as_bytes())
        return
    given = urlsplit(url.get_secret_value())
    is_tls = given.scheme == "smtps"
    try:
        async with asyncio.timeout(WITHIN):
            await aiosmtplib.send(
                message,
                hostname=given.hostname,
                port=given.port or (465 if is_tls else 587),
                username=unquote(given.username) if given.username else None,
                password=unquote(given.password) if given.password else None,
                use_tls=is_tls,
                # A password never goes over an open line; without one TLS is taken where it is offered.
                start_tls=True if given.username and not is_tls else None,
                timeout=WITHIN,
            )
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        raise NotSent(type(error).__name__) from None


async def send_sms(identity: str, *, to: str, text: str) -> None:
    """Send a text message to a number in E.164, or write it to `sms/IDENTITY.txt`. Raises NotSent."""
    require_one_line(to)
    if (url := settings().sms_url) is None:
        await asyncio.to_thread(_write, "sms", f"{identity}.txt", f"To: {to}\n\n{text}\n".encode())
        return
    address = url.get_secret_value().replace("{to}", quote(to, safe=""))
    try:
        async with asyncio.timeout(WITHIN):
            is_sent = await asyncio.to_thread(_notify, address, text)
    except TimeoutError:
        is_sent = False
    if not is_sent:
        raise NotSent


def require_one_line(text: str) -> str:
    """The text, if it is one printable line and so can stand in a message's head. Raises ValueError."""
    if not text.isprintable():
        raise ValueError("more than one line")
    return text


def _mail(identity: str, *, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings().mail_from
    message["To"] = require_one_line(to)
    message["Subject"] = require_one_line(subject)
    message["Date"] = formatdate()
    # The same at every try: one that was sent twice is recognised.
    message["Message-ID"] = f"<{identity}@{parseaddr(settings().mail_from)[1].rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _notify(address: str, text: str) -> bool:
    # It is large, and needed by those only who send text messages.
    import apprise

    sender = apprise.Apprise()
    return bool(sender.add(address) and sender.notify(body=text))


def _write(folder: str, name: str, content: bytes) -> None:
    place = settings().data_dir / folder
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = place / name
    file.touch(mode=0o600)
    file.write_bytes(content)
