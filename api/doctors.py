"""`/api/doctors`: whom one can go to."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import Query
from pydantic import Field, Strict
from starlette.responses import Response

from api import pages
from api.model import Body, Model
from api.operation import Described, asks
from api.types import BodyId, Day, DoctorId, Instant, text
from core import clock
from core.cache import briefly
from core.errors import Invalid
from models.api_key import Scope
from models.doctor import Mode
from services import doctors, search
from services.doctors import Found, Profile
from services.inputs import LARGEST_ID
from services.permissions import Access
from services.search import KEYS, LONGEST_TEXT, PAGE, Filters, Sort

Text = Annotated[
    str, text(LONGEST_TEXT), Field(description="Words of a name, an ailment or a place.", examples=["back pain"])
]
Specialization = Annotated[
    str, text(80), Field(description="A branch by its code, in any case.", examples=["panchakarma"])
]
City = Annotated[str, text(80), Field(description="The clinic's city.", examples=["Pune"])]
Language = Annotated[str, text(8), Field(description="One that is spoken, by its ISO 639-1 code.", examples=["hi"])]
WishedMode = Annotated[Mode | None, Field(description="Only who can be met so.")]
AvailableOn = Annotated[
    Day | None, Field(description="Only who has a time open on that date of his clinic's wall clock.")
]
Order = Annotated[Sort, Field(description="What comes first.")]
Fee = Annotated[int, Field(ge=0, le=LARGEST_ID, examples=[80000])]
HIGHEST = "Only who asks no more, in minor units."
PageLimit = Annotated[int, Strict(), Field(ge=1, le=pages.LARGEST, description="How many at most.")]
PageCursor = Annotated[str | None, Field(max_length=400, description="The `nextCursor` of the page before.")]


class DoctorSearch(Body):
    """What is looked for; what is left out is no wish."""

    q: Text = ""
    specialization: Specialization = ""
    city: City = ""
    language: Language = ""
    mode: WishedMode = None
    max_fee: Annotated[Fee | None, Strict(), Field(description=HIGHEST)] = None
    available_on: AvailableOn = None
    sort: Order = Sort.EARLIEST
    limit: PageLimit = PAGE
    cursor: PageCursor = None


class Doctor(Model):
    """A doctor in a list. `fee` in minor units of `currency`, `rating` of 5, `nextSlot` the earliest open time."""

    id: BodyId
    slug: str = Field(examples=["vd-meera-joshi"])
    name: str = Field(examples=["Vd. Meera Joshi"])
    qualification: str = Field(examples=["BAMS, MD (Ayurveda)"])
    specialization: str = Field(examples=["panchakarma"])
    clinic: str = Field(examples=["Dhanvantari Clinic"])
    clinic_id: BodyId
    area: str = Field(examples=["Kothrud"])
    city: str = Field(examples=["Pune"])
    timezone: str = Field(examples=["Asia/Kolkata"])
    languages: list[str] = Field(examples=[["en", "hi", "mr"]])
    modes: list[Mode]
    fee: int = Field(examples=[50000])
    currency: str = Field(examples=["INR"])
    rating: float = Field(examples=[4.7])
    review_count: int = Field(examples=[128])
    practising_since: int = Field(examples=[2004])
    next_slot: Instant | None


class Doctors(Model):
    """A page of doctors; with `availableOn` it may be short and yet be followed by more."""

    doctors: list[Doctor]
    next_cursor: str | None = Field(examples=["WyJmZWUiLDUwMDAwLC00NywxN10"])


class DoctorProfile(Doctor):
    """All that a patient may know of a doctor; times can be booked `horizonDays` days ahead."""

    bio: str = Field(examples=["Treats back pain and stiff joints."])
    registration_number: str = Field(examples=["MCIM-I-12345"])
    address: str = Field(examples=["12 Karve Road"])
    phone: str = Field(examples=["+912025430000"])
    horizon_days: int = Field(examples=[60])
    slot_minutes: int = Field(examples=[30])


@asks(Access.PUBLIC, scope=Scope.DOCTORS_READ)
async def found(
    q: Annotated[Text, Query()] = "",
    specialization: Annotated[Specialization, Query()] = "",
    city: Annotated[City, Query()] = "",
    language: Annotated[Language, Query()] = "",
    mode: Annotated[WishedMode, Query()] = None,
    max_fee: Annotated[Fee | None, Query(alias="maxFee", description=HIGHEST)] = None,
    available_on: Annotated[AvailableOn, Query(alias="availableOn")] = None,
    sort: Annotated[Order, Query()] = Sort.EARLIEST,
    limit: pages.Limit = PAGE,
    cursor: pages.Cursor = None,
) -> Response:
    """The doctors who fit, a page at a time."""
    filters = _filters(q, specialization, city, language, mode, max_fee, available_on)
    return await _answer(filters, sort, limit, cursor)


@asks(Access.PUBLIC, scope=Scope.DOCTORS_READ)
async def looked_for(wishes: DoctorSearch) -> Response:
    """The same, the wishes in a body."""
    filters = _filters(
        wishes.q,
        wishes.specialization,
        wishes.city,
        wishes.language,
        wishes.mode,
        wishes.max_fee,
        wishes.available_on,
    )
    return await _answer(filters, wishes.sort, wishes.limit, wishes.cursor)


@asks(Access.PUBLIC, scope=Scope.DOCTORS_READ)
async def profile(doctor_id: DoctorId) -> DoctorProfile:
    """All that a patient may know of a doctor, with how far ahead he can be booked."""
    return _profile(await doctors.profile(doctor_id))


OPERATIONS: list[Described] = [
    ("GET", "/doctors", found, {"response_model": Doctors}),
    ("POST", "/doctors", looked_for, {"response_model": Doctors}),
    ("GET", "/doctors/{doctorId}", profile, {}),
]


def _filters(
    q: str,
    specialization: str,
    city: str,
    language: str,
    mode: Mode | None,
    max_fee: int | None,
    available_on: date | None,
) -> Filters:
    return Filters(
        text=q,
        # "Prasuti Stri Roga" is prasuti-stri-roga.
        specialization="-".join(specialization.lower().split()),
        city=city.strip(),
        language=language.strip().lower(),
        mode=mode or "",
        max_fee=max_fee,
        open_on=available_on,
    )


async def _answer(filters: Filters, sort: Sort, limit: int, given: str | None) -> Response:
    place = pages.after(given, (str, *KEYS[sort]))
    if place is not None and place[0] != sort:
        raise Invalid(field="cursor")
    after = None if place is None else place[1:]
    asked = ("doctors", filters, sort, limit, given)
    return Response(await briefly(asked, lambda: _written(filters, sort, limit, after)), media_type="application/json")


async def _written(filters: Filters, sort: Sort, limit: int, after: list[Any] | None) -> bytes:
    page = await search.doctors(filters, now=clock.now(), sort=sort, limit=limit, after=after)
    told = {
        "doctors": [_told(doctor) for doctor in page.doctors],
        "nextCursor": None if page.after is None else pages.cursor([sort, *page.after]),
    }
    return orjson.dumps(told, option=orjson.OPT_UTC_Z)


def _told(doctor: Found) -> dict[str, Any]:
    """As `Doctor` has it, without going through it: a search has many, and is asked often."""
    return {
        "id": doctor.id,
        "slug": doctor.slug,
        "name": doctor.name,
        "qualification": doctor.qualification,
        "specialization": doctor.specialization,
        "clinic": doctor.clinic,
        "clinicId": doctor.clinic_id,
        "area": doctor.area,
        "city": doctor.city,
        "timezone": doctor.zone,
        "languages": doctor.languages,
        "modes": doctor.modes,
        "fee": doctor.fee,
        "currency": doctor.currency,
        "rating": doctor.rating / 10,
        "reviewCount": doctor.review_count,
        "practisingSince": doctor.practising_since,
        "nextSlot": doctor.next_open,
    }


def _profile(found: Profile) -> DoctorProfile:
    return DoctorProfile(
        **_told(found),
        bio=found.bio,
        registration_number=found.registration_number,
        address=found.address,
        phone=found.phone,
        horizon_days=found.horizon_days,
        slot_minutes=found.slot_minutes,
    )
