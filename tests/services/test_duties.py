"""The worker's duties for people: messages go out, what is over is forgotten, names go when their time has come."""

import asyncio
from datetime import datetime, timedelta

import pytest

from cli import worker
from core import clock, db
from core.events import CHANNEL, Event, message
from core.redis import redis
from models.one_time_code import Purpose
from models.outgoing_message import Channel
from services import addresses, codes, messages
from services.account import registration
from services.account.erasure import NAMELESS
from services.account.registration import Registration
from tests.mailbox import Mailbox
from tests.people import Cast
from tests.rows import many, one, write
from tests.waiting import until

LONG_AGO = timedelta(days=8)


async def test_messages_go_out_however_many_there_are(cast: Cast, mailbox: Mailbox) -> None:
    async with db.transaction() as tx:
        for _ in range(messages.AT_ONCE + 1):
            what = {"to": "asha@example.org", "subject": "x", "text": "y", "good_for": timedelta(hours=1)}
            await messages.write(tx, Channel.EMAIL, **what, now=clock.now())
    await worker._deliver()
    assert len(mailbox.mail("asha@example.org")) == messages.AT_ONCE + 1


async def test_what_is_over_is_forgotten(cast: Cast, mailbox: Mailbox) -> None:
    now = clock.now()
    form = Registration(
        name="Neha", email=addresses.email("neha@example.org"), password="a sentence of mine", has_consented=True
    )
    await registration.register(form, address=None, now=now)
    async with db.transaction() as tx:
        await codes.ask(tx, Purpose.SIGN_IN, form.email, user_id=None, language="en", now=now)
    await worker._deliver()
    before = [await many(f"SELECT 1 FROM {table}") for table in ("users", "one_time_codes", "outgoing_messages")]
    await worker._prune()
    assert before == [
        await many(f"SELECT 1 FROM {table}") for table in ("users", "one_time_codes", "outgoing_messages")
    ]
    for column in ("created_at", "expires_at"):
        await write(f"UPDATE one_time_codes SET {column} = {column} - :long_ago", long_ago=LONG_AGO)
    for column in ("sent_at", "failed_at"):
        await write(f"UPDATE outgoing_messages SET {column} = {column} - :long_ago", long_ago=LONG_AGO)
    await write("UPDATE users SET created_at = created_at - :long_ago WHERE email IS NULL", long_ago=LONG_AGO)
    await worker._prune()
    assert await many("SELECT 1 FROM one_time_codes") == await many("SELECT 1 FROM outgoing_messages") == []
    assert await many("SELECT 1 FROM users WHERE email IS NULL") == []
    assert len(await many("SELECT 1 FROM users")) == len(before[0]) - 1


async def test_a_name_goes_when_its_time_has_come(cast: Cast) -> None:
    today = clock.now().date()
    for days, name in ((1, "Asha Kulkarni"), (0, NAMELESS)):
        day = today + timedelta(days=days)
        await write("UPDATE patients SET erase_on = :day WHERE id = :id", day=day, id=cast.asha_patient)
        await worker._erase_due()
        assert (await one("SELECT name FROM patients WHERE id = :id", id=cast.asha_patient)).name == name


async def test_messages_without_a_pause_do_not_put_off_the_refresh(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed: list[set[int]] = []

    async def refresh(doctor_ids: set[int], _now: datetime) -> int:
        refreshed.append(set(doctor_ids))
        return 0

    told = message(Event(kind="AppointmentBooked", topics=("doctor:17", "patient:1"), occurred_at=clock.now()))

    is_said = False

    async def talk() -> None:
        # Python 3.11's wait_for, within the client, may lose a cancellation: so it is asked too.
        while not is_said:
            await redis().publish(CHANNEL, told)
            await asyncio.sleep(worker.GATHER / 20)

    monkeypatch.setattr(worker.next_open, "refresh", refresh)
    duties = [asyncio.create_task(talk()), asyncio.create_task(worker._follow(worker.Sweep(), worker.Waitlists()))]
    try:
        await until(lambda: refreshed.count({17}) > 2, within=5)
    finally:
        is_said = True
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
