"""Two records of one person become one and two again: all of it, under whatever goes on, and who may."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from core import db
from core.crypto import seal, unseal
from core.errors import Invalid, NotFound, Stale
from services import appointments, itinerary, patient_view, people
from services.account import erasure, family
from services.patient_view import Part
from services.patients import belongings, cards, finding, merging, unmerging
from services.patients.comparison import comparison, standing
from services.patients.pairs import BothWaiting, RecordClosed, TwoAccounts, VisitsOverlap
from services.patients.unmerging import UNDO_FOR, MergeSettled
from services.people import Person
from tests.patients import patient, visit
from tests.people import NOW, PASSWORD, Cast, another_doctor, at
from tests.rows import audited, events, many, one, write

FIRST, SECOND = "+919800003344", "+919811115566"

# What counts changes, and the notes that a change leaves, are not a part of what is the same afterwards.
TABLES = (
    "patients",
    "appointments",
    "acquaintances",
    *belongings.ROWS,
    *belongings.OF_VISITS,
)
COUNTED = "'{version,passed_on,phone_sealed}'"


async def two(cast: Cast) -> tuple[int, int]:
    """One person twice at the desk, the first known longer."""
    first = await patient("Asha Kulkarni", FIRST, at=cast.clinic_id)
    second = await patient("Asha K", SECOND, at=cast.clinic_id)
    return first, second


async def whole() -> dict[str, list[str]]:
    """All that is anybody's, but for what only counts; telephones as they read."""
    found = {}
    for table in TABLES:
        rows = await many(f"SELECT (to_jsonb(t) - {COUNTED}::text[])::text AS row FROM {table} t ORDER BY 1")
        found[table] = [row.row for row in rows]
    rows = await many("SELECT id, phone_sealed FROM patients WHERE phone_sealed IS NOT NULL ORDER BY id")
    found["phones"] = [f"{row.id} {unseal(row.phone_sealed, about=f'patients.phone:{row.id}')}" for row in rows]
    return found


async def patient_of(identity: Any) -> int:
    return int((await one("SELECT patient_id FROM appointments WHERE id = :id", id=identity)).patient_id)


async def test_all_that_refers_to_a_patient_goes_over_or_is_known_to_stay(cast: Cast) -> None:
    rows = await many(
        "SELECT conrelid::regclass::text AS of, a.attname FROM pg_constraint c JOIN pg_attribute a"
        " ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey) WHERE confrelid = 'patients'::regclass"
        " AND contype = 'f' AND conparentid = 0"
    )
    referring = {(row.of, row.attname) for row in rows}
    goes = {(table, "patient_id") for table in ("appointments", *belongings.ROWS, *belongings.OF_VISITS)}
    stays = {("acquaintances", "patient_id"), ("patients", "merged_into")}
    assert referring == goes | stays | {("patient_merges", "kept_id"), ("patient_merges", "merged_id")}
    triggers = await many("SELECT tgrelid::regclass::text AS of FROM pg_trigger WHERE tgname LIKE '%_of_patient'")
    guarded = {row.of for row in triggers if "_20" not in row.of}
    assert guarded == {table for table, _ in goes}


