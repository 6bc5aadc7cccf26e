"""The cash sheet of a clinic's day: which one; its lines and sums are live: state/cash_rows.py."""

from collections.abc import Awaitable
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import reflex as rx
from babel.dates import format_date

from core import clock
from core.errors import DomainError, NotAllowed, NotFound, NotSignedIn
from core.words import N_, words
from services import cash_day, cash_sheets, desk_payments, desks
from services.permissions import Access, Actor, admit
from state import address, live
from state.amounts import minor_units
from state.doctor_choice import Option, chosen
from state.guard import handler, signed_in
from state.rows import LOCALES
from state.session import language
from state.staff_page import staff_page
from state.turning import leaf_of, turned
from state.typed import count_of, number_of, version_of

CLOSED = N_("The sheet is closed.")
REOPENED = N_("The sheet takes payments again.")
VOIDED = N_("The payment is voided. Take it anew if that is what was meant.")
FLOAT_SET = N_("The opening float is noted.")


class Cash(rx.State):
    """Whose sheets of which day are on the screen. `answered` counts what was done, or refused."""

    clinic_id: str = ""
    clinic: str = ""
    clinics: list[Option] = []
    day: str = ""
    title: str = ""
    is_today: bool = False
    said: str = ""
    refusal: str = ""
    answered: int = 0
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the sheets of the address: by default today's of one's own clinic, or of the first."""
        self.reset()
        asked = self.router.url.query_parameters
        with staff_page(self):
            by = await signed_in(self)
            admit(by, Access.STAFF)
            self.clinics = [Option(str(each.clinic_id), each.name) for each in await desks.desks(by=by)]
            self.clinic_id = asked.get("clinic") or chosen("", self.clinics)
            async for _ in self._open(by, asked.get("day", "")):
                yield

    @handler(Access.STAFF)
    async def choose_clinic(self, clinic_id: str):
        """Another clinic's."""
        self.clinic_id = clinic_id
        async for _ in self._open(await signed_in(self), self.day):
            yield address.say(clinic=self.clinic_id, day=self.day)

    @handler(Access.STAFF)
    async def turn(self, step: int):
        """The day before or after."""
        async for _ in self._open(await signed_in(self), turned(self.day, step)):
            yield address.say(clinic=self.clinic_id, day=self.day)

    @handler(Access.STAFF)
    async def go_to_today(self):
        """Back to the present day."""
        async for _ in self._open(await signed_in(self), ""):
            yield address.say(clinic=self.clinic_id, day=self.day)

    @handler(Access.STAFF)
    async def note_float(self, form: dict[str, Any]):
        """What lies in the drawer before the first payment."""
        by = await signed_in(self)

        async def note() -> None:
            amount = minor_units(form.get("float"), "float")
            await cash_sheets.set_float(count_of(form.get("clinic")), amount, by=by, now=clock.now())

        await self._do(note(), FLOAT_SET)

    @handler(Access.STAFF)
    async def close(self, form: dict[str, Any]):
        """The drawer was counted: nothing more comes onto the sheet."""
        by = await signed_in(self)

        async def close() -> None:
            counted, version = minor_units(form.get("counted"), "counted"), version_of(form.get("version"))
            await cash_sheets.close(_sheet(form), counted, version=version, by=by, now=clock.now())

        await self._do(close(), CLOSED)

    @handler(Access.STAFF)
    async def reopen(self, form: dict[str, Any]):
        """It was closed too soon."""
        by = await signed_in(self)

        async def reopen() -> None:
            await cash_sheets.reopen(_sheet(form), str(form.get("reason") or ""), by=by, now=clock.now())

        await self._do(reopen(), REOPENED)

    @handler(Access.STAFF)
    async def void(self, form: dict[str, Any]):
        """A payment was noted wrongly."""
        by = await signed_in(self)

        async def void() -> None:
            payment_id = number_of(form.get("payment"))
            await desk_payments.void(payment_id, str(form.get("reason") or ""), by=by, now=clock.now())

        await self._do(void(), VOIDED)

    @handler(Access.PUBLIC)
    def put_away(self):
        """Close what was said."""
        self.said = self.refusal = ""

    async def _do(self, doing: Awaitable[None], said: str) -> None:
        gettext = words(language(self)).gettext
        self.said = self.refusal = ""
        try:
            await doing
            self.said = gettext(said)
        except NotAllowed:
            # Another clinic's is as unknown as one that never was.
            self.refusal = gettext(NotFound.message)
        except NotSignedIn:
            raise
        except DomainError as refusal:
            self.refusal = gettext(refusal.message)
        self.answered += 1

    async def _open(self, by: Actor, asked: str):
        clinic_id, now = count_of(self.clinic_id), clock.now()
        clinic = await desks.desk(clinic_id, by=by)
        today = now.astimezone(ZoneInfo(clinic.zone)).date()
        shown = leaf_of(asked, today, ahead=timedelta())
        await cash_day.opened(clinic_id, shown, by=by, now=now)
        self.clinic, self.day, self.is_today = clinic.name, shown.isoformat(), shown == today
        self.title = _title(shown, language(self))
        self.said = self.refusal = ""
        async for _ in live.watch(self, f"cash:{clinic_id}:{shown}", language(self)):
            yield


def _sheet(form: dict[str, Any]) -> UUID:
    return number_of(form.get("sheet"))


def _title(day: date, spoken_here: str) -> str:
    return format_date(day, "EEEE, d MMMM y", locale=LOCALES[spoken_here])
