"""How late the day runs, as a button says it: in place of what was seen beside it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from core import clock
from core.errors import Invalid, Stale
from core.words import N_, words
from services import queue, who_moved
from services.permissions import Actor
from state.faster import spell
from state.lasting import lasting

SAID_LATE = N_("{name} said so {ago} ago: the day runs {time} late. Press again if it is more than that.")
SAID_ON_TIME = N_("{name} said so {ago} ago: the day is on time. Press again if it is not.")

MOST = 24 * 60
"""Minutes of a day: more of them are rubbish."""


PutOff = Callable[..., Awaitable[tuple[int, int]]]
"""Says by how many minutes the day is late, in place of what was seen: what it was before, and what it is now."""


async def put_off(doctor_id: int, minutes: Any, seen: Any, *, by: Actor) -> tuple[int, int]:
    """`swap`; where it was oneself who has said otherwise since, the screen has not followed yet: on top of that."""
    try:
        return await swap(doctor_id, minutes, seen, by=by)
    except Stale as stale:
        last, so_far = await who_moved.last_delay(doctor_id, by=by, now=clock.now()), stale.data["minutes"]
        if last is None or not last.is_mine:
            raise
        return await swap(doctor_id, so_far + minutes - seen if minutes else 0, so_far, by=by)


async def swap(doctor_id: int, minutes: Any, seen: Any, *, by: Actor) -> tuple[int, int]:
    """Raises what `queue.run_late` raises: Stale where another has said otherwise since."""
    for brought in (minutes, seen):
        if type(brought) is not int or abs(brought) > MOST:
            raise Invalid(field="minutes")
    late, known = timedelta(minutes=minutes), timedelta(minutes=seen)
    before = await queue.run_late(doctor_id, late, by=by, now=clock.now(), instead_of=known)
    return int(before.total_seconds() // 60), minutes


async def who_said_so(doctor_id: int, refusal: Stale, by: Actor, language: str) -> str:
    """Who has said since how late the day runs; nothing where that is not known."""
    last = await who_moved.last_delay(doctor_id, by=by, now=clock.now())
    if last is None or last.name is None:
        return ""
    minutes, say = refusal.data["minutes"], words(language).gettext
    time = lasting(minutes, language)
    return say(SAID_LATE if minutes else SAID_ON_TIME).format(name=last.name, ago=spell(last.ago, language), time=time)
