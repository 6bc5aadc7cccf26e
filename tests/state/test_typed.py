"""What an event brings is what it is meant to be, or is refused by its field; nothing else ever comes of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from core.errors import Invalid
from state.typed import count_of, identity_of, instant_of, number_of, version_of, wall_instant_of

RUBBISH: list[Any] = [None, "", "x", "9" * 5000, float("inf"), [], {}, "१x"]


def test_an_identity_is_a_number_and_of_anything_else_nobodys() -> None:
    assert [identity_of(text) for text in ("17", 17, "१७")] == [17, 17, 17]
    assert [identity_of(text) for text in (*RUBBISH, "-1", "1.5", "9" * 10, True, "²")] == [0] * 13


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda value: repr(value)[:20])
def test_rubbish_is_refused(rubbish: Any) -> None:
    for read in (count_of, version_of, number_of, instant_of):
        with pytest.raises(Invalid):
            read(rubbish)
    with pytest.raises(Invalid):
        wall_instant_of(rubbish, "Asia/Kolkata")


def test_what_is_right_is_taken() -> None:
    number = UUID(int=7)
    assert (count_of("7"), version_of(7), number_of(str(number))) == (7, 7, number)
    at_ten = datetime(2026, 12, 1, 4, 30, tzinfo=UTC)
    assert instant_of("2026-12-01T04:30:00+00:00") == wall_instant_of("2026-12-01T10:00", "Asia/Kolkata") == at_ten
    for without_offset_or_year in ("2026-12-01T10:00", "9999-99-99T00:00Z"):
        with pytest.raises(Invalid):
            instant_of(without_offset_or_year)