async def belong(cast: Cast, chance: Random, patient_id: int, hours: list[int], *, colleague: int) -> None:
    """Put some of everything there."""
    doctors = (cast.doctor_id, colleague)
    for hour in hours:
        status = chance.choice(["booked", "completed", "no_show", "cancelled", "checked_in"])
        doctor_id = chance.choice(doctors)
        identity = await visit(
            patient_id, doctor_id, at(9) + timedelta(hours=hour), status=status, token=hour, minutes=20
        )
        for table, sealed, more, values in (
            ("visit_reasons", "reason", "created_at", "now()"),
            ("visit_notes", "note", "version, written_by, updated_at", f"1, {cast.doctor.user_id}, now()"),
        ):
            if chance.random() < 0.5:
                await write(
                    f"INSERT INTO {table} (id, patient_id, {sealed}_sealed, {more})"
                    f" VALUES (:id, :patient, :text, {values})",
                    id=identity,
                    patient=patient_id,
                    text=seal("said", about=f"{table}.{sealed}:{identity}"),
                )
    if chance.random() < 0.7:
        await write(
            "INSERT INTO waitlist_entries (id, doctor_id, patient_id, first_day, last_day, mode, status)"
            " VALUES (:id, :doctor, :patient, '2030-01-01', '2030-01-02', 'in_person', :status)",
            id=uuid4(),
            doctor=cast.doctor_id,
            patient=patient_id,
            status=chance.choice(["withdrawn", "over"]),
        )
    if chance.random() < 0.7:
        await write(
            "INSERT INTO chart_openings (id, user_id, patient_id, reason_sealed, opened_at, expires_at)"
            " VALUES (:id, :by, :patient, 'x', now(), now() + interval '1 hour')",
            id=uuid4(),
            by=cast.doctor.user_id,
            patient=patient_id,
        )
    if chance.random() < 0.5:
        therapist, room = await _place(cast)
        await write(
            "INSERT INTO courses (id, patient_id, doctor_id, clinic_id, therapist_id, room_id, sessions, weekdays)"
            " VALUES (:id, :patient, :doctor, :clinic, :therapist, :room, 7, '{0}')",
            id=uuid4(),
            patient=patient_id,
            doctor=cast.doctor_id,
            clinic=cast.clinic_id,
            therapist=therapist,
            room=room,
        )


async def _place(cast: Cast) -> tuple[int, int]:
    for table in ("therapists", "rooms"):
        await write(f"INSERT INTO {table} (clinic_id, name) VALUES (:clinic, 'T')", clinic=cast.clinic_id)
    row = await one("SELECT (SELECT max(id) FROM therapists) AS therapist, (SELECT max(id) FROM rooms) AS room")
    return row.therapist, row.room


async def test_merged_and_taken_apart_everything_is_as_it_was(cast: Cast) -> None:
    colleague = await another_doctor(cast.other_doctor_id)
    for seed in range(12):
        chance = Random(seed)
        account = chance.choice([None, None, cast.asha.user_id])
        first = await patient("First Known", chance.choice([None, FIRST]), at=cast.clinic_id, account=account)
        second = await patient(
            "Second Known",
            chance.choice([None, SECOND]),
            at=chance.choice([cast.clinic_id, cast.other_clinic_id]),
            account=chance.choice([None, account]),
        )
        if chance.random() < 0.5:
            await write("UPDATE patients SET born_on = '1980-01-01', language = 'hi' WHERE id = :id", id=second)
        hours = list(range(seed * 40, seed * 40 + 16))
        chance.shuffle(hours)
        await belong(cast, chance, first, hours[:6], colleague=colleague)
        await belong(cast, chance, second, hours[6:12], colleague=colleague)
        before = await whole()
        choice = {"name_of": chance.choice([None, first, second]), "phone_of": chance.choice([None, first, second])}
        done = await merging.merge(first, second, by=cast.admin, now=NOW, **choice)
        gone = first + second - done.kept_id
        for table in ("appointments", *belongings.ROWS, *belongings.OF_VISITS):
            assert await many(f"SELECT 1 FROM {table} WHERE patient_id = :id", id=gone) == [], (seed, table)
        assert await whole() != before
        assert await unmerging.undo(done.id, by=cast.admin, now=NOW + UNDO_FOR) == gone
        assert await whole() == before, seed


