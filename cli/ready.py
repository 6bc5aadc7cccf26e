"""Whether a database may be served: at our revision, and in production without the demo's public log-ins."""

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from cli.environment import ROOT
from core.connections import async_url
from core.errors import StartFailed
from core.settings import Environment


def require_ready(database_url: str, environment: Environment) -> None:
    """Raises StartFailed, with what to do, for a database that must not be served."""
    engine = create_engine(async_url(database_url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                raise StartFailed("The database is empty; run `aarogya migrate` first.")
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            if found != (wanted := ScriptDirectory(str(ROOT / "migrations")).get_current_head()):
                raise StartFailed(f"The database is at revision {found}, not {wanted}; run `aarogya migrate`.")
            demo = environment is Environment.PRODUCTION and connection.scalar(
                text("SELECT EXISTS (SELECT FROM users WHERE is_demo)")
            )
    except SQLAlchemyError as error:
        raise StartFailed(
            f"The database cannot be read: {type(error).__name__}; check AAROGYA_DATABASE_URL."
        ) from error
    if demo:
        raise StartFailed(
            "This is a demo database: anyone knows its passwords; production needs one of its own "
            "(AAROGYA_DATABASE_URL, or another AAROGYA_DATA_DIR)."
        )
