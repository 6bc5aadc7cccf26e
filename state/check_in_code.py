"""The clinic's code of the day, for the staff: patients type it to say that they are here."""

import reflex as rx

from core import clock
from services import check_in_codes
from services.permissions import Access
from state.guard import handler, signed_in
from state.typed import identity_of


class CheckInCode(rx.State):
    """The code at the clinic whose day is looked at, and the address of that clinic's display."""

    code: str = ""
    clinic: str = ""
    board: str = ""

    @handler(Access.STAFF)
    async def show(self, doctor_id: str):
        """Look it up for one who runs that doctor's day."""
        by = await signed_in(self)
        found = await check_in_codes.today(identity_of(doctor_id), by=by, now=clock.now())
        self.code, self.clinic, self.board = found.code, found.clinic, f"/board/{found.slug}"