async def test_whoever_goes_over_is_found_and_booked_under_either_name_and_number(cast: Cast) -> None:
    first, second = await two(cast)
    mine = await visit(second, cast.doctor_id, at(9))
    done = await merging.merge(second, first, by=cast.receptionist, now=NOW, name_of=second, phone_of=second)
    assert done.kept_id == first
    row = await one("SELECT name, phone_sealed FROM patients WHERE id = :id", id=first)
    assert (row.name, unseal(row.phone_sealed, about=f"patients.phone:{first}")) == ("Asha K", SECOND)
    assert await patient_of(mine) == first
    for typed in ("3344", "5566", FIRST, SECOND, "asha kul", "asha k"):
        (found,) = (await finding.find(typed, by=cast.receptionist, now=NOW)).people
        assert (found.patient_id, found.name) == (first, "Asha K"), typed
    for named in [Person(name=name, phone=phone) for name in ("Asha Kulkarni", "asha k") for phone in (FIRST, SECOND)]:
        async with db.transaction() as tx:
            meant = await people.meant(tx, None, named, by=cast.receptionist, now=NOW)
        assert meant.patient_id == first
    # The number that went over means the one that stayed, to whoever kept it.
    async with db.transaction() as tx:
        assert (await people.meant(tx, second, None, by=cast.receptionist, now=NOW)).patient_id == first
    assert (await cards.card(second, by=cast.receptionist, now=NOW)).patient.patient_id == first


async def test_a_merge_is_told_and_recorded_for_both_and_so_is_its_end(cast: Cast) -> None:
    first, second = await two(cast)
    booked = await visit(second, cast.doctor_id, at(9))
    days = "SELECT version FROM doctor_days WHERE doctor_id = :doctor"
    done = await merging.merge(first, second, by=cast.receptionist, now=NOW)
    (event,) = await events("PatientsMerged")
    day = f"doctor:{cast.doctor_id}:{at(9).date()}"
    assert {day, f"patient:{first}", f"patient:{second}", f"clinic:{cast.clinic_id}"} <= set(event.topics)
    version = (await one(days, doctor=cast.doctor_id)).version
    assert event.data["day_versions"] == {day: version}
    for entry, whose in zip(await audited("PatientsMerged"), (first, second), strict=True):
        assert (entry.actor_id, entry.patient_id) == (cast.receptionist.user_id, whose)
        assert entry.details == {"merge": str(done.id), "kept": first, "merged": second, "visits": 1}
    assert (await one("SELECT version FROM appointments WHERE id = :id", id=booked)).version == 2
    await unmerging.undo(done.id, by=cast.receptionist, now=NOW)
    assert day in (await events("MergeUndone"))[0].topics
    assert (await one(days, doctor=cast.doctor_id)).version == version + 1
    assert [entry.patient_id for entry in await audited("MergeUndone")] == [first, second]
    # Once more changes nothing.
    assert await unmerging.undo(done.id, by=cast.receptionist, now=NOW) == second
    assert len(await events("MergeUndone")) == 1


async def test_what_is_shown_of_either_only_grows(cast: Cast) -> None:
    _, second = await two(cast)
    for hour in (9, 10):
        await visit(second, cast.doctor_id, at(hour))
    await visit(cast.mother_patient, cast.doctor_id, at(12))
    parts = [Part(cast.mother_patient), Part(second), Part(cast.mother_patient, clinic_id=cast.clinic_id)]

    async def versions() -> list[int]:
        async with db.snapshot() as connection:
            found = await patient_view.versions(connection, parts)
            assert found == [await patient_view.total(connection, part) for part in parts]
            return [*found, (await itinerary.versions(connection, [cast.asha.user_id]))[cast.asha.user_id]]

    seen = [await versions()]
    done = await merging.merge(cast.mother_patient, second, by=cast.admin, now=NOW)
    assert done.kept_id == cast.mother_patient
    seen.append(await versions())
    await unmerging.undo(done.id, by=cast.admin, now=NOW)
    seen.append(await versions())
    for before, after in pairwise(seen):
        assert all(old < new for old, new in zip(before, after, strict=True)), seen


