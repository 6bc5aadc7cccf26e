"""A half-done form: sealed, for a quarter of an hour, and never a reason to fall over."""

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core import half_done

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
TYPED = {"name": "नेहा", "email": "neha@example.org", "odd": "\ud800\x00"}


def test_what_was_kept_is_read_again_until_it_is_too_old() -> None:
    cookie = half_done.written(TYPED, NOW)
    assert half_done.read(cookie, NOW) == TYPED
    assert half_done.read(cookie, NOW + half_done.KEPT_FOR - timedelta(seconds=1)) == TYPED
    assert half_done.read(cookie, NOW + half_done.KEPT_FOR) == {}


def test_nothing_of_it_can_be_read_or_changed_outside() -> None:
    cookie = half_done.written(TYPED, NOW)
    assert b"neha" not in base64.urlsafe_b64decode(cookie + "==")
    for place in range(0, len(cookie), 7):
        other = "A" if cookie[place] != "A" else "B"
        assert half_done.read(cookie[:place] + other + cookie[place + 1 :], NOW) == {}


def test_what_would_not_fit_into_a_cookie_is_not_kept() -> None:
    assert half_done.written({"name": "x" * 4000}, NOW) == ""
    assert half_done.read("", NOW) == half_done.read(None, NOW) == {}


@settings(max_examples=500, deadline=None)
@given(st.text())
def test_rubbish_is_nothing(cookie: str) -> None:
    assert half_done.read(cookie, NOW) == {}
