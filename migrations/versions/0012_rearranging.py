"""Appointments that are picked and moved as one, whether their patients are told, and offers that are taken back."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE resolutions ADD COLUMN picked jsonb, ADD COLUMN tells boolean NOT NULL DEFAULT true;

ALTER TABLE waitlist_offers DROP CONSTRAINT waitlist_offers_outcome_check, ADD CONSTRAINT waitlist_offers_outcome_check
    CHECK (outcome IN ('offered', 'accepted', 'declined', 'lapsed', 'retracted', 'skipped'));
"""

DOWN = """
UPDATE waitlist_offers SET outcome = 'lapsed', reason = 'taken_back' WHERE outcome = 'retracted';
ALTER TABLE waitlist_offers DROP CONSTRAINT waitlist_offers_outcome_check, ADD CONSTRAINT waitlist_offers_outcome_check
    CHECK (outcome IN ('offered', 'accepted', 'declined', 'lapsed', 'skipped'));
ALTER TABLE resolutions DROP COLUMN tells, DROP COLUMN picked;
"""


def upgrade() -> None:
    """Add them; what was resolved before counts as told."""
    op.execute(UP)


def downgrade() -> None:
    """Take them away again; an offer that was retracted becomes one that was taken back."""
    op.execute(DOWN)
