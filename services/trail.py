"""What somebody did, for the trail; reading a patient's data leaves a trace, as changing it does."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from core.audit import AuditEntry
from services.permissions import Actor


def entry(
    by: Actor | None,
    action: str,
    what: tuple[str, str],
    *,
    now: datetime,
    patient_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """The entry to record: who did what to `what`, its kind and its id; by None: the clock did."""
    kind, identity = what
    return AuditEntry(
        occurred_at=now,
        # Nought is no account: only the link to a visit let him in.
        actor_id=(by.user_id or None) if by else None,
        actor_role=by.role if by else "system",
        action=action,
        object_type=kind,
        object_id=identity,
        patient_id=patient_id,
        address=by.address if by else None,
        details=dict(details or {}),
    )


def read(
    by: Actor,
    action: str,
    what: tuple[str, str],
    *,
    now: datetime,
    patient_id: int | None = None,
    patient_ids: Iterable[int] = (),
) -> AuditEntry:
    """The entry of a reading: of one patient, or of several."""
    several = sorted(set(patient_ids))
    return entry(by, action, what, now=now, patient_id=patient_id, details={"patients": several} if several else {})
