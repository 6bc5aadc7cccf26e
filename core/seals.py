"""The sealer: comes behind the writers of the audit trail and adds what they committed to the chain, in batches.

Writers only append and never wait for one another. The chain's order is that of sealing, not of identities: one that
was drawn early may be committed late, and is sealed then. Each entry is sealed once: one sealer works at a time, and
the table of seals takes an entry once.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from core.audit import COLUMNS, GENESIS, link

LOCK = 0x61_61_73_6C
"""The advisory lock of the one who seals."""

BATCH = 5000
"""Entries sealed in one transaction."""

TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")

HEAD = text("SELECT position, hash FROM audit_seals ORDER BY position DESC LIMIT 1")

UNSEALED = text(f"""
    SELECT {COLUMNS} FROM audit_log
    WHERE id > :above AND NOT EXISTS (SELECT FROM audit_seals WHERE entry_id = audit_log.id)
    ORDER BY id LIMIT {BATCH}
""")  # noqa: S608  (the names are ours)

INSERT = text("""
    INSERT INTO audit_seals (position, entry_id, occurred_at, hash, sealed_at)
    SELECT position, entry_id, occurred_at, hash, :now
    FROM unnest(CAST(:positions AS bigint[]), CAST(:ids AS bigint[]), CAST(:times AS timestamptz[]),
        CAST(:hashes AS bytea[])) AS seal (position, entry_id, occurred_at, hash)
""")

WRITERS = text("""
    SELECT virtualtransaction FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE d.datname = current_database() AND relation = CAST('audit_log' AS regclass) AND mode = 'RowExclusiveLock'
""")


async def seal(connection: AsyncConnection, now: datetime, *, above: int = 0) -> int | None:
    """Seal the next entries whose ids are above that, as a part of the caller's transaction; how many.

    None: another sealer is at work.
    """
    if not await connection.scalar(TRY_LOCK, {"lock": LOCK}):
        return None
    # The first look is at the whole trail.
    await connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    entries = (await connection.execute(UNSEALED, {"above": above})).all()
    if not entries:
        return 0
    head = (await connection.execute(HEAD)).first()
    position, previous = (head.position, bytes(head.hash)) if head else (0, GENESIS)
    hashes = []
    for number, entry in enumerate(entries, start=position + 1):
        previous = link(previous, entry, number, now)
        hashes.append(previous)
    values = {
        "positions": list(range(position + 1, position + 1 + len(entries))),
        "ids": [entry.id for entry in entries],
        "times": [entry.occurred_at for entry in entries],
        "hashes": hashes,
        "now": now,
    }
    await connection.execute(INSERT, values)
    return len(entries)


class Sealer:
    """Seals in turns, and remembers below which id nothing can appear any more, so as not to look there again."""

    def __init__(self) -> None:
        """Look at everything at first."""
        self.settled = 0
        self._reached = 0
        self._open: set[str] = set()

    async def turn(self, now: datetime) -> int:
        """Seal all that is committed; how many."""
        writers = await _writers()
        sealed = 0
        while True:
            async with db.engine().begin() as connection:
                count = await seal(connection, now, above=self.settled)
            if count is None:
                return sealed
            sealed += count
            if count < BATCH:
                break
        # Who had drawn an id up to `_reached` held the table's lock then; when all of those are gone, their entries
        # were there to be seen above, or never will be.
        if not self._open & writers:
            self.settled = self._reached
            async with db.engine().connect() as connection:
                self._reached = await connection.scalar(text("SELECT max(entry_id) FROM audit_seals")) or 0
            self._open = await _writers()
        return sealed


async def _writers() -> set[str]:
    """The transactions that have written to the trail, or are about to, and are not over."""
    async with db.engine().connect() as connection:
        return set((await connection.execute(WRITERS)).scalars())
