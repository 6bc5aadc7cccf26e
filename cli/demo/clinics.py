"""The forty clinics as rows."""

import re
import unicodedata

from cli.demo.places import CITIES, SITES
from cli.demo.rows import ClinicRow

TIME_ZONE = "Asia/Kolkata"


def clinics() -> list[ClinicRow]:
    """In the order of `SITES`, from id 1."""
    return [
        ClinicRow(
            id=number,
            slug=slug(site.name, site.area, site.city),
            name=site.name,
            city=site.city,
            area=site.area,
            address=f"{site.street}, {site.area}, {site.city} {site.pin}",
            phone=phone(number),
            time_zone=TIME_ZONE,
        )
        for number, site in enumerate(SITES, start=1)
    ]


def phone(number: int) -> str:
    """A number that nobody has: after +91 no Indian area or mobile code begins with 0, these all begin with 00."""
    city = list(CITIES).index(SITES[number - 1].city) + 1
    return f"+91 00{city:03d} {10_000 + number}"


def slug(*words: str) -> str:
    """Words as they stand in an address: lower case ASCII letters and digits with hyphens."""
    plain = unicodedata.normalize("NFKD", " ".join(words)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "").replace(".", "")).strip("-")
