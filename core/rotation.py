"""From old encryption keys to the present one, while everybody works on: in batches, each value if unchanged."""

from dataclasses import dataclass

from sqlalchemy import text

from core import crypto, db
from core.crypto import CannotOpen

BATCH = 500
"""Values a transaction."""


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed values, each about `TABLE.NAME:ID`."""

    table: str
    column: str
    name: str

    def about(self, identity: object) -> str:
        """What the value of that row is about."""
        return f"{self.table}.{self.name}:{identity}"


SEALED = [
    SealedColumn("users", "phone_sealed", "phone"),
    SealedColumn("users", "totp_sealed", "totp"),
    SealedColumn("patients", "phone_sealed", "phone"),
    SealedColumn("api_keys", "signing_sealed", "signing"),
    SealedColumn("chart_openings", "reason_sealed", "reason"),
    SealedColumn("outgoing_messages", "sealed", "sealed"),
]
"""Every sealed column there is; a test compares it with the schema."""

KEY_ID = "convert_from(substring({column} FROM 3 FOR get_byte({column}, 1)), 'UTF8')"
"""The id of the key, as `core.crypto` writes it into a value."""


@dataclass
class Rotated:
    """How many values are under the present key now, and how many could not be opened."""

    done: int = 0
    unreadable: int = 0


async def rotate() -> Rotated:
    """Seal anew what is under another key than the present one.

    May be stopped, started again, and run several times at once: a value that someone changes meanwhile is left as he
    wrote it, which is under the present key. One that does not open stays and is counted.
    """
    total = Rotated()
    for column in SEALED:
        await _rotate_column(column, total)
    return total


async def counts() -> dict[str, int]:
    """How many values there are under each key, by its id."""
    found: dict[str, int] = {}
    async with db.snapshot() as connection:
        for column in SEALED:
            query = (
                f"SELECT {KEY_ID.format(column=column.column)} AS key_id, count(*) AS values FROM {column.table}"  # noqa: S608
                f" WHERE {column.column} IS NOT NULL GROUP BY 1"
            )
            for row in await connection.execute(text(query)):
                found[row.key_id] = found.get(row.key_id, 0) + row.values
    return found


async def _rotate_column(column: SealedColumn, total: Rotated) -> None:
    table, name, key_id = column.table, column.column, KEY_ID.format(column=column.column)
    # Names from the list above only; values are parameters.
    due = text(
        f"SELECT id, {name} AS sealed FROM {table} WHERE {name} IS NOT NULL AND {key_id} <> :current"  # noqa: S608
        " ORDER BY id OFFSET :unreadable LIMIT :batch"
    )
    change = text(f"UPDATE {table} SET {name} = :new WHERE id = :id AND {name} = :old")  # noqa: S608
    unreadable = 0
    while True:
        async with db.transaction() as tx:
            given = {"current": crypto.keyring().current, "unreadable": unreadable, "batch": BATCH}
            rows = (await tx.execute(due, given)).all()
            for row in rows:
                about = column.about(row.id)
                try:
                    anew = crypto.seal(crypto.unseal(row.sealed, about=about), about=about)
                except CannotOpen:
                    unreadable += 1
                    continue
                changed = await tx.execute(change, {"new": anew, "old": row.sealed, "id": row.id})
                total.done += changed.rowcount
        if not rows:
            break
    total.unreadable += unreadable
