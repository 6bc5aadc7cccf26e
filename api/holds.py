"""`/api/holds`: a time is kept for five minutes, and let go."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from api import wire
from api.operation import Asked, Described, Known, asks
from api.orders import AtInstant
from core import clock
from models.api_key import Scope
from services import orders
from services.permissions import Access

HoldId = Annotated[UUID, Path(alias="holdId", description="The `holdId` that was answered.")]


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_WRITE)
async def hold(given: AtInstant, by: Known, asked: Asked) -> wire.Hold:
    """Keep a time for five minutes; asked for again by the same person, it is kept for five more."""
    return wire.hold(await orders.hold(given.order(), by=by, now=clock.now(), asked=asked.once(wire.hold)))


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_WRITE)
async def release(hold_id: HoldId, by: Known) -> None:
    """Let a held time go; one that has run out is let go already."""
    await orders.release(hold_id, by=by, now=clock.now())


OPERATIONS: list[Described] = [
    ("POST", "/holds", hold, {"status_code": 201}),
    ("DELETE", "/holds/{holdId}", release, {"status_code": 204}),
]
