"""`aarogya demo`: forty clinics, a thousand doctors and their next fifteen days, loaded into an empty database once."""

import typer

from cli.demo.cast import ADMIN, DOCTOR, PASSWORD, PATIENT, RECEPTION
from cli.demo.load import is_demo_database, load_once
from core.errors import StartFailed
from core.settings import settings

LOGINS = (PATIENT, DOCTOR, RECEPTION, ADMIN)

__all__ = ["LOGINS", "PASSWORD", "command", "is_demo_database", "load_once"]


def command(seed: int = 108) -> None:
    """Load the demo clinics into the database of AAROGYA_DATABASE_URL, unless doctors are there already."""
    database_url = settings().database_url
    if database_url is None:
        raise StartFailed("Set AAROGYA_DATABASE_URL; without one, `aarogya run` loads the demo into its own database.")
    if not load_once(database_url, seed=seed):
        typer.echo("Doctors are already there; nothing was loaded.")
        return
    typer.echo(f"The demo is loaded. Sign in with the password {PASSWORD} as {', '.join(LOGINS)}.")