async def test_who_has_an_account_stays_with_his_own_name_and_of_a_family_its_holder(cast: Cast) -> None:
    _, second = await two(cast)
    await visit(cast.mother_patient, cast.doctor_id, at(9))
    done = await merging.merge(second, cast.mother_patient, by=cast.receptionist, now=NOW, name_of=second)
    assert done.kept_id == cast.mother_patient
    assert (await one("SELECT name FROM patients WHERE id = :id", id=done.kept_id)).name == "Leela Kulkarni"
    (found,) = (await finding.find("5566", by=cast.receptionist, now=NOW)).people
    assert (found.name, found.phone) == ("Leela Kulkarni", SECOND)
    within = await merging.merge(cast.mother_patient, cast.asha_patient, by=cast.admin, now=NOW)
    assert within.kept_id == cast.asha_patient
    assert [member.patient_id for member in await family.members(cast.asha)] == [cast.asha_patient]
    # One whom a merge led to another goes on with him, and comes back first.
    assert {row.merged_into for row in await many("SELECT merged_into FROM patients WHERE merged_into > 0")} == {
        cast.asha_patient
    }
    with pytest.raises(MergeSettled):
        await unmerging.undo(done.id, by=cast.admin, now=NOW)
    await unmerging.undo(within.id, by=cast.admin, now=NOW)
    await unmerging.undo(done.id, by=cast.admin, now=NOW)
    assert await many("SELECT 1 FROM patients WHERE merged_into IS NOT NULL") == []


async def test_two_with_accounts_of_their_own_stay_two(cast: Cast) -> None:
    before = await whole()
    with pytest.raises(TwoAccounts) as refusal:
        await merging.merge(cast.asha_patient, cast.stranger_patient, by=cast.admin, now=NOW)
    assert refusal.value.code == "two_accounts"
    assert await whole() == before
    told = await comparison(cast.asha_patient, cast.stranger_patient, by=cast.admin, now=NOW)
    assert isinstance(told.refusal, TwoAccounts)


async def test_two_who_are_to_be_at_two_places_at_once_stay_two(cast: Cast) -> None:
    first, second = await two(cast)
    await visit(first, cast.doctor_id, at(9))
    await visit(second, cast.other_doctor_id, at(9, 15))
    before = await whole()
    with pytest.raises(VisitsOverlap) as refusal:
        await merging.merge(first, second, by=cast.receptionist, now=NOW)
    assert refusal.value.code == "visits_overlap"
    assert await whole() == before
    await write("UPDATE appointments SET status = 'cancelled' WHERE patient_id = :id", id=second)
    await merging.merge(first, second, by=cast.receptionist, now=NOW)


async def test_two_who_wait_for_the_same_doctor_stay_two(cast: Cast) -> None:
    first, second = await two(cast)
    for who in (first, second):
        await write(
            "INSERT INTO waitlist_entries (id, doctor_id, patient_id, first_day, last_day, mode, status)"
            " VALUES (gen_random_uuid(), :doctor, :patient, '2030-01-01', '2030-01-02', 'in_person', 'waiting')",
            doctor=cast.doctor_id,
            patient=who,
        )
    with pytest.raises(BothWaiting) as refusal:
        await merging.merge(first, second, by=cast.receptionist, now=NOW)
    assert refusal.value.code == "both_waiting"
    assert await many("SELECT 1 FROM patient_merges") == []


async def test_what_is_left_of_an_erased_account_stays_as_it_is(cast: Cast, mailbox: Any) -> None:
    _, second = await two(cast)
    await erasure.erase(by=cast.asha, now=NOW, password=PASSWORD)
    with pytest.raises(RecordClosed) as refusal:
        await merging.merge(cast.asha_patient, second, by=cast.admin, now=NOW)
    assert refusal.value.code == "record_closed"


async def test_an_erased_account_takes_what_was_merged_with_it(cast: Cast, mailbox: Any) -> None:
    _, second = await two(cast)
    done = await merging.merge(cast.asha_patient, second, by=cast.admin, now=NOW)
    await erasure.erase(by=cast.asha, now=NOW, password=PASSWORD)
    row = await one("SELECT name, phone_sealed, phone_hash, phone_tail FROM patients WHERE id = :id", id=second)
    assert tuple(row) == (erasure.NAMELESS, None, None, None)
    with pytest.raises(MergeSettled):
        await unmerging.undo(done.id, by=cast.admin, now=NOW)


