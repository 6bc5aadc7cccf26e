"""Whoever is free first sees one who walks in: by the forecast and the gaps, and as truly for two desks at once."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from core.errors import Invalid, NotAllowed, NotFound
from models.visit import VisitType
from services import first_free, visits, walk_ins
from services.absence import resolver
from services.absence.calendars import Away
from services.people import Person
from services.refusals import DayFull
from services.views import KINDS
from tests.people import DAY, Cast, another_doctor, at, crowd
from tests.rows import events, many, write


def person(number: int) -> Person:
    return Person(name=f"Comes Unasked{number}", phone=f"98000 000{number:02}")


async def add(cast: Cast, number: int, **how):
    how = {"by": cast.receptionist, "now": at(10)} | how
    return await walk_ins.walk_in_first_free(person(number), cast.clinic_id, **how)


async def test_of_equals_the_lower_number_and_then_whoever_waits_less(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    chosen = [(await add(cast, number)).doctor_id for number in range(4)]
    assert chosen == [cast.doctor_id, colleague] * 2
    assert [row.token for row in await many("SELECT token FROM appointments ORDER BY doctor_id, token")] == [1, 2, 1, 2]
    assert len(await events("PatientCheckedIn")) == 4


async def test_who_has_somebody_inside_is_later_than_who_has_nobody(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    here = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(9, 50))
    await visits.start(here.id, by=cast.doctor, now=at(9, 55))
    assert (await add(cast, 1)).doctor_id == colleague
    found = {each.doctor_id: each for each in (await first_free.waits(cast.clinic_id, at(10))).waits}
    assert found[cast.doctor_id].ahead == 0
    assert found[colleague].ahead == 1


async def test_two_desks_at_once_both_get_true_answers(cast: Cast) -> None:
    colleagues = [cast.doctor_id, *[await another_doctor(cast.doctor_id, f"d{number}") for number in range(3)]]
    desks = [cast.receptionist, cast.admin]
    added = await asyncio.gather(*(add(cast, number, by=desks[number % 2]) for number in range(8)))
    # Each counted whom the others had added: nobody has three while another has one.
    assert Counter(each.doctor_id for each in added) == dict.fromkeys(colleagues, 2)
    tokens = await many("SELECT doctor_id, array_agg(token ORDER BY token) AS tokens FROM appointments GROUP BY 1")
    assert {row.doctor_id: row.tokens for row in tokens} == {each: [1, 2] for each in colleagues}


async def test_the_days_that_were_only_looked_at_keep_their_versions(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    await add(cast, 1)
    rows = await many("SELECT doctor_id, version, last_token FROM doctor_days WHERE day = :day ORDER BY 1", day=DAY)
    assert [tuple(row) for row in rows] == [(cast.doctor_id, 1, 1), (colleague, 0, 0)]
    await add(cast, 2)
    versions = {row.doctor_id: row.version for row in await many("SELECT doctor_id, version FROM doctor_days")}
    assert versions == {cast.doctor_id: 1, colleague: 1}


async def test_what_changes_between_the_look_and_the_lock_is_seen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    colleague = await another_doctor(cast.doctor_id)
    look = first_free.outlook

    async def overtaken(*args, **how):
        seen = await look(*args, **how)
        await visits.walk_in(cast.stranger_patient, cast.doctor_id, by=cast.admin, now=at(10))
        return seen

    monkeypatch.setattr(first_free, "outlook", overtaken)
    assert (await add(cast, 1)).doctor_id == colleague


async def test_who_is_away_does_not_sit_here_or_is_full_is_passed_over(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    away = Away(doctor_ids=(cast.doctor_id,), starts_at=at(9), ends_at=at(20))
    await resolver.commit(away, by=cast.receptionist, now=at(9, 30))
    assert (await add(cast, 1)).doctor_id == colleague
    await write("DELETE FROM weekly_hours WHERE doctor_id = :id", id=colleague)
    with pytest.raises(DayFull):
        await add(cast, 2)
    waits = (await first_free.waits(cast.clinic_id, at(10))).waits
    assert [(each.doctor_id, each.has_room_for) for each in waits] == [(cast.doctor_id, frozenset())]
    assert cast.other_doctor_id not in {each.doctor_id for each in waits}


async def test_an_emergency_goes_to_whoever_is_free_for_it_first(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    for member, doctor in zip(await crowd(2), (cast.doctor_id, colleague), strict=True):
        waits = await visits.walk_in(member.patient_id, doctor, by=cast.receptionist, now=at(10))
        await visits.start(waits.id, by=cast.admin, now=at(10) if doctor == cast.doctor_id else at(9, 40))
    came = await add(cast, 1, is_emergency=True)
    assert (came.doctor_id, came.is_emergency) == (colleague, True)


async def test_only_a_clinics_own_desk_asks_for_it(cast: Cast) -> None:
    for by in (cast.other_receptionist, cast.doctor, cast.asha):
        with pytest.raises(NotAllowed):
            await add(cast, 1, by=by)
    for wrong in (-1, "1", None, True, 10**12):
        with pytest.raises(Invalid):
            await walk_ins.walk_in_first_free(person(1), wrong, by=cast.receptionist, now=at(10))
    with pytest.raises(DayFull):
        await walk_ins.walk_in_first_free(person(1), 10**6, by=cast.admin, now=at(10))
    with pytest.raises(Invalid):
        await add(cast, 1, visit="a chat")
    assert await many("SELECT FROM patients WHERE made_by IS NOT NULL") == []


async def test_one_who_was_found_is_meant_by_his_number(cast: Cast) -> None:
    first = await add(cast, 1)
    second = await walk_ins.walk_in_first_free(
        first.patient_id, cast.clinic_id, by=cast.receptionist, now=at(11), visit=VisitType.FOLLOW_UP
    )
    assert (second.patient_id, second.visit_type) == (first.patient_id, "follow_up")
    for by in (cast.receptionist, cast.admin):
        with pytest.raises(Invalid):
            await walk_ins.walk_in_first_free(True, cast.clinic_id, by=by, now=at(11))
        with pytest.raises(NotFound):
            await walk_ins.walk_in_first_free(10**6, cast.clinic_id, by=by, now=at(11))


async def test_the_waits_are_the_same_for_all_and_move_with_the_clinic(cast: Cast) -> None:
    await another_doctor(cast.doctor_id, name="Vd. Anil Rao")
    kind = KINDS["waits"]
    before = await kind.read([str(cast.clinic_id)], at(10))
    assert [each.doctor for each in before.waits] == ["Vd. Anil Rao", "Vd. Meera Joshi"]
    assert kind.topic([str(cast.clinic_id)]) in (await _event(cast)).topics
    after = await kind.read([str(cast.clinic_id)], at(10))
    assert after.version > before.version
    assert before.first is not None
    assert after.first is not None
    assert (before.first.doctor_id, after.first.doctor_id) == (cast.doctor_id, before.waits[0].doctor_id)
    assert "Comes" not in repr(after)


async def _event(cast: Cast):
    await add(cast, 1)
    (event,) = await events("PatientCheckedIn")
    return event


def test_the_rank_is_five_minutes_then_who_is_ahead_then_the_number() -> None:
    soon = first_free.Expected(median=at(10), likely=(at(10), at(10)), nearly_sure=(at(10), at(10)))
    room = frozenset({VisitType.FOLLOW_UP})
    ahead = first_free.Wait(
        doctor_id=1, doctor="A", day=DAY, zone="UTC", version=1, ahead=1, expected=soon, has_room_for=room
    )
    ranked = [
        replace(ahead, doctor_id=3, ahead=0, expected=replace(soon, median=at(10, 4).replace(second=59))),
        ahead,
        replace(ahead, doctor_id=2),
        replace(ahead, ahead=0, expected=replace(soon, median=at(10, 5))),
    ]
    assert sorted([ranked[n] for n in (3, 1, 0, 2)], key=lambda each: each.rank(at(10))) == ranked
    full = replace(ranked[0], has_room_for=frozenset())
    assert first_free.first_of([full, *ranked], at(10), VisitType.FOLLOW_UP) == ranked[0]
    assert first_free.first_of(ranked, at(10), VisitType.PANCHAKARMA) is None
