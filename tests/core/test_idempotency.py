"""The same key twice is one piece of work and one answer, whatever happens between."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from core import db
from core.db import Transaction, transaction
from core.errors import Invalid
from core.events import Event
from core.idempotency import KEPT_FOR, Again, KeyReused, Once, fingerprint, once, prune
from models import Appointment
from services import appointments
from services.permissions import Actor
from services.placing import Wish
from services.refusals import SlotTaken
from tests.people import NOW, Cast, at
from tests.rows import events, many, one, write

REQUEST = {"doctor": 1, "at": "2026-12-01"}


class Work:
    """Counts how often it is done, and answers with the count; announces each time."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self, tx: Transaction) -> str:
        self.done += 1
        tx.announce(Event(kind="Worked", topics=("work",), occurred_at=NOW))
        return f'{{"z": 1.0, "a": "नमस्ते", "done": {self.done}}}'


def asked(key="k1", request=REQUEST, owner: str = "user:1") -> Once:
    return Once(owner=owner, key=key, request=request, write=str)


async def ask(work: Work, key: str = "k1", request=REQUEST, owner: str = "user:1", now=NOW) -> str:
    """What was told, then or now."""
    try:
        async with transaction() as tx:
            return await once(tx, asked(key, request, owner), lambda: work(tx), now=now)
    except Again as done:
        return done.answer


async def booked(wish: Wish, *, by: Actor, now=NOW, key: str) -> str:
    """What was told of a booking, then or now."""
    request = Once(owner=f"user:{by.user_id}", key=key, request=vars(wish), write=Appointment.model_dump_json)
    try:
        return (await appointments.book_at(wish, by=by, now=now, asked=request)).model_dump_json()
    except Again as done:
        return done.answer


async def test_asked_twice_is_done_once_and_answered_with_the_same_bytes(cast: Cast) -> None:
    work = Work()
    first = await ask(work)
    assert [await ask(work) for _ in range(3)] == [first] * 3
    assert first == '{"z": 1.0, "a": "नमस्ते", "done": 1}'
    assert len(await events("Worked")) == 1


async def test_a_key_is_its_owners_alone(cast: Cast) -> None:
    work = Work()
    assert await ask(work) != await ask(work, owner="user:2")
    assert work.done == 2


async def test_the_same_key_with_another_request_is_refused_whatever_the_order_of_fields(cast: Cast) -> None:
    work = Work()
    first = await ask(work)
    with pytest.raises(KeyReused) as refusal:
        await ask(work, request=REQUEST | {"doctor": 2})
    assert refusal.value.code == "key_reused"
    assert await ask(work, request=dict(reversed(REQUEST.items()))) == first
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"})


async def test_thirty_two_at_once_are_one_piece_of_work(cast: Cast) -> None:
    work = Work()
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(ask(work) for _ in range(32)))
    assert set(answers) == {'{"z": 1.0, "a": "नमस्ते", "done": 1}'}
    assert len(await events("Worked")) == 1


async def test_work_that_fails_leaves_no_key_and_the_one_who_waited_does_it(cast: Cast) -> None:
    entered, fail = asyncio.Event(), asyncio.Event()

    async def failing() -> str:
        entered.set()
        await fail.wait()
        raise SlotTaken

    async def first() -> str:
        async with transaction() as tx:
            return await once(tx, asked(), failing, now=NOW)

    work = Work()
    slow = asyncio.create_task(first())
    await entered.wait()
    waiting = asyncio.create_task(ask(work))
    fail.set()
    with pytest.raises(SlotTaken):
        await slow
    assert await waiting == await ask(work)
    assert work.done == 1


async def test_a_key_is_as_good_as_new_after_a_day_swept_or_not(cast: Cast) -> None:
    work = Work()
    first = await ask(work)
    assert await ask(work, now=NOW + KEPT_FOR - timedelta(seconds=1)) == first
    assert await ask(work, request="something else", now=NOW + KEPT_FOR) != first
    async with transaction() as tx:
        assert await prune(tx.connection, NOW + KEPT_FOR) == 0
        assert await prune(tx.connection, NOW + 2 * KEPT_FOR) == 1
    assert (await one("SELECT count(*) AS n FROM idempotency_keys")).n == 0


@pytest.mark.parametrize("key", ["", "x" * 201, "a\0b", "नमस्ते", "a\nb", None, 7])
async def test_what_is_no_key_is_refused_and_nothing_is_done(cast: Cast, key) -> None:
    work = Work()
    with pytest.raises(Invalid) as refusal:
        await ask(work, key=key)
    assert (refusal.value.data["field"], work.done) == ("idempotency_key", 0)


async def test_a_booking_asked_thirty_two_times_at_once_is_one_appointment_and_one_answer(cast: Cast) -> None:
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(booked(cast.wish(at(10)), by=cast.asha, key="tap") for _ in range(32)))
    assert len(set(answers)) == 1
    row = await one("SELECT id, token FROM appointments")
    assert (str(row.id), row.token) == (orjson.loads(answers[0])["id"], 1)
    assert len(await events("AppointmentBooked")) == 1
    assert (await one("SELECT last_token, version FROM doctor_days")) == (1, 1)


async def test_a_booking_is_answered_as_it_was_whatever_became_of_it(cast: Cast) -> None:
    first = await booked(cast.wish(at(10)), by=cast.asha, key="tap")
    await appointments.cancel((await one("SELECT id FROM appointments")).id, by=cast.asha, now=NOW)
    assert await booked(cast.wish(at(10)), by=cast.asha, now=NOW + timedelta(minutes=1), key="tap") == first
    with pytest.raises(KeyReused):
        await booked(cast.wish(at(11)), by=cast.asha, key="tap")
    # Another person's key of the same name is another key.
    wish = cast.wish(at(11), patient=cast.stranger_patient)
    assert orjson.loads(await booked(wish, by=cast.stranger, key="tap"))["token"] == 2


async def test_a_refused_booking_leaves_no_key_and_may_succeed_when_asked_again(cast: Cast) -> None:
    await booked(cast.wish(at(10), patient=cast.stranger_patient), by=cast.stranger, key="theirs")
    with pytest.raises(SlotTaken) as refusal:
        await booked(cast.wish(at(10)), by=cast.asha, key="mine")
    assert len(refusal.value.data["alternatives"]) == 3
    assert [row.key for row in await many("SELECT key FROM idempotency_keys")] == ["theirs"]
    await appointments.cancel((await one("SELECT id FROM appointments")).id, by=cast.stranger, now=NOW)
    assert orjson.loads(await booked(cast.wish(at(10)), by=cast.asha, key="mine"))["status"] == "booked"


async def test_a_crash_between_the_work_and_its_answer_leaves_neither(cast: Cast) -> None:
    class Gone(Exception):
        pass

    async def cut_off() -> None:
        async with transaction() as tx:
            await once(tx, asked(), lambda: Work()(tx), now=NOW)
            raise Gone

    with pytest.raises(Gone):
        await cut_off()
    assert (await one("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM idempotency_keys) AS n")).n == 0
    await write("SELECT 1")
    await db.close()
