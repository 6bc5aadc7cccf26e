"""The demo's rows before they are loaded: repeatable, and like people and queues that could be."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from sqlmodel import SQLModel

from cli.demo import LOGINS
from cli.demo.dataset import Table, dataset
from cli.demo.grid import ZONE
from cli.demo.places import CITIES

TODAY = date(2026, 11, 24)
HOURS = {0: 7, 14: 9, 18: 108}
"""The moments of the day, by their hours, with a seed for each: a demo is dear to make."""


@cache
def made(hour: int) -> dict[str, Table]:
    return {table.name: table for table in dataset(HOURS[hour], today=TODAY, now=moment(hour))}


def moment(hour: int) -> datetime:
    return datetime.combine(TODAY, time(hour, 10), ZONE).astimezone(UTC)


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    return made(18)


def test_the_same_seed_day_and_moment_make_the_same_rows(tables: dict[str, Table]) -> None:
    again = dataset(HOURS[18], today=TODAY, now=moment(18))
    assert again == list(tables.values())


def test_another_seed_makes_other_people_but_the_same_log_ins(tables: dict[str, Table]) -> None:
    other = made(0)
    assert [row.name for row in other["doctors"].rows[2:]] != [row.name for row in tables["doctors"].rows[2:]]
    assert other["doctors"].rows[0].slug == tables["doctors"].rows[0].slug == "vd-meera-joshi-pune"
    assert [row.email for row in other["users"].rows[:4]] == list(LOGINS)


def test_every_column_filled_is_one_of_the_model(tables: dict[str, Table]) -> None:
    for table in tables.values():
        assert set(table.rows[0]._fields) <= set(SQLModel.metadata.tables[table.name].columns.keys())


@pytest.mark.parametrize("hour", HOURS)
def test_the_queue_at_any_hour_is_one_that_could_be(hour: int) -> None:
    now, rows = moment(hour), made(hour)["appointments"].rows
    with_doctor = Counter(row.doctor_id for row in rows if row.status == "in_consultation")
    assert not with_doctor or max(with_doctor.values()) == 1
    assert bool(with_doctor) == (9 < hour < 20) or hour == 14
    assert not any(row.starts_at > now for row in rows if row.status in {"completed", "no_show", "in_consultation"})
    assert not any(row.ends_at < now - timedelta(minutes=30) for row in rows if row.status in {"booked", "checked_in"})
    seen = Counter(row.status for row in rows if row.ends_at < now - timedelta(minutes=30))
    if hour > 9:
        assert 0.09 < seen["no_show"] / (seen["no_show"] + seen["completed"]) < 0.15


def test_doctors_are_plausible(tables: dict[str, Table]) -> None:
    doctors = tables["doctors"].rows
    city_of = {clinic.id: CITIES[clinic.city] for clinic in tables["clinics"].rows}
    assert len({doctor.slug for doctor in doctors}) == len({doctor.registration_number for doctor in doctors}) == 1_000
    assert len({doctor.bio for doctor in doctors}) > 990
    for doctor in doctors:
        assert doctor.name.startswith(("Vd. ", "Dr. "))
        assert len(doctor.name.split()) >= 3
        assert city_of[doctor.clinic_id].languages[0] in doctor.languages
        assert all(len(language) == 2 for language in doctor.languages)
        assert 30_000 <= doctor.fee <= 150_000
        assert doctor.fee % 5_000 == 0
        assert "in_person" in doctor.modes
        assert "cure" not in doctor.bio.lower()
        assert "PhD" not in doctor.qualification or TODAY.year - doctor.practising_since >= 9
        assert "(Ayu)" not in doctor.qualification or TODAY.year - doctor.practising_since >= 3
    assert 400 < sum("video" in doctor.modes for doctor in doctors) < 500


def test_people_are_plausible(tables: dict[str, Table]) -> None:
    patients = tables["patients"].rows
    assert all(patient.name.strip() and " " in patient.name for patient in patients)
    assert all(patient.born_on < TODAY for patient in patients)
    assert 8_000 < sum(patient.account_id is not None for patient in patients) < 16_000
    assert all(user.email.endswith(("@example.org", "@example.net")) for user in tables["users"].rows)
    assert all(clinic.phone.startswith("+91 00") for clinic in tables["clinics"].rows)
