"""The table of a model, for statements that want all of its columns as a row."""

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel


def table(model: type[SQLModel]) -> Table:
    """SQLModel does not tell type checkers of `__table__`."""
    return cast(Table, vars(model)["__table__"])
