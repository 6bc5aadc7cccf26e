"""How a clinic orders those who wait, one who was passed over, the doctor's notes, and hours that cannot overlap."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE clinics
    ADD COLUMN queue_grace_minutes integer NOT NULL DEFAULT 10 CHECK (queue_grace_minutes BETWEEN 0 AND 120),
    ADD COLUMN queue_late_after integer NOT NULL DEFAULT 1 CHECK (queue_late_after BETWEEN 0 AND 20),
    ADD COLUMN queue_walk_in_after integer NOT NULL DEFAULT 3 CHECK (queue_walk_in_after BETWEEN 1 AND 50);

ALTER TABLE appointments ADD COLUMN skipped_at timestamptz;

-- One appointment's, like visit_reasons: no foreign key, for the key changes with the doctor.
CREATE TABLE visit_notes (
    id uuid PRIMARY KEY,
    patient_id integer NOT NULL REFERENCES patients (id),
    note_sealed bytea NOT NULL,
    version integer NOT NULL,
    written_by integer NOT NULL REFERENCES users (id),
    updated_at timestamptz NOT NULL
);
CREATE INDEX ix_visit_notes_patient_id ON visit_notes (patient_id);

-- A doctor cannot sit twice at one time of the week, wherever.
ALTER TABLE weekly_hours ADD CONSTRAINT weekly_hours_apart EXCLUDE USING gist (
    doctor_id WITH =, weekday WITH =,
    int4range((extract(epoch FROM opens) / 60)::integer, (extract(epoch FROM closes) / 60)::integer) WITH &&
);
"""

DOWN = """
ALTER TABLE weekly_hours DROP CONSTRAINT weekly_hours_apart;
DROP TABLE visit_notes;
ALTER TABLE appointments DROP COLUMN skipped_at;
ALTER TABLE clinics DROP COLUMN queue_grace_minutes, DROP COLUMN queue_late_after, DROP COLUMN queue_walk_in_after;
"""


def upgrade() -> None:
    """Add them; every clinic begins with the rule that all had."""
    op.execute(UP)


def downgrade() -> None:
    """Take them away again, the notes with them."""
    op.execute(DOWN)
