"""The schema's way up and down, the models beside it, and the partitions that the book is written in."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from alembic import command as alembic
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import models  # noqa: F401  (fills the metadata)
from cli.migrate import alembic_config, migrate
from core import audit, events  # noqa: F401  (theirs too)
from core.embedded import Urls
from models.appointment import ACTIVE
from services import appointments
from services.partitions import QUARTERS_AHEAD, ensure_partitions
from services.refusals import BookNotOpenYet, NotOpen
from tests.people import NOW, Cast, at
from tests.rows import many, write

ROOT = Path(__file__).resolve().parents[2]
HOME = ZoneInfo("Asia/Kolkata")
REVISIONS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012", "0013"]

# Whom an appointment occupies, and for which of its two times.
EXCLUSIVE = {"doctor": "occupied", "patient": "during", "therapist": "occupied", "room": "occupied"}

# What stands in the database and not in the models: made by plain SQL, for SQL alone.
SQL_ONLY_COLUMNS = {
    ("appointments", "during"),
    ("appointments", "occupied"),
    ("doctors", "search_text"),
    ("doctors", "search_words"),
    ("patients", "search_name"),
}
SQL_ONLY_INDEXES = {
    "ux_cash_sheets_open",
    "ux_desk_payments_upi",
    "ix_outgoing_messages_next_try_at",
    "ix_patients_erase_on",
    "ix_patients_merged_into",
    "ix_patients_search_name",
    "ux_patient_merges_standing",
    "ux_invitations_open",
    "ix_appointments_course_id",
    "ix_closures_clinic_id",
    "ix_hour_overrides_doctor_id",
    "ix_leaves_ends_at",
    "ix_waitlist_entries_doctor_id",
    "ux_waitlist_entries_offered",
    "ux_waitlist_entries_one",
    "ix_appointments_clinic_id",
    "ix_appointments_doctor_id",
    "ix_appointments_starts_at",
    "ix_appointments_patient_id",
    "ix_appointments_held_until",
    "ix_audit_log_object",
    "ix_audit_log_patient_id",
    "ix_doctors_search_text",
    "ix_doctors_search_words",
    "ix_events_unpublished",
    "ix_next_open_starts_at",
    "ux_patients_account_holder",
}


@pytest.fixture
def empty(servers: Urls) -> str:
    """An empty database."""
    name = f"empty_{uuid4().hex[:12]}"
    with psycopg.connect(servers.database, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return servers.database.rpartition("/")[0] + f"/{name}"


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def schema(url: str) -> list[tuple]:
    """Every column, constraint, index, trigger and function of ours, partitions left out."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            r"""
            SELECT 'column', table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
              FROM information_schema.columns WHERE table_schema = 'public' AND table_name !~ '_\d{4}_(q\d|\d\d)$'
            UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
              FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ '_\d{4}_'
            UNION ALL SELECT 'index', indexname, indexdef
              FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '_\d{4}_(q\d|\d\d)$'
            UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT 'function', proname, prosrc FROM pg_proc p
              WHERE pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
            ORDER BY 1, 2, 3
            """
        ).fetchall()


def downgrade(url: str, revision: str) -> None:
    with connected(url) as connection:
        alembic.downgrade(alembic_config(connection), revision)
        connection.commit()


def test_the_revisions_are_one_line_and_all_of_them_are_tested() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    assert [revision.revision for revision in script.walk_revisions()][::-1] == REVISIONS


def test_from_an_empty_database_to_the_head_and_again_changes_nothing(empty: str) -> None:
    migrate(empty)
    once = schema(empty)
    migrate(empty)
    assert schema(empty) == once


@pytest.mark.parametrize(("before", "revision"), list(zip(["base", *REVISIONS], REVISIONS, strict=False)))
def test_every_step_down_undoes_its_step_up(empty: str, before: str, revision: str) -> None:
    if before != "base":
        migrate(empty, before)
    without = schema(empty)
    migrate(empty, revision)
    there = schema(empty)
    assert there != without
    downgrade(empty, before)
    # Alembic's own table comes with the first step and stays.
    assert [row for row in schema(empty) if "alembic_version" not in row[1]] == [
        row for row in without if "alembic_version" not in row[1]
    ]
    migrate(empty, revision)
    assert schema(empty) == there


def test_all_the_way_down_with_the_book_in_use_and_up_again(empty: str) -> None:
    migrate(empty)
    there = schema(empty)
    downgrade(empty, "base")
    assert [row for row in schema(empty) if "alembic_version" not in row[1]] == []
    migrate(empty)
    assert schema(empty) == there


def test_doctors_who_were_there_before_search_are_found_by_it(empty: str) -> None:
    migrate(empty, "0002")
    with psycopg.connect(empty) as connection:
        connection.execute(
            """
            INSERT INTO clinics (slug, name, city, area, address, phone)
            VALUES ('a', 'Śānti Clinic', 'Pune', 'Camp', '1 Main Road', '+91 0');
            INSERT INTO doctors (clinic_id, slug, name, qualification, registration_number, specialization, bio,
                languages, modes, fee, rating, review_count, practising_since)
            VALUES (1, 'meera', 'Vd. Meera Joshi', 'BAMS', 'T-1', 'stri-roga', 'Back pain.', '{en}', '{video}',
                50000, 47, 10, 2010)
            """
        )
    migrate(empty)
    with psycopg.connect(empty) as connection:
        (found,) = connection.execute("SELECT search_text FROM doctors").fetchone()
    assert found == "vd. meera joshi bams stri roga back pain. santi clinic camp pune"


def test_next_open_rows_that_were_there_before_they_were_counted_count_from_one(empty: str) -> None:
    migrate(empty, "0003")
    with psycopg.connect(empty) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("INSERT INTO next_open (doctor_id, mode) VALUES (1, 'video')")
    migrate(empty)
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT version FROM next_open").fetchall() == [(1,)]


def test_processes_that_migrate_at_once_all_succeed(empty: str) -> None:
    program = f"from cli.migrate import migrate; migrate({empty!r})"
    both = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in both:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISIONS[-1],)]
        held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
    assert held == (0,)


def test_a_migration_that_fails_gives_the_lock_back(empty: str) -> None:
    with psycopg.connect(empty) as connection:
        connection.execute("CREATE TABLE clinics ()")
    with pytest.raises(Exception, match="clinics"):
        migrate(empty)
    with psycopg.connect(empty) as connection:
        connection.execute("DROP TABLE clinics")
    migrate(empty)


def test_the_models_are_the_schema(database_url: str) -> None:
    with connected(database_url) as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": include_object(), "compare_type": True}
        )
        differences = compare_metadata(context, SQLModel.metadata)
    unexpected = [difference for difference in differences if not is_sql_only(difference)]
    assert unexpected == []


def include_object() -> Callable[..., bool]:
    """The env's own, taken from its source: importing it runs a migration."""
    source = (ROOT / "migrations" / "env.py").read_text()
    parts: dict[str, Callable[..., bool]] = {}
    exec(source[source.index("PARTITIONED") : source.index("context.configure")], parts)
    return parts["include_object"]


