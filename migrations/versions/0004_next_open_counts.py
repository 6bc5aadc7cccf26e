"""Each doctor's next open slot counts its moves: two that move at one moment are two versions."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count from one."""
    op.execute("ALTER TABLE next_open ADD COLUMN version integer NOT NULL DEFAULT 1")


def downgrade() -> None:
    """Stop counting."""
    op.execute("ALTER TABLE next_open DROP COLUMN version")