async def test_a_doctor_merges_whom_he_treats_with_another_whom_his_clinic_knows(cast: Cast) -> None:
    first, second = await two(cast)
    theirs = await patient("Asha There", at=cast.other_clinic_id)
    colleague = await another_doctor(cast.doctor_id)
    # One who looked at a time and let it go, or who comes to a colleague, is not his.
    await visit(second, cast.doctor_id, at(9), status="expired")
    await visit(second, colleague, at(11))
    with pytest.raises(NotFound):
        await merging.merge(first, second, by=cast.doctor, now=NOW)
    await visit(second, cast.doctor_id, at(10), status="completed")
    with pytest.raises(NotFound):
        await merging.merge(second, theirs, by=cast.doctor, now=NOW)
    assert (await comparison(first, second, by=cast.doctor, now=NOW)).refusal is None
    assert await standing(first, by=cast.doctor, now=NOW) is None
    before = await whole()
    done = await merging.merge(first, second, by=cast.doctor, now=NOW)
    (event,) = await events("PatientsMerged")
    assert {(each.actor_id, each.patient_id) for each in await audited("PatientsMerged")} == {
        (cast.doctor.user_id, first),
        (cast.doctor.user_id, second),
    }
    (listed,) = await standing(done.kept_id, by=cast.doctor, now=NOW) or []
    assert (listed.id, event.data["merge_id"]) == (done.id, str(done.id))
    assert await unmerging.undo(done.id, by=cast.doctor, now=NOW) == second
    assert await whole() == before
    assert len(await audited("MergeUndone")) == 2


async def test_only_a_desk_that_knows_both_and_the_house_merge_and_undo(cast: Cast) -> None:
    first, second = await two(cast)
    theirs = await patient("Asha There", at=cast.other_clinic_id)
    before = await whole()
    for by in (cast.doctor, cast.asha, cast.other_receptionist, cast.other_doctor):
        with pytest.raises(NotFound):
            await merging.merge(first, second, by=by, now=NOW)
        with pytest.raises(NotFound):
            await comparison(first, second, by=by, now=NOW)
    with pytest.raises(NotFound):
        await merging.merge(first, theirs, by=cast.receptionist, now=NOW)
    for rubbish in (first, -1, "1", None, 2**31):
        with pytest.raises(Invalid):
            await merging.merge(first, rubbish, by=cast.receptionist, now=NOW)
    with pytest.raises(Invalid):
        await merging.merge(first, second, by=cast.receptionist, now=NOW, name_of=theirs)
    assert await whole() == before
    done = await merging.merge(first, second, by=cast.receptionist, now=NOW)
    for by in (cast.doctor, cast.asha, cast.other_receptionist):
        with pytest.raises(NotFound):
            await unmerging.undo(done.id, by=by, now=NOW)
        assert await standing(first, by=by, now=NOW) is None
    with pytest.raises(NotFound):
        await unmerging.undo(uuid4(), by=cast.admin, now=NOW)
    with pytest.raises(Invalid):
        await unmerging.undo("none", by=cast.admin, now=NOW)
    with pytest.raises(Stale):
        await merging.merge(first, second, by=cast.receptionist, now=NOW)


async def test_after_seven_days_it_is_settled(cast: Cast) -> None:
    first, second = await two(cast)
    done = await merging.merge(first, second, by=cast.receptionist, now=NOW)
    (offered,) = await standing(first, by=cast.receptionist, now=NOW + UNDO_FOR)
    assert (offered.id, offered.name, offered.until) == (done.id, "Asha K", NOW + UNDO_FOR)
    late = NOW + UNDO_FOR + timedelta(seconds=1)
    assert await standing(first, by=cast.receptionist, now=late) == []
    with pytest.raises(MergeSettled) as refusal:
        await unmerging.undo(done.id, by=cast.receptionist, now=late)
    assert refusal.value.code == "merge_settled"


