"""Charts that were opened with a reason (break glass): written down, and looked at by the administrators."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, insert, select, update
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.crypto import seal, unseal
from core.db import Transaction
from core.errors import DomainError, NotFound
from core.tables import table
from core.words import N_
from models import ChartOpening, Patient, User
from models.user import Role
from services import inputs, trail
from services.permissions import Actor, can, require
from services.trail import read

GOOD_FOR = timedelta(minutes=60)
SHORTEST_REASON, LONGEST_REASON = 10, 500
SHOWN = 200
"""At most this many on the administrators' page."""


class ReasonNeeded(DomainError):
    """Not a patient of his day: the chart opens with a reason only."""

    code = "reason_needed"
    message = N_("Please say why you need this chart. The reason is recorded and shown to the administrators.")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A chart that was opened with a reason, as the administrators see it."""

    id: UUID
    who: str
    role: Role
    whom: str
    patient_id: int
    reason: str
    opened_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    seen_by: str


async def openings(*, by: Actor, now: datetime) -> list[Opening]:
    """The charts that were opened with a reason, those that nobody has looked at first. Raises NotAllowed."""
    require(by, "review_openings", None)
    who, seer = table(User).alias("who"), table(User).alias("seer")
    query = (
        select(table(ChartOpening), who.c.name.label("who"), who.c.role)
        .add_columns(col(Patient.name).label("whom"), seer.c.name.label("seer"))
        .join(who, who.c.id == col(ChartOpening.user_id))
        .join(Patient, col(Patient.id) == col(ChartOpening.patient_id))
        .outerjoin(seer, seer.c.id == col(ChartOpening.seen_by))
        .order_by(col(ChartOpening.seen_at).is_not(None), col(ChartOpening.opened_at).desc())
        .limit(SHOWN)
    )
    async with db.transaction() as tx:
        rows = (await tx.execute(query)).all()
        patients = {row.patient_id for row in rows}
        tx.record(read(by, "OpeningsRead", ("chart_openings", "all"), now=now, patient_ids=patients))
    return [_shown(row) for row in rows]


async def mark_seen(opening_id: UUID, *, by: Actor, now: datetime) -> None:
    """An administrator has looked at it; the first one's name stays. Raises NotAllowed, NotFound."""
    require(by, "review_openings", None)
    identity = inputs.number(opening_id, "opening")
    async with db.transaction() as tx:
        seen = await tx.execute(
            update(ChartOpening)
            .where(col(ChartOpening.id) == identity, col(ChartOpening.seen_at).is_(None))
            .values(seen_at=now, seen_by=by.user_id)
            .returning(col(ChartOpening.patient_id))
        )
        if (row := seen.first()) is None:
            raise NotFound
        tx.record(_entry(by, "opening_seen", identity, row.patient_id, now))


async def unseen(by: Actor) -> int:
    """How many openings wait to be looked at; 0 for one who may not."""
    if not can(by, "review_openings", None):
        return 0
    query = select(col(ChartOpening.id)).where(col(ChartOpening.seen_at).is_(None)).limit(100)
    async with db.snapshot() as connection:
        return len((await connection.execute(query)).all())


async def until(tx: Transaction, by: Actor, patient_id: int, *, now: datetime) -> datetime | None:
    """Until when an earlier reason is good."""
    query = select(col(ChartOpening.expires_at)).where(
        col(ChartOpening.user_id) == by.user_id,
        col(ChartOpening.patient_id) == patient_id,
        col(ChartOpening.expires_at) > now,
    )
    found: datetime | None = await tx.connection.scalar(query.order_by(col(ChartOpening.expires_at).desc()).limit(1))
    return found


async def break_glass(tx: Transaction, by: Actor, patient_id: int, reason: Any, *, now: datetime) -> datetime:
    """Write the reason down; until when it is good. Raises ReasonNeeded."""
    said = " ".join(reason.split()) if isinstance(reason, str) else ""
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON or not said.isprintable():
        raise ReasonNeeded
    identity, expires_at = uuid4(), now + GOOD_FOR
    await tx.execute(
        insert(ChartOpening).values(
            id=identity,
            user_id=by.user_id,
            patient_id=patient_id,
            reason_sealed=seal(said, about=_about(identity)),
            opened_at=now,
            expires_at=expires_at,
        )
    )
    tx.record(_entry(by, "break_glass", identity, patient_id, now))
    return expires_at


def _shown(row: Row[Any]) -> Opening:
    return Opening(
        id=row.id,
        who=row.who,
        role=Role(row.role),
        whom=row.whom,
        patient_id=row.patient_id,
        reason=unseal(row.reason_sealed, about=_about(row.id)),
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        seen_at=row.seen_at,
        seen_by=row.seer or "",
    )


def _about(opening_id: UUID) -> str:
    return f"chart_openings.reason:{opening_id}"


def _entry(by: Actor, action: str, opening_id: UUID, patient_id: int, now: datetime) -> AuditEntry:
    return trail.entry(by, action, ("chart_opening", str(opening_id)), now=now, patient_id=patient_id)
