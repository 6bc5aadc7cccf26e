"""How long something is, in words."""

import pytest

from state.lasting import lasting


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (25, "25 min"), (60, "1 h"), (120, "2 h"), (185, "3 h 5 min")]
)
def test_an_hour_and_more_is_said_in_hours(minutes: int, said: str) -> None:
    assert lasting(minutes, "en") == said


def test_hindi_has_words_of_its_own() -> None:
    assert lasting(185, "hi") == "3 घंटे 5 मिनट"
