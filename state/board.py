"""The waiting room's display: which clinic; what is on it is live: state/clinic_board.py."""

import reflex as rx

from core.errors import DomainError
from services import clinic_board
from services.permissions import Access
from state import live
from state.guard import handler
from state.session import language


class Board(rx.State):
    """Which clinic's board the address names; what is on it, LiveBoard has."""

    clinic: str = ""
    is_missing: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the board of the address, and watch it; it goes over to the next day by itself."""
        try:
            found = await clinic_board.place(self.router.url.path.rstrip("/").rpartition("/")[2])
        except DomainError:
            self.is_missing, self.is_ready = True, True
            await live.forget(self, "clinic")
            return
        self.is_missing, self.clinic = False, found.name
        async for _ in live.watch(self, f"clinic:{found.id}", language(self)):
            yield
        self.is_ready = True
