"""All rows of the demo, made in memory: the same seed, day and moment make the same rows."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from cli.demo.calendar import Book
from cli.demo.clinics import clinics
from cli.demo.doctors import doctors
from cli.demo.grid import Grid
from cli.demo.hours import weekly_hours
from cli.demo.leaves import leaves
from cli.demo.people import people


class Table(NamedTuple):
    """Rows for one table; each row's fields are its columns."""

    name: str
    rows: Sequence[Any]


def dataset(seed: int, *, today: date, now: datetime) -> list[Table]:
    """The tables in an order in which foreign keys hold."""
    places = clinics()
    practitioners = doctors(seed, places, year=today.year)
    hours = weekly_hours(seed, practitioners)
    away = leaves(seed, practitioners, Grid(practitioners, hours), today=today, now=now)
    folk = people(
        seed, Counter(doctor.city for doctor in sorted(practitioners, key=lambda d: d.city)), today=today, now=now
    )
    book = Book(seed, practitioners, Grid(practitioners, hours, away), folk.known, now)
    book.fill(today)
    return [
        Table("clinics", places),
        Table("users", folk.users),
        Table("patients", folk.patients),
        Table("doctors", [doctor.row for doctor in practitioners]),
        Table("weekly_hours", hours),
        Table("leaves", away),
        Table("doctor_days", book.days),
        Table("appointments", book.appointments),
    ]
