"""A clinic's rule of who goes in next: who may set it, within which bounds, and that every queue of today is told."""

import pytest

from core.errors import Invalid, NotAllowed, NotFound
from services import queue_settings
from services.days import board
from services.queue_rule import QueueRule
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, events, one

RULE = QueueRule(grace_minutes=5, late_after=2, walk_in_after=4)


async def test_the_rule_that_is_set_is_the_days_and_recorded(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id)
    before = (await board(cast.doctor_id, DAY)).version
    await queue_settings.set_rule(cast.clinic_id, RULE, by=cast.receptionist, now=at(10))
    for doctor_id in (cast.doctor_id, colleague):
        assert (await board(doctor_id, DAY)).rule == RULE
    assert (await board(cast.doctor_id, DAY)).version == before + 1
    assert (await board(cast.other_doctor_id, DAY)).rule == QueueRule()
    (event,) = await events("QueueRuleSet")
    topics = {f"doctor:{each}:{DAY}" for each in (cast.doctor_id, colleague)}
    assert topics | {f"clinic:{cast.clinic_id}"} <= set(event.topics)
    assert f"doctor:{cast.other_doctor_id}:{DAY}" not in event.topics
    (entry,) = await audited("QueueRuleSet")
    assert (entry.object_id, entry.details["before"], entry.details["after"]) == (
        str(cast.clinic_id),
        vars(QueueRule()),
        vars(RULE),
    )


async def test_only_the_clinics_front_desk_and_administrators_set_it(cast: Cast) -> None:
    for by in (cast.asha, cast.doctor, cast.other_receptionist):
        with pytest.raises(NotAllowed):
            await queue_settings.set_rule(cast.clinic_id, RULE, by=by, now=NOW)
    assert [each.clinic_id for each in await queue_settings.clinics(by=cast.receptionist)] == [cast.clinic_id]
    assert await queue_settings.clinics(by=cast.doctor) == []
    assert len(await queue_settings.clinics(by=cast.admin)) == 2
    await queue_settings.set_rule(cast.other_clinic_id, RULE, by=cast.admin, now=NOW)
    with pytest.raises(NotFound):
        await queue_settings.set_rule(10**6, RULE, by=cast.admin, now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [{"grace_minutes": 121}, {"grace_minutes": -1}, {"late_after": 21}, {"walk_in_after": 0}, {"walk_in_after": 51}],
)
async def test_what_the_database_would_not_have_is_refused(cast: Cast, wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        await queue_settings.set_rule(cast.clinic_id, QueueRule(**wrong), by=cast.receptionist, now=NOW)
    row = await one("SELECT queue_grace_minutes AS g FROM clinics WHERE id = :id", id=cast.clinic_id)
    assert row.g == 10


@pytest.mark.parametrize(
    "edge",
    [
        QueueRule(grace_minutes=0, late_after=0, walk_in_after=1),
        QueueRule(grace_minutes=120, late_after=20, walk_in_after=50),
    ],
)
async def test_the_bounds_themselves_can_be_set(cast: Cast, edge: QueueRule) -> None:
    await queue_settings.set_rule(cast.clinic_id, edge, by=cast.receptionist, now=NOW)
    assert (await queue_settings.of(cast.clinic_id, by=cast.receptionist)).rule == edge
