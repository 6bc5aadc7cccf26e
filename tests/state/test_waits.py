"""How long the wait is, as it is said to whoever walks in."""

from datetime import timedelta

import pytest

from services.first_free import Expected, Wait, Waits
from state.waits import waits_fields
from tests.people import DAY, at


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (2, "at once"),
        (33, "about 35 min"),
        (95, "about 95 min"),
        (101, "about 1½ h"),
        (331, "about 5½ h"),
        (359, "about 6 h"),
    ],
)
def test_a_long_wait_is_said_in_hours(minutes: int, said: str) -> None:
    then = at(9) + timedelta(minutes=minutes)
    expected = Expected(median=then, likely=(then, then), nearly_sure=(then, then))
    wait = Wait(
        doctor_id=1,
        doctor="A",
        day=DAY,
        zone="UTC",
        version=1,
        ahead=0,
        expected=expected,
        has_room_for=frozenset(),
    )
    (row,) = waits_fields(Waits(clinic_id=1, version=1, valid_until=then, waits=(wait,), first=None), "en", at(9))[
        "waits"
    ]
    assert row.wait == said
