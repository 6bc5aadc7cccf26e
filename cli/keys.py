"""`aarogya keys`: make secrets, see which keys are in use, bring everything under the newest."""

import asyncio
import base64
import secrets

import typer

from cli.against import against_the_database
from core import clock
from core.crypto import keyring
from core.sealed import SEALED, counts, rotate

keys = typer.Typer(name="keys", no_args_is_help=True, help="The keys of what is encrypted, and of tokens.")


@keys.callback()
def _keys() -> None:
    """The keys of what is encrypted, and of tokens."""


@keys.command("make")
def make() -> None:
    """Print fresh secrets for the environment.

    A new encryption or token key goes LAST on every server's ring, after a comma, and only then, everywhere, first.
    """
    identity = f"k{clock.now():%Y%m%d}{secrets.token_hex(2)}"
    typer.echo(f"AAROGYA_ENCRYPTION_KEYS={identity}:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    typer.echo(f"AAROGYA_LOOKUP_KEY={secrets.token_urlsafe(32)}")
    typer.echo(f"AAROGYA_TOKEN_KEYS={identity}:{secrets.token_urlsafe(32)}")


@keys.command("list")
def listed() -> None:
    """How many values are under each key; one under which there is none may go, if it is not the first."""
    found = asyncio.run(against_the_database(counts))
    known = dict.fromkeys([*keyring().keys, *(identity for identity, _ in found)])
    for identity in known:
        role = (
            "seals"
            if identity == keyring().current
            else "opens"
            if identity in keyring().keys
            else "IS NOT ON THE RING"
        )
        total = sum(found[identity, sealed.name] for sealed in SEALED)
        where = ", ".join(
            f"{sealed.name} {found[identity, sealed.name]}" for sealed in SEALED if found[identity, sealed.name]
        )
        typer.echo(f"{identity}  {role}  {total} values" + (f" ({where})" if where else ""))


@keys.command("rotate")
def rotated() -> None:
    """Bring every encrypted value under the first key, while the app runs; 1 when some could not be opened."""
    done = asyncio.run(against_the_database(lambda: rotate(now=clock.now())))
    typer.echo(f"{done.changed} values are under {keyring().current} now.")
    if done.unopened:
        typer.echo(f"{done.unopened} values cannot be opened: their key is not on the ring, or they were altered.")
        raise typer.Exit(1)
