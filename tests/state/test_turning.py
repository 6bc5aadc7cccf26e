"""Leafing through a calendar, and what stands above a leaf."""

from datetime import date

import pytest

from state.turning import ONE_WEEK, leaf_of, title_of_day, title_of_days, turned

TODAY = date(2026, 12, 30)


def test_a_leaf_before_or_after_is_that_far_away() -> None:
    assert turned("2026-12-30", 1) == "2026-12-31"
    assert turned("2026-12-30", -1, ONE_WEEK) == "2026-12-23"


@pytest.mark.parametrize("asked", ["", "rubbish", "2021-01-01", "2029-01-01", "9999-12-31"])
def test_what_is_no_day_or_too_far_away_is_today(asked: str) -> None:
    assert leaf_of(asked, TODAY) == TODAY


def test_of_a_day_that_is_near_its_name_stands_first() -> None:
    assert title_of_day(TODAY, TODAY, "en") == "Today · Wednesday, 30 December"
    assert title_of_day(date(2027, 1, 8), TODAY, "en") == "Friday, 8 January"


def test_of_some_days_the_first_says_what_is_otherwise_than_the_last() -> None:
    titles = {
        (date(2026, 11, 23), date(2026, 11, 29)): "23 – 29 November 2026",
        (date(2026, 11, 30), date(2026, 12, 6)): "30 Nov – 6 December 2026",
        (date(2026, 12, 28), date(2027, 1, 3)): "28 Dec 2026 – 3 January 2027",
    }
    assert {(first, last): title_of_days(first, last, "en") for first, last in titles} == titles
