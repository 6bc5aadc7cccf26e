"""`/api/waitlist`: wait for a time of a doctor to become free; an offer is a hold, and booked as any other."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import ConfigDict, Field, Strict

from api import pages, wire
from api.model import Model
from api.operation import Asked, Described, Known, asks
from api.orders import ForSomebody
from api.types import BodyId, Day, Id, Instant, WallTime
from core import clock
from models import WaitlistEntry as Entry
from models.api_key import Scope
from models.doctor import Mode
from models.visit import VisitType
from models.waitlist import Waiting
from services.people import NOBODY_YET
from services.permissions import Access
from services.waiting import waiters, waitlist
from services.waiting.waiters import Spot, Waiter
from services.waiting.waitlist import Hope

EntryId = Annotated[UUID, Path(alias="entryId", description="The `id` of a place.")]
Weekday = Annotated[int, Strict(), Field(ge=0, le=6)]


class WishedHours(Model):
    """Which days and times would do, on the clinic's wall clock; weekdays begin with Monday, 0; none is any."""

    first_day: Day
    last_day: Day
    weekdays: list[Weekday] = Field(default=[], max_length=7, examples=[[0, 2]])
    earliest: WallTime | None = None
    latest: WallTime | None = None


class WaitlistWish(ForSomebody, WishedHours):
    """A time of the doctor that would do, and for whom."""

    # Of the two that it is made of, the second would have the last word.
    model_config = ConfigDict(populate_by_name=False)


class WaitlistOffer(Model):
    """A time that is kept for whoever waits: book `holdId` before `answerBy`, or let it go."""

    hold_id: UUID
    starts_at: Instant
    answer_by: Instant


class WaitlistEntry(WishedHours):
    """A place on a doctor's list."""

    id: UUID
    doctor_id: BodyId
    patient_id: BodyId
    mode: Mode
    visit_type: VisitType
    status: Waiting
    version: int = Field(examples=[1])


class WaitlistPlace(WaitlistEntry):
    """A place, whose it is, and what is offered now; `position` 1 is first."""

    position: int = Field(examples=[1])
    patient: wire.Person
    offer: WaitlistOffer | None


class Waitlist(Model):
    """A page of those who wait, in the order of the lists."""

    waitlist: list[WaitlistPlace]
    next_cursor: str | None = Field(examples=["WzE3LHRydWUsNDdd"])


@asks(Access.SIGNED_IN, Scope.WAITLIST_WRITE)
async def join(given: WaitlistWish, by: Known, asked: Asked) -> WaitlistEntry:
    """Go to the end of a doctor's waitlist."""
    hope = Hope(
        doctor_id=given.doctor_id,
        patient_id=given.patient_id or NOBODY_YET,
        first_day=given.first_day,
        last_day=given.last_day,
        mode=given.mode,
        visit=given.visit_type,
        weekdays=frozenset(given.weekdays),
        earliest=given.earliest,
        latest=given.latest,
    )
    joined = waitlist.join(hope, by=by, now=clock.now(), named=given.person, asked=asked.once(_joined))
    return _joined(await joined)


@asks(Access.SIGNED_IN)
async def look(
    by: Known,
    doctor_id: Annotated[Id | None, Query(alias="doctorId", description="For those who run the doctor's day.")] = None,
    limit: pages.Limit = 50,
    cursor: pages.Cursor = None,
) -> Waitlist:
    """Where one's own people wait, and what is offered to them; or all who wait for a doctor."""
    after = pages.after(cursor, (int, bool, int))
    place = after and Spot(*after)
    if doctor_id is None:
        found = await waiters.mine(by=by, limit=limit + 1, after=place)
    else:
        found = await waiters.entries_of(doctor_id, by=by, now=clock.now(), limit=limit + 1, after=place)
    shown, last = pages.page(found, limit)
    return Waitlist(waitlist=[_place(each) for each in shown], next_cursor=last and pages.cursor(last.spot))


@asks(Access.SIGNED_IN, Scope.WAITLIST_WRITE)
async def leave(entry_id: EntryId, by: Known) -> None:
    """Leave the list; a time that was offered goes to the next."""
    await waitlist.withdraw(entry_id, by=by, now=clock.now())


def _joined(entry: Entry) -> WaitlistEntry:
    return WaitlistEntry(id=entry.id, **{name: getattr(entry, name) for name in COLUMNS})


def _place(waiter: Waiter) -> WaitlistPlace:
    offer = None
    if waiter.appointment_id and waiter.starts_at and waiter.answer_by:
        offer = WaitlistOffer(hold_id=waiter.appointment_id, starts_at=waiter.starts_at, answer_by=waiter.answer_by)
    own = {name: getattr(waiter, name) for name in COLUMNS}
    return WaitlistPlace(
        id=waiter.entry_id, position=waiter.position, patient=wire.Person(name=waiter.patient), offer=offer, **own
    )


COLUMNS = tuple(WaitlistEntry.model_fields.keys() - {"id"})
"""What a place has in common with its row."""

OPERATIONS: list[Described] = [
    ("POST", "/waitlist", join, {"status_code": 201}),
    ("GET", "/waitlist", look, {}),
    ("DELETE", "/waitlist/{entryId}", leave, {"status_code": 204}),
]
