"""A doctor's day as it happens, for those who run it: the board, and the queue that follows from it."""

from dataclasses import dataclass
from datetime import date, datetime

from services import days, queue
from services.days import DoctorDayBoard
from services.queue import Queue
from services.visit_lengths import history
from services.walls import bounds


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """One reading of both. The queue is today's, by the clinic's wall clock; of another day there is none."""

    board: DoctorDayBoard
    queue: Queue | None
    valid_until: datetime | None

    @property
    def version(self) -> int:
        """The doctor-day's."""
        return self.board.version


async def dashboard(doctor_id: int, day: date, now: datetime) -> Dashboard:
    """The day as it stands; for the pusher, whose rooms were entered through `open_board`. Raises NotFound."""
    board = await days.board(doctor_id, day)
    begins, ends = bounds(day, board.zone)
    if not begins <= now < ends:
        return Dashboard(board=board, queue=None, valid_until=begins if now < begins else None)
    found = queue.of(board, now, await history(doctor_id, now))
    return Dashboard(board=board, queue=found, valid_until=found.valid_until or ends)
