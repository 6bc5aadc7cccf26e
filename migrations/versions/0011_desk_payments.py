"""Money taken at the desk, and the sheets of a clinic's day that it stands on."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# No more than a million of any currency's units stands on one line.
UP = """
CREATE TABLE cash_sheets (
    id uuid PRIMARY KEY,
    clinic_id integer NOT NULL REFERENCES clinics (id),
    day date NOT NULL,
    number integer NOT NULL,
    currency varchar NOT NULL,
    opening_float integer NOT NULL CHECK (opening_float BETWEEN 0 AND 100000000),
    version integer NOT NULL,
    opened_by integer NOT NULL REFERENCES users (id),
    opened_at timestamptz NOT NULL,
    counted integer CHECK (counted BETWEEN 0 AND 100000000),
    expected integer,
    closed_by integer REFERENCES users (id),
    closed_at timestamptz,
    reopened_by integer REFERENCES users (id),
    reopened_at timestamptz,
    reopen_reason_sealed bytea,
    UNIQUE (clinic_id, day, number),
    CHECK (num_nulls(counted, expected, closed_by, closed_at) IN (0, 4))
);
CREATE UNIQUE INDEX ux_cash_sheets_open ON cash_sheets (clinic_id, day, currency) WHERE closed_at IS NULL;

CREATE TABLE desk_payments (
    id uuid PRIMARY KEY,
    appointment_id uuid NOT NULL,
    clinic_id integer NOT NULL REFERENCES clinics (id),
    doctor_id integer NOT NULL REFERENCES doctors (id),
    sheet_id uuid NOT NULL REFERENCES cash_sheets (id),
    amount integer NOT NULL CHECK (amount BETWEEN 0 AND 100000000),
    remitted integer NOT NULL CHECK (remitted BETWEEN 0 AND 100000000),
    currency varchar NOT NULL,
    method varchar NOT NULL CHECK (method IN ('cash', 'card', 'upi')),
    reference varchar,
    remark_sealed bytea,
    taken_by integer NOT NULL REFERENCES users (id),
    taken_at timestamptz NOT NULL,
    voided_by integer REFERENCES users (id),
    voided_at timestamptz,
    void_reason_sealed bytea,
    CHECK (amount + remitted > 0),
    CHECK ((method = 'cash') = (reference IS NULL)),
    CHECK (num_nulls(voided_by, voided_at, void_reason_sealed) IN (0, 3))
);
CREATE INDEX ix_desk_payments_appointment_id ON desk_payments (appointment_id);
CREATE INDEX ix_desk_payments_sheet_id ON desk_payments (sheet_id);
CREATE UNIQUE INDEX ux_desk_payments_upi ON desk_payments (reference) WHERE method = 'upi' AND voided_at IS NULL;

-- Whoever writes: a payment is voided, once, and otherwise stays what it is. Sealed words may come under another key.
CREATE FUNCTION desk_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed text[] := '{remark_sealed,void_reason_sealed}';
    voiding text[] := '{voided_by,voided_at}';
BEGIN
    IF TG_OP = 'DELETE' OR OLD.voided_at IS NOT NULL AND to_jsonb(NEW) - sealed <> to_jsonb(OLD) - sealed
        OR to_jsonb(NEW) - sealed - voiding <> to_jsonb(OLD) - sealed - voiding THEN
        RAISE EXCEPTION 'a payment is voided, and neither changed nor deleted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER desk_payment_stays BEFORE UPDATE OR DELETE ON desk_payments
    FOR EACH ROW EXECUTE FUNCTION desk_payment_stays();
"""

DOWN = """
DROP TABLE desk_payments;
DROP FUNCTION desk_payment_stays;
DROP TABLE cash_sheets;
"""


def upgrade() -> None:
    """Make the tables; no clinic has a sheet yet."""
    op.execute(UP)


def downgrade() -> None:
    """Take them away again, with all that was noted."""
    op.execute(DOWN)
