"""Taking one guard away: a function without one line of its source, or a database without one of its constraints."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


@contextmanager
def without(function: Callable[..., Any], guard: str, instead: str = "") -> Iterator[None]:
    """`function` with `guard` in its source replaced, for all who have it; a guard that is not there is an error."""
    function = inspect.unwrap(function)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(guard) == 1, f"{guard!r} is not once in {function.__name__}"
    names: dict[str, Any] = {}
    exec(compile(source.replace(guard, instead), "<without a guard>", "exec"), function.__globals__, names)
    code = function.__code__
    function.__code__ = inspect.unwrap(names[function.__name__]).__code__
    try:
        yield
    finally:
        function.__code__ = code


def drop_constraints(url: str, kind: str) -> None:
    """Take the EXCLUDE constraints of a kind (`doctor`, `patient`, `therapist`, `room`) off every partition."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'x' AND conname LIKE %s",
            (f"%\\_{kind}",),
        ).fetchall()
        assert found, kind
        for table, name in found:
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
