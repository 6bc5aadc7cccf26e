"""Whatever rubbish comes through whatever door: a refusal with a code and a sentence, and nothing is written."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from core import words
from core.errors import DomainError
from core.idempotency import Once
from models.doctor import Mode
from models.visit import VisitType
from services import appointments, days, doctors, itinerary, visits
from services.explain import explain
from services.placing import Wish
from services.slot_views import slots_view, strip_view
from tests.people import DAY, NOW, Cast, at
from tests.rows import one

HUGE = "a" * 100_000
NUL = "a\0b"
TOKYO_LIKE = timezone(timedelta(hours=9))

IDENTITIES = {
    "unknown": (999_999, "not_found"),
    "nought": (0, "not_found"),
    "negative": (-1, "invalid"),
    "too large": (2**31, "invalid"),
    "enormous": (10**40, "invalid"),
    "text": ("7", "invalid"),
    "huge text": (HUGE, "invalid"),
    "a NUL": (NUL, "invalid"),
    "nothing": (None, "invalid"),
    "a truth": (True, "invalid"),
    "a fraction": (1.5, "invalid"),
    "a list": ([1], "invalid"),
}

NUMBERS = {
    "unknown": (UUID(int=7), "not_found"),
    "text": (str(uuid4()), "invalid"),
    "huge text": (HUGE, "invalid"),
    "a NUL": (NUL, "invalid"),
    "nothing": (None, "invalid"),
    "an integer": (7, "invalid"),
}

MOMENTS = {
    "past": (NOW - timedelta(days=1), "not_open"),
    "now": (NOW, "not_open"),
    "long past": (datetime(1970, 6, 1, tzinfo=UTC), "not_open"),
    "before time": (datetime(1, 1, 1, tzinfo=UTC), "invalid"),
    "off the grid": (at(10, 7), "not_open"),
    "a microsecond off": (at(10) + timedelta.resolution, "not_open"),
    "at night": (at(3), "not_open"),
    "in ten years": (at(10) + timedelta(days=3650), "not_open"),
    "in a thousand years": (datetime(3026, 1, 1, 4, 30, tzinfo=UTC), "not_open"),
    "at the end of time": (datetime.max.replace(tzinfo=UTC), "invalid"),
    "the end of time further east": (datetime.max.replace(tzinfo=TOKYO_LIKE), "invalid"),
    "naive": (datetime(2030, 1, 1, 10, 0), "invalid"),  # noqa: DTZ001
    "a date": (DAY, "invalid"),
    "text": ("2026-12-01T10:00:00Z", "invalid"),
    "a number": (1_800_000_000, "invalid"),
    "nothing": (None, "invalid"),
}

KINDS = {"unknown": "telepathy", "empty": "", "nothing": None, "a NUL": NUL, "huge": HUGE, "a number": 7}

WISHING = {"hold": appointments.hold, "book_at": appointments.book_at}
NUMBERED: dict[str, Callable] = {
    "book": appointments.book,
    "release": appointments.release,
    "cancel": appointments.cancel,
    "check_in": visits.check_in,
    "start": visits.start,
    "complete": visits.complete,
    "no_show": visits.no_show,
    "recall": visits.recall,
}
COMING = {"walk_in": visits.walk_in, "emergency": visits.emergency}


def wish(cast: Cast, **rubbish) -> Wish:
    return Wish(**vars(cast.wish(at(10))) | rubbish)


async def count() -> int:
    tables = ("appointments", "events", "audit_log", "doctor_days", "idempotency_keys", "waitlist_entries")
    return (await one("SELECT " + " + ".join(f"(SELECT count(*) FROM {table})" for table in tables) + " AS n")).n


async def refused(attempt, code: str | set[str]) -> DomainError:
    before = await count()
    with pytest.raises(DomainError) as refusal:
        await attempt
    assert refusal.value.code in ({code} if isinstance(code, str) else code)
    sentence = refusal.value.message
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert words.words("hi").gettext(sentence) != sentence
    assert await count() == before
    return refusal.value


@pytest.mark.parametrize("door", WISHING)
async def test_wishes_of_or_for_nobody(cast: Cast, door: str) -> None:
    for field in ("patient_id", "doctor_id"):
        for value, code in IDENTITIES.values():
            refusal = await refused(WISHING[door](wish(cast, **{field: value}), by=cast.admin, now=NOW), code)
            assert code != "invalid" or refusal.data["field"] == field


async def test_moments_that_cannot_be_booked(cast: Cast) -> None:
    old = await appointments.book_at(cast.wish(at(16)), by=cast.asha, now=NOW)
    for value, code in MOMENTS.values():
        for door in WISHING.values():
            await refused(door(wish(cast, starts_at=value), by=cast.asha, now=NOW), code)
        await refused(appointments.reschedule(old.id, wish(cast, starts_at=value), by=cast.asha, now=NOW), code)
        if code == "invalid":
            await refused(explain(cast.doctor_id, value, now=NOW), code)
        else:
            assert not (await explain(cast.doctor_id, value, now=NOW)).is_open


@pytest.mark.parametrize("field", ["mode", "visit"])
async def test_modes_and_visits_that_there_are_not(cast: Cast, field: str) -> None:
    for value in KINDS.values():
        for door in WISHING.values():
            refusal = await refused(door(wish(cast, **{field: value}), by=cast.asha, now=NOW), "invalid")
            assert refusal.data["field"] == field
        await refused(explain(cast.doctor_id, at(10), now=NOW, **{field: value}), "invalid")


async def test_appointments_that_there_are_not(cast: Cast) -> None:
    for value, code in NUMBERS.values():
        for door in NUMBERED.values():
            await refused(door(value, by=cast.admin, now=NOW), code)
        await refused(appointments.reschedule(value, cast.wish(at(10)), by=cast.admin, now=NOW), code)
        await refused(itinerary.visit(value, by=cast.admin, now=NOW), code)


@pytest.mark.parametrize("door", COMING)
async def test_nobody_comes_to_nobody_or_for_what_there_is_not(cast: Cast, door: str) -> None:
    come = COMING[door]
    for value, code in IDENTITIES.values():
        await refused(come(value, cast.doctor_id, by=cast.admin, now=at(10)), code)
        await refused(come(cast.asha_patient, value, by=cast.admin, now=at(10)), code)
    for kind in KINDS.values():
        await refused(come(cast.asha_patient, cast.doctor_id, by=cast.admin, now=at(10), visit=kind), "invalid")


async def test_reads_of_doctors_that_there_are_not(cast: Cast) -> None:
    for value, code in IDENTITIES.values():
        await refused(explain(value, at(10), now=NOW), code)
        if type(value) is int:
            for read in (
                slots_view(value, DAY, NOW),
                strip_view(value, NOW),
                days.board(value, DAY),
            ):
                await refused(read, {"not_found", "invalid"})
            await refused(days.open_board(value, DAY, by=cast.admin, now=NOW), {"not_found", "invalid"})


async def test_profiles_that_there_are_not(cast: Cast) -> None:
    for slug in ("", "nobody", NUL, HUGE, "'; DROP TABLE doctors; --", "\u202e"):
        await refused(doctors.profile(slug), {"not_found", "invalid"})


async def test_days_on_which_nothing_can_be(cast: Cast) -> None:
    for day in (date(1971, 1, 1), DAY - timedelta(days=400), date(9000, 1, 1)):
        assert (await slots_view(cast.doctor_id, day, NOW)).slots == ()
    for day in (date.min, date.max, date(1969, 1, 1)):
        await refused(slots_view(cast.doctor_id, day, NOW), "invalid")


async def test_versions_that_there_are_not(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    for version in (0, -1, 10**30, "1", 1.5, NUL):
        await refused(appointments.cancel(booked.id, by=cast.asha, now=NOW, version=version), "stale")
        later = cast.wish(at(11))
        await refused(appointments.reschedule(booked.id, later, by=cast.asha, now=NOW, version=version), "stale")
        await refused(visits.check_in(booked.id, by=cast.admin, now=at(10), version=version), "stale")


async def test_keys_that_are_none(cast: Cast) -> None:
    for key in ("", NUL, HUGE, "ä", 7):
        asked = Once(owner="user:1", key=key, request=None, write=str)
        booking = appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW, asked=asked)
        refusal = await refused(booking, "invalid")
        assert refusal.data["field"] == "idempotency_key"


async def test_the_names_of_modes_and_visits_are_as_good_as_they(cast: Cast) -> None:
    made = await appointments.book_at(wish(cast, mode="video", visit="follow_up"), by=cast.asha, now=NOW)
    assert (made.mode, made.visit_type) == (Mode.VIDEO, VisitType.FOLLOW_UP)


async def test_any_zone_of_the_same_instant_is_the_same_wish(cast: Cast) -> None:
    made = await appointments.book_at(wish(cast, starts_at=at(10).astimezone(TOKYO_LIKE)), by=cast.asha, now=NOW)
    assert made.starts_at == at(10)
