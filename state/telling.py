"""Where a refusal is told: beside what was asked, where the person can do something about it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.errors import DomainError, NotAllowed, NotFound, NotSignedIn


@contextmanager
def telling(tell: Callable[[DomainError], None]) -> Iterator[None]:
    """What is refused within goes to `tell`, and the rest of the block is not done.

    That one may not, is not signed in, or asks for what is not there is told as everywhere: it is raised.
    """
    try:
        yield
    except (NotAllowed, NotFound, NotSignedIn):
        raise
    except DomainError as refusal:
        tell(refusal)
