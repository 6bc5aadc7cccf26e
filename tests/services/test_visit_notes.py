"""What the doctor writes: sealed, his alone, saved over nobody else's, and kept as long as the visit must be."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from core.crypto import unseal
from core.errors import Invalid, NotFound
from models import Appointment
from services import appointments, book_ahead, charts, visit_notes, visits
from services.account import erasure, export
from services.visit_notes import LONGEST, NoteChanged
from tests.mailbox import Mailbox
from tests.people import DAY, NOW, PASSWORD, Cast, at
from tests.rows import audited, many, one

SAID = "Vata is high; triphala at night.\nकटि शूल"


async def inside(cast: Cast) -> Appointment:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    await visits.check_in(booked.id, by=cast.receptionist, now=at(10))
    return await visits.start(booked.id, by=cast.doctor, now=at(10))


async def keep(cast: Cast, visit: Appointment, text: Any, version: Any = 0) -> visit_notes.Note:
    return await visit_notes.keep(visit.id, text, by=cast.doctor, now=at(10, 5), version=version)


async def text_of(cast: Cast, visit: Appointment) -> str:
    return (await visit_notes.read(visit.id, by=cast.doctor, now=at(11))).note.text


async def test_it_is_sealed_bound_to_its_visit_counted_and_recorded_without_a_word_of_it(cast: Cast) -> None:
    visit = await inside(cast)
    before = len(await many("SELECT id FROM events"))
    assert (await keep(cast, visit, SAID)).version == 1
    assert (await keep(cast, visit, SAID + ".", 1)).version == 2
    row = await one("SELECT * FROM visit_notes")
    assert (row.id, row.patient_id, row.version, row.written_by) == (
        visit.id,
        cast.asha_patient,
        2,
        cast.doctor.user_id,
    )
    assert b"triphala" not in row.note_sealed
    assert unseal(row.note_sealed, about=f"visit_notes.note:{visit.id}") == SAID + "."
    entries = await audited("NoteWritten")
    assert [(entry.object_id, entry.details) for entry in entries] == [
        (str(visit.id), {"version": 1}),
        (str(visit.id), {"version": 2}),
    ]
    sheet = await visit_notes.read(visit.id, by=cast.doctor, now=at(11))
    assert (sheet.patient, sheet.note.text, sheet.note.written_at) == ("Asha Kulkarni", SAID + ".", at(10, 5))
    (read,) = await audited("NoteRead")
    assert (read.actor_id, read.patient_id) == (cast.doctor.user_id, cast.asha_patient)
    assert len(await many("SELECT id FROM events")) == before


async def test_for_all_but_its_doctor_there_is_no_such_note(cast: Cast) -> None:
    visit = await inside(cast)
    await keep(cast, visit, SAID)
    for other in (cast.asha, cast.receptionist, cast.other_doctor, cast.admin, cast.stranger):
        with pytest.raises(NotFound):
            await visit_notes.read(visit.id, by=other, now=at(11))
        with pytest.raises(NotFound):
            await visit_notes.keep(visit.id, "mine", by=other, now=at(11), version=1)
    with pytest.raises(NotFound):
        await visit_notes.read(uuid4(), by=cast.doctor, now=at(11))
    assert await text_of(cast, visit) == SAID


async def test_of_a_time_that_was_only_held_nothing_is_written(cast: Cast) -> None:
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    with pytest.raises(NotFound):
        await keep(cast, held, SAID)


async def test_two_windows_at_once_save_one_and_tell_the_other(cast: Cast) -> None:
    visit = await inside(cast)
    for version in (0, 1):
        both = await asyncio.gather(
            *(keep(cast, visit, f"{version} {each}", version) for each in "ab"), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in both) == ["Note", "NoteChanged"]
    assert (await one("SELECT version FROM visit_notes")).version == 2


async def test_to_save_the_same_again_is_no_conflict_and_no_version(cast: Cast) -> None:
    visit = await inside(cast)
    await keep(cast, visit, SAID)
    assert (await keep(cast, visit, SAID)).version == 1
    assert len(await audited("NoteWritten")) == 1
    with pytest.raises(NoteChanged):
        await keep(cast, visit, "other")
    with pytest.raises(NoteChanged):
        await keep(cast, visit, "other", 7)
    assert await text_of(cast, visit) == SAID


async def test_rubbish_is_refused(cast: Cast) -> None:
    visit = await inside(cast)
    for rubbish in (None, 5, ["x"], "x" * (LONGEST + 1), "a\0b", "\ud800"):
        with pytest.raises(Invalid):
            await keep(cast, visit, rubbish)
    for version in (-1, True, "1", None, 2**31 - 1, 2**64):
        with pytest.raises(Invalid):
            await keep(cast, visit, SAID, version)
    assert (await keep(cast, visit, "x" * LONGEST)).version == 1


async def test_the_chart_shows_it_to_a_doctor_and_to_nobody_else(cast: Cast) -> None:
    visit = await inside(cast)
    await keep(cast, visit, SAID)
    shown = {}
    for who in (cast.doctor, cast.receptionist, cast.asha):
        (shown[who.role],) = (await charts.open_chart(who, cast.asha_patient, now=at(11))).visits
    assert (shown["doctor"].note, shown["doctor"].is_mine) == (SAID, True)
    assert [(shown[role].note, shown[role].is_mine) for role in ("receptionist", "patient")] == [(None, False)] * 2


async def test_the_patients_own_file_has_it_and_nobody_elses(cast: Cast) -> None:
    visit = await inside(cast)
    await keep(cast, visit, SAID)
    (mine,) = (await export.export(by=cast.asha, now=at(12)))["appointments"]
    assert (mine["id"], mine["note"]) == (visit.id, SAID)
    assert (await export.export(by=cast.stranger, now=at(12)))["appointments"] == []


async def test_it_outlives_the_account_as_long_as_the_visit_and_goes_with_the_name(
    cast: Cast, mailbox: Mailbox
) -> None:
    visit = await inside(cast)
    await keep(cast, visit, SAID)
    await visits.complete(visit.id, by=cast.doctor, now=at(10, 30))
    await erasure.erase(by=cast.asha, now=at(20), password=PASSWORD)
    until = erasure.kept_until(DAY)
    day_before = at(10) + (until - DAY) - timedelta(days=1)
    await book_ahead.open_ahead(day_before, zone=ZoneInfo("Asia/Kolkata"))
    await erasure.erase_due(day_before)
    assert [row.id for row in await many("SELECT id FROM visit_notes")] == [visit.id]
    assert await erasure.erase_due(day_before + timedelta(days=1)) == 1
    assert await many("SELECT id FROM visit_notes") == []


async def test_where_no_visit_keeps_it_it_is_gone_at_once(cast: Cast, mailbox: Mailbox) -> None:
    booked = await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    await keep(cast, booked, "Bring the X-ray.")
    await erasure.erase(by=cast.asha, now=NOW, password=PASSWORD)
    assert await many("SELECT id FROM visit_notes") == []
