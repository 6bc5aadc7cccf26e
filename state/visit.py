"""The page of a link to an appointment; where its token stands is live: state/turns.py."""

from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx
from babel.dates import format_date

from core import clock
from core.errors import DomainError
from core.words import N_, words
from models.appointment import Status
from services import arrivals, visit_links, visit_tickets
from services.permissions import Access
from services.visit_tickets import VisitTicket
from state import live
from state.guard import actor, handler
from state.qr import picture
from state.rows import LOCALES, day_time
from state.session import language

MOVED = N_("This appointment was moved. Before, it was {when}, with {doctor}.")
SENT_ON = N_("Your visit with {doctor} is over; this is what comes next.")


class Visit(rx.State):
    """What the link tells of the appointment: neither for whom it is nor why."""

    status: str = ""
    token: str = ""
    doctor: str = ""
    slug: str = ""
    clinic: str = ""
    address: str = ""
    phone: str = ""
    telephone: str = ""
    date: str = ""
    time: str = ""
    mode: str = ""
    own: str = ""
    qr: str = ""
    moved_from: str = ""
    refusal: str = ""
    is_missing: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the link of the address, and watch the queue of where he is by now.

        The page asks for it again as soon as the queue says that he is not there any more.
        """
        self.refusal = ""
        shown: VisitTicket | None = None
        try:
            # Who is moved on before that queue is watched would not be missed by anybody.
            while (found := await visit_tickets.ticket(linked(self))) != shown:
                await self._show(shown := found)
                if found.token is None:
                    await live.forget(self, "turns")
                    continue
                async for _ in live.watch(self, f"turns:{found.doctor_id}:{found.day}", language(self)):
                    yield
        except DomainError:
            self.is_missing = True
            await live.forget(self, "turns")
        self.is_ready = True

    @handler(Access.PUBLIC)
    async def arrive(self, form: dict[str, Any]):
        """I am here: with the code that stands at the front desk. What follows comes by the push."""
        self.refusal = ""
        try:
            typed = str(form.get("code", ""))
            await arrivals.arrive(linked(self), typed, address=self.router.session.client_ip, now=clock.now())
        except DomainError as refusal:
            self.refusal = words(language(self)).gettext(refusal.message)

    async def _show(self, found: VisitTicket) -> None:
        spoken = language(self)
        by = await actor(self)
        self.is_missing = False
        self.status, self.token, self.mode = found.status, str(found.token or ""), found.mode
        self.doctor, self.slug, self.clinic, self.phone = found.doctor, found.slug, found.clinic, found.phone
        self.telephone = "tel:" + "".join(c for c in found.phone if c.isdigit() or c == "+")
        self.address = found.address
        self.date, self.time = _date(found, spoken), day_time(found.starts_at, found.zone, spoken)
        self.own = str(found.id) if by is not None and found.patient_id in by.patient_ids else ""
        self.qr = picture(visit_links.code_of(found.id))
        self.moved_from = _moved_from(found, spoken)


def linked(state: rx.State) -> str:
    """The code in the address of a link's page."""
    code: str = state.router.url.path.rstrip("/").rpartition("/")[2]
    return code


def _moved_from(found: VisitTicket, spoken: str) -> str:
    """What stood on the link before; nothing where that is the same by now, as it is for one who was called back."""
    was = found.was
    if was is None or (was.doctor_id, was.starts_at, was.token) == (found.doctor_id, found.starts_at, found.token):
        return ""
    said = SENT_ON if was.status == Status.COMPLETED else MOVED
    when = f"{_date(was, spoken)}, {day_time(was.starts_at, was.zone, spoken)}"
    return words(spoken).gettext(said).format(when=when, doctor=was.doctor)


def _date(found: VisitTicket, spoken: str) -> str:
    return format_date(found.starts_at.astimezone(ZoneInfo(found.zone)), "EEEE, d MMMM", locale=LOCALES[spoken])
