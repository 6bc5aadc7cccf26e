"""Finding a patient at the desk, where he is known, and two rows of one person that become one."""

from typing import Any

from alembic import op
from sqlalchemy import Connection, Row, text

from core.crypto import CannotOpen, lookup, unseal

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BATCH = 1000
"""Telephones that are opened at once."""

COLUMNS = """
ALTER TABLE users ADD COLUMN phone_tail bytea;
CREATE INDEX ix_users_phone_tail ON users (phone_tail);
ALTER TABLE patients
    ADD COLUMN phone_tail bytea,
    ADD COLUMN language varchar,
    ADD COLUMN merged_into integer REFERENCES patients (id),
    ADD COLUMN passed_on bigint NOT NULL DEFAULT 0,
    ADD COLUMN search_name text NOT NULL DEFAULT '';
CREATE INDEX ix_patients_phone_tail ON patients (phone_tail);
CREATE INDEX ix_patients_merged_into ON patients (merged_into) WHERE merged_into IS NOT NULL;

CREATE FUNCTION patients_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- With a blank before each word: what is typed is the beginning of one.
    NEW.search_name := ' ' || lower(unaccent(NEW.name));
    RETURN NEW;
END $$;
CREATE TRIGGER patients_searchable BEFORE INSERT OR UPDATE OF name ON patients
    FOR EACH ROW EXECUTE FUNCTION patients_searchable();
UPDATE patients SET name = name;
CREATE INDEX ix_patients_search_name ON patients USING gin (search_name gin_trgm_ops);
"""

KNOWN = """
CREATE TABLE acquaintances (
    clinic_id integer NOT NULL REFERENCES clinics (id),
    patient_id integer NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
    PRIMARY KEY (clinic_id, patient_id)
);
CREATE INDEX ix_acquaintances_patient_id ON acquaintances (patient_id);
INSERT INTO acquaintances (clinic_id, patient_id)
    SELECT clinic_id, patient_id FROM appointments WHERE status NOT IN ('held', 'expired')
    UNION
    SELECT coalesce(u.clinic_id, d.clinic_id), p.id FROM patients p JOIN users u ON u.id = p.made_by
    LEFT JOIN doctors d ON d.user_id = u.id
    WHERE u.role IN ('doctor', 'receptionist') AND coalesce(u.clinic_id, d.clinic_id) IS NOT NULL;

CREATE FUNCTION become_acquainted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO acquaintances (clinic_id, patient_id) VALUES (NEW.clinic_id, NEW.patient_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- A time that was only kept for a while makes nobody known.
CREATE TRIGGER appointments_acquaint AFTER INSERT ON appointments FOR EACH ROW
    WHEN (NEW.status NOT IN ('held', 'expired')) EXECUTE FUNCTION become_acquainted();
CREATE TRIGGER appointments_acquaint_later AFTER UPDATE OF status, patient_id ON appointments FOR EACH ROW
    WHEN (NEW.status NOT IN ('held', 'expired')
        AND (OLD.status IN ('held', 'expired') OR OLD.patient_id <> NEW.patient_id))
    EXECUTE FUNCTION become_acquainted();
"""

OF_PATIENTS = ("appointments", "courses", "waitlist_entries", "visit_reasons", "visit_notes", "chart_openings")

MERGED = """
CREATE TABLE patient_merges (
    id uuid PRIMARY KEY,
    kept_id integer NOT NULL REFERENCES patients (id),
    merged_id integer NOT NULL REFERENCES patients (id) CHECK (merged_id <> kept_id),
    moved jsonb NOT NULL,
    made_by integer NOT NULL REFERENCES users (id),
    made_at timestamptz NOT NULL,
    undone_at timestamptz
);
CREATE INDEX ix_patient_merges_kept_id ON patient_merges (kept_id);
CREATE UNIQUE INDEX ux_patient_merges_standing ON patient_merges (merged_id) WHERE undone_at IS NULL;

CREATE FUNCTION require_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Waits for a merge that is under way, and sees what became of it.
    PERFORM FROM patients WHERE id = NEW.patient_id AND merged_into IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'no such patient, or one who was merged',
            CONSTRAINT = TG_ARGV[0] || '_patient_id_fkey';
    END IF;
    RETURN NEW;
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_of_patient BEFORE INSERT OR UPDATE OF patient_id ON {table} "
    f"FOR EACH ROW EXECUTE FUNCTION require_patient('{table}');\n"
    for table in OF_PATIENTS
)

DOWN = (
    "".join(f"DROP TRIGGER {table}_of_patient ON {table};\n" for table in OF_PATIENTS)
    + """
DROP FUNCTION require_patient;
DROP TABLE patient_merges;
DROP TRIGGER appointments_acquaint ON appointments;
DROP TRIGGER appointments_acquaint_later ON appointments;
DROP FUNCTION become_acquainted;
DROP TABLE acquaintances;
DROP TRIGGER patients_searchable ON patients;
DROP FUNCTION patients_searchable;
ALTER TABLE patients DROP COLUMN search_name, DROP COLUMN passed_on, DROP COLUMN merged_into, DROP COLUMN language,
    DROP COLUMN phone_tail;
ALTER TABLE users DROP COLUMN phone_tail;
"""
)


def upgrade() -> None:
    """Add them; whoever is there can be found from now on."""
    for step in (COLUMNS, KNOWN, MERGED):
        op.execute(step)
    for table in ("users", "patients"):
        _fill(op.get_bind(), table)


def downgrade() -> None:
    """Take them away again; who was merged is two people as before, and the second has nothing."""
    op.execute(DOWN)


def _fill(connection: Connection, table: str) -> None:
    """What the last four digits are found by: only here is each number opened once."""
    batch = text(
        f"SELECT id, phone_sealed FROM {table} WHERE phone_sealed IS NOT NULL AND id > :above"  # noqa: S608
        f" ORDER BY id LIMIT {BATCH}"
    )
    fill = text(f"UPDATE {table} SET phone_tail = :tail WHERE id = :id")  # noqa: S608
    above = 0
    while rows := connection.execute(batch, {"above": above}).all():
        above = rows[-1].id
        tails = [{"id": row.id, "tail": tail} for row in rows if (tail := _tail(row, table)) is not None]
        if tails:
            connection.execute(fill, tails)


def _tail(row: Row[Any], table: str) -> bytes | None:
    try:
        number = unseal(row.phone_sealed, about=f"{table}.phone:{row.id}")
    except CannotOpen:
        # As unknown as it was: no key of the ring opens it.
        return None
    return lookup("phone-tail", number[-4:])
