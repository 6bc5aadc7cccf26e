"""The written matrix: tests/matrix.txt as it is read."""

from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent.with_suffix(".txt")
PEOPLE = ("nobody", "pending", "patient", "doctor", "desk", "admin", "integrator")

REFUSED = {"not_signed_in", "not_allowed", "not_found", "reason_needed"}
"""Codes by which someone is turned away for who he is; any other refusal is for what he said."""

PLAIN = {"GET /health", "GET /health/live", "GET /health/ready", "GET /metrics"}
"""Routes that ask nobody, and know of nobody: the only ones that need not be made by `door`."""


@cache
def table() -> dict[str, dict[str, str]]:
    """The written matrix: by the name of a handler or route, what holds for each kind of person."""
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    split = [line.rsplit(maxsplit=len(PEOPLE)) for line in lines]
    rows = {name: dict(zip(PEOPLE, cells, strict=True)) for name, *cells in split}
    assert len(rows) == len(lines), "something stands in it twice"
    assert {cell for row in rows.values() for cell in row.values()} <= {"-", "own", "yes"}
    return rows
