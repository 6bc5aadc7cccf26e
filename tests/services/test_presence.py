"""Who has a day open: over several processes, when one is killed, and when Redis is gone."""

import asyncio
from collections.abc import Collection

import orjson
import pytest

from core.embedded.redis import Redis
from core.events import CHANNEL
from core.redis import redis, subscriber
from services import presence as presences
from services import views
from services.presence import Presence, people, room, versions
from tests.people import DAY, NOW, Cast
from tests.waiting import until


@pytest.fixture
def here(cast: Cast) -> str:
    return room(cast.doctor_id, DAY)


def nobody_is_connected(_room: str) -> Collection[str]:
    return ()


async def names(room: str) -> list[str]:
    return [person.role for person in (await people(room)).people]


async def test_those_of_two_processes_see_one_another_each_once(cast: Cast, here: str) -> None:
    one, other = Presence(), Presence()
    await one.enter("a", here, cast.doctor)
    await other.enter("b", here, cast.receptionist)
    # With a second screen.
    await other.enter("c", here, cast.receptionist)
    assert await names(here) == ["doctor", "receptionist"]
    assert await names(room(cast.other_doctor_id, DAY)) == []


async def test_who_closes_the_page_is_gone_at_the_next_look(cast: Cast, here: str) -> None:
    one, other = Presence(), Presence()
    await one.enter("a", here, cast.doctor)
    await other.enter("b", here, cast.receptionist)
    before = (await people(here)).version
    await one.look(nobody_is_connected)
    seen = await people(here)
    assert [person.user_id for person in seen.people] == [cast.receptionist.user_id]
    assert seen.version > before


async def test_who_turns_to_another_day_leaves_this_one_at_once(cast: Cast, here: str) -> None:
    one = Presence()
    await one.enter("a", here, cast.doctor)
    there = room(cast.other_doctor_id, DAY)
    await one.enter("a", there, cast.doctor)
    assert (await names(here), await names(there)) == ([], ["doctor"])


async def test_whom_a_killed_process_had_lapse_and_the_others_are_told(
    cast: Cast, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, other = Presence(), Presence()
    monkeypatch.setattr(presences, "KEPT", 60)
    await killed.enter("a", here, cast.doctor)
    await other.enter("b", here, cast.receptionist)
    before = (await people(here)).version
    # The minute is over, and nobody has said that he is still there.
    said = await redis().hget(f"aarogya:{here}", killed.process)
    await redis().hset(f"aarogya:{here}", killed.process, b"1|" + said.partition(b"|")[2])
    client = subscriber()
    async with client.pubsub(ignore_subscribe_messages=True) as heard:
        await heard.subscribe(CHANNEL)
        await heard.get_message(timeout=1)

        async def look() -> bool:
            await other.look(lambda _room: ["b"])
            return await names(here) == ["receptionist"] and (await versions([here]))[0] > before

        await until(look)
        message = await heard.get_message(timeout=2)
        while message is None:
            message = await heard.get_message(timeout=2)
        assert orjson.loads(message["data"])["topics"] == [here]
    await client.aclose()


async def test_saying_the_same_again_changes_nothing(cast: Cast, here: str) -> None:
    one = Presence()
    await one.enter("a", here, cast.doctor)
    before = await versions([here])
    for _ in range(3):
        await one.look(lambda _room: ["a"])
    assert await versions([here]) == before


async def test_nothing_of_a_patient_stands_there_and_it_goes_by_itself(cast: Cast, here: str) -> None:
    one = Presence()
    await one.enter("a", here, cast.doctor)
    kept = await redis().hgetall(f"aarogya:{here}")
    said = orjson.loads(kept[one.process.encode()].partition(b"|")[2])
    assert said == [{"user_id": cast.doctor.user_id, "name": cast.doctor.name, "role": "doctor", "holds": ""}]
    assert 0 < await redis().ttl(f"aarogya:{here}") <= 60


async def test_without_redis_one_is_alone_and_the_pusher_goes_on(cast: Cast, own_redis: Redis) -> None:
    here, one = room(cast.doctor_id, DAY), Presence()
    await one.enter("a", here, cast.doctor)
    assert await names(here) == ["doctor"]
    last = (await people(here)).version
    own_redis.stop()
    gone = await people(here)
    assert (gone.people, gone.version >= last) == ((), True)
    assert await versions([here]) == [0]
    await one.look(lambda _room: ["a"])
    own_redis.start()

    async def back() -> bool:
        await one.look(lambda _room: ["a"])
        return await names(here) == ["doctor"]

    await until(back)
    # A new Redis knows nothing of the old versions, and still none is older than what was shown.
    assert (await people(here)).version > last


async def test_it_is_a_room_like_any_other(cast: Cast, here: str) -> None:
    kind, args = views.parse(here)
    assert views.topic(here) == here
    await Presence().enter("a", here, cast.doctor)
    view = await kind.read(args, NOW)
    assert [view.version] == await versions([here])


async def test_the_looks_go_on_after_one_that_failed(cast: Cast, here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presences, "EVERY", 0.0)
    one, looked = Presence(), 0

    def connected(_room: str) -> Collection[str]:
        nonlocal looked
        looked += 1
        if looked == 1:
            raise RuntimeError
        return ["a"]

    await one.enter("a", here, cast.doctor)
    task = asyncio.create_task(one.run(connected))
    await until(lambda: looked > 2)
    task.cancel()
    assert await names(here) == ["doctor"]


async def test_the_others_see_what_one_has_in_his_hand(cast: Cast) -> None:
    here = presences.desk_room(cast.clinic_id)
    one, other = Presence(), Presence()
    await one.enter("a", here, cast.receptionist)
    await one.enter("b", here, cast.receptionist)
    await other.enter("c", here, cast.admin)
    await one.hold("b", "an-appointment")
    there = {person.user_id: person.holds for person in (await people(here)).people}
    assert there == {cast.receptionist.user_id: "an-appointment", cast.admin.user_id: ""}
    before = (await versions([here]))[0]
    await one.hold("b", "an-appointment")
    assert (await versions([here]))[0] == before
    await one.hold("nobody", "an-appointment")
    # Whoever dies has nothing in his hand any more.
    await one.look(lambda _room: ["a"])
    assert {person.holds for person in (await people(here)).people} == {""}
