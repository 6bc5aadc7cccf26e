"""The demo: loaded once, whole, repeatable, and like a real fortnight."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
import pytest
from pwdlib import PasswordHash

from cli.demo import LOGINS, PASSWORD, is_demo_database, load, load_once
from cli.demo.dataset import Table, dataset
from cli.demo.grid import ZONE
from cli.demo.places import CITIES
from models.doctor import Specialization

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZONE).date()
STANDS = "status NOT IN ('held', 'expired', 'cancelled', 'rescheduled')"


class Loaded(NamedTuple):
    """A database after two starts at once, and what each answered."""

    url: str
    was_demo_before: bool
    answers: list[bool]


@pytest.fixture(scope="module")
def tables() -> list[Table]:
    return dataset(108, today=TODAY, now=NOW)


@pytest.fixture(scope="module")
def loaded(database_url: str, tables: list[Table]) -> Loaded:
    before = is_demo_database(database_url)
    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor() as pool:
        # Made once for this file: that it is the same each time is tests/cli/test_demo_rows.py's.
        patched.setattr(load, "dataset", lambda *_args, **_kwargs: tables)
        answers = list(pool.map(lambda _: load_once(database_url, today=TODAY, now=NOW), range(2)))
    return Loaded(database_url, before, answers)


@pytest.fixture(scope="module")
def demo_url(loaded: Loaded) -> str:
    return loaded.url


@pytest.fixture
def demo(demo_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(demo_url.replace("+psycopg", "")) as connection:
        yield connection


def value(demo: psycopg.Connection, query: str) -> Any:
    return demo.execute(query).fetchone()[0]


def test_a_load_cut_off_leaves_nothing(database_url: str, tables: list[Table], monkeypatch: pytest.MonkeyPatch) -> None:
    some = [*tables[:4], Table("no_such_table", tables[0].rows)]
    monkeypatch.setattr(load, "dataset", lambda *_args, **_kwargs: some)
    with pytest.raises(psycopg.errors.UndefinedTable):
        load_once(database_url)
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        assert value(connection, "SELECT (SELECT count(*) FROM doctors) + (SELECT count(*) FROM users)") == 0


def test_two_starts_at_once_load_once(loaded: Loaded) -> None:
    assert sorted(loaded.answers) == [False, True]
    assert not loaded.was_demo_before
    assert is_demo_database(loaded.url)


def test_a_second_load_changes_nothing(demo_url: str, demo: psycopg.Connection) -> None:
    def rows() -> list[Any]:
        return [value(demo, f"SELECT count(*) FROM {name}") for name in ("appointments", "doctors", "patients")]

    before = rows()
    demo.rollback()
    assert load_once(demo_url, seed=7) is False
    assert rows() == before


def test_there_are_as_many_as_promised(demo: psycopg.Connection) -> None:
    counts = {name: value(demo, f"SELECT count(*) FROM {name}") for name in ("clinics", "doctors", "patients")}
    assert counts == {"clinics": 40, "doctors": 1_000, "patients": 20_000}
    assert value(demo, "SELECT count(DISTINCT city) FROM clinics") == len(CITIES) == 12
    assert value(demo, "SELECT count(DISTINCT name) FROM clinics") == 40
    specializations = demo.execute("SELECT DISTINCT specialization FROM doctors").fetchall()
    assert {row[0] for row in specializations} == {branch.value for branch in Specialization}


def test_each_of_fifteen_days_has_five_thousand_appointments(demo: psycopg.Connection) -> None:
    days = demo.execute(
        f"SELECT day, count(*) FROM appointments WHERE {STANDS} AND day >= %s GROUP BY day ORDER BY day", [TODAY]
    ).fetchall()
    wanted = [(TODAY + timedelta(days=ahead), 5_000) for ahead in range(15)]
    assert days == wanted


@pytest.mark.parametrize("who", ["doctor_id", "patient_id"])
def test_nobody_has_two_appointments_at_once(demo: psycopg.Connection, who: str) -> None:
    overlaps = f"""
        SELECT count(*) FROM appointments a JOIN appointments b
        ON a.{who} = b.{who} AND a.id < b.id AND a.during && b.during WHERE a.{STANDS} AND b.{STANDS}"""
    assert value(demo, overlaps) == 0


def test_every_appointment_is_a_slot_of_the_doctor(demo: psycopg.Connection) -> None:
    off_the_grid = """
        SELECT count(*) FROM (
            SELECT *, starts_at AT TIME ZONE 'Asia/Kolkata' AS starts, ends_at AT TIME ZONE 'Asia/Kolkata' AS ends
            FROM appointments) a
        JOIN doctors d ON d.id = a.doctor_id
        WHERE a.day <> a.starts::date
        OR a.ends - a.starts <> d.slot_minutes * interval '1 minute' OR a.fee <> d.fee OR a.clinic_id <> d.clinic_id
        OR NOT EXISTS (
            SELECT FROM weekly_hours h WHERE h.doctor_id = a.doctor_id
            AND h.weekday = extract(isodow FROM a.starts) - 1 AND a.mode = ANY (h.modes)
            AND a.starts::time >= h.opens AND a.ends::time <= h.closes
            AND extract(epoch FROM a.starts::time - h.opens)::int % (d.slot_minutes * 60) = 0)"""
    assert value(demo, off_the_grid) == 0


def test_nobody_is_booked_into_a_leave(demo: psycopg.Connection) -> None:
    on_leave = """SELECT count(*) FROM appointments a JOIN leaves l ON l.doctor_id = a.doctor_id
                  AND a.during && tstzrange(l.starts_at, l.ends_at)"""
    assert value(demo, on_leave) == 0
    assert 100 < value(demo, "SELECT count(*) FROM leaves") < 500


def test_every_clinic_with_panchakarma_has_therapists_and_rooms(demo: psycopg.Connection) -> None:
    lacking = """
        SELECT count(DISTINCT clinic_id) FROM doctors d WHERE specialization = 'panchakarma' AND NOT (
            EXISTS (SELECT FROM therapists WHERE clinic_id = d.clinic_id)
            AND EXISTS (SELECT FROM rooms WHERE clinic_id = d.clinic_id))"""
    assert value(demo, lacking) == 0
    assert value(demo, "SELECT count(DISTINCT name) FROM therapists") > 100
    assert value(demo, "SELECT nextval(pg_get_serial_sequence('rooms', 'id')) > max(id) FROM rooms")


def test_courses_are_under_way_with_a_session_a_day(demo: psycopg.Connection) -> None:
    assert value(demo, "SELECT count(*) FROM courses") > 5
    wrong = """
        SELECT count(*) FROM courses c LEFT JOIN LATERAL (
            SELECT count(DISTINCT a.day) AS days, count(*) FILTER (WHERE a.day < %s) AS past FROM appointments a
            WHERE a.course_id = c.id AND (a.patient_id, a.doctor_id, a.clinic_id, a.therapist_id, a.room_id)
                = (c.patient_id, c.doctor_id, c.clinic_id, c.therapist_id, c.room_id)
                AND a.visit_type = 'panchakarma' AND a.mode = 'in_person'
                AND a.ends_at - a.starts_at = interval '1 hour') s ON true
        WHERE s.days <> c.sessions OR s.past = 0 OR s.past = c.sessions"""
    row = demo.execute(wrong, [TODAY]).fetchone()
    assert row == (0,)
    others = "SELECT count(*) FROM appointments WHERE (visit_type = 'panchakarma') <> (course_id IS NOT NULL)"
    assert value(demo, others) == 0


def test_holidays_and_breaks_touch_no_appointment(demo: psycopg.Connection) -> None:
    closed = """SELECT count(*) FROM appointments a JOIN closures c ON c.clinic_id = a.clinic_id
                AND a.during && tstzrange(c.starts_at, c.ends_at)"""
    assert value(demo, closed) == 0
    assert value(demo, "SELECT count(DISTINCT clinic_id) FROM closures WHERE name = 'Republic Day'") == 40
    paused = """SELECT count(*) FROM appointments a JOIN breaks b ON b.doctor_id = a.doctor_id
                AND b.weekday = extract(isodow FROM a.day) - 1
                AND (a.starts_at AT TIME ZONE 'Asia/Kolkata')::time < b.ends
                AND (a.ends_at AT TIME ZONE 'Asia/Kolkata')::time > b.starts"""
    assert value(demo, paused) == 0
    assert value(demo, "SELECT count(DISTINCT doctor_id) FROM breaks") > 20


def test_tokens_run_without_gaps_in_order_of_booking(demo: psycopg.Connection) -> None:
    numbered = """
        SELECT count(*) FROM (
            SELECT *, row_number() OVER (PARTITION BY doctor_id, day
                                         ORDER BY created_at) AS place FROM appointments) a
        WHERE token IS DISTINCT FROM place"""
    assert value(demo, numbered) == 0


def test_each_doctor_day_agrees_with_its_appointments(demo: psycopg.Connection) -> None:
    differing = """
        SELECT count(*) FROM (
            SELECT doctor_id, day, max(token) AS last_token,
                   sum(version) AS version, max(updated_at) AS changed_at FROM appointments GROUP BY 1, 2) a
        FULL JOIN doctor_days d USING (doctor_id, day)
        WHERE (a.last_token, a.version, a.changed_at) IS DISTINCT FROM (d.last_token, d.version, d.changed_at)"""
    assert value(demo, differing) == 0


def test_nothing_has_happened_later_than_now(demo: psycopg.Connection) -> None:
    assert value(demo, "SELECT max(greatest(created_at, updated_at)) FROM appointments") <= NOW
    assert (
        value(demo, "SELECT count(*) FROM appointments WHERE created_at >= starts_at OR updated_at < created_at") == 0
    )
    assert value(demo, "SELECT count(*) FROM appointments WHERE source = 'walk_in' AND mode = 'video'") == 0


def test_the_four_log_ins_let_people_in(demo: psycopg.Connection) -> None:
    users = demo.execute(
        "SELECT email::text, role, password_hash, clinic_id FROM users WHERE password_hash IS NOT NULL ORDER BY id"
    ).fetchall()
    assert [user[0] for user in users] == list(LOGINS)
    assert [user[1] for user in users] == ["patient", "doctor", "receptionist", "admin"]
    assert all(PasswordHash.recommended().verify(PASSWORD, user[2]) for user in users)
    assert len({user[2] for user in users}) == 4
    assert users[2][3] == value(demo, "SELECT clinic_id FROM doctors WHERE id = 1")
    assert value(demo, "SELECT bool_and(is_demo) FROM users")


def test_the_demo_patient_has_a_family_and_four_appointments(demo: psycopg.Connection) -> None:
    family = demo.execute(
        """SELECT p.id, p.is_account_holder FROM patients p JOIN users u ON u.id = p.account_id
           WHERE u.email = %s ORDER BY p.id""",
        [LOGINS[0]],
    ).fetchall()
    assert family == [(1, True), (2, False), (3, False)]
    visits = demo.execute(
        "SELECT status, starts_at > %s FROM appointments WHERE patient_id = 1 ORDER BY starts_at", [NOW]
    )
    assert visits.fetchall()[2:] == [("booked", True), ("booked", True)]
    past = demo.execute("SELECT status FROM appointments WHERE patient_id = 1 AND starts_at < %s", [NOW]).fetchall()
    assert Counter(status for (status,) in past)["cancelled"] == 1
    assert len(past) == 2


def test_the_demo_doctor_sits_every_day_and_has_time_left(demo: psycopg.Connection) -> None:
    doctor = demo.execute(
        "SELECT d.slug, d.rating, d.specialization, u.email::text FROM doctors d JOIN users u ON u.id = d.user_id"
    ).fetchall()
    assert doctor == [("vd-meera-joshi-pune", 49, "kayachikitsa", LOGINS[1])]
    assert value(demo, "SELECT count(DISTINCT weekday) FROM weekly_hours WHERE doctor_id = 1") == 7
    taken = demo.execute(
        """SELECT (starts_at AT TIME ZONE 'Asia/Kolkata')::time FROM appointments
           WHERE doctor_id = 1 AND day = %s AND status <> 'cancelled'""",
        [TODAY],
    ).fetchall()
    assert len(taken) == 18
    assert all(starts.minute != 40 for (starts,) in taken)


def test_the_next_rows_get_the_next_ids(demo: psycopg.Connection) -> None:
    query = "INSERT INTO patients (name) VALUES ('Next Person') RETURNING id"
    assert value(demo, query) == 20_001
    assert value(demo, "SELECT nextval(pg_get_serial_sequence('doctors', 'id'))") == 1_001
    demo.rollback()
    assert value(demo, "SELECT reltuples FROM pg_class WHERE relname = 'doctors'") == 1_000


def test_search_finds_what_people_ask_for(demo: psycopg.Connection) -> None:
    for words in ("back pain", "piles", "pcos", "migraine", "cough", "diabetes", "anxiety", "infertility", "sinus"):
        assert value(demo, f"SELECT count(*) FROM doctors WHERE search_text LIKE '%{words}%'") >= 10, words
