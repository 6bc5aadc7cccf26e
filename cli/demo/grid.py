"""The slots a doctor can be booked at on a day, as the week, the breaks and the leaves leave them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cli.demo.clinics import TIME_ZONE
from cli.demo.doctors import Practitioner
from cli.demo.rows import BreakRow, HoursRow, LeaveRow

ZONE = ZoneInfo(TIME_ZONE)


class Slot(NamedTuple):
    """`minute` of the day on the wall clock."""

    minute: int
    modes: list[str]


class Grid:
    """Everyone's slots: from each stretch's start in steps of the doctor's own length, ending within the stretch."""

    def __init__(
        self,
        doctors: list[Practitioner],
        hours: list[HoursRow],
        leaves: Iterable[LeaveRow] = (),
        breaks: Iterable[BreakRow] = (),
    ) -> None:
        """Lay out the week once; days are cut from it."""
        self._length = {doctor.row.id: doctor.row.slot_minutes for doctor in doctors}
        self._week: dict[tuple[int, int], list[Slot]] = defaultdict(list)
        for stretch in hours:
            length = self._length[stretch.doctor_id]
            starts = range(_minute(stretch.opens), _minute(stretch.closes) - length + 1, length)
            self._week[stretch.doctor_id, stretch.weekday] += [Slot(minute, stretch.modes) for minute in starts]
        for pause in breaks:
            week, length = self._week[pause.doctor_id, pause.weekday], self._length[pause.doctor_id]
            starts_at, ends_at = _minute(pause.starts), _minute(pause.ends)
            week[:] = [slot for slot in week if slot.minute >= ends_at or slot.minute + length <= starts_at]
        self._leaves: dict[int, list[LeaveRow]] = defaultdict(list)
        for leave in leaves:
            self._leaves[leave.doctor_id].append(leave)

    def slots(self, doctor_id: int, day: date) -> list[Slot]:
        """In order of time, without those that touch a leave."""
        slots = self._week.get((doctor_id, day.weekday()), [])
        for leave in self._leaves.get(doctor_id, ()):
            slots = [slot for slot in slots if not self._touches(leave, day, slot.minute)]
        return slots

    def _touches(self, leave: LeaveRow, day: date, minute: int) -> bool:
        starts_at = instant(day, minute)
        return leave.starts_at < starts_at + self.length(leave.doctor_id) and starts_at < leave.ends_at

    def length(self, doctor_id: int) -> timedelta:
        """Of one slot."""
        return timedelta(minutes=self._length[doctor_id])

    def next_day(self, doctor_id: int, start: date, *, step: int = 1) -> date:
        """The first day from `start`, forwards or backwards, on which the doctor has slots."""
        return next(day for n in range(60) if self.slots(doctor_id, day := start + timedelta(days=n * step)))


def instant(day: date, minute: int) -> datetime:
    """The wall-clock minute of that day in the clinics' zone, as UTC."""
    return datetime.combine(day, time(minute // 60, minute % 60), ZONE).astimezone(UTC)


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
