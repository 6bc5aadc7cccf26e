"""Reading a patient's data leaves a trace, as changing it does."""

from collections.abc import Iterable
from datetime import datetime

from core.audit import AuditEntry
from services.permissions import Actor


def read(
    by: Actor,
    action: str,
    what: tuple[str, str],
    *,
    now: datetime,
    patient_id: int | None = None,
    patient_ids: Iterable[int] = (),
) -> AuditEntry:
    """The entry to record: who read `what`, its kind and its id, of whom; of several people by `patient_ids`."""
    kind, identity = what
    several = sorted(set(patient_ids))
    return AuditEntry(
        occurred_at=now,
        actor_id=by.user_id,
        actor_role=by.role,
        action=action,
        object_type=kind,
        object_id=identity,
        patient_id=patient_id,
        address=by.address,
        details={"patients": several} if several else {},
    )
