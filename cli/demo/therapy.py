"""Who gives the therapies, and in which rooms, at each clinic that has Panchakarma doctors."""

from collections import Counter
from random import Random
from typing import NamedTuple

from cli.demo.doctors import Practitioner
from cli.demo.names import COMMUNITIES, adult
from cli.demo.places import CITIES
from cli.demo.rows import ClinicRow, RoomRow, TherapistRow
from models.doctor import Specialization

ROOMS = ("Abhyanga room", "Shirodhara room", "Swedana room", "Vasti room", "Nasya room", "Pizhichil room")


class Therapy(NamedTuple):
    """The rows, by clinic in order."""

    therapists: list[TherapistRow]
    rooms: list[RoomRow]


def therapy(seed: int, clinics: list[ClinicRow], doctors: list[Practitioner]) -> Therapy:
    """Two therapists for three doctors, at least two; a room for each, as far as the names go."""
    rng = Random(f"{seed} therapy")
    with_panchakarma = Counter(
        doctor.row.clinic_id for doctor in doctors if doctor.row.specialization == Specialization.PANCHAKARMA.value
    )
    found = Therapy([], [])
    for clinic in clinics:
        if not (count := with_panchakarma[clinic.id]):
            continue
        people = CITIES[clinic.city].people
        size = min(len(ROOMS), max(2, round(count * 2 / 3)))
        for room in ROOMS[:size]:
            # Therapists treat their own sex: half of them are women.
            number = len(found.therapists) + 1
            of = COMMUNITIES[rng.choices(list(people), list(people.values()))[0]]
            name = adult(rng, of, is_woman=number % 2 == 0).name
            found.therapists.append(TherapistRow(number, clinic.id, name, True))
            found.rooms.append(RoomRow(len(found.rooms) + 1, clinic.id, room, True))
    return found
