"""`aarogya migrate`: bring a database up to date; safe to run from two processes at once."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from core.errors import StartFailed
from core.settings import settings
from services.partitions import ensure_partitions

LOCK = 0x61_61_72_6F
"""The advisory lock that migrating processes queue for."""


def command() -> None:
    """Bring the database of AAROGYA_DATABASE_URL up to date."""
    if (url := settings().database_url) is None:
        raise StartFailed("Set AAROGYA_DATABASE_URL to the database to migrate; `aarogya run` migrates its own.")
    migrate(url)


def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade to `revision`, and at the head make the partitions ahead."""
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        try:
            alembic.upgrade(alembic_config(connection), revision)
            connection.commit()
            if revision == "head":
                zone = ZoneInfo(settings().home_time_zone)
                with connection.begin():
                    ensure_partitions(connection, datetime.now(UTC), zone=zone)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, without an ini file, on an open connection."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    return config
