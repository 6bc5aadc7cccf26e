"""What the demo's patient has behind her and ahead of her, with the two doctors she knows."""

from datetime import date, timedelta
from typing import NamedTuple

from cli.demo import cast
from cli.demo.grid import Grid, Slot
from cli.demo.rows import CourseRow


class Visit(NamedTuple):
    """One appointment that chance does not draw, placed on a slot of the doctor's day; a course's session or not."""

    doctor_id: int
    day: date
    slot: Slot
    patient_id: int
    is_cancelled: bool = False
    course: CourseRow | None = None


def past(grid: Grid, today: date) -> list[Visit]:
    """A visit kept some weeks ago, and one that she called off."""
    called_off = grid.next_day(cast.COLLEAGUE_ID, today - timedelta(days=9), step=-1)
    return [
        _visit(grid, cast.DOCTOR_ID, today - timedelta(days=24), 4),
        _visit(grid, cast.COLLEAGUE_ID, called_off, -1)._replace(is_cancelled=True),
    ]


def upcoming(grid: Grid, today: date) -> list[Visit]:
    """Tomorrow evening with her own doctor, and the colleague towards the week's end."""
    later = grid.next_day(cast.COLLEAGUE_ID, today + timedelta(days=4))
    return [_visit(grid, cast.DOCTOR_ID, today + timedelta(days=1), 22), _visit(grid, cast.COLLEAGUE_ID, later, 0)]


def _visit(grid: Grid, doctor_id: int, day: date, number: int) -> Visit:
    return Visit(doctor_id, day, grid.slots(doctor_id, day)[number], cast.PATIENT_ID)
