"""A database of its own for a measurement: real PostgreSQL and Redis, the disk waited for, and many doctors."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from sqlalchemy import text

from cli import cluster
from core import clock, db, redis
from core.embedded import Urls
from models.user import Role
from services import schedules, windows
from services.permissions import Actor
from services.walls import local_day

ZONE = "Asia/Kolkata"

PEOPLE = """
    INSERT INTO clinics (slug, name, city, area, address, phone)
        VALUES ('bench', 'Bench', 'Pune', 'Camp', '1 Road', '0');
    INSERT INTO users (name, role, clinic_id) VALUES ('Bench', 'receptionist', 1);
    INSERT INTO doctors (clinic_id, slug, name, qualification, registration_number, specialization, bio, languages,
        modes, fee, rating, review_count, practising_since, horizon_days)
    SELECT 1, 'bench-' || g, 'Bench ' || g, 'BAMS', 'B', 'kayachikitsa', '', '{en}', '{in_person}', 50000, 45, 1, 2000,
        365 FROM generate_series(1, :doctors) g;
    INSERT INTO weekly_hours (doctor_id, clinic_id, weekday, opens, closes, modes)
    SELECT d, 1, w, o, o + interval '4 hours', '{in_person}'
    FROM generate_series(1, :doctors) d, generate_series(0, 6) w, unnest('{09:00,15:00}'::time[]) o;
    INSERT INTO patients (name) SELECT 'Patient ' || g FROM generate_series(1, :patients) g;
"""

FRONT_DESK = Actor(user_id=1, role=Role.RECEPTIONIST, name="Bench", clinic_id=1)
"""Who books in the measurements."""


@contextmanager
def ground(*, doctors: int, patients: int, pool: int = 20) -> Iterator[Urls]:
    """A fresh cluster with so many doctors, who sit 9 to 13 and 15 to 19 every day, and patients."""
    with cluster.cluster("bench", durable=True, AAROGYA_POOL_SIZE=str(pool)) as urls:
        run(lambda: _people(doctors, patients))
        yield urls
        forget()


def run(work: Callable[[], Awaitable[object]]) -> object:
    """The work in an event loop of its own, its connections given back."""

    async def whole() -> object:
        try:
            return await work()
        finally:
            await db.close()
            await redis.redis().aclose()
            forget()

    return asyncio.run(whole())


def forget() -> None:
    """Read the settings, and connect, anew."""
    cluster.forget()
    schedules.forget()
    windows.forget()


def tomorrow(days: int = 1) -> date:
    """A day whose hours are all ahead."""
    return local_day(clock.now(), ZONE) + timedelta(days=days)


def percentile(values: list[float], share: float) -> float:
    """The value below which that share lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def _people(doctors: int, patients: int) -> None:
    async with db.engine().begin() as connection:
        for statement in PEOPLE.split(";"):
            if statement.strip():
                values = {"doctors": doctors, "patients": patients}
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                await connection.execute(text(statement.replace("::time[]", "\\:\\:time[]")), used)
