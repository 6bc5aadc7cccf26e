"""Another time for one who waits for a late doctor, chosen on the page of the link to his visit."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

import reflex as rx

from core import clock
from core.errors import DomainError
from core.words import N_, words
from services import free_moves
from services.free_moves import FreeMove as Found
from services.permissions import Access
from services.walls import local_day
from state.guard import handler
from state.rows import day_label, day_time
from state.session import language
from state.typed import instant_of, number_of, version_of
from state.visit import Visit, linked

NOT_CHOSEN = N_("Choose a time first.")

DAYS = 7
"""Of the days that have an open time, how many are shown."""


@dataclass(frozen=True)
class FreeTime:
    """A time that he may take. `key` is the instant."""

    key: str
    label: str


@dataclass(frozen=True)
class FreeDay:
    """A day's times."""

    key: str
    label: str
    times: list[FreeTime]


class FreeMove(rx.State):
    """The times to choose from, and the appointment, with its version, that they are instead of."""

    is_open: bool = False
    days: list[FreeDay] = []
    seen: str = ""
    version: str = ""
    refusal: str = ""

    @handler(Access.PUBLIC)
    async def look(self):
        """What is open for whoever has this link."""
        self.refusal = ""
        await self._look()

    @handler(Access.PUBLIC)
    async def take(self, form: dict[str, Any]):
        """That time, instead of the one he has; the page is then led to it."""
        self.refusal, now = "", clock.now()
        if not form.get("starts_at"):
            self.refusal = words(language(self)).gettext(NOT_CHOSEN)
            return None
        try:
            await free_moves.move_free(
                linked(self),
                instant_of(form["starts_at"]),
                seen=number_of(form.get("seen")),
                version=version_of(form.get("version")),
                address=self.router.session.client_ip,
                now=now,
            )
        except DomainError as refusal:
            # What is open by now, under why it was not done.
            await self._look()
            self._refuse(refusal)
            return None
        self.reset()
        return Visit.load

    @handler(Access.PUBLIC)
    def put_away(self):
        """He keeps the time that he has; a page that is opened offers none yet."""
        self.reset()

    async def _look(self) -> None:
        now = clock.now()
        try:
            found = await free_moves.free_move(linked(self), address=self.router.session.client_ip, now=now)
        except DomainError as refusal:
            self.reset()
            self._refuse(refusal)
            return
        self.is_open, self.days = True, free_days(found, language(self), now)
        self.seen, self.version = str(found.appointment_id), str(found.version)

    def _refuse(self, refusal: DomainError) -> None:
        self.refusal = words(language(self)).gettext(refusal.message)


def free_days(found: Found, spoken: str, now: datetime) -> list[FreeDay]:
    """The first days that have an open time, with their times on the clinic's wall clock."""
    today = local_day(now, found.zone)
    by_day = groupby(found.openings, key=lambda opening: opening.day)
    return [
        FreeDay(
            day.isoformat(),
            day_label(day, today, spoken),
            [FreeTime(each.starts_at.isoformat(), day_time(each.starts_at, found.zone, spoken)) for each in openings],
        )
        for day, openings in islice(by_day, DAYS)
    ]
