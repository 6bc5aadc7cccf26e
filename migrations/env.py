"""Alembic's entry: runs on the connection that `cli.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import core.audit
import core.events
import core.idempotency  # noqa: F401  (these fill the metadata)
import models  # noqa: F401

PARTITIONED = ("appointments_", "audit_log_")


def include_object(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Partitions are made by `services.partitions`, not by revisions."""
    return not (kind == "table" and name is not None and name.startswith(PARTITIONED))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=include_object,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
