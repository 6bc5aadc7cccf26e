"""The desk's columns: whose they are, that what is kept of them is never old, and who may see them."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from core import clock, db
from core.errors import Invalid, NotAllowed, NotFound
from services import appointments, desk, desk_columns, queue, schedules, views, visits
from services.desk import Part
from services.desk_columns import Column
from services.slots import Span
from tests.people import DAY, NOW, Cast, another_doctor, at
from tests.rows import audited, one, write


@pytest.fixture(autouse=True)
def _anew() -> None:
    desk_columns.forget()


async def column(cast: Cast, now=NOW) -> Column:
    (found,) = (await desk.desk(Part(cast.clinic_id, DAY), now)).columns
    return found


async def test_a_column_has_hours_open_times_and_who_is_placed(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    found = await column(cast)
    assert found.hours == (Span(at(9), at(13)), Span(at(15), at(19)))
    assert [(each.id, each.patient, each.version) for each in found.placed] == [(booked.id, "Asha Kulkarni", 1)]
    assert at(9, 30) in {span.starts_at for span in found.open}
    assert at(10) not in {span.starts_at for span in found.open}


async def test_what_is_kept_of_a_column_is_never_older_than_a_fresh_reading(cast: Cast) -> None:
    part = Part(cast.clinic_id, DAY)
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)

    async def leave() -> None:
        await write(
            "INSERT INTO leaves (doctor_id, starts_at, ends_at, created_at) VALUES (:doctor, :since, :until, now())",
            doctor=cast.doctor_id,
            since=at(15),
            until=at(17),
        )

    for change in (
        appointments.hold(cast.wish(at(11), patient=cast.stranger_patient), by=cast.stranger, now=NOW),
        appointments.cancel(booked.id, by=cast.receptionist, now=NOW),
        leave(),
    ):
        before = await desk.desk(part, NOW)
        await change
        after = await desk.desk(part, NOW)
        assert after.version > before.version
        assert after.columns != before.columns
        desk_columns.forget()
        assert await desk.desk(part, NOW) == after
        async with db.snapshot() as connection:
            assert await desk.versions(connection, [part]) == [after.version]


async def test_a_hold_that_runs_out_leaves_by_the_clock_alone(cast: Cast) -> None:
    await appointments.hold(cast.wish(at(11)), by=cast.asha, now=NOW)
    whole = await desk.desk(Part(cast.clinic_id, DAY), NOW)
    assert whole.valid_until == NOW + appointments.HOLD_FOR
    assert len((await column(cast, whole.valid_until)).placed) == 0


async def test_each_change_moves_the_room(cast: Cast) -> None:
    room = f"desk:{Part(cast.clinic_id, DAY, 3)}"
    kind, args = views.parse(room)
    await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    assert views.topic(room) in (await one("SELECT topics FROM events ORDER BY id DESC LIMIT 1")).topics
    today = clock.now()
    await queue.run_late(cast.doctor_id, timedelta(minutes=20), by=cast.doctor, now=today)
    assert views.topic(room) in (await one("SELECT topics FROM events ORDER BY id DESC LIMIT 1")).topics
    async with db.snapshot() as connection:
        assert await kind.versions(connection, [args]) == [(await kind.read(args, NOW)).version]


async def test_so_many_doctors_are_read_with_as_many_statements_as_one(cast: Cast) -> None:
    async def statements() -> int:
        desk_columns.forget()
        schedules.forget()
        said: list[str] = []
        note = lambda _connection, _cursor, sql, *_: said.append(sql)  # noqa: E731
        event.listen(db.engine().sync_engine, "before_cursor_execute", note)
        await desk.desk(Part(cast.clinic_id, DAY, 3), NOW)
        event.remove(db.engine().sync_engine, "before_cursor_execute", note)
        return len(said)

    few = await statements()
    for number in range(5):
        await another_doctor(cast.doctor_id, f"another-{number}")
    assert len((await desk.desk(Part(cast.clinic_id, DAY), NOW)).columns) == 6
    assert await statements() == few


async def test_the_desk_sees_its_clinic_and_a_doctor_his_own_columns(cast: Cast) -> None:
    await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    await another_doctor(cast.doctor_id)
    whole, own = Part(cast.clinic_id, DAY), Part(cast.clinic_id, DAY, 1, cast.doctor_id)
    assert len((await desk.open_desk(whole, by=cast.receptionist, now=NOW)).columns) == 2
    assert [c.doctor_id for c in (await desk.open_desk(own, by=cast.doctor, now=NOW)).columns] == [cast.doctor_id]
    assert [each.id for each in await desk.clinics(by=cast.doctor)] == [cast.clinic_id]
    assert [each.id for each in await desk.clinics(by=cast.admin)] == [cast.other_clinic_id, cast.clinic_id]
    for by, part in (
        (cast.doctor, whole),
        (cast.other_doctor, own),
        (cast.other_receptionist, whole),
        (cast.asha, whole),
    ):
        with pytest.raises(NotAllowed):
            await desk.open_desk(part, by=by, now=NOW)
    entry = (await audited("DeskRead"))[0]
    assert entry.details == {"patients": [cast.asha_patient]}


@pytest.mark.parametrize("days", [0, 2, 400])
async def test_other_spans_of_days_are_no_desk(cast: Cast, days: int) -> None:
    with pytest.raises(Invalid):
        await desk.desk(Part(cast.clinic_id, DAY, days), NOW)
    with pytest.raises(NotFound):
        await desk.desk(Part(10**6, DAY), NOW)


async def test_who_is_late_or_gone_stays_in_his_column(cast: Cast) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.receptionist, now=NOW)
    await visits.no_show(booked.id, by=cast.receptionist, now=at(10, 30))
    assert [each.status for each in (await column(cast, at(10, 30))).placed] == ["no_show"]
