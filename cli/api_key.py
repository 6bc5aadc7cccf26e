"""`aarogya api-key`: keys for programs of others, made, listed, revoked."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from cli.against import against_the_database
from core import clock
from core.embedded import check_redis
from core.errors import DomainError, StartFailed
from core.settings import settings
from models.api_key import Scope
from services import api_keys

api_key = typer.Typer(name="api-key", no_args_is_help=True, help="Keys for programs of others.")


@api_key.callback()
def _api_key() -> None:
    """Keys for programs of others."""


@api_key.command("create")
def create(
    name: Annotated[str, typer.Option(help="Whose program it is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may be used for; give it several times.")],
    clinic: Annotated[int | None, typer.Option(help="The clinic that it is bound to; without one, all.")] = None,
    expires_days: Annotated[int | None, typer.Option(min=1, max=3650, help="When it ends; without, never.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Requests an hour.")] = 10_000,
    signed: Annotated[bool, typer.Option("--signed", help="Refuse changes that are not signed.")] = False,
) -> None:
    """Make a key and print it, once: nobody can show it again."""
    try:
        made = asyncio.run(
            against_the_database(
                lambda: api_keys.create(
                    name,
                    scope,
                    clinic_id=clinic,
                    good_for=None if expires_days is None else timedelta(days=expires_days),
                    hourly_limit=limit,
                    must_sign=signed,
                    now=clock.now(),
                )
            )
        )
    except DomainError as refusal:
        raise StartFailed(f"No key was made: {refusal.message}") from refusal
    typer.echo(f"Key: {made.key}")
    if made.signing_secret is not None:
        typer.echo(f"Signing secret: {made.signing_secret}")
    typer.echo("Keep this now: it is not shown again.")


@api_key.command("list")
def listed() -> None:
    """The keys by their public prefixes, and never the keys themselves."""
    now = clock.now()
    for key in asyncio.run(against_the_database(api_keys.known)):
        is_over = key.expires_at is not None and key.expires_at <= now
        state = "revoked" if key.revoked_at else "expired" if is_over else "open"
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}Z" if key.last_used_at else "never"
        until = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "open end"
        signs = ", signed" if key.signing_sealed else ""
        typer.echo(
            f"{key.prefix}  {state}  {key.name}  {' '.join(key.scopes)}{signs}"
            f"  {key.hourly_limit} an hour  until {until}  used {used}"
        )


@api_key.command("revoke")
def revoke(prefix: Annotated[str, typer.Argument(help="The public prefix, as `list` shows it.")]) -> None:
    """End a key, within a second everywhere."""
    # The servers remember keys there: one who cannot tell them would leave the key open for another minute.
    if settings().redis_url is None:
        raise StartFailed("Set AAROGYA_REDIS_URL too: the servers are told through Redis.")
    check_redis(settings().redis_url or "")
    try:
        asyncio.run(against_the_database(lambda: api_keys.revoke(prefix, now=clock.now())))
    except DomainError as refusal:
        raise StartFailed("There is no open key of that prefix.") from refusal
    typer.echo(f"{prefix} is revoked.")
