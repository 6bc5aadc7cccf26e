"""Times to read out: every one of them is open and fits, none that is earlier is left out, and what else would do."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from core.errors import Invalid
from models.doctor import Mode
from models.visit import VisitType
from services import appointments, open_times
from services.open_times import EACH, Asked, Ease
from services.placing import Wish
from tests.people import DAY, NOW, Cast, another_doctor, at, crowd
from tests.rows import write

TODAY = DAY - timedelta(days=1)
GRID = [time(hour, minute) for hour in (*range(9, 13), *range(15, 19)) for minute in (0, 30)]
"""When the cast's doctors can be seen, by their clinics' wall clock."""

SPEAK = {"en": ("first", "second", "near"), "hi": ("first", "near"), "mr": ("second",)}


def asked(cast: Cast, **wish: object) -> Asked:
    return replace(Asked(clinic_id=cast.clinic_id, city="Pune", since=TODAY), **wish)


async def told(cast: Cast, wish: Asked, count: int = 8) -> list[tuple[datetime, int]]:
    found = await open_times.open_times(wish, by=cast.receptionist, now=NOW, count=count)
    return [(each.starts_at, each.doctor_id) for each in found]


async def three_doctors(cast: Cast) -> dict[str, int]:
    """Two at the desk's clinic, who speak other languages and know other things, and one at another in the city."""
    await write("UPDATE clinics SET city = 'Pune' WHERE id = :id", id=cast.other_clinic_id)
    second = await another_doctor(
        cast.doctor_id, "second", languages=["en", "mr"], specialization="panchakarma", modes=["in_person"]
    )
    return {"first": cast.doctor_id, "second": second, "near": cast.other_doctor_id}


async def test_what_is_told_is_all_that_is_open_and_fits_earliest_first(cast: Cast) -> None:
    chance, doctors = Random(6), await three_doctors(cast)
    taken = set()
    for member in await crowd(40):
        doctor, day, wall = chance.choice(list(doctors.values())), chance.randrange(4), chance.choice(GRID)
        starts_at = at(wall.hour, wall.minute, TODAY + timedelta(days=day))
        if starts_at > NOW and (doctor, starts_at) not in taken:
            wish = Wish(patient_id=member.patient_id, doctor_id=doctor, starts_at=starts_at, mode=Mode.IN_PERSON)
            await appointments.book_at(wish, by=cast.admin, now=NOW)
            taken.add((doctor, starts_at))
    assert len(taken) > 25

    def expected(wish: Asked, count: int) -> list[tuple[datetime, int]]:
        names = [name for name in doctors if wish.is_citywide or wish.doctor_id or name != "near"]
        who = [doctors[name] for name in names if not wish.language or name in SPEAK[wish.language]]
        if wish.doctor_id:
            who = [doctor for doctor in who if doctor == wish.doctor_id]
        if wish.specialization:
            who = [doctor for doctor in who if doctor != doctors["first"]]
        if wish.mode == Mode.VIDEO:
            who = [doctor for doctor in who if doctor != doctors["second"]]
        found = []
        for day in (wish.since + timedelta(days=offset) for offset in range(40)):
            for doctor in who if day.weekday() not in wish.not_on else ():
                fits = [
                    at(wall.hour, wall.minute, day)
                    for wall in GRID
                    if (wish.after or time.min) <= wall < (wish.before or time.max)
                    and at(wall.hour, wall.minute, day) > NOW
                    and (doctor, at(wall.hour, wall.minute, day)) not in taken
                ]
                found += [(starts_at, doctor) for starts_at in fits[:EACH]]
        return sorted(found)[:count]

    seen = 0
    for _ in range(60):
        wish = asked(
            cast,
            doctor_id=chance.choice([None, None, None, *doctors.values()]),
            is_citywide=chance.random() < 0.4,
            specialization=chance.choice(["", "", "panchakarma"]),
            language=chance.choice(["", "", *SPEAK]),
            mode=chance.choice([Mode.IN_PERSON, Mode.IN_PERSON, Mode.VIDEO]),
            since=TODAY + timedelta(days=chance.randrange(4)),
            after=chance.choice([None, None, time(10), time(16)]),
            before=chance.choice([None, None, time(17), time(18, 30)]),
            not_on=frozenset(chance.sample(range(7), chance.randrange(4))),
        )
        count = chance.choice([1, 8, 20])
        assert await told(cast, wish, count) == expected(wish, count), wish
        seen += len(expected(wish, count))
    assert seen > 100


