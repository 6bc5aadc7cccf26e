"""A leave over a day of forty appointments: proposed, moved and committed as one, and taken back as one."""

import statistics
import time
from datetime import date, datetime, timedelta

from sqlalchemy import text

from bench.ground import FRONT_DESK, ZONE, ground, run, tomorrow
from core import clock, db
from models.doctor import Mode
from services import appointments
from services.absence import resolver
from services.absence.leaves import Away
from services.absence.undo import undo
from services.placing import Wish
from services.slot_views import slots_view
from services.slots import Why
from services.walls import bounds

PATIENTS, DOCTORS, ROUNDS = 40, 200, 5

TARGET = 1000.0
"""Milliseconds, for the proposals, the moves and the commit."""


def leave() -> bool:
    """Print the medians; whether the target is met."""
    with ground(doctors=DOCTORS, patients=500) as _:
        met = run(_measure)
    return bool(met)


async def _measure() -> bool:
    async with db.engine().begin() as connection:
        # Twelve minutes: a day of 9 to 13 and 15 to 19 is one of forty.
        await connection.execute(text("UPDATE doctors SET slot_minutes = 12"))
    now = clock.now()
    day = tomorrow(5)
    await _fill(day, 1, now)
    for offset in (-2, -1, 1, 2):
        await _fill(day + timedelta(days=offset), 2, now)
    since, until = bounds(day, ZONE)
    one_day = Away(doctor_ids=(1,), starts_at=since, ends_at=until)
    weeks = Away(doctor_ids=(1,), starts_at=now, ends_at=until + timedelta(days=30))
    met = True
    for name, change in (("of one day, to his own other days", one_day), ("of weeks, to his colleagues", weeks)):
        plans, commits, undos = [], [], []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            plan = await resolver.preview(change, by=FRONT_DESK, now=now)
            plans.append(_milliseconds(began))
            began = time.perf_counter()
            done = await resolver.commit(change, by=FRONT_DESK, now=now)
            commits.append(_milliseconds(began))
            began = time.perf_counter()
            await undo(done.resolution_id, by=FRONT_DESK, now=now)
            undos.append(_milliseconds(began))
            assert len(plan.stranded) == len(done.moved)
        commit = statistics.median(commits)
        print(
            f"leave: {name}: {len(plan.stranded)} appointments, {len(plan.days)} days; "
            f"preview {statistics.median(plans):.0f} ms, commit {commit:.0f} ms (worst {max(commits):.0f}), "
            f"undo {statistics.median(undos):.0f} ms; median of {ROUNDS} (target for {PATIENTS}: <= {TARGET:.0f} ms)"
        )
        met &= commit <= TARGET
    return met


async def _fill(day: date, step: int, now: datetime) -> None:
    """Book every step-th time of the first doctor's day."""
    slots = [slot for slot in (await slots_view(1, day, now)).slots if slot.why == Why.OPEN]
    for patient, slot in enumerate(slots[::step], start=1):
        wish = Wish(patient_id=patient, doctor_id=1, starts_at=slot.starts_at, mode=Mode.IN_PERSON)
        await appointments.book_at(wish, by=FRONT_DESK, now=now)


def _milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000
