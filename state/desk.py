"""The front desk's screen: which clinic, which days, whose columns; what is in them is live: state/desk_columns.py."""

from datetime import date, timedelta

import reflex as rx

from core import clock
from core.errors import NotFound
from models.user import Role
from services import desk, presence
from services.desk import SPANS, Clinic, Part
from services.permissions import Access, Actor, admit
from services.walls import local_day
from state import address, live
from state.doctor_choice import Option, chosen
from state.guard import handler, signed_in
from state.presence import enter
from state.session import language
from state.staff_page import staff_page
from state.turning import leaf_of, title_of_day, title_of_days, turned

DOCTORS = "doctor"

KINDS = (DOCTORS, "therapist", "room")
"""What the columns may be."""


class Desk(rx.State):
    """What is on the screen. `kind` is what the columns are, `only` the one of them that is looked at, if it is one."""

    clinic_id: str = ""
    clinic: str = ""
    clinics: list[Option] = []
    offered: list[Option] = []
    day: str = ""
    days: int = 1
    kind: str = "doctor"
    only: str = ""
    title: str = ""
    is_today: bool = False
    is_own: bool = False
    is_refused: bool = False
    is_signed_out: bool = False
    is_ready: bool = False
    _zone: str = ""

    @property
    def part(self) -> Part:
        """The days that are on the screen. Raises NotFound where none are."""
        first = address.day_of(self.day)
        if first is None or not self.clinic_id.isdecimal() or self.days not in SPANS:
            raise NotFound
        # A week begins on its Monday, whichever of its days is meant.
        begins = first - timedelta(days=first.weekday()) if self.days == 7 else first
        doctor = int(self.only) if self.kind == "doctor" and self.only.isdecimal() else 0
        return Part(int(self.clinic_id), begins, self.days, doctor)

    @handler(Access.PUBLIC)
    async def load(self):
        """Open the days of the address: by default today's, of one's own clinic."""
        asked = self.router.url.query_parameters
        with staff_page(self):
            by = await signed_in(self)
            admit(by, Access.STAFF)
            known = await desk.clinics(by=by)
            self.clinics = [Option(str(each.id), each.name) for each in known]
            self.clinic_id = chosen(asked.get("clinic", ""), self.clinics)
            self.kind = asked.get("by", "") if asked.get("by", "") in KINDS else DOCTORS
            self.only = asked.get("only", "") if asked.get("only", "").isdecimal() else ""
            self.days = int(asked["days"]) if asked.get("days", "") in map(str, SPANS) else SPANS[0]
            self.day = asked.get("day", "")
            async for _ in self._open(by):
                yield

    @handler(Access.STAFF)
    async def choose_clinic(self, clinic_id: str):
        """Another branch's."""
        self.clinic_id, self.only = clinic_id, ""
        async for _ in self._open(await signed_in(self)):
            yield self._address()

    @handler(Access.STAFF)
    async def choose_days(self, days: int):
        """One day, three, or the week."""
        self.days = days if days in SPANS else SPANS[0]
        async for _ in self._open(await signed_in(self)):
            yield self._address()

    @handler(Access.STAFF)
    async def choose_kind(self, kind: str):
        """Doctors, therapists or rooms as the columns."""
        self.kind, self.only = kind if kind in KINDS else DOCTORS, ""
        async for _ in self._open(await signed_in(self)):
            yield self._address()

    @handler(Access.STAFF)
    async def choose_only(self, number: str):
        """One of the columns alone, or all of them."""
        self.only = number if str(number).isdecimal() else ""
        async for _ in self._open(await signed_in(self)):
            yield self._address()

    @handler(Access.STAFF)
    async def turn(self, step: int):
        """The days before or after."""
        self.day = turned(self.day, step, timedelta(days=self.days))
        async for _ in self._open(await signed_in(self)):
            yield self._address()

    @handler(Access.STAFF)
    async def choose_day(self, day: str):
        """That very day."""
        self.day = day
        async for _ in self._open(await signed_in(self)):
            yield self._address()

    @handler(Access.STAFF)
    async def go_to_today(self):
        """Back to the present."""
        self.day = ""
        async for _ in self._open(await signed_in(self)):
            yield self._address()

    @handler(Access.STAFF)
    async def look(self):
        """Read all of it anew: the screen has missed a change."""
        by = await signed_in(self)
        await desk.open_desk(self.part, by=by, now=clock.now())
        async for _ in live.watch(self, f"desk:{self.part}", language(self)):
            yield

    def _address(self):
        return address.say(
            clinic=self.clinic_id if len(self.clinics) > 1 else "",
            day="" if self.is_today else self.day,
            days=str(self.days) if self.days > 1 else "",
            by=self.kind if self.kind != DOCTORS else "",
            only="" if self.is_own else self.only,
        )

    async def _open(self, by: Actor):
        known = await self._clinic(by)
        self.clinic, self._zone = known.name, known.zone
        self.is_own = by.role == Role.DOCTOR
        if self.is_own:
            # His own columns, and nobody else's.
            self.kind, self.only = DOCTORS, str(by.doctor_id or "")
        now = clock.now()
        today = local_day(now, known.zone)
        self.day = leaf_of(self.day, today).isoformat()
        opened = await desk.open_desk(self.part, by=by, now=now)
        if self.kind == DOCTORS:
            columns = await desk.doctors_of(known.id)
        else:
            columns = [(each.id, each.name) for each in opened.places if each.kind == self.kind]
        self.offered = [Option(str(identity), name) for identity, name in columns]
        self.is_today = self.part.first <= today <= self.part.last
        self.title = _title(self.part, today, language(self))
        async for _ in live.watch(self, f"desk:{self.part}", language(self)):
            yield
        async for _ in enter(self, by, presence.desk_room(known.id)):
            yield

    async def _clinic(self, by: Actor) -> Clinic:
        """The clinic that is asked for, if he may see its days. Raises NotFound."""
        found = next((each for each in await desk.clinics(by=by) if str(each.id) == self.clinic_id), None)
        if found is None:
            raise NotFound
        return found


def _title(part: Part, today: date, spoken_here: str) -> str:
    if part.days == 1:
        return title_of_day(part.first, today, spoken_here)
    return title_of_days(part.first, part.last, spoken_here)
