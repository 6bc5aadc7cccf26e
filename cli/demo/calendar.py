"""Fifteen days of appointments: whose slots are taken, by whom, since when."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from cli.demo import cast, history
from cli.demo.callers import Callers
from cli.demo.doctors import Practitioner
from cli.demo.grid import Grid, Slot, instant
from cli.demo.people import Known
from cli.demo.rows import AppointmentRow, CourseRow, DoctorDayRow
from cli.demo.shares import shares
from cli.demo.standing import MOVES_TO, Times, moments, standings
from models.appointment import Source
from models.doctor import Mode
from models.visit import VisitType

DAYS = 15
A_DAY = 5_000
"""Appointments on each day that stand or were kept, no-shows among them; the cancelled come on top."""

CAST_DOCTOR_A_DAY = 18
CANCELLED_PART = 0.03
LEAD_DAYS = 4.0
LATE = ((0, 5, 10, 15, 20, 25), (50, 15, 14, 10, 7, 4))
"""Minutes that doctors run late, and how many in a hundred do."""

WALKS_IN_BEFORE = timedelta(minutes=40)
REGISTERED = {Source.WEB: 68, Source.PHONE: 14, Source.WALK_IN: 10, Source.API: 8}
UNREGISTERED = {Source.WEB: 0, Source.PHONE: 58, Source.WALK_IN: 36, Source.API: 6}


class Draft(NamedTuple):
    """An appointment before it has a token and a standing."""

    times: Times
    patient_id: int
    mode: str
    source: Source
    course: CourseRow | None = None


class Book:
    """The appointments and the doctors' days that order them."""

    def __init__(self, seed: int, doctors: list[Practitioner], grid: Grid, known: list[Known], now: datetime) -> None:
        """An empty book; `known` are those whom chance may book for."""
        self._rng = Random(f"{seed} calendar")
        self._doctors, self._grid, self._now = doctors, grid, now
        self._callers = Callers(self._rng, known)
        self.appointments: list[AppointmentRow] = []
        self.days: list[DoctorDayRow] = []

    def fill(self, today: date, sessions: Sequence[history.Visit] = ()) -> None:
        """The past of the cast's patient, then `A_DAY` appointments on today and each of the days after.

        `sessions` are those of courses, at most one a doctor and day: they count like the others.
        """
        for visit in [*history.past(self._grid, today), *(visit for visit in sessions if visit.day < today)]:
            self._write(self._doctors[visit.doctor_id - 1], visit.day, [self._visit(visit)], delay=0)
        upcoming = [*history.upcoming(self._grid, today), *(visit for visit in sessions if visit.day >= today)]
        for day in (today + timedelta(days=ahead) for ahead in range(DAYS)):
            self._callers.new_day()
            for doctor, bookable, wanted in self._wanted(day):
                visits = [visit for visit in upcoming if (visit.doctor_id, visit.day) == (doctor.row.id, day)]
                drafts = [self._visit(visit) for visit in visits]
                taken = {visit.slot.minute for visit in visits}
                free = [slot for slot in bookable if slot.minute not in taken]
                drafts += self._drafts(doctor, day, free, wanted - len(drafts))
                if drafts:
                    self._write(doctor, day, drafts, delay=self._delay(doctor, drafts))

    def _wanted(self, day: date) -> Iterable[tuple[Practitioner, list[Slot], int]]:
        """Who sits that day, the slots that may be taken, and how many are."""
        sitting = [(doctor, slots) for doctor in self._doctors if (slots := self._bookable(doctor, day))]
        limits = [_most(doctor, len(slots)) for doctor, slots in sitting]
        weights = [doctor.popularity * len(slots) for doctor, slots in sitting]
        # The cast's doctor is the first, and has as many every day.
        counts = [CAST_DOCTOR_A_DAY, *shares(A_DAY - CAST_DOCTOR_A_DAY, weights[1:], limits[1:])]
        return ((*pair, wanted) for pair, wanted in zip(sitting, counts, strict=True))

    def _bookable(self, doctor: Practitioner, day: date) -> list[Slot]:
        """The cast's doctor keeps one slot of each hour open, whenever the demo is tried."""
        slots = self._grid.slots(doctor.row.id, day)
        return [slot for slot in slots if slot.minute % 60 != 40] if doctor.row.id == cast.DOCTOR_ID else slots

    def _drafts(self, doctor: Practitioner, day: date, free: list[Slot], wanted: int) -> list[Draft]:
        cancelled = min(len(free) - wanted, int(wanted * CANCELLED_PART + self._rng.random()))
        slots = self._rng.sample(free, wanted + cancelled)
        return [self._draft(doctor, day, slot, number < cancelled) for number, slot in enumerate(slots)]

    def _draft(self, doctor: Practitioner, day: date, slot: Slot, is_cancelled: bool) -> Draft:
        patient = self._callers.draw(doctor.city, doctor.row.specialization)
        starts_at = instant(day, slot.minute)
        source = self._source(patient, slot, starts_at)
        mode = Mode.IN_PERSON.value if source is Source.WALK_IN else self._rng.choice(slot.modes)
        created_at = self._booked_at(doctor, starts_at, source)
        times = Times(starts_at, starts_at + self._grid.length(doctor.row.id), created_at, is_cancelled)
        return Draft(times, patient.row.id, mode, source)

    def _source(self, patient: Known, slot: Slot, starts_at: datetime) -> Source:
        """Nobody walks in for tomorrow, nor into a video stretch."""
        weights = dict(UNREGISTERED if patient.row.account_id is None else REGISTERED)
        if starts_at > self._now + WALKS_IN_BEFORE or Mode.IN_PERSON.value not in slot.modes:
            weights[Source.WALK_IN] = 0
        return self._rng.choices(list(weights), list(weights.values()))[0]

    def _booked_at(self, doctor: Practitioner, starts_at: datetime, source: Source) -> datetime:
        """Before now, in the time between the doctor's horizon and the doctor's notice; most in the last days."""
        if source is Source.WALK_IN:
            return min(self._now, starts_at) - timedelta(minutes=self._rng.uniform(2, 40))
        latest = min(self._now, starts_at - timedelta(minutes=doctor.row.notice_minutes))
        longest = latest - (starts_at - timedelta(days=doctor.row.horizon_days))
        return latest - min(timedelta(days=self._rng.expovariate(1 / LEAD_DAYS)), self._rng.random() * longest)

    def _visit(self, visit: history.Visit) -> Draft:
        starts_at = instant(visit.day, visit.slot.minute)
        created_at = min(self._now, starts_at) - timedelta(days=2, minutes=self._rng.uniform(0, 600))
        times = Times(starts_at, starts_at + self._grid.length(visit.doctor_id), created_at, visit.is_cancelled)
        return Draft(times, visit.patient_id, visit.slot.modes[0], Source.WEB, visit.course)

    def _delay(self, doctor: Practitioner, drafts: list[Draft]) -> int:
        """Minutes late, for who is seeing patients now."""
        if not any(draft.times.starts_at <= self._now < draft.times.ends_at for draft in drafts):
            return 0
        return 10 if doctor.row.id == cast.DOCTOR_ID else self._rng.choices(*LATE)[0]

    def _write(self, doctor: Practitioner, day: date, drafts: list[Draft], *, delay: int) -> None:
        """Tokens go by the order of booking; rows stand in order of time."""
        drafts = sorted(drafts, key=lambda draft: draft.times.starts_at)
        booked = sorted(drafts, key=lambda draft: draft.times.created_at)
        tokens = {draft.times.starts_at: token for token, draft in enumerate(booked, start=1)}
        late = timedelta(minutes=delay)
        reached = standings(self._rng, [draft.times for draft in drafts], self._now, delay=late)
        rows = [
            AppointmentRow(
                id=UUID(int=self._rng.getrandbits(128), version=4),
                starts_at=draft.times.starts_at,
                ends_at=draft.times.ends_at,
                busy_until=draft.times.ends_at,
                day=day,
                doctor_id=doctor.row.id,
                patient_id=draft.patient_id,
                clinic_id=doctor.row.clinic_id,
                visit_type=(VisitType.PANCHAKARMA if draft.course else VisitType.FIRST_VISIT).value,
                therapist_id=draft.course and draft.course.therapist_id,
                room_id=draft.course and draft.course.room_id,
                course_id=draft.course and draft.course.id,
                status=standing.status.value,
                token=tokens[draft.times.starts_at],
                mode=draft.mode,
                source=draft.source.value,
                fee=doctor.row.fee,
                version=MOVES_TO[standing.status],
                **moments(draft.times, standing, tokens[draft.times.starts_at], delay=late)._asdict(),
                created_at=draft.times.created_at,
                updated_at=standing.updated_at,
            )
            for draft, standing in zip(drafts, reached, strict=True)
        ]
        self.appointments += rows
        # Every booking and every move since has numbered the day once.
        version, changed_at = sum(row.version for row in rows), max(row.updated_at for row in rows)
        self.days.append(DoctorDayRow(doctor.row.id, day, version, len(rows), delay, changed_at))


def _most(doctor: Practitioner, slots: int) -> int:
    """The popular may be full; with others something is always left."""
    return slots if doctor.popularity > 0.87 else max(1, int(0.92 * slots))
