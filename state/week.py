"""The doctor's week: whose and which is on the screen; what is in it is live: state/live.py."""

from datetime import date, timedelta

import reflex as rx
from babel.dates import format_date

from core import clock
from services import days, week
from services.permissions import Access, Actor
from services.walls import local_day
from state import address, live
from state.doctor_choice import Option, whose
from state.guard import handler, signed_in
from state.rows import LOCALES
from state.session import language
from state.staff_page import staff_page
from state.turning import ONE_WEEK, leaf_of, turned


class Week(rx.State):
    """Whose week is on the screen; `day` is the one that a narrow screen shows of it."""

    doctor_id: str = ""
    doctor: str = ""
    options: list[Option] = []
    first: str = ""
    day: str = ""
    title: str = ""
    is_present: bool = False
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the week of the address: by default this one, of the doctor himself or of the clinic's busiest."""
        asked = self.router.url.query_parameters
        with staff_page(self):
            by = await whose(self, asked.get("doctor", ""))
            async for _ in self._open(by, asked.get("day", "")):
                yield

    @handler(Access.STAFF)
    async def choose_doctor(self, doctor_id: str):
        """Look at another doctor's week."""
        self.doctor_id = doctor_id
        async for _ in self._open(await signed_in(self), self.day):
            yield address.say(doctor=self.doctor_id, day=self.day)

    @handler(Access.STAFF)
    async def turn(self, step: int):
        """The week before or after."""
        async for _ in self._open(await signed_in(self), turned(self.day, step, ONE_WEEK)):
            yield address.say(doctor=self.doctor_id, day=self.day)

    @handler(Access.STAFF)
    async def go_to_present(self):
        """Back to this week."""
        async for _ in self._open(await signed_in(self), ""):
            yield address.say(doctor=self.doctor_id, day=self.day)

    @handler(Access.STAFF)
    def choose_day(self, key: str):
        """Look at another day of the week, where only one has room."""
        first, day = address.day_of(self.first), address.day_of(key)
        if first is None or day is None or not first <= day < first + ONE_WEEK:
            return None
        self.day = day.isoformat()
        return address.say(doctor=self.doctor_id, day=self.day)

    async def _open(self, by: Actor, asked: str):
        doctor = await days.doctor_ref(int(self.doctor_id) if self.doctor_id.isdecimal() else 0)
        now = clock.now()
        today = local_day(now, doctor.zone)
        shown = leaf_of(asked, today)
        opened = await week.open_week(doctor.doctor_id, shown, by=by, now=now)
        self.doctor, self.first, self.day = doctor.name, opened.first.isoformat(), shown.isoformat()
        self.is_present = opened.first == week.monday(today)
        self.title = _title(opened.first, language(self))
        async for _ in live.watch(self, f"week:{doctor.doctor_id}:{opened.first}", language(self)):
            yield


def _title(first: date, spoken_here: str) -> str:
    last, locale = first + timedelta(days=6), LOCALES[spoken_here]
    begins = "d" if first.month == last.month else "d MMM" if first.year == last.year else "d MMM y"
    return f"{format_date(first, begins, locale=locale)} – {format_date(last, 'd MMMM y', locale=locale)}"
