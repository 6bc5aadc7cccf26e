"""The settings: from the environment, typed, and what follows from them."""

import pytest
from pydantic import ValidationError

from core.settings import Settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"AAROGYA_{name.upper()}", raising=False)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings().port, Settings().environment) == (3000, "demo")
    monkeypatch.setenv("AAROGYA_PORT", "8080")
    monkeypatch.setenv("AAROGYA_ENVIRONMENT", "production")
    assert (Settings().port, Settings().environment) == (8080, "production")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "65536"), ("PORT", "x"), ("WORKERS", "0"), ("POOL_SIZE", "1"), ("ENVIRONMENT", "staging")],
)
def test_what_cannot_be_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"AAROGYA_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_settings_do_not_change_under_way() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_the_origin_is_where_people_reach_us(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings().origin, Settings().is_tls) == ("http://127.0.0.1:3000", False)
    monkeypatch.setenv("AAROGYA_PUBLIC_URL", "https://clinic.example/")
    assert (Settings().origin, Settings().is_tls) == ("https://clinic.example", True)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())
