"""`aarogya keys`: what is encrypted under which key, the change to a new one, and fresh secrets."""

import asyncio
import base64
import secrets
from datetime import UTC, datetime

import typer

from core import crypto, db, rotation
from core.rotation import Rotated

keys = typer.Typer(help="The keys of what is encrypted at rest.", no_args_is_help=True)


@keys.command("list")
def list_() -> None:
    """How many values are under each key; the first seals, the others only open."""
    found = asyncio.run(_counts())
    ring = crypto.keyring()
    for identity in ring.keys:
        role = "seals and opens" if identity == ring.current else "opens only"
        print(f"{identity}  {found.pop(identity, 0)} values  {role}")
    for identity, count in found.items():
        print(f"{identity}  {count} values  NOT ON THE RING: they cannot be opened")


@keys.command()
def rotate() -> None:
    """Encrypt everything anew under the first key of AAROGYA_ENCRYPTION_KEYS, while the clinic works on."""
    done = asyncio.run(_rotate())
    print(f"{done.done} values are now under {crypto.keyring().current}.")
    if done.unreadable:
        print(f"{done.unreadable} values did not open and stay as they are; is a key missing from the ring?")
        raise typer.Exit(1)


@keys.command()
def make() -> None:
    """Print fresh secrets for the environment; whoever sees this output can open what they close."""
    identity = f"k{datetime.now(UTC):%Y%m%d}"
    print(f"AAROGYA_ENCRYPTION_KEYS={identity}:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    print(f"AAROGYA_LOOKUP_KEY={secrets.token_urlsafe(32)}")
    print(f"AAROGYA_TOKEN_KEYS={identity}:{secrets.token_urlsafe(32)}")


async def _counts() -> dict[str, int]:
    try:
        return await rotation.counts()
    finally:
        await db.close()


async def _rotate() -> Rotated:
    try:
        return await rotation.rotate()
    finally:
        await db.close()
