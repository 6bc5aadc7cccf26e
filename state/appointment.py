"""The page of one appointment: the row itself is live, in `LiveAccount.visits`; here is which one."""

from uuid import UUID

import reflex as rx

from core import clock
from core.errors import DomainError, NotSignedIn
from services import itinerary, visit_links
from services.permissions import Access
from state.guard import handler, signed_in
from state.qr import picture


class Appointment(rx.State):
    """Which appointment is looked at, and whether the question of cancelling it is open."""

    id: str = ""
    is_missing: bool = False
    is_signed_out: bool = False
    qr: str = ""
    is_asking: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Look up the appointment of the address, for one who may see it; the read is recorded."""
        self.id = self.router.url.path.rstrip("/").rpartition("/")[2]
        self.qr = ""
        self.is_asking = self.is_missing = self.is_signed_out = False
        try:
            by = await signed_in(self)
            found = await itinerary.visit(UUID(self.id), by=by, now=clock.now())
            # The row shown is the owner's own, by his account's room; the staff's screen is the day.
            self.is_missing = found.patient_id not in by.patient_ids
            self.qr = "" if self.is_missing else picture(visit_links.code_of(found.id))
        except NotSignedIn:
            self.is_signed_out = True
        except (DomainError, ValueError):
            self.is_missing = True
        self.is_ready = True

    @handler(Access.PUBLIC)
    def ask(self):
        """Ask whether it shall really be cancelled."""
        self.is_asking = True

    @handler(Access.PUBLIC)
    def keep(self):
        """No, keep it."""
        self.is_asking = False
