"""A clinic's day to watch: it plays by the services until nobody is left, and with nobody but the demo."""

from random import Random

import pytest

from cli.simulate import cast as stage
from cli.simulate import model
from cli.simulate.playing import playing
from core import clock
from core.embedded import found
from core.errors import StartFailed
from core.settings import Settings
from services import days, queue
from tests.people import DAY, Cast, at, crowd
from tests.rows import one

HOURS = ((540, 780), (900, 1140))


def test_the_model_is_the_same_for_a_seed_and_another_for_another() -> None:
    booked = model.bookings(HOURS, [1])
    assert model.day(HOURS, booked, [1]) == model.day(HOURS, booked, [1])
    assert model.day(HOURS, booked, [1]) != model.day(HOURS, booked, [2])


def test_the_model_is_as_it_is_stated() -> None:
    people = [p for n in range(60) for p in model.day(HOURS, model.bookings(HOURS, [n]), [n]).people]
    booked = [p for p in people if p.booked is not None]
    assert sum(p.arrives is None for p in booked) / len(booked) == pytest.approx(0.12, abs=0.03)
    walk_ins = [p for p in people if p.booked is None and not p.is_emergency]
    assert len(walk_ins) / 60 == pytest.approx(0.8 * 8, rel=0.15)
    early = [p.arrives < p.booked.time for p in booked if p.arrives is not None and p.booked is not None]
    assert 0.5 < sum(early) / len(early) < 0.85


async def test_a_day_is_played_by_the_services_until_nobody_waits(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(16))
    people = [member.patient_id for member in await crowd(24)]
    doctor = await stage.ready(
        cast.doctor_id, "Vd. Meera Joshi", cast.doctor, cast.receptionist, people, at(16), Random(1)
    )
    assert 3 <= len(doctor.booked) <= 12
    assert doctor.hours == ((16 * 60, 19 * 60),)
    told: list[str] = []
    day = playing(doctor, people, seed=3, since=16 * 60, speed=100_000, say=told.append)
    seen = await day.play()
    board = await days.board(cast.doctor_id, DAY)
    assert {booking.status for booking in board.bookings} <= {"completed", "no_show", "cancelled"}
    assert seen == sum(booking.status == "completed" for booking in board.bookings) > 3
    assert (await queue.queue(cast.doctor_id, DAY, at(16))).waiting == ()
    assert any("goes in" in line for line in told)
    assert not any(member in line for line in told for member in ("Asha", "Leela"))


async def test_played_fast_nobody_is_left_who_has_not_come_yet(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "NO_SHOW", 0.5)
    # Hours before their true time nobody can be given up, and half a day before it nobody can be here.
    monkeypatch.setattr(clock, "now", lambda: at(5))
    people = [member.patient_id for member in await crowd(24)]
    ready = await stage.ready(
        cast.doctor_id, "Vd. Meera Joshi", cast.doctor, cast.receptionist, people, at(5), Random(1)
    )
    told: list[str] = []
    await playing(ready, people, seed=3, since=9 * 60, speed=100_000, say=told.append).play()
    statuses = [booking.status for booking in (await days.board(cast.doctor_id, DAY)).bookings]
    assert set(statuses) == {"completed", "cancelled"}
    assert not any("refused" in line for line in told)
    assert sum("calls off" in line for line in told) == statuses.count("cancelled") > 3


async def test_a_doctor_without_hours_gets_some_and_none_just_before_midnight(cast: Cast) -> None:
    doctor = await stage.ready(cast.doctor_id, "Meera", cast.doctor, cast.receptionist, [], at(21, 10), Random(1))
    assert doctor.hours == ((21 * 60 + 10, 24 * 60),)
    assert (await one("SELECT count(*) AS n FROM hour_overrides")).n == 1
    with pytest.raises(StartFailed):
        await stage.ready(cast.doctor_id, "M", cast.doctor, cast.receptionist, [], at(23, 30), Random(1))


async def test_nobody_elses_patients_are_played_with(cast: Cast) -> None:
    with pytest.raises(StartFailed, match="not the demo"):
        await stage.chosen(1, at(10), 1)
    assert (await one("SELECT count(*) AS n FROM appointments")).n == 0


def test_where_nothing_was_started_it_says_so(tmp_path) -> None:
    with pytest.raises(StartFailed, match="No app has been started"):
        found(Settings(data_dir=tmp_path / "none", database_url=None, redis_url=None))
