"""Why a patient comes, who made a person known, stored answers sealed, and the book in order of time."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE patients ADD COLUMN made_by integer REFERENCES users (id);

-- One appointment's, whose key is of three columns and changes when it is given to another doctor: no foreign key.
CREATE TABLE visit_reasons (
    id uuid PRIMARY KEY,
    patient_id integer NOT NULL REFERENCES patients (id),
    reason_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ix_visit_reasons_patient_id ON visit_reasons (patient_id);

CREATE INDEX ix_appointments_starts_at ON appointments (starts_at, id);
CREATE INDEX ix_appointments_clinic_id ON appointments (clinic_id, starts_at, id);

-- Answers of a day at most, whose keys are as good as new without them.
DELETE FROM idempotency_keys;
ALTER TABLE idempotency_keys
    DROP COLUMN answer,
    ADD COLUMN id uuid NOT NULL UNIQUE,
    ADD COLUMN answer_sealed bytea;
"""

DOWN = """
DELETE FROM idempotency_keys;
ALTER TABLE idempotency_keys DROP COLUMN answer_sealed, DROP COLUMN id, ADD COLUMN answer jsonb;
DROP INDEX ix_appointments_clinic_id, ix_appointments_starts_at;
DROP TABLE visit_reasons;
ALTER TABLE patients DROP COLUMN made_by;
"""


def upgrade() -> None:
    """Add them; whoever is there was made by himself or by the house."""
    op.execute(UP)


def downgrade() -> None:
    """Take them away again, the reasons with them."""
    op.execute(DOWN)
