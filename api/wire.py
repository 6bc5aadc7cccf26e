"""What is told of the book, in the same form by REST and by the live socket."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from api.model import Model
from api.types import BodyId, Day, Instant
from models.appointment import Source, Status
from models.doctor import Mode
from models.visit import VisitType
from services import forecast
from services import queue as queues
from services.bookings import Booking
from services.slot_views import SlotsView
from services.slots import Slot


def _is_none(value: Any) -> bool:
    return value is None


class Person(Model):
    """Who is treated, as the clinic knows him."""

    name: str = Field(examples=["Asha Kulkarni"])
    phone: str | None = Field(default=None, examples=["+919800000001"])


class Appointment(Model):
    """An appointment or a hold; `fee` in minor units; `version` grows with each change.

    `patient` is there for the clinic and for keys, `reason` where one appointment is read and one was said.
    """

    id: UUID
    doctor_id: BodyId
    patient_id: BodyId
    clinic_id: BodyId
    starts_at: Instant
    ends_at: Instant
    status: Status
    mode: Mode
    visit_type: VisitType
    token: int | None = Field(examples=[7])
    fee: int = Field(examples=[50000])
    source: Source
    version: int = Field(examples=[1])
    held_until: Instant | None = None
    rescheduled_from: UUID | None = None
    patient: Person | None = Field(default=None, exclude_if=_is_none)
    reason: str | None = Field(default=None, exclude_if=_is_none, examples=["Back pain for two weeks"])


class Hold(Model):
    """A time that is kept until `heldUntil`; `holdId` books it, or lets it go."""

    hold_id: UUID
    held_until: Instant
    doctor_id: BodyId
    patient_id: BodyId
    clinic_id: BodyId
    starts_at: Instant
    ends_at: Instant
    mode: Mode
    visit_type: VisitType
    fee: int = Field(examples=[50000])
    patient: Person | None = Field(default=None, exclude_if=_is_none)


class Alternative(Model):
    """A time that is open instead."""

    starts_at: Instant
    ends_at: Instant


class SlotOfDay(Model):
    """A time of the doctor's grid, and what becomes of it."""

    starts_at: Instant
    ends_at: Instant
    status: Literal["open", "held", "booked", "blocked"]


class DaySlots(Model):
    """The grid of one date of the clinic's wall clock; `version` is the doctor-day's."""

    date: Day
    version: int = Field(examples=[12])
    slots: list[SlotOfDay]


class WaitingToken(Model):
    """One who is here and waits; `position` 1 is next."""

    token: int = Field(examples=[8])
    position: int = Field(examples=[1])


class TimeRange(Model):
    """From one instant to another."""

    earliest: Instant
    latest: Instant


class Expected(Model):
    """When it is expected: `likely` holds for every second one, `nearly_sure` for nine of ten."""

    median: Instant
    likely: TimeRange
    nearly_sure: TimeRange


class QueueTurn(Model):
    """One who waits or is still to come; `expected` is when he goes in, if he comes."""

    token: int = Field(examples=[8])
    is_here: bool
    ahead: int = Field(examples=[0])
    expected: Expected | None


class Queue(Model):
    """A doctor's queue by tokens; `version` is the doctor-day's, `expected` are booked and not here yet.

    `turns` are all who are still to go in, as they are expected to; `ends` is when the day will be over.
    """

    doctor_id: BodyId
    date: Day
    timezone: str = Field(examples=["Asia/Kolkata"])
    version: int = Field(examples=[12])
    delay_minutes: int = Field(examples=[25])
    now_serving: int | None = Field(examples=[7])
    waiting: list[WaitingToken]
    turns: list[QueueTurn]
    ends: Expected | None
    expected: int = Field(examples=[3])
    done: int = Field(examples=[6])


def appointment(found: Any, *, patient: Person | None = None, reason: str | None = None) -> Appointment:
    """Of anything that has an appointment's columns."""
    return Appointment(
        id=found.id,
        doctor_id=found.doctor_id,
        patient_id=found.patient_id,
        clinic_id=found.clinic_id,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        status=found.status,
        mode=found.mode,
        visit_type=found.visit_type,
        token=found.token,
        fee=found.fee,
        source=found.source,
        version=found.version,
        held_until=found.held_until,
        rescheduled_from=found.rescheduled_from,
        patient=patient,
        reason=reason,
    )


def booking(found: Booking) -> Appointment:
    """As whoever asks may see it."""
    return appointment(found.appointment, patient=_person(found), reason=found.reason)


def hold(found: Booking) -> Hold:
    """What is kept, and until when."""
    held = found.appointment
    assert held.held_until is not None
    return Hold(
        hold_id=held.id,
        held_until=held.held_until,
        doctor_id=held.doctor_id,
        patient_id=held.patient_id,
        clinic_id=held.clinic_id,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        mode=held.mode,
        visit_type=held.visit_type,
        fee=held.fee,
        patient=_person(found),
    )


def alternative(slot: Slot) -> Alternative:
    """An open slot."""
    return Alternative(starts_at=slot.starts_at, ends_at=slot.ends_at)


def dumped(model: Model) -> dict[str, Any]:
    """A model as a part of a larger answer."""
    return model.model_dump(by_alias=True, mode="json")


def _person(found: Booking) -> Person | None:
    return Person(name=found.person.name, phone=found.person.phone) if found.person else None


def day_slots(view: SlotsView) -> DaySlots:
    """One day's grid."""
    slots = [SlotOfDay(starts_at=s.starts_at, ends_at=s.ends_at, status=s.status.value) for s in view.slots]
    return DaySlots(date=view.day, version=view.version, slots=slots)


def queue(view: queues.Queue) -> Queue:
    """The queue of one day."""
    return Queue(
        doctor_id=view.doctor_id,
        date=view.day,
        timezone=view.zone,
        version=view.version,
        delay_minutes=int(view.delay.total_seconds() // 60),
        now_serving=view.inside,
        waiting=[WaitingToken(token=token, position=place) for place, token in enumerate(view.waiting, 1)],
        turns=[
            QueueTurn(token=each.token, is_here=each.is_here, ahead=each.ahead, expected=_expected(each.expected))
            for each in view.turns
        ],
        ends=_expected(view.ends),
        expected=view.expected,
        done=view.done,
    )


def _expected(found: forecast.Expected | None) -> Expected | None:
    if found is None:
        return None
    likely, sure = (TimeRange(earliest=since, latest=until) for since, until in (found.likely, found.nearly_sure))
    return Expected(median=found.median, likely=likely, nearly_sure=sure)
