"""The events of the last minutes are found without reading a week of them."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """By when they happened."""
    op.create_index("ix_events_occurred_at", "events", ["occurred_at"])


def downgrade() -> None:
    """Only by their numbers."""
    op.drop_index("ix_events_occurred_at", "events")
