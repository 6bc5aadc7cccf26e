"""The half hour in which some doctors see nobody: a round of the therapy rooms, or tea."""

from datetime import time
from random import Random

from cli.demo import cast
from cli.demo.doctors import Practitioner
from cli.demo.rows import BreakRow, HoursRow

PART_OF_DOCTORS = 0.08
STARTS, ENDS = time(11), time(11, 30)
SATURDAY = 5


def breaks(seed: int, doctors: list[Practitioner], hours: list[HoursRow]) -> list[BreakRow]:
    """On each day from Monday to Friday on which the doctor sits then; the doctors of the cast have none."""
    rng = Random(f"{seed} breaks")
    taking = {d.row.id for d in doctors if rng.random() < PART_OF_DOCTORS and d.row.id not in cast.NAME_OF}
    stretches = [
        stretch
        for stretch in hours
        if stretch.doctor_id in taking
        and stretch.weekday < SATURDAY
        and stretch.opens < STARTS
        and stretch.closes > ENDS
    ]
    return [
        BreakRow(number, stretch.doctor_id, stretch.weekday, STARTS, ENDS)
        for number, stretch in enumerate(stretches, start=1)
    ]