async def test_what_has_come_of_what_was_moved_goes_back_with_it_and_what_is_new_stays(cast: Cast) -> None:
    first, second = await two(cast)
    old = await visit(second, cast.doctor_id, at(9))
    done = await merging.merge(first, second, by=cast.receptionist, now=NOW)
    later = await appointments.reschedule(old, cast.wish(at(10), patient=first), by=cast.receptionist, now=NOW)
    new = await appointments.book_at(cast.wish(at(11), patient=first), by=cast.receptionist, now=NOW)
    await unmerging.undo(done.id, by=cast.receptionist, now=NOW)
    assert [await patient_of(each) for each in (old, later.id, new.id)] == [second, second, first]


async def test_the_comparison_shows_both_and_is_recorded(cast: Cast) -> None:
    first, second = await two(cast)
    await visit(second, cast.doctor_id, at(9))
    told = await comparison(second, first, by=cast.receptionist, now=NOW)
    assert (told.kept.patient_id, told.merged.patient_id, told.may_choose, told.refusal) == (first, second, True, None)
    assert len(told.merged.visits) == 1
    (entry,) = await audited("PatientsCompared")
    assert entry.details == {"patients": [first, second]}
    assert (await comparison(cast.asha_patient, second, by=cast.admin, now=NOW)).may_choose is False


@pytest.mark.race
async def test_who_books_for_one_that_goes_over_has_it_moved_along_or_finds_nobody(cast: Cast) -> None:
    for turn in range(6):
        first, second = await two(cast)
        await visit(second, cast.doctor_id, at(9) + timedelta(days=turn))
        wishes = [cast.wish(at(hour) + timedelta(days=turn), patient=second) for hour in (10, 11, 12, 15, 16)]

        async def book(wish: Any) -> Any:
            return await appointments.book_at(wish, by=cast.receptionist, now=NOW)

        done, *booked = await asyncio.gather(
            merging.merge(first, second, by=cast.receptionist, now=NOW), *map(book, wishes), return_exceptions=True
        )
        assert isinstance(done, merging.Merged), done
        assert all(isinstance(each, NotFound) or each.status == "booked" for each in booked), booked
        assert await many("SELECT 1 FROM appointments WHERE patient_id = :id", id=second) == []
        there = {row.id for row in await many("SELECT id FROM appointments WHERE patient_id = :id", id=first)}
        assert {each.id for each in booked if not isinstance(each, NotFound)} <= there
        with pytest.raises(NotFound):
            await book(wishes[0])


@pytest.mark.race
async def test_of_merges_at_once_each_record_goes_over_once(cast: Cast) -> None:
    first, second = await two(cast)
    third = await patient("Asha Kul", at=cast.clinic_id)
    for number, who in enumerate((first, second, third)):
        await visit(who, cast.doctor_id, at(9 + number))
    pairs = [(first, second), (second, third), (third, first), (second, first)]
    done = await asyncio.gather(
        *(merging.merge(*each, by=cast.receptionist, now=NOW) for each in pairs), return_exceptions=True
    )
    merged = [each for each in done if isinstance(each, merging.Merged)]
    assert all(isinstance(each, merging.Merged | Stale) for each in done), done
    roots = await many("SELECT id FROM patients WHERE name LIKE 'Asha K%' AND merged_into IS NULL AND id > 50000")
    assert len(roots) == 3 - len(merged)
    assert len(merged) in {1, 2}
    assert {row.patient_id for row in await many("SELECT patient_id FROM appointments")} <= {row.id for row in roots}
    undone = await asyncio.gather(
        *(unmerging.undo(merged[-1].id, by=cast.receptionist, now=NOW) for _ in range(3)), return_exceptions=True
    )
    assert len(await events("MergeUndone")) <= 1
    assert all(isinstance(each, int | MergeSettled) for each in undone)


async def test_a_table_that_refers_to_him_takes_nothing_for_one_that_went_over(cast: Cast) -> None:
    first, second = await two(cast)
    await merging.merge(first, second, by=cast.receptionist, now=NOW)
    for table in ("courses", "waitlist_entries", "visit_reasons", "visit_notes", "chart_openings"):
        with pytest.raises(Exception, match="one who was merged"):
            await write(f"INSERT INTO {table} (id, patient_id) VALUES (gen_random_uuid(), :id)", id=second)
