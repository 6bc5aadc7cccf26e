"""Hours are drafted and saved: what they would make, whom they strand, and what two editors at once come to."""

import asyncio
from datetime import time, timedelta

import pytest

from core.errors import Invalid, NotAllowed, NotFound, Stale
from services import appointments
from services.absence import resolver
from services.absence.drafts import draft, standing
from services.absence.leaves import Away
from services.absence.new_hours import DayHours, Rest, Sitting, WeekHours
from services.absence.undo import undo
from services.refusals import CannotUndo, HoursOverlap, NotOpen
from tests.people import DAY, NOW, Cast, at
from tests.rows import audited, events, many, one, write

WEEKDAY = DAY.weekday()


def sits(cast: Cast, opens: time, closes: time, *modes: str) -> Sitting:
    return Sitting(opens=opens, closes=closes, modes=modes or ("in_person", "video"), clinic_id=cast.clinic_id)


def weekly(cast: Cast, *sittings: Sitting, weekday: int = WEEKDAY) -> WeekHours:
    return WeekHours(doctor_id=cast.doctor_id, weekdays={weekday: sittings})


async def test_the_hours_stand_as_they_were_written(cast: Cast) -> None:
    found = await standing(cast.doctor_id, DAY, by=cast.receptionist)
    assert found.week[WEEKDAY] == (sits(cast, time(9), time(13)), sits(cast, time(15), time(19)))
    assert (found.day, found.home, found.clinics) == (None, cast.clinic_id, ((cast.clinic_id, "Dhanvantari"),))
    await resolver.commit(DayHours(doctor_id=cast.doctor_id, day=DAY), by=cast.doctor, now=NOW)
    assert (await standing(cast.doctor_id, DAY, by=cast.doctor)).day == ()
    for by in (cast.asha, cast.other_doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await standing(cast.doctor_id, DAY, by=by)
    with pytest.raises(NotFound):
        await standing(10**6, DAY, by=cast.admin)


async def test_a_draft_tells_the_times_and_whom_it_strands_and_writes_nothing(cast: Cast) -> None:
    await write(
        "INSERT INTO breaks (doctor_id, weekday, starts, ends) VALUES (:d, :w, '10:00', '10:30')",
        d=cast.doctor_id,
        w=WEEKDAY,
    )
    old = await appointments.book_at(cast.wish(at(12)), by=cast.asha, now=NOW)
    before = await many("SELECT * FROM weekly_hours ORDER BY id")
    found = await draft(weekly(cast, sits(cast, time(9), time(11, 45))), by=cast.doctor, now=NOW)
    walls = [(each + timedelta(hours=5, minutes=30)).time() for each in found.times[WEEKDAY]]
    assert walls == [time(9), time(9, 30), time(10, 30), time(11)]
    (stranded,) = found.plan.stranded
    assert (stranded.appointment.id, stranded.patient) == (old.id, "Asha Kulkarni")
    assert stranded.replacement is not None
    assert await many("SELECT * FROM weekly_hours ORDER BY id") == before
    one_day = await draft(DayHours(doctor_id=cast.doctor_id, day=DAY), by=cast.doctor, now=NOW)
    assert one_day.times == {DAY: ()}


@pytest.mark.parametrize(
    "hours", [((9, 13), (12, 15)), ((9, 13), (9, 13)), ((9, 0), (15, 19))], ids=["overlap", "twice", "to midnight"]
)
async def test_hours_in_each_others_way_are_refused(cast: Cast, hours) -> None:
    both = [sits(cast, time(opens), time(closes)) for opens, closes in hours]
    for change in (weekly(cast, *both), DayHours(doctor_id=cast.doctor_id, day=DAY, sittings=tuple(both))):
        with pytest.raises(HoursOverlap):
            await draft(change, by=cast.doctor, now=NOW)
        with pytest.raises(HoursOverlap):
            await resolver.commit(change, by=cast.doctor, now=NOW)
    touching = weekly(cast, sits(cast, time(9), time(13)), sits(cast, time(13), time(0)))
    await resolver.commit(touching, by=cast.doctor, now=NOW)


async def test_what_only_the_database_sees_overlap_is_refused_with_the_same_words(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.absence.new_hours._require_sound", lambda _sittings: None)
    both = weekly(cast, sits(cast, time(9), time(13)), sits(cast, time(12), time(15)))
    with pytest.raises(HoursOverlap):
        await resolver.commit(both, by=cast.doctor, now=NOW)


async def test_who_saves_over_what_another_saved_is_told_and_changes_nothing(cast: Cast) -> None:
    known = (await standing(cast.doctor_id, DAY, by=cast.doctor)).version
    await resolver.commit(weekly(cast, sits(cast, time(9), time(12))), by=cast.receptionist, now=NOW, version=known)
    with pytest.raises(Stale) as stale:
        await resolver.commit(weekly(cast), by=cast.doctor, now=NOW, version=known)
    now = await standing(cast.doctor_id, DAY, by=cast.doctor)
    assert stale.value.data == {"version": now.version}
    assert now.week[WEEKDAY] == (sits(cast, time(9), time(12)),)
    assert len(await audited("HoursChanged")) == 1
    await resolver.commit(weekly(cast), by=cast.doctor, now=NOW, version=now.version)


async def test_two_editors_of_other_weekdays_at_once_one_wins(cast: Cast) -> None:
    known = (await standing(cast.doctor_id, DAY, by=cast.doctor)).version
    # They lock no day in common: only the doctor's version stands between them.
    saves = [
        resolver.commit(weekly(cast, weekday=weekday), by=by, now=NOW, version=known)
        for weekday, by in ((1, cast.doctor), (3, cast.receptionist), (5, cast.admin))
    ]
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(isinstance(outcome, Stale) for outcome in outcomes) == 2
    left = await one("SELECT count(DISTINCT weekday) AS n FROM weekly_hours WHERE doctor_id = :d", d=cast.doctor_id)
    assert left.n == 6


async def test_a_leave_needs_no_version_and_one_given_is_held_to(cast: Cast) -> None:
    known = (await standing(cast.doctor_id, DAY, by=cast.doctor)).version
    leave = Away(doctor_ids=(cast.doctor_id,), starts_at=at(9), ends_at=at(10))
    await resolver.commit(leave, by=cast.doctor, now=NOW)
    with pytest.raises(Stale):
        await resolver.commit(leave, by=cast.doctor, now=NOW, version=known)


async def test_rubbish_is_refused(cast: Cast) -> None:
    for wrong in (
        weekly(cast, sits(cast, time(13), time(9))),
        weekly(cast, sits(cast, time(9), time(13), "by pigeon")),
        WeekHours(doctor_id=cast.doctor_id, weekdays={9: ()}),
        weekly(cast, Sitting(opens=time(9), closes=time(10), modes=("video",), clinic_id=10**6)),
    ):
        with pytest.raises(Invalid):
            await draft(wrong, by=cast.doctor, now=NOW)


async def test_a_break_of_every_week_takes_its_times_strands_who_is_in_it_and_goes_as_one(cast: Cast) -> None:
    old = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    stays = await appointments.book_at(cast.wish(at(9, 30), patient=cast.stranger_patient), by=cast.admin, now=NOW)
    hours = (sits(cast, time(9), time(11)),)
    tea = Rest(starts=time(10), ends=time(10, 15))
    change = WeekHours(doctor_id=cast.doctor_id, weekdays={WEEKDAY: hours}, breaks={WEEKDAY: (tea,)})
    found = await draft(change, by=cast.doctor, now=NOW)
    walls = [(each + timedelta(hours=5, minutes=30)).time() for each in found.times[WEEKDAY]]
    assert walls == [time(9), time(9, 30), time(10, 30)]
    assert [each.appointment.id for each in found.plan.stranded] == [old.id]
    assert await many("SELECT * FROM breaks") == []
    done = await resolver.commit(change, by=cast.doctor, now=NOW)
    assert set(done.moved) == {old.id}
    assert (await standing(cast.doctor_id, DAY, by=cast.doctor)).breaks[WEEKDAY] == (tea,)
    assert (await one("SELECT status FROM appointments WHERE id = :id", id=stays.id)).status == "booked"
    assert len(await events("HoursChanged")) == len(await audited("HoursChanged")) == 1
    with pytest.raises(NotOpen):
        await appointments.book_at(cast.wish(at(10)), by=cast.stranger, now=NOW)
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert await many("SELECT * FROM breaks") == []
    back = await one(
        "SELECT starts_at FROM appointments WHERE status = 'booked' AND patient_id = :p", p=cast.asha_patient
    )
    assert back.starts_at == at(10)


async def test_breaks_of_other_weekdays_stay_and_one_that_was_changed_since_is_not_put_back(cast: Cast) -> None:
    other = (WEEKDAY + 1) % 7
    await write(
        "INSERT INTO breaks (doctor_id, weekday, starts, ends)"
        " VALUES (:d, :w, '11:00', '24:00'), (:d, :o, '11:00', '12:00')",
        d=cast.doctor_id,
        w=WEEKDAY,
        o=other,
    )
    hours = (await standing(cast.doctor_id, DAY, by=cast.doctor)).week[WEEKDAY]
    none = WeekHours(doctor_id=cast.doctor_id, weekdays={WEEKDAY: hours}, breaks={WEEKDAY: ()})
    done = await resolver.commit(none, by=cast.doctor, now=NOW)
    found = await standing(cast.doctor_id, DAY, by=cast.doctor)
    assert (found.breaks[WEEKDAY], found.breaks[other]) == ((), (Rest(starts=time(11), ends=time(12)),))
    await undo(done.resolution_id, by=cast.doctor, now=NOW)
    assert (await standing(cast.doctor_id, DAY, by=cast.doctor)).breaks[WEEKDAY] == (
        Rest(starts=time(11), ends=time(0)),
    )
    done = await resolver.commit(none, by=cast.doctor, now=NOW)
    await write(
        "INSERT INTO breaks (doctor_id, weekday, starts, ends) VALUES (:d, :w, '10:00', '10:30')",
        d=cast.doctor_id,
        w=WEEKDAY,
    )
    with pytest.raises(CannotUndo):
        await undo(done.resolution_id, by=cast.doctor, now=NOW)


async def test_a_break_that_is_none_is_refused(cast: Cast) -> None:
    hours = {WEEKDAY: (sits(cast, time(9), time(11)),)}
    for breaks in (
        {WEEKDAY: (Rest(starts=time(10), ends=time(10)),)},
        {WEEKDAY: (Rest(starts=time(10), ends=time(9)),)},
        {(WEEKDAY + 1) % 7: ()},
    ):
        with pytest.raises(Invalid):
            await resolver.commit(
                WeekHours(doctor_id=cast.doctor_id, weekdays=hours, breaks=breaks), by=cast.doctor, now=NOW
            )
    assert await many("SELECT * FROM breaks") == []
