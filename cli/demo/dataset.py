"""All rows of the demo, made in memory: the same seed, day and moment make the same rows."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from cli.demo.breaks import breaks
from cli.demo.calendar import Book
from cli.demo.clinics import clinics
from cli.demo.courses import courses
from cli.demo.doctors import doctors
from cli.demo.grid import Grid
from cli.demo.holidays import closures
from cli.demo.hours import weekly_hours
from cli.demo.leaves import leaves
from cli.demo.people import people
from cli.demo.therapy import therapy


class Table(NamedTuple):
    """Rows for one table; each row's fields are its columns."""

    name: str
    rows: Sequence[Any]


def dataset(seed: int, *, today: date, now: datetime) -> list[Table]:
    """The tables in an order in which foreign keys hold."""
    sites = clinics()
    practitioners = doctors(seed, sites, year=today.year)
    hours = weekly_hours(seed, practitioners)
    away = leaves(seed, practitioners, Grid(practitioners, hours), today=today, now=now)
    folk = people(
        seed, Counter(doctor.city for doctor in sorted(practitioners, key=lambda d: d.city)), today=today, now=now
    )
    pauses = breaks(seed, practitioners, hours)
    grid = Grid(practitioners, hours, away, pauses)
    places = therapy(seed, sites, practitioners)
    under_way = courses(seed, practitioners, grid, places, folk.known, today=today, now=now)
    callers = [person for person in folk.known if person.row.id not in under_way.patient_ids]
    book = Book(seed, practitioners, grid, callers, now)
    book.fill(today, under_way.visits)
    return [
        Table("clinics", sites),
        Table("users", folk.users),
        Table("patients", folk.patients),
        Table("doctors", [doctor.row for doctor in practitioners]),
        Table("weekly_hours", hours),
        Table("leaves", away),
        Table("breaks", pauses),
        Table("closures", closures(sites, today=today, now=now)),
        Table("therapists", places.therapists),
        Table("rooms", places.rooms),
        Table("courses", under_way.rows),
        Table("doctor_days", book.days),
        Table("appointments", book.appointments),
    ]
