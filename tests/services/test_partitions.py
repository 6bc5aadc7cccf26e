"""The book is open four quarters ahead: made beside those who write, by several at once; counted where it is not."""

import asyncio
import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import create_engine, text

from core.connections import async_url
from services import appointments
from services.book_ahead import open_ahead
from services.partitions import ensure_partitions, missing
from services.refusals import BookNotOpenYet
from tests.people import DAY, NOW, Cast, at
from tests.rows import many, one, write

ZONE = ZoneInfo("Asia/Kolkata")
NEXT_YEAR = NOW + timedelta(days=366)
FAR = at(10, day=DAY + timedelta(days=600))
SHORTLY_BEFORE = FAR - timedelta(days=10)


def value(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


async def leaves(parent: str) -> set[str]:
    rows = await many(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = :parent\\:\\:regclass",
        parent=parent,
    )
    return {row.name for row in rows}


async def test_a_booking_into_a_quarter_without_a_partition_is_refused_counted_and_writes_nothing(cast: Cast) -> None:
    before = value("aarogya_missing_partition_total")
    with pytest.raises(BookNotOpenYet):
        await appointments.book_at(cast.wish(FAR), by=cast.receptionist, now=SHORTLY_BEFORE)
    assert value("aarogya_missing_partition_total") == before + 1
    written = """SELECT (SELECT count(*) FROM appointments) + (SELECT count(*) FROM doctor_days)
        + (SELECT count(*) FROM audit_log) + (SELECT count(*) FROM events) AS n"""
    assert (await one(written)).n == 0
    assert await open_ahead(NEXT_YEAR, zone=ZONE) == 0
    assert (await appointments.book_at(cast.wish(FAR), by=cast.receptionist, now=SHORTLY_BEFORE)).token == 1


async def test_the_next_four_quarters_and_their_months_are_made_once(cast: Cast) -> None:
    quarters, months = await leaves("appointments"), await leaves("audit_log")
    assert await open_ahead(NOW, zone=ZONE) == 0
    assert (await leaves("appointments"), await leaves("audit_log")) == (quarters, months)
    await open_ahead(NEXT_YEAR, zone=ZONE)
    assert len(await leaves("appointments")) == len(quarters) + 4
    assert len(await leaves("audit_log")) == len(months) + 12
    assert value("aarogya_partitions_missing") == 0


async def test_a_partition_made_later_guards_like_the_first(cast: Cast) -> None:
    await open_ahead(NEXT_YEAR, zone=ZONE)
    query = """
        SELECT conrelid::regclass::text AS leaf, contype::text, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE conrelid IN
            (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'appointments'::regclass)
    """
    guards: dict[str, set[str]] = {}
    for row in await many(query.replace("::", "\\:\\:")):
        guards.setdefault(row.leaf, set()).add(re.sub(r"'\d{4}[^']*'", "", row.definition))
    assert len(guards) == 10
    first, *others = guards.values()
    assert sum("EXCLUDE" in guard for guard in first) == 4
    assert all(other == first for other in others)


async def test_two_workers_make_each_partition_once(cast: Cast) -> None:
    before = value("aarogya_partition_failures_total")
    assert await asyncio.gather(*(open_ahead(NEXT_YEAR, zone=ZONE) for _ in range(3))) == [0, 0, 0]
    assert value("aarogya_partition_failures_total") == before


async def test_a_partition_is_made_while_others_write_and_read(cast: Cast, database_url: str) -> None:
    before = value("aarogya_partition_failures_total")
    await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    with psycopg.connect(database_url.replace("+psycopg", "")) as busy:
        busy.execute("SELECT count(*) FROM appointments")
        busy.execute("UPDATE appointments SET version = version + 1")
        busy.execute("SELECT count(*) FROM audit_log")
        assert await open_ahead(NEXT_YEAR, zone=ZONE) == 0
    assert value("aarogya_partition_failures_total") == before


async def test_one_that_cannot_be_made_is_counted_and_the_others_are_made(cast: Cast) -> None:
    year = (NEXT_YEAR + timedelta(days=92)).year
    await write(f"CREATE TABLE appointments_{year}_q1 (id int)")
    await write(f"CREATE TABLE audit_log_{year}_01 (id int)")
    before = value("aarogya_partition_failures_total")
    assert await open_ahead(NEXT_YEAR, zone=ZONE) == 2
    assert value("aarogya_partition_failures_total") == before + 2
    assert value("aarogya_partitions_missing") == 2
    await write(f"DROP TABLE appointments_{year}_q1, audit_log_{year}_01")
    assert await open_ahead(NEXT_YEAR, zone=ZONE) == 0
    assert value("aarogya_partitions_missing") == 0


def test_bounds_are_midnights_of_the_home_zone(database_url: str) -> None:
    with create_engine(async_url(database_url)).begin() as connection:
        assert missing(connection, NOW, zone=ZONE) == []
        gaps = missing(connection, NEXT_YEAR, zone=ZONE)
        ensure_partitions(connection, NEXT_YEAR, zone=ZONE)
        assert missing(connection, NEXT_YEAR, zone=ZONE) == []
        connection.execute(text("SET LOCAL timezone = 'Asia/Kolkata'"))
        bounds = text("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = :name")
        for gap in gaps:
            assert gap.since.astimezone(ZONE).time() == gap.until.astimezone(ZONE).time() == time.min
            assert f"FROM ('{gap.since:%Y-%m-%d} 00:00:00+05:30')" in connection.scalar(bounds, {"name": gap.name})
