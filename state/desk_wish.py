"""A wish as it stands in the form and in the address of the desk's page, and what it asks of the services."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, time
from typing import Any

from core.errors import Invalid
from models.doctor import SPOKEN, Mode, Specialization
from models.visit import VisitType
from services import inputs
from services.clinics import Place
from services.open_times import Asked
from services.people import NOBODY_YET
from services.therapy.course_plan import FEWEST, MOST, CourseWish, Pattern
from state import address

CLINIC, CITY = "clinic", "city"
"""Any doctor of the clinic, of its city: what stands in a doctor's place."""

COURSE = "course"
"""What the patient comes for where it is more than one visit."""

HOURS = tuple(time(hour) for hour in range(7, 22))
"""The times of day that can be chosen."""

LONGEST = 40
"""Characters of a value that are looked at."""


@dataclass(frozen=True)
class DeskWish:
    """Text as the browser has it. `off` has a digit for each weekday that is not wanted, Monday being 0."""

    clinic: str = ""
    doctor: str = CLINIC
    visit: str = VisitType.FIRST_VISIT
    specialization: str = ""
    language: str = ""
    mode: str = Mode.IN_PERSON
    since: str = ""
    after: str = ""
    before: str = ""
    off: str = ""
    sessions: str = str(FEWEST)
    at: str = "10:00"

    @property
    def is_course(self) -> bool:
        """Whether a course is wished."""
        return self.visit == COURSE

    def in_address(self) -> dict[str, str]:
        """What the address says of it; what is as usual is left out, but for what goes by whom it is for."""
        usual = asdict(DeskWish(visit="", doctor=""))
        return {name: "" if value == usual[name] else value for name, value in asdict(self).items()}

    def checked(self, place: Place) -> "DeskWish":
        """The same. Raises Invalid."""
        if self.is_course:
            self.course(None)
        else:
            self.asked(place)
        return self

    def asked(self, place: Place) -> Asked:
        """What is looked for. Raises Invalid."""
        return Asked(
            clinic_id=place.clinic_id,
            city=place.city,
            since=_day(self.since),
            doctor_id=None if self.doctor in (CLINIC, CITY) else number(self.doctor),
            is_citywide=self.doctor == CITY,
            specialization=self.specialization and inputs.one_of(Specialization, self.specialization, "specialization"),
            language=_spoken(self.language),
            mode=inputs.one_of(Mode, self.mode, "mode"),
            visit=inputs.one_of(VisitType, self.visit, "visit"),
            after=_time(self.after) if self.after else None,
            before=_time(self.before) if self.before else None,
            not_on=self._off(),
        ).checked()

    def course(self, patient_id: int | None) -> CourseWish:
        """The course that is wished; its doctor is nobody where any would do. Raises Invalid."""
        sessions = number(self.sessions)
        _spoken(self.language)
        if not FEWEST <= sessions <= MOST:
            raise Invalid(field="sessions")
        return CourseWish(
            patient_id=patient_id or NOBODY_YET,
            doctor_id=0 if self.doctor in (CLINIC, CITY) else number(self.doctor),
            sessions=sessions,
            at=_time(self.at),
            pattern=Pattern(_day(self.since), frozenset(range(7)) - self._off()),
        )

    def _off(self) -> frozenset[int]:
        if not set(self.off) <= set("0123456"):
            raise Invalid(field="off")
        return frozenset(int(weekday) for weekday in self.off)


NAMES = tuple(field.name for field in fields(DeskWish))


def of_address(said: Mapping[str, str], usual: DeskWish) -> DeskWish:
    """What the address says, and else the usual."""
    return DeskWish(**{name: said.get(name, getattr(usual, name))[:LONGEST] for name in NAMES})


def of_form(form: Mapping[str, Any], usual: DeskWish) -> DeskWish:
    """What was sent; a field that the form has not got stays as it was. Raises Invalid."""
    said = {name: form.get(name, getattr(usual, name)) for name in NAMES}
    said["off"] = "".join(str(weekday) for weekday in range(7) if form.get(f"off{weekday}"))
    if not all(isinstance(value, str) and len(value) <= LONGEST for value in said.values()):
        raise Invalid(field="form")
    return DeskWish(**said)


def number(text: Any) -> int:
    """A number as a form has it. Raises Invalid."""
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise Invalid(field="number")
    return int(text)


def _day(text: str) -> date:
    if (found := address.day_of(text)) is None:
        raise Invalid(field="since")
    return found


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field="time") from error
    if found.tzinfo is not None:
        raise Invalid(field="time")
    return found


def _spoken(code: str) -> str:
    if code and code not in SPOKEN:
        raise Invalid(field="language")
    return code
