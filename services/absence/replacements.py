"""Other times for stranded appointments: the nearest equivalent for each, none given twice; always the same answer.

Equivalent: the same mode and kind of visit, in the same city where they meet in person; a session of a course stays
with its doctor, at its clinic, with its therapist and room.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from models import Appointment
from models.doctor import Mode
from models.visit import VisitType
from services.slots import Schedule, Slot, Span, Why
from services.walls import bounds, local_day

WITHIN = timedelta(days=7)
"""How far from the old time another is looked for."""

HEARS_WITHIN = timedelta(hours=3)
"""Nobody is moved to an earlier time that comes sooner than this: he may not have heard of it by then."""


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A time of a doctor that one who is stranded could have."""

    doctor_id: int
    day: date
    slot: Slot

    @property
    def doctor_day(self) -> tuple[int, date]:
        """The doctor's day that orders its changes."""
        return self.doctor_id, self.day

    def distance(self, was: datetime) -> tuple[timedelta, bool, int]:
        """How far it is from the old time; of two the later is nearer, and the doctor of the lower id."""
        return abs(self.slot.starts_at - was), self.slot.starts_at < was, self.doctor_id


@dataclass
class Openings:
    """What is open at some doctors, and what has been given of it.

    `books` are the schedules as they will be; `cities` the clinics'; `busy` the patients', `used` the therapists' and
    rooms' other appointments.
    """

    books: dict[int, Schedule]
    cities: Mapping[int, str]
    now: datetime
    busy: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    used: dict[tuple[str, int], list[Span]] = field(default_factory=lambda: defaultdict(list))
    given: dict[int, list[Span]] = field(default_factory=lambda: defaultdict(list))
    grids: dict[tuple[int, date, VisitType], list[Slot]] = field(default_factory=dict)

    def nearest(self, stranded: Appointment, doctor_ids: Iterable[int]) -> Replacement | None:
        """The free time that is nearest to the old one, now given away."""
        was, zone, ids = stranded.starts_at, self.books[stranded.doctor_id].zone, list(doctor_ids)
        best: Replacement | None = None
        for days in range(WITHIN.days + 1):
            near = {stranded.day - timedelta(days=days), stranded.day + timedelta(days=days)}
            found = [
                Replacement(doctor_id=doctor_id, day=day, slot=slot)
                for doctor_id in ids
                for day in near
                for slot in self._grid(doctor_id, day, stranded.visit_type)
            ]
            found.sort(key=lambda each: each.distance(was))
            nearest = next((each for each in found if self._suits(stranded, each)), None)
            best = min((each for each in (best, nearest) if each), key=lambda each: each.distance(was), default=None)
            # Nothing on a day further away can be nearer than where that day begins, or ends.
            reach = min(bounds(max(near), zone)[1] - was, was - bounds(min(near), zone)[0])
            if best is not None and best.distance(was)[0] <= reach:
                break
        return self._give(stranded, best)

    def at(self, stranded: Appointment, doctor_id: int, starts_at: datetime) -> Replacement | None:
        """That very time, now given away; None where it cannot be had."""
        if doctor_id not in self.books:
            return None
        day = local_day(starts_at, self.books[doctor_id].zone)
        slots = self._grid(doctor_id, day, stranded.visit_type)
        slot = next((each for each in slots if each.starts_at == starts_at), None)
        wanted = slot and Replacement(doctor_id=doctor_id, day=day, slot=slot)
        return self._give(stranded, wanted if wanted and self._is_free(stranded, wanted) else None)

    def _grid(self, doctor_id: int, day: date, visit: VisitType) -> list[Slot]:
        key = doctor_id, day, visit
        if key not in self.grids:
            slots = self.books[doctor_id].slots(day, self.now, visit)
            self.grids[key] = [slot for slot in slots if slot.why == Why.OPEN]
        return self.grids[key]

    def _suits(self, stranded: Appointment, each: Replacement) -> bool:
        """Whether it is equivalent, not too soon, and free."""
        starts_at, clinic_id = each.slot.starts_at, each.slot.clinic_id
        is_near = abs(starts_at - stranded.starts_at) <= WITHIN
        is_heard_of = starts_at >= min(stranded.starts_at, self.now + HEARS_WITHIN)
        is_in_reach = self.cities[clinic_id] == self.cities[stranded.clinic_id] or (
            stranded.mode == Mode.VIDEO and each.doctor_id == stranded.doctor_id
        )
        return is_near and is_heard_of and is_in_reach and self._is_free(stranded, each)

    def _is_free(self, stranded: Appointment, each: Replacement) -> bool:
        slot = each.slot
        is_same_place = (each.doctor_id, slot.clinic_id) == (stranded.doctor_id, stranded.clinic_id)
        taken = [*self.given[each.doctor_id]]
        taken += [span for thing in things(stranded) for span in self.used[thing]]
        return (
            (is_same_place or stranded.course_id is None)
            and stranded.mode in slot.modes
            and not _met(taken, slot.starts_at, slot.busy_until)
            and not _met(self.busy[stranded.patient_id], slot.starts_at, slot.ends_at)
        )

    def _give(self, stranded: Appointment, each: Replacement | None) -> Replacement | None:
        if each is not None:
            slot = each.slot
            self.given[each.doctor_id].append(Span(slot.starts_at, slot.busy_until))
            self.busy[stranded.patient_id].append(Span(slot.starts_at, slot.ends_at))
            for thing in things(stranded):
                self.used[thing].append(Span(slot.starts_at, slot.busy_until))
        return each


def things(appointment: Appointment) -> list[tuple[str, int]]:
    """The therapist and the room of an appointment that has them."""
    named = [("therapist_id", appointment.therapist_id), ("room_id", appointment.room_id)]
    return [(name, thing_id) for name, thing_id in named if thing_id is not None]


def _met(spans: Sequence[Span], starts_at: datetime, ends_at: datetime) -> bool:
    return any(span.meets(starts_at, ends_at) for span in spans)
