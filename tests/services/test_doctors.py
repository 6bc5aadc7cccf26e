"""Finding a doctor: by name, ailment or place, however it is spelled; filters, order, pages, and rubbish."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio

from core.errors import Invalid, NotFound
from services import appointments, doctors, next_open, search
from services.search import Filters, Sort
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import write


@pytest_asyncio.fixture
async def house(cast: Cast) -> AsyncIterator[Cast]:
    """Six doctors who differ: Meera and John of the cast, and four more."""
    await another_doctor(
        cast.doctor_id,
        "jose",
        name="Vd. José Fernández",
        bio="Treats migraine and sleeplessness.",
        languages=["en", "pt"],
        modes=["video"],
        rating=50,
    )
    await another_doctor(
        cast.other_doctor_id,
        "lakshmi",
        name="Vd. Lakshmi Nair",
        specialization="prasuti-stri-roga",
        bio="Care before and after birth.",
        languages=["ml"],
        modes=["in_person"],
        rating=40,
    )
    await another_doctor(cast.doctor_id, "retired", name="Vd. Retired Joshi", is_active=False, rating=50)
    await another_doctor(cast.doctor_id, "percent", name="Vd. Cent % Per_cent", bio=r"100% sure \ of it.", rating=30)
    yield cast


async def slugs(**wishes) -> list[str]:
    found = await search.doctors(Filters(**wishes), now=NOW, is_counted=True)
    assert found.total == len(found.doctors)
    return [doctor.slug for doctor in found.doctors]


EVERYBODY = ["jose", "vd-meera-joshi", "vd-john-mathew", "lakshmi", "percent"]


async def test_without_a_wish_everybody_active_is_found_the_best_rated_first(house: Cast) -> None:
    assert await slugs() == EVERYBODY


async def test_every_word_is_looked_for_in_name_ailment_and_place(house: Cast) -> None:
    wished = {
        "Meera": ["vd-meera-joshi"],
        "meera joshi": ["vd-meera-joshi"],
        "joshi meera": ["vd-meera-joshi"],
        "MEE": ["vd-meera-joshi"],
        "migraine": ["jose"],
        "sleep migraine": ["jose"],
        "Kochi": ["vd-john-mathew", "lakshmi"],
        "lakshmi kochi": ["lakshmi"],
        "lakshmi pune": [],
        "stri roga": ["lakshmi"],
        "charaka": ["vd-john-mathew", "lakshmi"],
        "zzzzzz": [],
    }
    assert {text: await slugs(text=text) for text in wished} == wished


async def test_what_is_spelled_nearly_so_is_found(house: Cast) -> None:
    meant = {"mathw": "vd-john-mathew", "lakshmy": "lakshmi", "migrane": "jose", "panchkarma": "vd-john-mathew"}
    assert {text: (await slugs(text=text))[:1] for text in meant} == {text: [slug] for text, slug in meant.items()}


async def test_accents_make_no_difference(house: Cast) -> None:
    # She is nearly called that, and free before him: one who is called so comes first all the same.
    await opens("vd-meera-joshi", "video", at(9))
    for text in ("jose", "José", "JOSÉ", "fernandez", "Fernández", "fërnandez"):
        assert (await slugs(text=text))[0] == "jose"


async def test_short_words_are_taken_as_they_are(house: Cast) -> None:
    assert await slugs(text="xyz") == []


async def test_each_filter_narrows_and_all_of_them_count(house: Cast) -> None:
    for wishes, found in (
        ({"specialization": "panchakarma"}, ["vd-john-mathew"]),
        ({"city": "Pune"}, ["jose", "vd-meera-joshi", "percent"]),
        ({"language": "pt"}, ["jose"]),
        ({"mode": "in_person"}, ["vd-meera-joshi", "vd-john-mathew", "lakshmi", "percent"]),
        ({"mode": "video"}, ["jose", "vd-meera-joshi", "vd-john-mathew", "percent"]),
        ({"city": "Kochi", "mode": "video"}, ["vd-john-mathew"]),
        ({"city": "Kochi", "text": "birth"}, ["lakshmi"]),
        ({"specialization": "agada-tantra"}, []),
    ):
        assert await slugs(**wishes) == found


async def test_who_is_open_earliest_comes_first_and_who_never_is_last(house: Cast) -> None:
    for slug, starts_at in (("percent", at(9)), ("lakshmi", at(10)), ("vd-john-mathew", at(9))):
        await opens(slug, "in_person", starts_at)
    await opens("vd-meera-joshi", "video", None)
    assert await slugs() == ["vd-john-mathew", "percent", "lakshmi", "jose", "vd-meera-joshi"]


async def test_a_wish_for_a_mode_orders_by_that_mode_and_shows_its_time(house: Cast) -> None:
    await opens("vd-meera-joshi", "in_person", at(9))
    await opens("vd-meera-joshi", "video", at(17))
    await opens("vd-john-mathew", "video", at(16))
    found = (await search.doctors(Filters(mode="video"), now=NOW)).doctors
    assert [(d.slug, d.next_open) for d in found[:2]] == [("vd-john-mathew", at(16)), ("vd-meera-joshi", at(17))]
    found = (await search.doctors(Filters(), now=NOW)).doctors
    assert (found[0].slug, found[0].next_open) == ("vd-meera-joshi", at(9))


async def test_a_name_that_has_the_words_comes_before_a_bio_that_has_them(house: Cast) -> None:
    await write("UPDATE doctors SET bio = 'Learned from Lakshmi.' WHERE slug = 'vd-meera-joshi'")
    await opens("vd-meera-joshi", "video", at(9))
    assert await slugs(text="lakshmi") == ["lakshmi", "vd-meera-joshi"]


async def test_open_by_a_date_is_open_on_it_or_before_on_the_home_wall_clock(house: Cast) -> None:
    await opens("lakshmi", "in_person", at(23, 59))
    await opens("percent", "in_person", at(0) + timedelta(days=1))
    assert await slugs(open_by=DAY) == ["lakshmi"]
    assert await slugs(open_by=DAY - timedelta(days=1)) == []
    assert await slugs(open_by=DAY + timedelta(days=1)) == ["lakshmi", "percent"]
    assert await slugs(open_by=DAY + timedelta(days=1), mode="video") == []


async def pages(limit: int, filters: Filters = Filters(), **wishes: Any) -> list[list[str]]:  # noqa: B008
    """The slugs of all pages, each begun where the one before told."""
    found, after = [], None
    while True:
        page = await search.doctors(filters, now=NOW, limit=limit, after=after, **wishes)
        found.append([doctor.slug for doctor in page.doctors])
        if (after := page.after) is None:
            return found
        # As it comes back from whoever was given it.
        after = orjson.loads(orjson.dumps(after))


def all_of(found: list[list[str]]) -> list[str]:
    return [slug for page in found for slug in page]


async def test_pages_follow_each_other_without_gap_or_repeat_in_every_order(house: Cast) -> None:
    await opens("lakshmi", "in_person", at(9))
    await opens("percent", "video", at(9, 30))
    await write("UPDATE doctors SET fee = 70000 WHERE slug IN ('jose', 'lakshmi')")
    orders = {
        Sort.EARLIEST: ["lakshmi", "percent", "jose", "vd-meera-joshi", "vd-john-mathew"],
        Sort.FEE: ["vd-meera-joshi", "vd-john-mathew", "percent", "jose", "lakshmi"],
        Sort.RATING: ["jose", "vd-meera-joshi", "vd-john-mathew", "lakshmi", "percent"],
        Sort.NAME: ["percent", "vd-john-mathew", "jose", "lakshmi", "vd-meera-joshi"],
    }
    for sort, order in orders.items():
        for limit in (1, 2, 4, 5, 6):
            found = await pages(limit, sort=sort)
            assert all_of(found) == order, sort
            assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
            assert found[-1]


async def test_who_has_the_words_in_his_name_stays_first_from_page_to_page(house: Cast) -> None:
    await write("UPDATE doctors SET bio = 'Learned from Lakshmi.' WHERE slug <> 'lakshmi'")
    await opens("vd-meera-joshi", "video", at(9))
    order = ["lakshmi", "vd-meera-joshi", "jose", "vd-john-mathew", "percent"]
    assert all_of(await pages(1, Filters(text="lakshmi"))) == order


async def test_a_next_page_is_right_while_others_times_move(house: Cast) -> None:
    for hour, slug in enumerate(EVERYBODY, 9):
        await opens(slug, "video", at(hour))
    first = await search.doctors(Filters(), now=NOW, limit=2)
    # Whoever was on the first page moves to the end, and is seen again; of the others none is missed or seen twice.
    await write("UPDATE next_open SET starts_at = starts_at + interval '1 day' WHERE starts_at = :at", at=at(9))
    rest = await search.doctors(Filters(), now=NOW, limit=10, after=first.after)
    assert [doctor.slug for doctor in rest.doctors] == [*EVERYBODY[2:], EVERYBODY[0]]


async def test_a_place_that_no_page_gave_is_refused(house: Cast) -> None:
    whole = (await search.doctors(Filters(), now=NOW, limit=1)).after
    for sort, after in (
        (Sort.FEE, whole),
        (Sort.EARLIEST, []),
        (Sort.EARLIEST, [0, "yesterday", -47, 1]),
        (Sort.EARLIEST, [0, "2026-12-01T10:00:00", -47, 1]),
        (Sort.EARLIEST, [0, "", -47, True]),
        (Sort.RATING, [2**63, 0, 0]),
        (Sort.NAME, ["a\x00b", 1]),
        (Sort.NAME, ["\ud800", 1]),
        (Sort.NAME, [None, 1]),
    ):
        with pytest.raises(Invalid):
            await search.doctors(Filters(), now=NOW, sort=sort, after=after)


async def test_the_total_is_told_where_it_is_asked_for(house: Cast) -> None:
    page = await search.doctors(Filters(), now=NOW, limit=2, is_counted=True)
    assert (len(page.doctors), page.total) == (2, 5)
    assert (await search.doctors(Filters(), now=NOW)).total is None
    assert (await search.doctors(Filters(text="zzzzzz"), now=NOW, is_counted=True)).total == 0


async def test_a_highest_fee_lets_in_who_asks_just_that(house: Cast) -> None:
    await write("UPDATE doctors SET fee = 50001 WHERE slug <> 'lakshmi'")
    assert await slugs(max_fee=50000) == ["lakshmi"]
    assert await slugs(max_fee=49999) == []
    assert len(await slugs(max_fee=50001)) == 5


async def on(day: date, limit: int = 10, **wishes: Any) -> list[str]:
    return all_of(await pages(limit, Filters(open_on=day, **wishes)))


async def test_open_on_a_date_is_open_on_that_very_date_of_the_clinics_wall_clock(house: Cast) -> None:
    await next_open.refresh([doctor.id for doctor in (await search.doctors(Filters(), now=NOW)).doctors], NOW)
    everybody = set(EVERYBODY)
    assert set(await on(DAY)) == everybody
    # Away on that date, open before and after it.
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) SELECT id, :since, :until FROM doctors WHERE slug = 'jose'",
        since=at(0),
        until=at(0) + timedelta(days=1),
    )
    assert set(await on(DAY)) == everybody - {"jose"}
    assert set(await on(DAY + timedelta(days=1))) == everybody
    # The hours of each mode count for that mode.
    await write("UPDATE weekly_hours SET modes = '{video}' WHERE weekday = :weekday", weekday=DAY.weekday())
    assert await on(DAY, mode="in_person") == []
    assert set(await on(DAY, mode="video")) == everybody - {"jose", "lakshmi"}
    # In New York the day begins ten hours and a half later.
    await write("UPDATE clinics SET time_zone = 'America/New_York' WHERE city = 'Kochi'")
    late = DAY + timedelta(days=60)
    assert set(await on(late - timedelta(days=1))) == everybody
    assert set(await on(late)) == set()
    for day in (NOW.date() - timedelta(days=1), date(1, 1, 1), date(9999, 12, 31)):
        assert await on(day) == []


async def test_a_page_of_those_open_on_a_date_reads_few_books_and_goes_on_where_it_stopped(
    house: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await next_open.refresh([doctor.id for doctor in (await search.doctors(Filters(), now=NOW)).doctors], NOW)
    await write(
        "INSERT INTO leaves (doctor_id, starts_at, ends_at) SELECT id, :since, :until FROM doctors"
        " WHERE slug NOT IN ('percent', 'jose')",
        since=at(0),
        until=at(0) + timedelta(days=1),
    )
    assert await pages(1, Filters(open_on=DAY)) == [["jose"], ["percent"]]
    monkeypatch.setattr(search, "LOOKED_AT", 2)
    found = await pages(1, Filters(open_on=DAY))
    assert all_of(found) == ["jose", "percent"]
    assert [] in found


async def test_what_is_a_pattern_elsewhere_is_only_text_here(house: Cast) -> None:
    for text in ("%", "_", "per_cent", "100%", "\\"):
        assert await slugs(text=text) == ["percent"]


async def test_rubbish_finds_whom_it_may_but_never_fails(house: Cast) -> None:
    long = ("x" * 100_000, "a " * 50_000)
    for rubbish in (*long, "\x00", "\ud800", "'; DROP TABLE doctors; --", "&|!():*<->", "👩‍⚕️", "\u200d", "\\x00"):
        assert set(await slugs(text=rubbish)) <= set(EVERYBODY)
        for field in ("specialization", "city", "language", "mode"):
            assert await slugs(**{field: rubbish}) == []
        with pytest.raises(NotFound):
            await doctors.profile(rubbish)


async def test_a_nul_within_the_text_is_a_blank(house: Cast) -> None:
    assert await slugs(text="meera\x00joshi") == ["vd-meera-joshi"]


async def test_what_is_changed_is_found_under_its_new_words_and_not_the_old(house: Cast) -> None:
    await write("UPDATE doctors SET name = 'Vd. Meera Deshpande' WHERE slug = 'vd-meera-joshi'")
    assert await slugs(text="deshpande") == ["vd-meera-joshi"]
    assert await slugs(text="joshi") == []
    await write("UPDATE clinics SET city = 'Thrissur' WHERE city = 'Kochi'")
    assert await slugs(text="thrissur") == ["vd-john-mathew", "lakshmi"]


async def test_one_who_no_longer_practises_is_shown_nowhere(house: Cast) -> None:
    assert "retired" not in await slugs(text="retired")
    with pytest.raises(NotFound):
        await doctors.profile("retired")
    assert "Vd. Retired Joshi" not in [name for _, name in await doctors.at_clinic(None)]
    retired = await another_doctor(house.doctor_id, "gone", is_active=False)
    await next_open.refresh([retired], NOW)
    with pytest.raises(NotFound):
        await appointments.hold(house.wish(at(10), doctor=retired), by=house.asha, now=NOW)


async def test_a_profile_is_all_that_a_patient_may_know(house: Cast) -> None:
    found = await doctors.profile("vd-meera-joshi")
    assert (found.id, found.name, found.city, found.bio) == (
        house.doctor_id,
        "Vd. Meera Joshi",
        "Pune",
        "Sees people with back pain.",
    )
    assert (found.languages, found.modes, found.fee, found.currency) == (
        ("en", "hi"),
        ("in_person", "video"),
        50000,
        "INR",
    )
    assert not hasattr(found, "user_id")
    for slug in ("", "VD-MEERA-JOSHI", "vd-meera-josh%"):
        with pytest.raises(NotFound):
            await doctors.profile(slug)


async def test_a_clinics_doctors_are_by_name_and_those_of_all_clinics_too(house: Cast) -> None:
    here = [name for _, name in await doctors.at_clinic(house.clinic_id)]
    assert here == ["Vd. Cent % Per_cent", "Vd. José Fernández", "Vd. Meera Joshi"]
    assert len(await doctors.at_clinic(None)) == 5
    assert await doctors.at_clinic(0) == []
    assert await doctors.cities() == ["Kochi", "Pune"]


async def opens(slug: str, mode: str, starts_at: datetime | None) -> None:
    await write(
        """INSERT INTO next_open (doctor_id, mode, starts_at)
        SELECT id, :mode, CAST(:at AS timestamptz) FROM doctors WHERE slug = :slug""",
        slug=slug,
        mode=mode,
        at=starts_at,
    )
