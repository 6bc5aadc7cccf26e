"""An amount is read as people type it, to the last of its minor units, and nothing else is an amount."""

import pytest

from core.errors import Invalid
from state.amounts import minor_units
from state.cash_rows import typed


@pytest.mark.parametrize(
    ("text", "minor"),
    [("500", 50000), ("0", 0), (" 1,250 ", 125000), ("₹ 12.5", 1250), ("0.07", 7), ("9999999.99", 999999999)],
)
def test_it_is_what_people_type(text: str, minor: int) -> None:
    assert minor_units(text, "amount") == minor
    assert minor_units(typed(minor), "amount") == minor


@pytest.mark.parametrize(
    "text", ["", " ", "-5", "1.234", "1e3", "NaN", "५००", "12345678", "5.", ".5", None, 5, 5.0, ["5"], "1" * 99]
)
def test_nothing_else_is(text: object) -> None:
    with pytest.raises(Invalid) as refusal:
        minor_units(text, "amount")
    assert refusal.value.data == {"field": "amount"}
