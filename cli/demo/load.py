"""Putting the demo into an empty database: once, whole, or not at all."""

from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from cli.demo.dataset import Table, dataset
from cli.demo.grid import ZONE
from cli.demo.phones import reached
from cli.demo.rows import PatientRow

LOCK = 0x61_61_64_6F
"""The advisory lock that loading processes queue for."""

NUMBERED = (
    "clinics",
    "users",
    "patients",
    "doctors",
    "weekly_hours",
    "leaves",
    "breaks",
    "closures",
    "therapists",
    "rooms",
)


def load_once(database_url: str, *, seed: int = 108, today: date | None = None, now: datetime | None = None) -> bool:
    """Whether it loaded: a database that has doctors is left alone. `today` is the clinics' date at `now`."""
    with psycopg.connect(_conninfo(database_url)) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if _exists(connection, "SELECT FROM doctors"):
            return False
        now = now or datetime.now(UTC)
        tables = dataset(seed, today=today or now.astimezone(ZONE).date(), now=now)
        for table in tables:
            _copy(connection, table)
        _set_sequences(connection)
        connection.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(sql.Identifier(t.name) for t in tables)))
    return True


def is_demo_database(database_url: str) -> bool:
    """Whether anyone can sign in with the demo's public password there."""
    with psycopg.connect(_conninfo(database_url)) as connection:
        return _exists(connection, "SELECT FROM users WHERE is_demo")


def _conninfo(database_url: str) -> str:
    """Any of SQLAlchemy's forms (`postgresql+psycopg://`) as libpq reads it."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def _exists(connection: psycopg.Connection, query: str) -> bool:
    row = connection.execute(sql.SQL("SELECT EXISTS ({})").format(sql.SQL(query))).fetchone()
    return bool(row and row[0])


def _copy(connection: psycopg.Connection, table: Table) -> None:
    first: Any = table.rows[0]
    names = [*first._fields, *_reached(first)]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in table.rows:
            copy.write_row((*row, *_reached(row).values()))


def _reached(row: object) -> dict[str, Any]:
    """What a patient has besides, by its columns: his telephone."""
    return reached(row) if isinstance(row, PatientRow) else {}


def _set_sequences(connection: psycopg.Connection) -> None:
    """The next row made by the app gets the next id."""
    for name in NUMBERED:
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}").format(
                sql.Literal(name), sql.Identifier(name)
            )
        )
