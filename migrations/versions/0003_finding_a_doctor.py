"""Finding a doctor: the text that search looks in, and each doctor's next open slot."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE doctors ADD COLUMN search_text text NOT NULL DEFAULT '';
ALTER TABLE doctors ADD COLUMN search_words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;

CREATE FUNCTION searchable(doctors) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT lower(unaccent(concat_ws(' ', $1.name, $1.qualification, replace($1.specialization, '-', ' '), $1.bio,
        clinics.name, clinics.area, clinics.city)))
    FROM clinics WHERE clinics.id = $1.clinic_id
$$;

CREATE FUNCTION doctors_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_text := searchable(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER doctors_searchable BEFORE INSERT OR UPDATE ON doctors
    FOR EACH ROW EXECUTE FUNCTION doctors_searchable();

CREATE FUNCTION clinics_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE doctors SET clinic_id = clinic_id WHERE clinic_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER clinics_searchable AFTER UPDATE OF name, area, city ON clinics
    FOR EACH ROW EXECUTE FUNCTION clinics_searchable();

UPDATE doctors SET clinic_id = clinic_id;
CREATE INDEX ix_doctors_search_text ON doctors USING gin (search_text gin_trgm_ops);
CREATE INDEX ix_doctors_search_words ON doctors USING gin (search_words);

CREATE TABLE next_open (
    doctor_id integer NOT NULL REFERENCES doctors (id),
    mode varchar NOT NULL CHECK (mode IN ('in_person', 'video')),
    starts_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (doctor_id, mode)
);
CREATE INDEX ix_next_open_starts_at ON next_open (mode, starts_at);
CREATE INDEX ix_next_open_changed_at ON next_open (changed_at);
"""


def upgrade() -> None:
    """Make doctors searchable, those already there included."""
    op.execute(UP)


def downgrade() -> None:
    """Take the search away again."""
    op.execute("""
        DROP TABLE next_open;
        DROP TRIGGER clinics_searchable ON clinics;
        DROP TRIGGER doctors_searchable ON doctors;
        DROP FUNCTION clinics_searchable, doctors_searchable;
        DROP FUNCTION searchable(doctors);
        ALTER TABLE doctors DROP COLUMN search_words, DROP COLUMN search_text;
    """)
