"""A doctor's day as it happens, for those who run it: the board, the queue that follows from it, what is paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from core import db
from services import queue
from services.absence.breaks import back_at
from services.days import DoctorDayBoard, board_within
from services.dues import Due, dues_of
from services.queue import Queue
from services.visit_lengths import history
from services.walls import bounds


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """One reading of all. The queue is today's, by the clinic's wall clock; of another day there is none.

    `back_at` is when the break is over that the doctor has taken; `dues` are by appointment.
    """

    board: DoctorDayBoard
    queue: Queue | None
    valid_until: datetime | None
    back_at: datetime | None = None
    dues: Mapping[UUID, Due] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The doctor-day's."""
        return self.board.version


async def dashboard(doctor_id: int, day: date, now: datetime) -> Dashboard:
    """The day as it stands; for the pusher, whose rooms were entered through `open_board`. Raises NotFound."""
    async with db.snapshot() as connection:
        board = await board_within(connection, doctor_id, day)
        dues = await dues_of(connection, [booking.id for booking in board.shown])
    begins, ends = bounds(day, board.zone)
    if (found := await running(board, now)) is None:
        return Dashboard(board=board, queue=None, valid_until=begins if now < begins else None, dues=dues)
    back = await back_at(doctor_id, now)
    changes = [moment for moment in (found.valid_until, back, ends) if moment is not None]
    return Dashboard(board=board, queue=found, valid_until=min(changes), back_at=back, dues=dues)


async def running(board: DoctorDayBoard, now: datetime) -> Queue | None:
    """The queue of a day that is today's, by the clinic's wall clock."""
    begins, ends = bounds(board.day, board.zone)
    if not begins <= now < ends:
        return None
    return queue.shared(board, now, await history(board.doctor_id, now))
