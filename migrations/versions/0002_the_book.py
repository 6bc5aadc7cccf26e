"""The appointment book: appointments, the doctor's days, the outbox of events, the audit trail."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE appointments (
    id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    day date NOT NULL,
    during tstzrange GENERATED ALWAYS AS (tstzrange(starts_at, ends_at)) STORED,
    doctor_id integer NOT NULL REFERENCES doctors (id),
    patient_id integer NOT NULL REFERENCES patients (id),
    clinic_id integer NOT NULL REFERENCES clinics (id),
    status varchar NOT NULL CHECK (status IN ('held', 'booked', 'checked_in', 'in_consultation', 'completed',
        'expired', 'cancelled', 'no_show', 'rescheduled')),
    held_until timestamptz CHECK (status <> 'held' OR held_until IS NOT NULL),
    token integer,
    mode varchar NOT NULL CHECK (mode IN ('in_person', 'video')),
    source varchar NOT NULL CHECK (source IN ('web', 'walk_in', 'phone', 'api', 'fhir', 'waitlist')),
    fee integer NOT NULL CHECK (fee >= 0),
    version integer NOT NULL DEFAULT 1,
    rescheduled_from uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, doctor_id, starts_at)
) PARTITION BY RANGE (starts_at);
CREATE INDEX ix_appointments_doctor_id ON appointments (doctor_id, starts_at);
CREATE INDEX ix_appointments_patient_id ON appointments (patient_id, starts_at);
CREATE INDEX ix_appointments_held_until ON appointments (held_until) WHERE status = 'held';

CREATE TABLE doctor_days (
    doctor_id integer NOT NULL REFERENCES doctors (id),
    day date NOT NULL,
    version integer NOT NULL DEFAULT 0,
    last_token integer NOT NULL DEFAULT 0,
    delay_minutes integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (doctor_id, day)
);
CREATE INDEX ix_doctor_days_changed_at ON doctor_days (changed_at);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind varchar NOT NULL,
    topics text[] NOT NULL,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    published_at timestamptz
);
CREATE INDEX ix_events_unpublished ON events (id) WHERE published_at IS NULL;

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    occurred_at timestamptz NOT NULL,
    actor_id integer,
    actor_role varchar NOT NULL,
    action varchar NOT NULL,
    object_type varchar NOT NULL,
    object_id varchar NOT NULL,
    patient_id integer,
    address varchar,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX ix_audit_log_patient_id ON audit_log (patient_id, occurred_at);
CREATE INDEX ix_audit_log_object ON audit_log (object_type, object_id);
"""


def upgrade() -> None:
    """Make the book; its partitions come from `services.partitions`."""
    op.execute(UP)


def downgrade() -> None:
    """Drop the book."""
    op.execute("DROP TABLE audit_log, events, doctor_days, appointments")
