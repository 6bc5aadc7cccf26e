"""The book as plain dicts and loops: what each operation must answer, written from the rules and from nothing else.

Time is in minutes from midnight of the day; a refusal is its code.
"""

from dataclasses import dataclass, field, replace

HOLD = 5
NOTICE = 30
FREE = 120
AROUND = 12 * 60
DAY_END = 24 * 60
STRETCHES = ((9 * 60, 11 * 60), (15 * 60, 16 * 60))
# Minutes with the patient and kept free after, for each doctor: booked visits, and those who walk in.
FIRST = {0: (30, 0), 1: (30, 10)}
FOLLOW_UP = {0: (15, 0), 1: (15, 10)}
ACTIVE = ("held", "booked", "checked_in", "in_consultation")
CONFIRMED = ("booked", "checked_in", "in_consultation", "completed")
FAMILY = (0, 1)
"""The patients of the one account; the others have their own."""


class Refused(Exception):
    """The model's answer is a refusal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Row:
    """An appointment; `id` is the book's own, once it is known."""

    id: object
    doctor: int
    patient: int
    start: int
    end: int
    busy: int
    status: str
    visit: str = "first_visit"
    until: int | None = None
    token: int | None = None
    version: int = 1
    started: int | None = None


@dataclass
class Model:
    """All of the book."""

    now: int = 8 * 60
    rows: list[Row] = field(default_factory=list)
    tokens: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})
    leaves: list[tuple[int, int, int]] = field(default_factory=list)

    def runs(self, row: Row) -> bool:
        return row.status in ACTIVE and not (row.status == "held" and row.until <= self.now)

    def lapsed(self, row: Row) -> bool:
        return row.status == "held" and row.until <= self.now

    def grid(self, doctor: int) -> list[tuple[int, int, int]]:
        minutes, buffer = FIRST[doctor]
        return [
            (start, start + minutes, start + minutes + buffer)
            for opens, closes in STRETCHES
            for start in range(opens, closes - minutes + 1, minutes + buffer)
        ]

    def slot(self, doctor: int, start: int, *, staff: bool) -> tuple[int, int, int]:
        found = next((slot for slot in self.grid(doctor) if slot[0] == start), None)
        if found is None or start <= self.now:
            raise Refused("not_open")
        if any(d == doctor and since < found[1] and until > start for d, since, until in self.leaves):
            raise Refused("not_open")
        if not staff and start < self.now + NOTICE:
            raise Refused("not_open")
        return found

    def end(self, row: Row) -> None:
        row.status, row.version = "expired", row.version + 1

    def put(self, doctor: int, patient: int, times: tuple[int, int, int], status: str, **more) -> Row:
        start, end, busy = times
        # Holds of the doctor's day that ran out make way, but only where they are in the way.
        there = [row for row in self.rows if row.status in ACTIVE and row.doctor == doctor]
        clash = [row for row in there if row.start < busy and row.busy > start]
        if any(self.runs(row) for row in clash):
            raise Refused("slot_taken")
        if any(
            row.status in ACTIVE and row.patient == patient and row.start < end and row.end > start and row not in clash
            for row in self.rows
        ):
            raise Refused("patient_busy")
        for row in clash:
            self.end(row)
        made = Row(None, doctor, patient, start, end, busy, status, **more)
        self.rows.append(made)
        return made

    def draw(self, doctor: int) -> int:
        self.tokens[doctor] += 1
        return self.tokens[doctor]

    def make_way(self, patient: int, doctor: int, times: tuple[int, int, int]) -> None:
        """The patient's holds that his own wish meets: those that ran out, and those with the same doctor."""
        for row in self.rows:
            meets = row.start < times[2] and row.busy > times[0]
            if row.status == "held" and row.patient == patient and meets and (self.lapsed(row) or row.doctor == doctor):
                self.end(row)

    def hold(self, patient: int, doctor: int, start: int, *, staff: bool) -> Row:
        times = self.slot(doctor, start, staff=staff)
        mine = None
        for row in self.rows:
            if row.status == "held" and row.patient == patient:
                if (row.doctor, row.start, row.visit) == (doctor, start, "first_visit") and not self.lapsed(row):
                    mine = row
                else:
                    self.end(row)
        if mine is not None:
            mine.until, mine.version = self.now + HOLD, mine.version + 1
            return mine
        return self.put(doctor, patient, times, "held", until=self.now + HOLD)

    def book(self, row: Row) -> Row:
        if row.status in CONFIRMED:
            return row
        if row.status != "held" or self.lapsed(row):
            raise Refused("hold_expired")
        row.status, row.until, row.token = "booked", None, self.draw(row.doctor)
        row.version += 1
        return row

    def book_at(self, patient: int, doctor: int, start: int, *, staff: bool) -> Row:
        times = self.slot(doctor, start, staff=staff)
        self.make_way(patient, doctor, times)
        return self.put(doctor, patient, times, "booked", token=self.draw(doctor))

    def release(self, row: Row) -> None:
        if row.status == "held":
            self.end(row)
        elif row.status in CONFIRMED:
            raise Refused("stale")

    def late(self, row: Row, *, staff: bool) -> None:
        if not staff and (row.start - self.now < FREE or row.status == "checked_in"):
            raise Refused("too_late")

    def cancel(self, row: Row, *, staff: bool) -> None:
        if row.status == "cancelled":
            return
        self.late(row, staff=staff)
        self.go(row, ("booked", "checked_in"), "cancelled")

    def reschedule(self, row: Row, doctor: int, start: int, *, staff: bool) -> Row:
        self.late(row, staff=staff)
        same = (row.doctor, row.start, row.visit) == (doctor, start, "first_visit")
        if same and row.status in ("booked", "checked_in"):
            return row
        times = self.slot(doctor, start, staff=staff)
        here = row.status == "checked_in" and row.doctor == doctor
        self.go(row, ("booked", "checked_in"), "rescheduled")
        self.make_way(row.patient, doctor, times)
        return self.put(doctor, row.patient, times, "checked_in" if here else "booked", token=self.draw(doctor))

    def go(self, row: Row, sources: tuple[str, ...], target: str) -> None:
        if row.status not in sources:
            raise Refused("stale")
        row.status, row.version = target, row.version + 1

    def check_in(self, row: Row) -> None:
        if row.status == "booked" and self.now - row.start > AROUND:
            raise Refused("too_late")
        self.go(row, ("booked",), "checked_in")

    def start(self, row: Row) -> None:
        inside = [r for r in self.rows if r.status == "in_consultation" and r.doctor == row.doctor and r is not row]
        if any(self.now - r.started < AROUND for r in inside):
            raise Refused("doctor_busy")
        self.go(row, ("checked_in",), "in_consultation")
        row.started = self.now

    def complete(self, row: Row) -> None:
        self.go(row, ("in_consultation",), "completed")

    def no_show(self, row: Row) -> None:
        if row.start > self.now:
            raise Refused("too_early")
        self.go(row, ("booked", "checked_in"), "no_show")

    def gap(self, doctor: int, length: int, buffer: int, windows, away=()) -> int:
        busy = {m for r in self.rows if self.runs(r) and r.doctor == doctor for m in range(r.start, r.busy)}
        gone = {m for since, until in away for m in range(since, until)}
        for opens, closes in windows:
            for start in range(max(opens, self.now), closes - length + 1):
                visit, kept = set(range(start, start + length)), set(range(start, start + length + buffer))
                if not busy & kept and not gone & visit:
                    return start
        raise Refused("day_full")

    def sweep(self, rows) -> None:
        for row in rows:
            if self.lapsed(row):
                self.end(row)

    def recall(self, row: Row) -> None:
        if row.status != "no_show":
            raise Refused("stale")
        self.sweep(r for r in self.rows if r.patient == row.patient or r.doctor == row.doctor)
        shift = 0
        others = [r for r in self.rows if self.runs(r) and r.doctor == row.doctor]
        if any(r.start < row.busy and r.busy > row.start for r in others):
            length, buffer = row.end - row.start, row.busy - row.end
            shift = self.gap(row.doctor, length, buffer, [(0, DAY_END)]) - row.start
        for r in self.rows:
            meets = r.start < row.end + shift and r.end > row.start + shift
            if r.status in ACTIVE and r.patient == row.patient and meets:
                raise Refused("patient_busy")
        row.start, row.end, row.busy = row.start + shift, row.end + shift, row.busy + shift
        row.status, row.version = "checked_in", row.version + 1

    def squeeze(self, patient: int, doctor: int, *, emergency: bool) -> Row:
        length, buffer = FOLLOW_UP[doctor]
        away = [(since, until) for d, since, until in self.leaves if d == doctor]
        windows = [(self.now, DAY_END)] if emergency else STRETCHES
        start = self.gap(doctor, length, buffer, windows, () if emergency else away)
        self.sweep(r for r in self.rows if r.patient == patient)
        times = start, start + length, start + length + buffer
        return self.put(doctor, patient, times, "checked_in", token=self.draw(doctor), visit="follow_up")

    def expire(self) -> None:
        self.sweep(self.rows)

    def copy(self) -> "Model":
        return Model(self.now, [replace(row) for row in self.rows], dict(self.tokens), list(self.leaves))
