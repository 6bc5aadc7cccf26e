"""What is said on the live socket: what a program asks for, and the form of each view."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, Strict

from api import wire
from api.operation import Model
from api.types import BodyId, Day, Instant
from models.appointment import Status
from services.dashboard import Dashboard
from services.patient_view import PatientView
from services.queue import Queue
from services.replay import Replay
from services.slot_views import SlotsView
from services.views import View
from services.watching import WatchedDay

Since = Annotated[int, Strict(), Field(ge=0, le=2**53)]
"""The version that the program still holds."""


class JoinDoctorRoom(Model):
    """A doctor's day; today on the clinic's clock where none is named."""

    doctor_id: BodyId
    date: Day | None = None
    since: Since | None = None


class LeaveDoctorRoom(Model):
    """A doctor's day that is watched no more; without a date today's."""

    doctor_id: BodyId
    date: Day | None = None


class JoinPatientRoom(Model):
    """A patient's appointments; of the account's holder where none is named."""

    patient_id: BodyId | None = None
    since: Since | None = None


class LeavePatientRoom(Model):
    """A patient who is watched no more; without a number the account's holder."""

    patient_id: BodyId | None = None


class Missed(Model):
    """What happened meanwhile, and the version that it led to."""

    event: str
    at: Instant
    version: int
    appointment_id: UUID | None = None


def slots(view: SlotsView) -> dict[str, Any]:
    """`slots-updated`: the whole grid of a day."""
    day = wire.day_slots(view).model_dump(mode="json", by_alias=True)
    return {"doctorId": view.doctor_id, "timezone": view.zone} | day


def queue(view: Queue) -> dict[str, Any]:
    """`queue-updated`: the whole queue of a day, by tokens."""
    return wire.queue(view).model_dump(mode="json", by_alias=True)


def appointments(view: View) -> dict[UUID, Any]:
    """Those of a day or of a patient, by id."""
    if isinstance(view, Dashboard):
        return {each.id: each for each in view.board.bookings}
    assert isinstance(view, PatientView)
    return {each.id: each for each in view.appointments}


def appointment(found: Any) -> dict[str, Any]:
    """One of them; with the name where it is a doctor's day, which only his clinic sees."""
    person = wire.Person(name=found.patient) if hasattr(found, "patient") else None
    return wire.appointment(found, patient=person).model_dump(mode="json", by_alias=True)


def listed(view: View) -> list[dict[str, Any]]:
    """Those of them that are there: a hold that ran out is told once, and then it is gone."""
    return [appointment(each) for each in appointments(view).values() if each.status != Status.EXPIRED]


def day_room(watched: WatchedDay, shown: Mapping[str, View], replay: Replay | None) -> dict[str, Any]:
    """The answer to who joins a doctor's room."""
    views = dict(zip(("slots", "queue", "day"), (shown[room] for room in watched.rooms), strict=False))
    found = slots(views["slots"]) | {"queue": queue(views["queue"])}
    if watched.sees_people:
        found["appointments"] = listed(views["day"])
    return found | _replayed(replay, names_people=watched.sees_people)


def patient_room(view: PatientView, replay: Replay | None) -> dict[str, Any]:
    """The answer to who joins a patient's room."""
    found = {"patientId": view.part.patient_id, "version": view.version, "appointments": listed(view)}
    return found | _replayed(replay, names_people=True)


def _replayed(replay: Replay | None, *, names_people: bool) -> dict[str, Any]:
    if replay is None:
        return {}
    missed = [Missed(**vars(each)) for each in replay.events]
    if not names_people:
        # Each version once, by what would have been pushed: no more than the grid itself tells.
        by_version = {each.version: each.at for each in missed}
        missed = [Missed(event="slots-updated", at=at, version=version) for version, at in by_version.items()]
    return {"missed": _told(missed), "readAgain": not replay.is_whole}


def _told(missed: Iterable[Missed]) -> list[dict[str, Any]]:
    return [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in missed]
