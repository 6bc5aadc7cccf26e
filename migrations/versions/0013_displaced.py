"""Whom the clinic took an appointment from goes first on its waitlist; several doctors are away by one resolution."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE waitlist_entries ADD COLUMN displaced_by uuid REFERENCES resolutions (id);
CREATE INDEX ix_waitlist_entries_displaced_by ON waitlist_entries (displaced_by);
UPDATE waitlist_entries w SET displaced_by = r.id FROM resolutions r
    WHERE r.created_at = w.created_at AND r.undone_at IS NULL AND EXISTS (
        SELECT FROM resolution_moves m JOIN appointments a ON a.id = m.appointment_id
        WHERE m.resolution_id = r.id AND m.moved_to IS NULL
            AND a.patient_id = w.patient_id AND a.doctor_id = w.doctor_id);

ALTER TABLE resolutions ADD COLUMN leave_ids integer[];
UPDATE resolutions SET leave_ids = ARRAY[leave_id] WHERE leave_id IS NOT NULL;
ALTER TABLE resolutions DROP COLUMN leave_id;
"""

DOWN = """
ALTER TABLE resolutions ADD COLUMN leave_id integer;
UPDATE resolutions SET leave_id = leave_ids[1];
ALTER TABLE resolutions DROP COLUMN leave_ids;
ALTER TABLE waitlist_entries DROP COLUMN displaced_by;
"""


def upgrade() -> None:
    """Add them; whoever was put on a list by a resolution is told from when he was."""
    op.execute(UP)


def downgrade() -> None:
    """Take them away again; of several doctors' leaves the first stays the resolution's."""
    op.execute(DOWN)
