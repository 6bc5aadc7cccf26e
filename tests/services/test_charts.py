"""Who may open a chart: the patient, who expects him, and with a reason that is written down who can say why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.crypto import lookup, seal
from core.errors import Invalid, NotAllowed, NotFound
from models.user import Role
from services import chart_openings, charts
from services.chart_openings import ReasonNeeded
from services.permissions import Actor
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, many, one, write

REASON = "She telephoned about her medicine."
TODAY = at(8)
"""Before the clinic opens on the day of the visit."""


@pytest.fixture
def visit(cast: Cast):
    """Puts an appointment of a patient into the book, by plain SQL."""

    async def make(
        patient: int, doctor: int, *, clinic: int | None = None, starts: datetime | None = None, status: str = "booked"
    ) -> None:
        begins = starts or at(9)
        await write(
            "INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id,"
            " visit_type, is_emergency, status, mode, source, fee, version, created_at, updated_at, token)"
            " VALUES (gen_random_uuid(), :starts, :ends, :ends, :day, :doctor, :patient, :clinic, 'first_visit', false,"
            " :status, 'in_person', 'web', 1, 1, :starts, :starts, 1)",
            starts=begins,
            ends=begins + timedelta(minutes=30),
            day=(begins + timedelta(hours=5, minutes=30)).date(),
            doctor=doctor,
            patient=patient,
            clinic=clinic or cast.clinic_id,
            status=status,
        )

    return make


async def test_a_patient_reads_his_own_and_his_familys(cast: Cast, visit) -> None:
    await visit(cast.asha_patient, cast.doctor_id)
    await visit(cast.asha_patient, cast.other_doctor_id, clinic=cast.other_clinic_id, starts=at(11))
    chart = await charts.open_chart(cast.asha, cast.asha_patient, now=NOW)
    assert (chart.name, len(chart.visits), chart.until) == ("Asha Kulkarni", 2, None)
    assert (await charts.open_chart(cast.asha, cast.mother_patient, now=NOW)).name == "Leela Kulkarni"
    assert [entry.patient_id for entry in await audited("ChartRead")] == [cast.asha_patient, cast.mother_patient]


async def test_a_doctor_reads_whom_he_expects_today_and_sees_his_clinics_visits(cast: Cast, visit) -> None:
    await visit(cast.asha_patient, cast.doctor_id)
    await visit(cast.asha_patient, cast.other_doctor_id, clinic=cast.other_clinic_id, starts=at(11))
    chart = await charts.open_chart(cast.doctor, cast.asha_patient, now=TODAY)
    assert [each.doctor for each in chart.visits] == ["Vd. Meera Joshi"]
    (entry,) = await audited("ChartRead")
    assert (entry.actor_id, entry.patient_id) == (cast.doctor.user_id, cast.asha_patient)
    assert await audited("break_glass") == []


async def test_his_day_is_that_of_the_clinics_wall_clock(cast: Cast, visit) -> None:
    await visit(cast.asha_patient, cast.doctor_id)
    for moment in (at(0), at(23, 59)):
        await charts.open_chart(cast.doctor, cast.asha_patient, now=moment)
    for moment in (at(0) - timedelta(seconds=1), at(0, day=DAY + timedelta(days=1))):
        with pytest.raises(ReasonNeeded):
            await charts.open_chart(cast.doctor, cast.asha_patient, now=moment)


@pytest.mark.parametrize("status", ["cancelled", "rescheduled"])
async def test_who_is_not_expected_any_more_is_outside_his_day(cast: Cast, visit, status: str) -> None:
    await visit(cast.asha_patient, cast.doctor_id, status=status)
    with pytest.raises(ReasonNeeded):
        await charts.open_chart(cast.doctor, cast.asha_patient, now=TODAY)
    # The front desk, which may be asked about it, knows him.
    assert (await charts.open_chart(cast.receptionist, cast.asha_patient, now=TODAY)).name == "Asha Kulkarni"


async def test_a_colleagues_patient_of_the_same_day_needs_a_reason_too(cast: Cast, visit) -> None:
    colleague = await another_doctor(cast.doctor_id)
    await visit(cast.asha_patient, colleague)
    with pytest.raises(ReasonNeeded):
        await charts.open_chart(cast.doctor, cast.asha_patient, now=TODAY)


async def test_whom_one_may_not_know_of_is_as_unknown_as_nobody(cast: Cast, visit) -> None:
    await visit(cast.asha_patient, cast.doctor_id)
    # A time that was only kept for a while makes nobody known.
    await visit(cast.stranger_patient, cast.doctor_id, starts=at(10), status="expired")
    strangers = (
        (cast.stranger, cast.asha_patient),
        (cast.other_receptionist, cast.asha_patient),
        (cast.other_doctor, cast.asha_patient),
        (cast.receptionist, cast.stranger_patient),
        (cast.doctor, cast.stranger_patient),
        (replace(cast.admin, role=Role.INTEGRATOR), cast.asha_patient),
        (cast.admin, 10**6),
        (cast.doctor, 10**6),
    )
    for who, patient_id in strangers:
        for reason in (None, REASON):
            with pytest.raises(NotFound) as refused:
                await charts.open_chart(who, patient_id, reason, now=TODAY)
            assert refused.value.data == {}
    with pytest.raises(Invalid):
        await charts.open_chart(cast.admin, -1, now=TODAY)
    assert await many("SELECT 1 FROM chart_openings") == []
    assert await many("SELECT 1 FROM audit_log") == []


async def test_a_reason_opens_the_chart_for_an_hour_and_is_written_down_sealed(cast: Cast, visit) -> None:
    await visit(cast.asha_patient, cast.doctor_id)
    for who in (cast.doctor, cast.admin):
        for reason in (None, "", "too short", " " * 40, "x" * 501, "\x00" * 20):
            with pytest.raises(ReasonNeeded):
                await charts.open_chart(who, cast.asha_patient, reason, now=NOW)
    opened = await charts.open_chart(cast.doctor, cast.asha_patient, REASON, now=NOW)
    assert opened.until == NOW + timedelta(minutes=60)
    last = NOW + timedelta(minutes=59)
    assert (await charts.open_chart(cast.doctor, cast.asha_patient, now=last)).until == opened.until
    with pytest.raises(ReasonNeeded):
        await charts.open_chart(cast.doctor, cast.asha_patient, now=NOW + timedelta(minutes=60))
    with pytest.raises(ReasonNeeded):
        await charts.open_chart(cast.admin, cast.asha_patient, now=NOW)
    (entry,) = await audited("break_glass")
    assert (entry.actor_id, entry.patient_id, entry.details) == (cast.doctor.user_id, cast.asha_patient, {})
    row = await one("SELECT * FROM chart_openings")
    assert REASON.encode() not in row.reason_sealed
    assert "medicine" not in str(await many("SELECT * FROM audit_log")) + str(await many("SELECT * FROM events"))
    assert len(await audited("ChartRead")) == 2


async def test_the_administrators_see_each_opening_until_one_has_looked(cast: Cast, visit) -> None:
    await visit(cast.asha_patient, cast.doctor_id)
    await charts.open_chart(cast.doctor, cast.asha_patient, REASON, now=NOW)
    assert await chart_openings.unseen(cast.admin) == 1
    (found,) = await chart_openings.openings(by=cast.admin, now=NOW)
    assert (found.who, found.whom, found.reason, found.seen_at) == ("Meera Joshi", "Asha Kulkarni", REASON, None)
    await chart_openings.mark_seen(found.id, by=cast.admin, now=NOW)
    with pytest.raises(NotFound):
        await chart_openings.mark_seen(found.id, by=cast.admin, now=NOW)
    assert await chart_openings.unseen(cast.admin) == 0
    (found,) = await chart_openings.openings(by=cast.admin, now=NOW)
    assert (found.seen_at, found.seen_by) == (NOW, "Boss Admin")
    (entry,) = await audited("opening_seen")
    assert (entry.actor_id, entry.patient_id) == (cast.admin.user_id, cast.asha_patient)
    assert (await audited("OpeningsRead"))[0].details == {"patients": [cast.asha_patient]}


async def test_nobody_else_sees_the_openings(cast: Cast, visit) -> None:
    await visit(cast.asha_patient, cast.doctor_id)
    await charts.open_chart(cast.doctor, cast.asha_patient, REASON, now=NOW)
    row = await one("SELECT id FROM chart_openings")
    others: tuple[Actor, ...] = (cast.asha, cast.doctor, cast.receptionist)
    for who in others:
        with pytest.raises(NotAllowed):
            await chart_openings.openings(by=who, now=NOW)
        with pytest.raises(NotAllowed):
            await chart_openings.mark_seen(row.id, by=who, now=NOW)
        assert await chart_openings.unseen(who) == 0


async def test_the_phone_is_the_patients_own_or_else_the_accounts(cast: Cast) -> None:
    for table, identity, number in (("users", cast.asha.user_id, "+919800000001"), ("patients", 0, "+919800000002")):
        identity = identity or cast.asha_patient
        await write(
            f"UPDATE {table} SET phone_sealed = :sealed, phone_hash = :hash WHERE id = :id",
            sealed=seal(number, about=f"{table}.phone:{identity}"),
            hash=lookup("phone", number),
            id=identity,
        )
        assert (await charts.open_chart(cast.asha, cast.asha_patient, now=NOW)).phone == number
    assert (await charts.open_chart(cast.asha, cast.mother_patient, now=NOW)).phone == "+919800000001"
