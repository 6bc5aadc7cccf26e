"""The demo data is loaded once for the tests that only read it."""

import pytest


@pytest.fixture(scope="module")
def database_url(new_database) -> str:
    """A fresh migrated database for the whole module."""
    return new_database()
