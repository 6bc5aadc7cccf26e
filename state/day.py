"""The staff's dashboard: which doctor and day; the bookings themselves are live: state/live.py."""

from zoneinfo import ZoneInfo

import reflex as rx

from core import clock
from services import days, doctors
from services.desks import Desk
from services.permissions import Access, Actor, can
from services.therapy.places import therapists
from state import address, live
from state.check_in_code import CheckInCode
from state.doctor_choice import Option
from state.guard import handler, signed_in
from state.presence import meet
from state.session import language
from state.turning import leaf_of, leafed, opened, title_of_day, turned


class Day(rx.State):
    """Whose day is on the screen."""

    doctor_id: str = ""
    doctor: str = ""
    clinic_id: str = ""
    options: list[Option] = []
    colleagues: list[Option] = []
    therapists: list[Option] = []
    day: str = ""
    title: str = ""
    is_today: bool = False
    may_treat: bool = False
    may_note: bool = False
    runs_desk: bool = False
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False

    @property
    def number(self) -> int:
        """The doctor's identity; nought where none was chosen."""
        return int(self.doctor_id) if self.doctor_id.isdecimal() else 0

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the day of the address: by default today, of the doctor himself or of the clinic's busiest."""
        async for _ in opened(self):
            yield

    @handler(Access.STAFF)
    async def choose_doctor(self, doctor_id: str):
        """Look at another doctor's day; at another clinic another code holds."""
        self.doctor_id = doctor_id
        async for said in leafed(self, self.day):
            yield said
        yield CheckInCode.show(self.doctor_id)

    @handler(Access.STAFF)
    async def turn(self, step: int):
        """The day before or after."""
        async for said in leafed(self, turned(self.day, step)):
            yield said

    @handler(Access.STAFF)
    async def go_to_today(self):
        """Back to the present day."""
        async for said in leafed(self, ""):
            yield said

    @handler(Access.STAFF)
    async def look(self):
        """Read all of it anew: the screen has missed a change."""
        by, shown = await signed_in(self), address.day_of(self.day) or clock.now().date()
        await days.open_board(self.number, shown, by=by, now=clock.now())
        async for _ in live.watch(self, f"day:{self.number}:{shown}", language(self)):
            yield

    async def _open(self, by: Actor, asked: str):
        doctor = await days.doctor_ref(self.number)
        now = clock.now()
        today = now.astimezone(ZoneInfo(doctor.zone)).date()
        shown = leaf_of(asked, today)
        await days.open_board(doctor.doctor_id, shown, by=by, now=now)
        self.doctor, self.day, self.is_today = doctor.name, shown.isoformat(), shown == today
        here = await doctors.at_clinic(doctor.clinic_id)
        self.colleagues = [Option(f"doctor:{each}", name) for each, name in here if each != doctor.doctor_id]
        gives = await therapists(doctor.clinic_id)
        self.therapists = [Option(f"therapist:{each}", name) for each, name in gives]
        self.may_treat, self.may_note = can(by, "treat", doctor), can(by, "take_notes", doctor)
        desk = Desk(by.clinic_id or doctor.clinic_id)
        self.clinic_id, self.runs_desk = str(desk.clinic_id), can(by, "run_desk", desk)
        self.title = title_of_day(shown, today, language(self))
        async for _ in live.watch(self, f"day:{doctor.doctor_id}:{shown}", language(self)):
            yield
        async for _ in meet(self, by, doctor.doctor_id, shown):
            yield