def is_sql_only(difference: tuple | list) -> bool:
    kind, *about = difference if isinstance(difference, tuple) else difference[0]
    if kind == "remove_column":
        _, table_name, column = about
        return (table_name, column.name) in SQL_ONLY_COLUMNS
    if kind == "remove_index":
        return about[0].name in SQL_ONLY_INDEXES
    return kind == "remove_table" and about[0].name == "alembic_version"


def partitions(url: str, parent: str) -> dict[str, tuple[datetime, datetime]]:
    """Each partition's bounds."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        rows = connection.execute(
            """
            SELECT child.relname, m[1]::timestamptz, m[2]::timestamptz FROM pg_inherits
            JOIN pg_class child ON child.oid = inhrelid, LATERAL regexp_match(
                pg_get_expr(child.relpartbound, child.oid), $$FROM \\('(.*)'\\) TO \\('(.*)'\\)$$) AS m
            WHERE inhparent = %s::regclass ORDER BY 2
            """,
            [parent],
        ).fetchall()
    return {name: (since, until) for name, since, until in rows}


@pytest.mark.parametrize(("parent", "ahead"), [("appointments", QUARTERS_AHEAD), ("audit_log", 3 * QUARTERS_AHEAD)])
def test_partitions_are_there_ahead_without_a_gap_bounded_by_midnights_at_home(
    database_url: str, parent: str, ahead: int
) -> None:
    found = partitions(database_url, parent)
    spans, now = list(found.values()), datetime.now(UTC)
    assert all(end == following for (_, end), (following, _) in pairwise(spans))
    for since, _ in spans:
        local = since.astimezone(HOME)
        assert (local.day, local.hour, local.minute) == (1, 0, 0)
        assert parent == "audit_log" or local.month in {1, 4, 7, 10}
    assert sum(since <= now for since, _ in spans) == 2
    assert sum(since > now for since, _ in spans) == ahead
    assert spans[-1][1] > now + timedelta(days=365)


def test_every_quarter_has_its_constraints_and_spans_no_bound(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        for name in partitions(database_url, "appointments"):
            rows = connection.execute(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass", [name]
            ).fetchall()
            found = {constraint.removeprefix(name): definition for constraint, definition in rows}
            for who, time in EXCLUSIVE.items():
                definition = found[f"_{who}"]
                assert f"EXCLUDE USING gist ({who}_id WITH =, {time} WITH &&)" in definition
                assert set(re.findall(r"'(\w+)'", definition)) == set(ACTIVE)
            assert "busy_until <=" in found["_within"]


def test_partitions_are_made_once_and_the_next_when_time_has_passed(database_url: str) -> None:
    before = partitions(database_url, "appointments")
    with connected(database_url) as connection:
        ensure_partitions(connection, datetime.now(UTC), zone=HOME)
        connection.commit()
        assert partitions(database_url, "appointments") == before
        ensure_partitions(connection, datetime.now(UTC) + timedelta(days=92), zone=HOME)
        connection.commit()
    assert len(partitions(database_url, "appointments")) in {len(before) + 1, len(before) + 2}


def test_the_quarter_is_that_of_the_wall_clock_at_home(empty: str) -> None:
    migrate(empty)
    before = set(partitions(empty, "appointments"))
    new_year_at_home = datetime(2030, 12, 31, 18, 30, tzinfo=UTC)
    with connected(empty) as connection:
        ensure_partitions(connection, new_year_at_home, zone=HOME)
        connection.commit()
    made = [name for name in partitions(empty, "appointments") if name not in before]
    assert made[:2] == ["appointments_2030_q4", "appointments_2031_q1"]
    assert partitions(empty, "appointments")["appointments_2031_q1"][0] == new_year_at_home


async def test_a_quarter_that_the_book_does_not_have_yet_is_refused_with_its_reason(cast: Cast) -> None:
    await write("UPDATE doctors SET horizon_days = 365")
    far = at(10) + timedelta(days=300)
    month = far.astimezone(HOME)
    await write(f"DROP TABLE appointments_{month.year}_q{(month.month + 2) // 3}")
    with pytest.raises(BookNotOpenYet) as refusal:
        await appointments.hold(cast.wish(far), by=cast.asha, now=NOW)
    assert refusal.value.code == "book_not_open_yet"
    assert await many("SELECT * FROM events") == []


async def test_a_slot_that_would_span_two_quarters_is_not_open(cast: Cast) -> None:
    """Only where a clinic's midnight is not that of the home zone, and its slots do not meet it."""
    await write("UPDATE clinics SET time_zone = 'America/New_York'")
    await write("UPDATE doctors SET horizon_days = 365, slot_minutes = 20")
    await write("DELETE FROM weekly_hours WHERE opens = '15:00'")
    await write("DELETE FROM weekly_hours WHERE opens = '15:00'")
    await write("UPDATE weekly_hours SET opens = '00:00', closes = '23:59'")
    rows = await many(
        "SELECT pg_get_expr(relpartbound, oid) AS bound FROM pg_class WHERE relname ~ '^appointments_.*q.$'"
    )
    bounds = sorted(datetime.fromisoformat(row.bound.split("'")[1].replace(" ", "T") + ":00") for row in rows)
    midnight = next(bound for bound in bounds if bound > NOW + timedelta(days=1))
    spanning, before = midnight - timedelta(minutes=10), midnight - timedelta(minutes=30)
    with pytest.raises(NotOpen):
        await appointments.hold(cast.wish(spanning), by=cast.asha, now=NOW)
    assert (await appointments.hold(cast.wish(before), by=cast.asha, now=NOW)).status == "held"
