"""A thousand doctors: who they are, what they know, what they ask."""

from itertools import chain
from random import Random
from typing import NamedTuple

from cli.demo import bios, cast
from cli.demo.branches import BRANCHES, Branch
from cli.demo.clinics import slug
from cli.demo.names import COMMUNITIES, Person, adult
from cli.demo.places import CITIES, MOTHER_TONGUES, City
from cli.demo.practice import fee, qualification, years_in_practice
from cli.demo.rows import ClinicRow, DoctorRow
from cli.demo.shares import shares

DOCTORS = 1_000
RATINGS = dict(zip(range(36, 51), (1, 1, 2, 3, 5, 7, 9, 12, 13, 14, 13, 10, 7, 2, 1), strict=True))
"""How many in a hundred have each rating, in tenths."""


class Practitioner(NamedTuple):
    """A doctor's row with what only the calendar asks; `popularity` is about the share of slots taken."""

    row: DoctorRow
    city: str
    popularity: float


def doctors(seed: int, clinics: list[ClinicRow], *, year: int) -> list[Practitioner]:
    """From id 1, which is the demo's own doctor; `year` is the present one."""
    rng = Random(f"{seed} doctors")
    names = _Names(rng)
    made = []
    for number, clinic in enumerate(_places(rng, clinics), start=1):
        branch = cast.BRANCH_OF.get(number) or rng.choices(BRANCHES, [b.weight for b in BRANCHES])[0]
        made.append(_practitioner(rng, number, clinic, branch, names, year))
    return made


def _places(rng: Random, clinics: list[ClinicRow]) -> list[ClinicRow]:
    """Each doctor's clinic, large and small ones mixed; those of the cast sit in the first."""
    sizes = shares(DOCTORS, [rng.uniform(0.6, 1.5) for _ in clinics], [DOCTORS] * len(clinics))
    places = list(chain.from_iterable([clinic] * size for clinic, size in zip(clinics, sizes, strict=True)))
    for _ in cast.BRANCH_OF:
        places.remove(clinics[0])
    rng.shuffle(places)
    return [clinics[0]] * len(cast.BRANCH_OF) + places


class _Names:
    """Draws no name twice in one city, so that slugs and queues stay readable."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken = {(cast.CITY, person.name) for person in cast.NAME_OF.values()}

    def draw(self, number: int, city: City, branch: Branch) -> tuple[Person, str]:
        """Someone and the community; those of the cast have their names already."""
        if number in cast.NAME_OF:
            return cast.NAME_OF[number], cast.PEOPLE
        is_woman = self._rng.random() * 100 < branch.women_percent
        while True:
            people = self._rng.choices(list(city.people), list(city.people.values()))[0]
            person = adult(self._rng, COMMUNITIES[people], is_woman=is_woman)
            if person.first != person.family and (city.name, person.name) not in self._taken:
                self._taken.add((city.name, person.name))
                return person, people


def _practitioner(
    rng: Random, number: int, clinic: ClinicRow, branch: Branch, names: _Names, year: int
) -> Practitioner:
    city = CITIES[clinic.city]
    person, people = names.draw(number, city, branch)
    title = "Vd." if number in cast.NAME_OF or rng.random() * 100 < city.vaidya_percent else "Dr."
    years = cast.YEARS_OF.get(number) or years_in_practice(rng, branch)
    degrees = cast.DEGREES_OF.get(number) or qualification(rng, branch, years)
    rating = rng.choices(list(RATINGS), list(RATINGS.values()))[0]
    has_video = rng.random() < 0.45
    name = f"{title} {person.name}"
    bio = bios.bio(
        rng,
        branch,
        name=name,
        is_woman=person.is_woman,
        degrees=degrees,
        since=year - years,
        site={"clinic": clinic.name, "area": clinic.area, "city": clinic.city},
        has_video=has_video,
    )
    row = DoctorRow(
        id=number,
        user_id=None,
        clinic_id=clinic.id,
        slug=slug(name, clinic.city),
        name=name,
        qualification=degrees,
        registration_number=f"DEMO-{city.state}-A-{20_000 + 37 * number}",
        specialization=branch.specialization.value,
        bio=bio,
        languages=_languages(rng, city, people),
        modes=["in_person", "video"] if has_video else ["in_person"],
        fee=fee(rng, years=years, degrees=degrees, city_percent=city.fees),
        currency="INR",
        rating=rating,
        review_count=int(years * rng.triangular(1, 30, 6)) + rng.randrange(3, 25),
        practising_since=year - years,
        slot_minutes=rng.choice(branch.slot_minutes),
        notice_minutes=rng.choice((15, 30, 30, 30, 60, 120)),
        horizon_days=rng.choice((30, 30, 45, 60, 60)),
        is_active=True,
    )
    return Practitioner(cast.as_cast(row), clinic.city, _popularity(rng, rating, years))


def _languages(rng: Random, city: City, people: str) -> list[str]:
    """The city's first, then the mother tongue, then what one picks up; English nearly always."""
    spoken = [city.languages[0], MOTHER_TONGUES[people]]
    spoken += [language for language in city.languages[1:] if rng.random() < 0.9]
    if rng.random() < 0.95:
        spoken.append("en")
    if "hi" not in spoken and rng.random() < 0.3:
        spoken.append("hi")
    return list(dict.fromkeys(spoken))


def _popularity(rng: Random, rating: int, years: int) -> float:
    """One in seven is nearly full; of the others most are half full, the well rated and the seasoned fuller."""
    if rating >= 44 and rng.random() < 0.25:
        return rng.uniform(0.88, 0.99)
    return min(0.85, max(0.1, rng.gauss(0.44, 0.14) + (rating - 44) * 0.012 + min(years, 20) * 0.003))
