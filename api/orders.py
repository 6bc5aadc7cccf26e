"""What programs send that want a time: at an instant, or at a date and a time of day; for whom, and why."""

from typing import Annotated, Any

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from api.model import Body
from api.types import BodyId, Day, Instant, Version, WallTime, form, text
from models.doctor import Mode
from models.visit import VisitType
from services.orders import Order, WallClock
from services.people import Person
from services.visit_reasons import LONGEST as LONGEST_REASON


class PatientByPhone(Body):
    """Whom the booking is for: found by telephone and name, or else made known. For staff and keys."""

    name: Annotated[str, text(120), Field(examples=["Asha Kulkarni"])]
    phone: Annotated[str, text(40), Field(examples=["+919800000001"])]


class ForSomebody(Body):
    """A doctor, and for whom: `patientId` or `patient` or neither.

    Without either a patient means himself, and a key a guest under the key's own name; staff say who.
    """

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["patientId", "patient"]}})

    doctor_id: BodyId
    mode: Mode = Mode.IN_PERSON
    visit_type: VisitType = VisitType.FIRST_VISIT
    patient_id: BodyId | None = Field(default=None, examples=[42])
    patient: PatientByPhone | None = None

    @model_validator(mode="after")
    def _one_person(self) -> "ForSomebody":
        if {"patient_id", "patient"} <= self.model_fields_set:
            raise ValueError("patientId or patient, not both")
        return self

    @property
    def person(self) -> Person | None:
        """For the services."""
        return Person(name=self.patient.name, phone=self.patient.phone) if self.patient else None

    def _order(self, **more: Any) -> Order:
        return Order(
            doctor_id=self.doctor_id,
            mode=self.mode,
            visit=self.visit_type,
            patient_id=self.patient_id,
            person=self.person,
            **more,
        )


class AtInstant(ForSomebody):
    """A time, by its instant."""

    starts_at: Instant

    def order(self) -> Order:
        """For the services."""
        return self._order(at=self.starts_at)


Reason = Annotated[str | None, text(LONGEST_REASON), Field(examples=["Back pain for two weeks"])]
"""Why the patient comes: kept encrypted, and told only by the operation that reads this one appointment."""


class BookInstant(AtInstant):
    """A time, by its instant, and why the patient comes."""

    reason: Reason = None

    def order(self) -> Order:
        """For the services."""
        return self._order(at=self.starts_at, reason=self.reason)


class BookWallClock(ForSomebody):
    """A time, by the wall clock of the doctor's home clinic: the first, where the clock shows it twice."""

    appointment_date: Day
    appointment_time: WallTime
    reason: Reason = None

    def order(self) -> Order:
        """For the services."""
        return self._order(at=WallClock(self.appointment_date, self.appointment_time), reason=self.reason)


class _Elsewhere(Body):
    """Where an appointment goes; the doctor and the mode stay, where they are not said."""

    version: Version
    doctor_id: BodyId | None = None
    mode: Mode | None = None


class MoveToInstant(_Elsewhere):
    """Another time, by its instant."""

    starts_at: Instant

    def order(self) -> Order:
        """For the services."""
        return Order(doctor_id=self.doctor_id, mode=self.mode, at=self.starts_at)


class MoveToWallClock(_Elsewhere):
    """Another time, by the wall clock of the doctor's home clinic."""

    appointment_date: Day
    appointment_time: WallTime

    def order(self) -> Order:
        """For the services."""
        at = WallClock(self.appointment_date, self.appointment_time)
        return Order(doctor_id=self.doctor_id, mode=self.mode, at=at)


def _form(given: Any) -> str | None:
    if not isinstance(given, dict):
        return None
    return form("hold" if "holdId" in given else "instant" if "startsAt" in given else "wallClock")


Chosen = Discriminator(_form)
"""One of several forms, told apart by the field that only it has."""

Elsewhere = Annotated[
    Annotated[MoveToInstant, Tag(form("instant"))] | Annotated[MoveToWallClock, Tag(form("wallClock"))], Chosen
]
"""Where an appointment goes."""
