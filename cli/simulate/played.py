"""A day of the model played through in memory by the clinic's own rule: what would be recorded of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from cli.simulate.model import Day, Person
from models.appointment import Source, Status
from services.days import Booking, DoctorDayBoard
from services.past_days import Visit
from services.queue_rule import QueueRule, in_order
from services.walls import bounds

ZONE = "Asia/Kolkata"
GIVEN_UP_AFTER = 45.0
"""Minutes after his time at which one who did not come is given up."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """The whole of a day; `board(now)` is what was recorded of it by then."""

    doctor_id: int
    day: date
    model: Day
    rule: QueueRule
    bookings: tuple[Booking, ...]

    def at(self, minute: float) -> datetime:
        """An instant by the minute of the wall clock."""
        return bounds(self.day, ZONE)[0] + timedelta(minutes=minute)

    def board(self, now: datetime) -> DoctorDayBoard:
        """The day as it stood then."""
        return DoctorDayBoard(
            doctor_id=self.doctor_id,
            clinic_id=1,
            day=self.day,
            zone=ZONE,
            version=int((now - self.at(0)).total_seconds() // 60),
            delay=timedelta(),
            rule=self.rule,
            bookings=tuple(known for each in self.bookings if (known := _as_of(each, now)) is not None),
            sits=tuple((self.at(opens), self.at(closes)) for opens, closes in self.model.hours),
        )

    def visits(self) -> list[Visit]:
        """The same as the past of the days to come."""
        return [Visit.of(each) for each in self.bookings]


def played(doctor_id: int, day: date, model: Day, rule: QueueRule) -> Played:
    """Whoever is first in the line goes in as soon as the doctor is free, until nobody comes any more."""
    found = Played(doctor_id=doctor_id, day=day, model=model, rule=rule, bookings=())
    booked = sorted((p for p in model.people if p.booked), key=lambda p: p.booked.time if p.booked else 0)
    tokens = {id(person): token for token, person in enumerate(booked, 1)}
    bookings: dict[int, Booking] = {tokens[id(p)]: _booking(found, p, tokens[id(p)]) for p in booked}
    people = {tokens[id(p)]: p for p in booked}
    coming = [p for p in model.people if p.arrives is not None]
    free, token = model.hours[0][0] + model.late[0], len(booked)
    while True:
        while coming and coming[0].arrives is not None and coming[0].arrives <= free:
            person = coming.pop(0)
            if person.booked is None:
                token += 1
                tokens[id(person)], people[token] = token, person
                bookings[token] = _booking(found, person, token)
            number, came = tokens[id(person)], found.at(person.arrives or 0)
            bookings[number] = replace(bookings[number], status=Status.CHECKED_IN, checked_in_at=came)
        waiting = in_order(bookings.values(), rule)
        if not waiting:
            if not coming:
                break
            free = _rested(model, max(free, coming[0].arrives or 0))
            continue
        number = waiting[0].token or 0
        ends = free + people[number].takes
        bookings[number] = replace(
            bookings[number], status=Status.COMPLETED, started_at=found.at(free), ended_at=found.at(ends)
        )
        free = ends + people[number].then
    return replace(found, bookings=tuple(sorted(map(_given_up, bookings.values()), key=lambda b: b.starts_at)))


def _rested(model: Day, minute: float) -> float:
    for (_, closed), (opens, _), late in zip(model.hours, model.hours[1:], model.late[1:], strict=False):
        if closed <= minute < opens:
            return opens + late
    return minute


def _given_up(booking: Booking) -> Booking:
    if booking.status != Status.BOOKED:
        return booking
    when = booking.starts_at + timedelta(minutes=GIVEN_UP_AFTER)
    return replace(booking, status=Status.NO_SHOW, updated_at=when)


def _as_of(booking: Booking, now: datetime) -> Booking | None:
    came, began, ended = booking.checked_in_at, booking.started_at, booking.ended_at
    if booking.status == Status.NO_SHOW:
        return booking if booking.updated_at <= now else replace(booking, status=Status.BOOKED)
    if came is None or came > now:
        if booking.source == Source.WALK_IN:
            return None
        return replace(booking, status=Status.BOOKED, checked_in_at=None, started_at=None, ended_at=None)
    if began is None or began > now:
        return replace(booking, status=Status.CHECKED_IN, started_at=None, ended_at=None)
    if ended is None or ended > now:
        return replace(booking, status=Status.IN_CONSULTATION, ended_at=None)
    return booking


def _booking(day: Played, person: Person, token: int) -> Booking:
    starts = day.at(person.booked.time if person.booked else person.arrives or 0)
    return Booking(
        id=UUID(int=day.doctor_id * 1000 + token),
        doctor_id=day.doctor_id,
        clinic_id=1,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=person.booked.slot if person.booked else 15),
        status=Status.BOOKED,
        held_until=None,
        token=token,
        mode="in_person",
        visit_type=person.visit_type,
        source=Source.WEB if person.booked else Source.WALK_IN,
        fee=0,
        version=1,
        is_emergency=person.is_emergency,
        rescheduled_from=None,
        checked_in_at=None,
        skipped_at=None,
        started_at=None,
        ended_at=None,
        updated_at=starts,
        patient_id=token,
        patient="",
        born_on=None,
    )
