"""What stands in the database, by plain SQL: the tests' eyes, which know nothing of the services."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from core import db


async def one(query: str, **values: Any) -> Row[Any]:
    """The one row of a query."""
    (row,) = await many(query, **values)
    return row


async def many(query: str, **values: Any) -> Sequence[Row[Any]]:
    """All rows of a query."""
    async with db.snapshot() as connection:
        return (await connection.execute(text(query), values)).all()


async def write(statement: str, **values: Any) -> None:
    """Change something behind the services' back."""
    async with db.engine().begin() as connection:
        await connection.execute(text(statement), values)


async def events(kind: str) -> Sequence[Row[Any]]:
    """The events of a kind, oldest first."""
    return await many("SELECT * FROM events WHERE kind = :kind ORDER BY id", kind=kind)


async def audited(action: str) -> Sequence[Row[Any]]:
    """The audit entries of an action, oldest first."""
    return await many("SELECT * FROM audit_log WHERE action = :action ORDER BY id", action=action)
