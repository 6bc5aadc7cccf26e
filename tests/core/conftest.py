"""What the tests of the core share."""

from collections.abc import Callable, Iterator

import pytest

from core import crypto
from core.settings import settings
from tests.core.key_rings import OLD


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets the test choose the keys; at first there is the old one."""

    def forget() -> None:
        settings.cache_clear()
        crypto.forget()

    def choose(keys: str) -> None:
        monkeypatch.setenv("AAROGYA_ENCRYPTION_KEYS", keys)
        forget()

    choose(OLD)
    yield choose
    monkeypatch.delenv("AAROGYA_ENCRYPTION_KEYS")
    forget()
