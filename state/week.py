"""The doctor's week: whose and which is on the screen; what is in it is live: state/live.py."""

from datetime import timedelta

import reflex as rx

from core import clock
from services import days, week
from services.permissions import Access, Actor
from services.walls import local_day
from state import address, live
from state.doctor_choice import Option
from state.guard import handler
from state.session import language
from state.turning import ONE_WEEK, leaf_of, leafed, opened, title_of_days, turned
from state.typed import identity_of


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
        async for _ in opened(self):
            yield

    @handler(Access.STAFF)
    async def choose_doctor(self, doctor_id: str):
        """Look at another doctor's week."""
        self.doctor_id = doctor_id
        async for said in leafed(self, self.day):
            yield said

    @handler(Access.STAFF)
    async def turn(self, step: int):
        """The week before or after."""
        async for said in leafed(self, turned(self.day, step, ONE_WEEK)):
            yield said

    @handler(Access.STAFF)
    async def go_to_present(self):
        """Back to this week."""
        async for said in leafed(self, ""):
            yield said

    @handler(Access.STAFF)
    def choose_day(self, key: str):
        """Look at another day of the week, where only one has room."""
        first, day = address.day_of(self.first), address.day_of(key)
        if first is None or day is None or not first <= day < first + ONE_WEEK:
            return None
        self.day = day.isoformat()
        return address.say(doctor=self.doctor_id, day=self.day)

    async def _open(self, by: Actor, asked: str):
        doctor = await days.doctor_ref(identity_of(self.doctor_id))
        now = clock.now()
        today = local_day(now, doctor.zone)
        shown = leaf_of(asked, today)
        first = (await week.open_week(doctor.doctor_id, shown, by=by, now=now)).first
        self.doctor, self.first, self.day = doctor.name, first.isoformat(), shown.isoformat()
        self.is_present = first == week.monday(today)
        self.title = title_of_days(first, first + timedelta(days=6), language(self))
        async for _ in live.watch(self, f"week:{doctor.doctor_id}:{first}", language(self)):
            yield
