"""How a page of the staff is opened: to whom it is not shown, and that it is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import DomainError, NotSignedIn


@contextmanager
def staff_page(page: Any) -> Iterator[None]:
    """The page has is_signed_out, is_refused and is_ready; what is refused on the way says so there, and no more."""
    page.is_refused = page.is_signed_out = False
    try:
        yield
    except NotSignedIn:
        page.is_signed_out = True
    except DomainError:
        page.is_refused = True
    finally:
        page.is_ready = True
