"""A doctor's day as it happens, for those who run it: the board, the queue that follows from it, what is paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from core import db
from services import queue
from services.absence.breaks import BACK_AT
from services.days import HIDDEN, DoctorDayBoard, board_of, reading
from services.dues import PAID, Due, due
from services.queue import Queue
from services.visit_lengths import history
from services.walls import bounds

WHOLE = reading(
    first=PAID.format(which="a.doctor_id = :doctor_id AND a.day = :day"),
    more={"currency": "d.currency", "paid": "paid.paid", "remitted": "paid.remitted", "back_at": BACK_AT},
    joined="LEFT JOIN paid ON paid.visit = a.id",
)


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
    # It is read anew after each change, in every server process: by one statement, which sees one moment.
    async with db.glance() as connection:
        rows = (await connection.execute(WHOLE, {"doctor_id": doctor_id, "day": day, "now": now})).all()
        board = await board_of(connection, doctor_id, day, rows)
    taken = [(booking, row) for booking, row in zip(board.bookings, rows, strict=False) if booking.status not in HIDDEN]
    paid = {booking.id: due(row) for booking, row in taken}
    begins, ends = bounds(day, board.zone)
    if (found := await running(board, now)) is None:
        return Dashboard(board=board, queue=None, valid_until=begins if now < begins else None, dues=paid)
    back: datetime | None = rows[0].back_at
    changes = [moment for moment in (found.valid_until, back, ends) if moment is not None]
    return Dashboard(board=board, queue=found, valid_until=min(changes), back_at=back, dues=paid)


async def running(board: DoctorDayBoard, now: datetime) -> Queue | None:
    """The queue of a day that is today's, by the clinic's wall clock."""
    begins, ends = bounds(board.day, board.zone)
    if not begins <= now < ends:
        return None
    return await queue.shared(board, now, await history(board.doctor_id, now))