async def test_a_time_is_told_as_it_is_read_out_and_with_whose_it_is_to_book(cast: Cast) -> None:
    await three_doctors(cast)
    wish = asked(cast, is_citywide=True, language="hi", since=DAY)
    found = await open_times.open_times(wish, by=cast.receptionist, now=NOW)
    assert [(each.doctor, each.clinic, each.may_book) for each in found[:2]] == [
        ("Vd. Meera Joshi", "Dhanvantari", True),
        ("Vd. John Mathew", "Charaka", False),
    ]
    assert (found[0].starts_at, found[0].languages, found[0].zone) == (at(9), ("en", "hi"), "Asia/Kolkata")
    by_doctor = await open_times.open_times(wish, by=cast.doctor, now=NOW)
    assert [each.may_book for each in by_doctor[:2]] == [True, False]


async def test_staff_are_told_a_time_that_is_too_near_for_patients(cast: Cast) -> None:
    await write("UPDATE doctors SET notice_minutes = 1440 WHERE id = :id", id=cast.doctor_id)
    assert (await told(cast, asked(cast)))[0] == (at(12, 0, TODAY), cast.doctor_id)
    patient = await open_times.open_times(asked(cast), by=cast.asha, now=NOW)
    assert patient[0].starts_at == at(11, 30)


async def test_each_kind_of_visit_has_its_own_grid(cast: Cast) -> None:
    short = await told(cast, asked(cast, visit=VisitType.FOLLOW_UP, since=DAY))
    assert [starts_at for starts_at, _ in short[:3]] == [at(9), at(9, 15), at(9, 30)]
    long = await told(cast, asked(cast, visit=VisitType.PANCHAKARMA, since=DAY))
    assert [starts_at for starts_at, _ in long[:3]] == [at(9), at(10), at(11)]


async def test_a_doctor_who_only_visits_a_clinic_is_told_of_for_his_hours_there(cast: Cast) -> None:
    await write(
        "UPDATE weekly_hours SET clinic_id = :here WHERE doctor_id = :id AND opens = '15:00'",
        here=cast.clinic_id,
        id=cast.other_doctor_id,
    )
    found = await told(cast, asked(cast, since=DAY, specialization="panchakarma"))
    assert found[0] == (at(15), cast.other_doctor_id)


async def test_where_nothing_fits_it_is_said_which_one_wish_less_would_do(cast: Cast) -> None:
    doctors = await three_doctors(cast)
    wish = asked(cast, language="mr", specialization="kayachikitsa", since=DAY)
    assert await told(cast, wish) == []
    less = await open_times.eased(wish, by=cast.receptionist, now=NOW)
    assert {ease: (easier, first.doctor_id, first.starts_at) for ease, (easier, first) in less.items()} == {
        Ease.LANGUAGE: (replace(wish, language=""), doctors["first"], at(9)),
        Ease.SPECIALIZATION: (replace(wish, specialization=""), doctors["second"], at(9)),
    }
    late = asked(cast, doctor_id=doctors["second"], after=time(20), mode=Mode.VIDEO)
    assert await open_times.eased(late, by=cast.receptionist, now=NOW) == {}
    assert set(await open_times.eased(replace(late, after=None), by=cast.receptionist, now=NOW)) == {
        Ease.DOCTOR,
        Ease.MODE,
    }
    beyond = asked(cast, since=DAY + timedelta(days=200))
    assert set(await open_times.eased(beyond, by=cast.receptionist, now=NOW)) == {Ease.SINCE}


async def test_from_a_day_beyond_the_book_nothing_is_told_and_from_one_gone_by_the_present_ones(cast: Cast) -> None:
    assert await told(cast, asked(cast, since=date(9000, 1, 1))) == []
    assert await told(cast, asked(cast, since=date(1980, 1, 1))) == await told(cast, asked(cast))


@pytest.mark.parametrize(
    "rubbish",
    [
        {"after": time(12), "before": time(12)},
        {"not_on": frozenset(range(7))},
        {"not_on": frozenset({9})},
        {"specialization": "surgery"},
        {"mode": "by post"},
        {"visit": "course"},
    ],
)
async def test_a_wish_that_nothing_can_meet_is_refused(cast: Cast, rubbish: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        await told(cast, asked(cast, **rubbish))
