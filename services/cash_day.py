"""A clinic's cash sheets of one day, as its desk and an administrator see them; of patients only their tokens."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from core.crypto import unseal
from core.errors import NotFound
from models.desk_payment import Method
from services import inputs, trail
from services.desks import Desk
from services.permissions import Actor, require

CLINIC = text("SELECT id, name, time_zone FROM clinics WHERE id = :id")

SHEETS = text("""
    SELECT s.*, c.name AS closer, o.name AS opener, r.name AS reopener
    FROM cash_sheets s JOIN users o ON o.id = s.opened_by LEFT JOIN users c ON c.id = s.closed_by
        LEFT JOIN users r ON r.id = s.reopened_by
    WHERE s.clinic_id = :clinic AND s.day = :day ORDER BY s.number
""")

PAYMENTS = text("""
    SELECT p.*, a.token, d.name AS doctor, t.name AS taker, v.name AS voider
    FROM desk_payments p JOIN cash_sheets s ON s.id = p.sheet_id JOIN doctors d ON d.id = p.doctor_id
        JOIN users t ON t.id = p.taken_by LEFT JOIN users v ON v.id = p.voided_by
        LEFT JOIN LATERAL (SELECT token FROM appointments WHERE id = p.appointment_id LIMIT 1) a ON true
    WHERE s.clinic_id = :clinic AND s.day = :day ORDER BY p.taken_at, p.id
""")

VERSIONS = text("""
    SELECT clinic_id, day, sum(version) AS total FROM cash_sheets
    WHERE clinic_id = ANY(:clinics) AND day = ANY(:days) GROUP BY clinic_id, day
""")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One payment, in minor units. `remark` is why it is not the fee, `void_reason` why it counts no more."""

    id: UUID
    taken_at: datetime
    token: int | None
    doctor: str
    method: Method
    amount: int
    remitted: int
    reference: str
    remark: str
    taker: str
    voider: str
    voided_at: datetime | None
    void_reason: str

    @property
    def counts(self) -> bool:
        """Whether it is in the sums: it was not voided."""
        return self.voided_at is None


@dataclass(frozen=True)
class Total:
    """Of one method, doctor or member of the staff: the sum, and of how many payments."""

    name: str
    amount: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet with its lines, in the order in which they were taken; `counted` once it is closed."""

    id: UUID
    number: int
    version: int
    currency: str
    opening_float: int
    opener: str
    opened_at: datetime
    counted: int | None
    expected_then: int | None
    closer: str
    closed_at: datetime | None
    reopener: str
    reopened_at: datetime | None
    reopen_reason: str
    lines: tuple[Line, ...]

    @property
    def is_closed(self) -> bool:
        """Whether it takes nothing more."""
        return self.closed_at is not None

    @property
    def total(self) -> int:
        """All that counts, however it was paid."""
        return sum(line.amount for line in self.lines if line.counts)

    @property
    def remitted(self) -> int:
        """What patients were let off of their fees, in minor units."""
        return sum(line.remitted for line in self.lines if line.counts)

    @property
    def expected(self) -> int:
        """What should lie in the drawer."""
        cash = sum(line.amount for line in self.lines if line.counts and line.method == Method.CASH)
        return self.opening_float + cash

    @property
    def difference(self) -> int:
        """By how much more was counted."""
        return 0 if self.counted is None or self.expected_then is None else self.counted - self.expected_then

    def totals(self, of: Callable[[Line], str]) -> list[Total]:
        """The sums by whatever `of` says of a line, the largest first."""
        found: dict[str, list[int]] = {}
        for line in self.lines:
            if line.counts:
                found.setdefault(of(line), []).append(line.amount)
        each = [Total(name, sum(amounts), len(amounts)) for name, amounts in found.items()]
        return sorted(each, key=lambda total: (-total.amount, total.name))


@dataclass(frozen=True, kw_only=True)
class CashDay:
    """The day's sheets. `version` counts all their changes."""

    clinic_id: int
    clinic: str
    zone: str
    day: date
    version: int
    sheets: tuple[Sheet, ...]
    valid_until: datetime | None = None


async def opened(clinic_id: int, day: date, *, by: Actor, now: datetime, action: str = "CashSheetRead") -> CashDay:
    """The day for one who may see it; that he did is recorded. Raises NotFound, NotAllowed."""
    require(by, "run_desk", Desk(inputs.identity(clinic_id, "clinic_id")))
    found = await cash_day(clinic_id, day)
    async with db.transaction() as tx:
        tx.record(trail.read(by, action, ("cash_day", f"{clinic_id}:{day}"), now=now))
    return found


async def cash_day(clinic_id: int, day: date) -> CashDay:
    """The day as it stands; for the pusher, whose rooms were entered through `opened`. Raises NotFound."""
    asked = {"clinic": clinic_id, "day": day}
    async with db.snapshot() as connection:
        clinic = (await connection.execute(CLINIC, {"id": clinic_id})).first()
        if clinic is None:
            raise NotFound(clinic_id=clinic_id)
        sheets = (await connection.execute(SHEETS, asked)).all()
        payments = (await connection.execute(PAYMENTS, asked)).all()
    return CashDay(
        clinic_id=clinic_id,
        clinic=clinic.name,
        zone=clinic.time_zone,
        day=day,
        version=sum(row.version for row in sheets),
        sheets=tuple(_sheet(row, [_line(each) for each in payments if each.sheet_id == row.id]) for row in sheets),
    )


async def versions(connection: AsyncConnection, days: Sequence[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """The version of each clinic's day; those without a sheet are left out."""
    asked = {"clinics": [clinic for clinic, _ in days], "days": [day for _, day in days]}
    return {(row.clinic_id, row.day): int(row.total) for row in await connection.execute(VERSIONS, asked)}


def _sheet(row: Row[Any], lines: Iterable[Line]) -> Sheet:
    return Sheet(
        id=row.id,
        number=row.number,
        version=row.version,
        currency=row.currency,
        opening_float=row.opening_float,
        opener=row.opener,
        opened_at=row.opened_at,
        counted=row.counted,
        expected_then=row.expected,
        closer=row.closer or "",
        closed_at=row.closed_at,
        reopener=row.reopener or "",
        reopened_at=row.reopened_at,
        reopen_reason=_said(row.reopen_reason_sealed, f"cash_sheets.reopen_reason:{row.id}"),
        lines=tuple(lines),
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        id=row.id,
        taken_at=row.taken_at,
        token=row.token,
        doctor=row.doctor,
        method=Method(row.method),
        amount=row.amount,
        remitted=row.remitted,
        reference=row.reference or "",
        remark=_said(row.remark_sealed, f"desk_payments.remark:{row.id}"),
        taker=row.taker,
        voider=row.voider or "",
        voided_at=row.voided_at,
        void_reason=_said(row.void_reason_sealed, f"desk_payments.void_reason:{row.id}"),
    )


def _said(sealed: bytes | None, about: str) -> str:
    return "" if sealed is None else unseal(sealed, about=about)
