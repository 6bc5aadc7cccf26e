"""The search page: the filters stand in the address, so a link or a reload shows the same."""

from dataclasses import dataclass
from datetime import timedelta

import reflex as rx

from core import clock
from core.settings import settings
from models.doctor import SPOKEN, Mode, Specialization
from services import search
from services.doctors import Found
from services.permissions import Access
from services.search import PAGE, Filters
from state import address, live
from state.guard import handler
from state.rows import initials, money, opening
from state.session import language
from state.vocabulary import city, specialization, spoken, treats

MOST = 200
"""Doctors on the page at the most; who has looked through so many refines the search."""


@dataclass(frozen=True)
class DoctorCard:
    """A doctor in the list. `live_key` is where `LiveNextOpen` tells a newer next open slot."""

    slug: str
    name: str
    initials: str
    qualification: str
    specialization: str
    treats: str
    years: str
    clinic: str
    area: str
    city: str
    languages: str
    has_video: bool
    fee: str
    rating: str
    reviews: str
    next_open: str
    live_key: str


class Search(rx.State):
    """What is looked for, and what was found."""

    text: str = ""
    specialization: str = ""
    city: str = ""
    language: str = ""
    mode: str = ""
    within: str = ""
    doctors: list[DoctorCard] = []
    total: int = 0
    shown: int = PAGE
    is_filtered: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Show what the address asks for."""
        asked = self.router.url.query_parameters
        self.text = asked.get("q", "")[: search.LONGEST_TEXT]
        self.specialization = _one_of(asked.get("specialization", ""), tuple(Specialization))
        self.city = asked.get("city", "")[:40]
        self.language = _one_of(asked.get("language", ""), SPOKEN)
        self.mode = _one_of(asked.get("mode", ""), tuple(Mode))
        self.within = _one_of(asked.get("within", ""), ("0", "1", "3", "7"))
        self.shown = PAGE
        await self._find()
        async for _ in live.watch(self, "next-open", language(self)):
            yield

    @handler(Access.PUBLIC)
    async def refresh(self):
        """Read the list anew; the page asks every few minutes, for as time passes it ages without any event."""
        await self._find()

    @handler(Access.PUBLIC)
    async def look_for(self, text: str):
        """Search by name, ailment or place."""
        self.text = text[: search.LONGEST_TEXT]
        return await self._again()

    @handler(Access.PUBLIC)
    async def choose_specialization(self, code: str):
        """Only this branch."""
        self.specialization = _one_of(code, tuple(Specialization))
        return await self._again()

    @handler(Access.PUBLIC)
    async def choose_city(self, name: str):
        """Only this city."""
        self.city = name[:40]
        return await self._again()

    @handler(Access.PUBLIC)
    async def choose_language(self, code: str):
        """Only doctors who speak it."""
        self.language = _one_of(code, SPOKEN)
        return await self._again()

    @handler(Access.PUBLIC)
    async def choose_mode(self, code: str):
        """Only in person, or only by video."""
        self.mode = _one_of(code, tuple(Mode))
        return await self._again()

    @handler(Access.PUBLIC)
    async def choose_within(self, days: str):
        """Only who has a time open within so many days."""
        self.within = _one_of(days, ("0", "1", "3", "7"))
        return await self._again()

    @handler(Access.PUBLIC)
    async def clear(self):
        """Every doctor again."""
        self.text = self.specialization = self.city = self.language = self.mode = self.within = ""
        return await self._again()

    @handler(Access.PUBLIC)
    async def show_more(self):
        """A page more."""
        self.shown = min(self.shown + PAGE, MOST)
        await self._find()

    async def _again(self):
        self.shown = PAGE
        await self._find()
        asked = {
            "q": self.text.strip(),
            "specialization": self.specialization,
            "city": self.city,
            "language": self.language,
            "mode": self.mode,
            "within": self.within,
        }
        return address.say(**asked)

    async def _find(self) -> None:
        now, spoken_here = clock.now(), language(self)
        found = await search.doctors(self._filters(), now=now, limit=self.shown, is_counted=True)
        self.total = found.total or 0
        self.doctors = [_card(each, self.mode, spoken_here, now) for each in found.doctors]
        filters = (self.text.strip(), self.specialization, self.city, self.language, self.mode, self.within)
        self.is_filtered = any(filters)
        self.is_ready = True

    def _filters(self) -> Filters:
        today = clock.local_day(clock.now(), settings().home_time_zone)
        return Filters(
            text=self.text,
            specialization=self.specialization,
            city=self.city,
            language=self.language,
            mode=self.mode,
            open_by=today + timedelta(days=int(self.within)) if self.within else None,
        )


def _one_of(value: str, known: tuple[str, ...]) -> str:
    """`value` where it is a known one: an address is typed by anyone."""
    return str(value) if value in known else ""


def _card(found: Found, mode: str, language: str, now) -> DoctorCard:
    return DoctorCard(
        slug=found.slug,
        name=found.name,
        initials=initials(found.name),
        qualification=found.qualification,
        specialization=specialization(found.specialization, language),
        treats=treats(found.specialization, language),
        years=str(now.year - found.practising_since),
        clinic=found.clinic,
        area=found.area,
        city=city(found.city, language),
        languages=", ".join(spoken(code, language) for code in found.languages),
        has_video=Mode.VIDEO in found.modes,
        fee=money(found.fee, found.currency, language),
        rating=f"{found.rating / 10:.1f}",
        reviews=str(found.review_count),
        next_open=opening(found.next_open, found.zone, language, now),
        live_key=f"{found.id}:{mode}",
    )
