"""What happened in the last minutes is found without reading all events."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """By time."""
    op.execute("CREATE INDEX ix_events_occurred_at ON events (occurred_at)")


def downgrade() -> None:
    """Without."""
    op.execute("DROP INDEX ix_events_occurred_at")
