"""A doctor's page: who this is, and the day that is looked at. The times themselves are live: state/live.py."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import reflex as rx
from babel.dates import format_date

from core import clock
from core.errors import DomainError
from models.doctor import Mode
from services import doctors, slot_views
from services.doctors import Profile
from services.permissions import Access
from state import address, live
from state.guard import handler
from state.rows import LOCALES, day_label, initials, money
from state.session import language
from state.vocabulary import city, specialization, spoken, treats


@dataclass(frozen=True)
class DayTab:
    """A day of the strip: `key` is the ISO date."""

    key: str
    weekday: str
    date: str


class Doctor(rx.State):
    """The profile, the strip of days, and what is chosen of them."""

    id: int = 0
    slug: str = ""
    name: str = ""
    initials: str = ""
    qualification: str = ""
    specialization: str = ""
    treats: str = ""
    bio: str = ""
    years: str = ""
    registration: str = ""
    clinic: str = ""
    address: str = ""
    city: str = ""
    phone: str = ""
    languages: str = ""
    fee: str = ""
    rating: str = ""
    reviews: str = ""
    modes: list[str] = []
    days: list[DayTab] = []
    day: str = ""
    day_title: str = ""
    mode: str = ""
    is_missing: bool = False
    is_ready: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """Show the doctor of the address, on the day that it names, or the first with a time open."""
        slug = self.router.url.path.rstrip("/").rpartition("/")[2]
        try:
            found = await doctors.profile(slug)
        except DomainError:
            self.is_missing, self.is_ready = True, True
            return
        now, spoken_here = clock.now(), language(self)
        if found.slug != self.slug and self.slug:
            self.is_ready = False
            yield
            # Another doctor's times must not be seen under this one's name.
            await live.forget(self, "slots")
        self._show(found, now, spoken_here)
        asked = self.router.url.query_parameters
        self.mode = asked.get("mode", "") if asked.get("mode") in found.modes else found.modes[0]
        strip = await slot_views.strip_view(found.id, now)
        first_open = next((day for day, count in strip.open.items() if count), min(strip.open))
        chosen = address.day_of(asked.get("day", ""))
        self._choose(chosen if chosen in strip.open else first_open, now, found.zone)
        self.days = [_tab(day, spoken_here) for day in sorted(strip.open)]
        self.is_missing, self.is_ready = False, True
        async for _ in live.watch(self, f"strip:{found.id}", spoken_here):
            pass
        async for _ in live.watch(self, f"slots:{found.id}:{self.day}", spoken_here):
            yield

    @handler(Access.PUBLIC)
    async def choose_day(self, key: str):
        """Look at another day."""
        if address.day_of(key) is None or key not in {tab.key for tab in self.days}:
            return
        found = await doctors.profile(self.slug)
        self._choose(date.fromisoformat(key), clock.now(), found.zone)
        async for _ in live.watch(self, f"slots:{self.id}:{self.day}", language(self)):
            yield address.say(day=self.day, mode=self.mode)

    @handler(Access.PUBLIC)
    def choose_mode(self, code: str):
        """In person or by video."""
        if code in self.modes:
            self.mode = code
            return address.say(day=self.day, mode=self.mode)
        return None

    def _choose(self, day: date, now, zone: str) -> None:
        self.day = day.isoformat()
        today = now.astimezone(ZoneInfo(zone)).date()
        spoken_here = language(self)
        near = day_label(day, today, spoken_here)
        full = format_date(day, "EEEE, d MMMM", locale=LOCALES[spoken_here])
        self.day_title = f"{near} · {full}" if (day - today).days in {0, 1} else full

    def _show(self, found: Profile, now, spoken_here: str) -> None:
        self.id, self.slug, self.name = found.id, found.slug, found.name
        self.initials = initials(found.name)
        self.qualification = found.qualification
        self.specialization = specialization(found.specialization, spoken_here)
        self.treats = treats(found.specialization, spoken_here)
        self.bio = found.bio
        self.years = str(now.year - found.practising_since)
        self.registration = found.registration_number
        self.clinic, self.address, self.phone = found.clinic, found.address, found.phone
        self.city = city(found.city, spoken_here)
        self.languages = ", ".join(spoken(code, spoken_here) for code in found.languages)
        self.fee = money(found.fee, found.currency, spoken_here)
        self.rating, self.reviews = f"{found.rating / 10:.1f}", str(found.review_count)
        self.modes = [mode for mode in Mode if mode in found.modes]


def _tab(day: date, spoken_here: str) -> DayTab:
    locale = LOCALES[spoken_here]
    return DayTab(day.isoformat(), format_date(day, "EEE", locale=locale), format_date(day, "d MMM", locale=locale))
