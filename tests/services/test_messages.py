"""Mail and text messages: sent once, tried again, given up in time, and kept no longer than they are on their way."""

import asyncio
import json
import logging
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import text

from core import db
from core.crypto import unseal
from core.settings import settings
from models.outgoing_message import Channel
from services import messages
from tests.e2e.running import free_port
from tests.mailbox import Mailbox
from tests.people import NOW, Cast
from tests.rows import many, one, write

TO, SUBJECT, TEXT = "asha@example.org", "A word", "नमस्ते, a secret: 123456"
HOUR = timedelta(hours=1)


class Server:
    """A real SMTP server; it refuses while `is_cross`."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.is_cross = False
        self.passwords: list[bytes] = []

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        self.passwords.append(login.password)
        return AuthResult(success=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.is_cross:
            return "451 come back later"
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def smtp(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    # It takes a password over an open line: we must not give it one.
    controller = Controller(
        server, hostname="127.0.0.1", port=free_port(), authenticator=server.authenticate, auth_require_tls=False
    )
    controller.start()
    # Its own log tells each line that it is sent; ours is what is tested.
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)
    monkeypatch.setenv("AAROGYA_SMTP_URL", f"smtp://127.0.0.1:{controller.port}")
    settings.cache_clear()
    yield server
    controller.stop()


async def written(channel: Channel = Channel.EMAIL, to: str | None = TO, subject: str = SUBJECT, **more: Any) -> None:
    async with db.transaction() as tx:
        values = {"to": to, "subject": subject, "text": TEXT, "good_for": HOUR, "now": NOW} | more
        await messages.write(tx, channel, **values)


async def test_a_mail_goes_once_and_nothing_of_it_stays(smtp: Server) -> None:
    await written()
    row = await one("SELECT id, sealed FROM outgoing_messages")
    assert b"asha" not in row.sealed
    assert json.loads(unseal(row.sealed, about=f"outgoing_messages.sealed:{row.id}"))["to"] == TO
    assert await messages.deliver(NOW) == 1
    assert await messages.deliver(NOW + HOUR / 2) == 0
    (envelope,) = smtp.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@example.org", [TO])
    assert f"Message-ID: <{row.id}@example.org>".encode() in envelope.content
    after = await one("SELECT * FROM outgoing_messages")
    assert (after.sealed, after.sent_at, after.failed_at, after.tries) == (None, NOW, None, 1)


async def test_what_was_rolled_back_is_never_sent(smtp: Server) -> None:
    async def fail() -> None:
        async with db.transaction() as tx:
            await messages.write(tx, Channel.EMAIL, to=TO, subject=SUBJECT, text=TEXT, good_for=HOUR, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await messages.deliver(NOW) == 0
    assert smtp.got == []


async def test_one_that_is_refused_is_tried_again_later_and_later(
    smtp: Server, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    smtp.is_cross = True
    await written()
    at, waits = NOW, []
    for _ in range(4):
        assert await messages.deliver(at) == 0
        row = await one("SELECT next_try_at, sealed FROM outgoing_messages")
        assert row.sealed is not None
        waits.append((row.next_try_at - at).total_seconds())
        assert await messages.deliver(row.next_try_at - timedelta(milliseconds=1)) == 0
        at = row.next_try_at
    assert waits == [15, 30, 60, 120]
    assert (await one("SELECT tries FROM outgoing_messages")).tries == 4
    smtp.is_cross = False
    assert await messages.deliver(at) == 1
    said = "".join(capsys.readouterr()) + caplog.text
    assert "message_not_sent" in said
    assert not [word for word in ("asha", "123456", SUBJECT) if word in said]


async def test_what_could_not_be_sent_in_time_is_given_up_and_forgotten(smtp: Server) -> None:
    smtp.is_cross = True
    await written()
    await messages.deliver(NOW)
    smtp.is_cross = False
    assert await messages.deliver(NOW + HOUR) == 0
    row = await one("SELECT sealed, failed_at, sent_at FROM outgoing_messages")
    assert (row.sealed, row.failed_at, row.sent_at) == (None, NOW + HOUR, None)
    assert smtp.got == []


async def test_without_a_server_that_answers_it_waits(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAROGYA_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    settings.cache_clear()
    await written()
    assert await messages.deliver(NOW) == 0
    assert (await one("SELECT sealed FROM outgoing_messages")).sealed is not None


async def test_a_password_is_not_said_over_an_open_line(smtp: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    open_line = settings().smtp_url.get_secret_value().replace("smtp://", "smtp://user:password@")  # type: ignore[union-attr]
    monkeypatch.setenv("AAROGYA_SMTP_URL", open_line)
    settings.cache_clear()
    await written()
    assert await messages.deliver(NOW) == 0
    assert (smtp.got, smtp.passwords) == ([], [])


async def test_what_another_worker_has_in_hand_is_left_to_it(smtp: Server) -> None:
    for number in range(3):
        await written(to=f"crowd{number}@example.org")
    async with db.engine().begin() as other:
        await other.execute(text("SELECT 1 FROM outgoing_messages ORDER BY id LIMIT 1 FOR UPDATE"))
        assert await asyncio.wait_for(messages.deliver(NOW), 10) == 2
    assert await messages.deliver(NOW) == 1


async def test_several_workers_send_each_message_once(smtp: Server) -> None:
    for number in range(30):
        await written(to=f"crowd{number}@example.org")
    assert sum(await asyncio.gather(*[messages.deliver(NOW) for _ in range(4)])) == 30
    assert len({envelope.rcpt_tos[0] for envelope in smtp.got}) == len(smtp.got) == 30


BREAKS = ("\n", "\r\n", "\r", "\x00", "\u2028", "\x0b")


async def test_a_head_cannot_be_broken_into_two_lines(smtp: Server) -> None:
    for broken in BREAKS:
        for field in ("to", "subject"):
            await written(**{field: f"x@example.org{broken}Bcc: evil@example.org"})
    assert await messages.deliver(NOW) == 0
    assert smtp.got == []


async def test_nor_where_it_becomes_a_file(mailbox: Mailbox) -> None:
    for broken in BREAKS:
        for field in ("to", "subject"):
            await written(**{field: f"x@example.org{broken}Bcc: evil@example.org"})
        await written(Channel.SMS, to=f"+919812345678{broken}x")
    assert await messages.deliver(NOW) == 0
    assert list(mailbox.folder.glob("*/*.eml")) + list(mailbox.folder.glob("*/*.txt")) == []


async def test_to_nobody_nothing_goes(smtp: Server) -> None:
    await written(to=None)
    assert await messages.deliver(NOW) == 0
    row = await one("SELECT sealed, failed_at FROM outgoing_messages")
    assert (row.sealed, row.failed_at) == (None, NOW)


async def test_without_servers_they_become_files_for_this_person_only(mailbox: Mailbox) -> None:
    await written()
    await written(Channel.SMS, to="+919812345678")
    assert await messages.deliver(NOW) == 2
    (mail,) = mailbox.mail(TO)
    assert (mail["Subject"], mail.get_content().strip()) == (SUBJECT, TEXT)
    assert mailbox.texts("+919812345678") == [f"To: +919812345678\n\n{TEXT}\n"]
    for folder in (mailbox.folder / "mail", mailbox.folder / "sms"):
        (file,) = folder.iterdir()
        assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)


async def test_a_text_message_goes_by_the_chosen_service(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[tuple[str, Any]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            got.append((self.path, json.loads(self.rfile.read(length))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AAROGYA_SMS_URL", f"json://127.0.0.1:{server.server_port}/send/{{to}}")
    settings.cache_clear()
    await written(Channel.SMS, to="+919812345678")
    assert await messages.deliver(NOW) == 1
    server.shutdown()
    ((path, body),) = got
    assert "+919812345678" in path.replace("%2B", "+")
    assert body["message"] == TEXT


async def test_a_service_that_refuses_leaves_the_text_message_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (f"json://127.0.0.1:{free_port()}/{{to}}", "no-such-service://{to}"):
        monkeypatch.setenv("AAROGYA_SMS_URL", url)
        settings.cache_clear()
        await written(Channel.SMS, to="+919812345678")
        assert await messages.deliver(NOW) == 0
    assert len(await many("SELECT 1 FROM outgoing_messages WHERE sealed IS NOT NULL AND sent_at IS NULL")) == 2


async def test_one_that_cannot_be_opened_holds_up_no_other(smtp: Server) -> None:
    await written(to="other@example.org")
    await write("UPDATE outgoing_messages SET sealed = 'rubbish'")
    await written()
    assert await messages.deliver(NOW) == 1
    assert [envelope.rcpt_tos for envelope in smtp.got] == [[TO]]


async def test_messages_that_went_are_forgotten_after_a_week(mailbox: Mailbox) -> None:
    await written()
    await messages.deliver(NOW)
    for later, left in ((messages.KEPT_FOR, 1), (messages.KEPT_FOR + HOUR, 0)):
        async with db.transaction() as tx:
            await messages.prune(tx, NOW + later)
        assert len(await many("SELECT 1 FROM outgoing_messages")) == left
