"""`aarogya audit verify`: prove that nobody changed the audit trail."""

import asyncio
import re
from typing import Annotated

import typer

from core import clock, db
from core.errors import StartFailed
from core.proof import Head, Proof, verify
from core.settings import settings

SHOWN = 20
"""Findings that are printed; the others are counted."""

audit = typer.Typer(name="audit", no_args_is_help=True, help="The audit trail.")


@audit.callback()
def _audit() -> None:
    """The audit trail."""


@audit.command("verify")
def command(
    head: Annotated[
        str | None, typer.Option(help="A head that was noted earlier, POSITION:HASH: it has to be in the chain.")
    ] = None,
) -> None:
    """Read the audit trail of AAROGYA_DATABASE_URL again and compare it with its seals; 1 when something is wrong."""
    if settings().database_url is None:
        raise StartFailed("Set AAROGYA_DATABASE_URL to the database whose audit trail you want to verify.")
    proof = asyncio.run(_verify(_noted(head)))
    for finding in proof.findings[:SHOWN]:
        where = [f"position {finding.position}"] if finding.position else []
        where += [f"entry {finding.entry_id}"] if finding.entry_id else []
        typer.echo(f"{finding.problem} ({', '.join(where)}).")
    if proof.findings:
        typer.echo(f"{len(proof.findings)} findings: the audit trail is not what was sealed.")
        raise typer.Exit(1)
    typer.echo(f"{proof.head.position} entries are sealed and unchanged.")
    typer.echo(f"Head {proof.head}: note it elsewhere, and `--head` proves later that nothing before it changed.")


async def _verify(noted: Head | None) -> Proof:
    try:
        async with db.snapshot() as connection:
            return await verify(connection, clock.now(), noted=noted)
    except db.Unavailable as error:
        raise StartFailed("The database does not answer; check AAROGYA_DATABASE_URL.") from error
    finally:
        await db.close()


def _noted(text: str | None) -> Head | None:
    if text is None:
        return None
    written = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", text.strip())
    if written is None:
        raise StartFailed("A head reads POSITION:HASH, as `aarogya audit verify` prints it.")
    return Head(int(written[1]), bytes.fromhex(written[2]))
