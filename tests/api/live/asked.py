"""What a program asks on the live socket, and who it is."""

from typing import Any

from core import clock, db
from services import appointments, sessions
from services.permissions import Actor
from tests.api.program import log_in
from tests.api.socket import House, Program
from tests.people import DAY, NOW, Cast, at


async def of(house: House, who: Actor) -> Program:
    """Connected with that person's token."""
    return await house.program({"token": await log_in(who)})


async def book(cast: Cast, hour: int) -> appointments.Appointment:
    """One of Asha's."""
    held = await appointments.hold(cast.wish(at(hour)), by=cast.asha, now=NOW)
    return await appointments.book(held.id, by=cast.asha, now=NOW)


def day_of(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"doctorId": cast.doctor_id, "date": DAY.isoformat(), **more}


def refusal(answer: Any) -> str:
    """The code, of a refusal that has the form of a problem."""
    error = answer["error"]
    assert error["type"] == f"/api/docs#{error['code']}"
    assert error["title"]
    assert error["status"] >= 400
    return str(error["code"])


async def session(who: Actor) -> str:
    async with db.transaction() as tx:
        return await sessions.open_session(tx, who.user_id, who.role, address=None, user_agent=None, now=clock.now())
