"""Everything that is sealed comes under a new key, while others write, and nothing is lost on the way."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import SQLModel

import models  # noqa: F401  (fills the metadata)
from core import clock, db, sealed
from core.crypto import key_id, seal, unseal
from core.idempotency import Once, once
from core.sealed import SEALED, Rotation, counts, rotate
from models.outgoing_message import Channel
from services import messages
from tests.core.key_rings import NEW, OLD
from tests.people import NOW, Cast
from tests.rows import audited, many, one, write


async def phones(count: int) -> None:
    """So many patients with a sealed number."""
    await write(
        "INSERT INTO patients (name, is_account_holder, created_at) SELECT 'P', false, now() FROM"
        " generate_series(1, :count)",
        count=count,
    )
    for row in await many("SELECT id FROM patients WHERE name = 'P'"):
        await put(row.id, "0")


async def put(patient: int, text: str) -> None:
    value = seal(text, about=f"patients.phone:{patient}")
    await write("UPDATE patients SET phone_sealed = :v, phone_hash = :v WHERE id = :id", v=value, id=patient)


async def phone(patient: int) -> tuple[str, str]:
    """The number, and the key it is under."""
    row = await one("SELECT phone_sealed FROM patients WHERE id = :id", id=patient)
    return unseal(row.phone_sealed, about=f"patients.phone:{patient}"), key_id(row.phone_sealed)


def test_every_sealed_column_of_the_schema_is_in_the_list() -> None:
    columns = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.name == "sealed" or column.name.endswith("_sealed")
    }
    assert {(each.table, each.column) for each in SEALED} == columns


async def test_and_of_the_database_itself(cast: Cast) -> None:
    rows = await many(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        r" AND data_type = 'bytea' AND column_name ~ '(^|_)sealed$'"
    )
    assert {(each.table, each.column) for each in SEALED} == {tuple(row) for row in rows}


async def test_every_column_comes_under_the_new_key_and_still_opens(cast: Cast, ring) -> None:
    user, patient = cast.asha.user_id, cast.asha_patient
    chart = "00000000-0000-0000-0000-000000000001"
    await write(
        "UPDATE users SET phone_sealed = :p, phone_hash = :p, totp_sealed = :t WHERE id = :id",
        p=seal("phone", about=f"users.phone:{user}"),
        t=seal("totp", about=f"users.totp:{user}"),
        id=user,
    )
    await put(patient, "number")
    await write(
        "INSERT INTO api_keys (id, user_id, name, prefix, key_hash, signing_sealed, scopes, created_at)"
        " VALUES (7, :user, 'k', 'p', 'h', :v, '{}', now())",
        user=user,
        v=seal("signing", about="api_keys.signing:7"),
    )
    await write(
        "INSERT INTO chart_openings (id, user_id, patient_id, reason_sealed, opened_at, expires_at)"
        " VALUES (:id, :user, :patient, :v, now(), now() + interval '1 hour')",
        id=chart,
        user=user,
        patient=patient,
        v=seal("reason", about=f"chart_openings.reason:{chart}"),
    )
    await write(
        "INSERT INTO visit_reasons (id, patient_id, reason_sealed, created_at) VALUES (:id, :patient, :v, now())",
        id=chart,
        patient=patient,
        v=seal("reason", about=f"visit_reasons.reason:{chart}"),
    )
    await write(
        "INSERT INTO visit_notes (id, patient_id, note_sealed, version, written_by, updated_at)"
        " VALUES (:id, :patient, :v, 1, :user, now())",
        id=chart,
        patient=patient,
        user=user,
        v=seal("note", about=f"visit_notes.note:{chart}"),
    )
    await write(
        "INSERT INTO cash_sheets (id, clinic_id, day, number, currency, opening_float, version, opened_by, opened_at,"
        " reopen_reason_sealed) VALUES (:id, :clinic, now(), 1, 'INR', 0, 1, :user, now(), :v)",
        id=chart,
        clinic=cast.clinic_id,
        user=user,
        v=seal("why", about=f"cash_sheets.reopen_reason:{chart}"),
    )
    # One that was voided, which nothing else may change any more.
    await write(
        "INSERT INTO desk_payments (id, appointment_id, clinic_id, doctor_id, sheet_id, amount, remitted, currency,"
        " method, remark_sealed, taken_by, taken_at, voided_by, voided_at, void_reason_sealed) VALUES (:id, :id,"
        " :clinic, :doctor, :id, 1, 0, 'INR', 'cash', :v, :user, now(), :user, now(), :w)",
        id=chart,
        clinic=cast.clinic_id,
        doctor=cast.doctor_id,
        user=user,
        v=seal("why", about=f"desk_payments.remark:{chart}"),
        w=seal("why", about=f"desk_payments.void_reason:{chart}"),
    )
    async with db.transaction() as tx:
        await messages.write(
            tx, Channel.EMAIL, to="a@example.org", subject="s", text="t", good_for=timedelta(hours=1), now=NOW
        )
        asked = Once(owner="user:1", key="k", request="r", write=str)
        await once(tx, asked, lambda: asyncio.sleep(0, "answer"), now=NOW)
    assert {identity for identity, _ in await counts()} == {"k001"}
    ring(f"{NEW},{OLD}")
    assert await rotate(now=clock.now()) == Rotation(changed=12)
    assert await counts() == {("k002", each.name): 1 for each in SEALED}
    # The old key can go now.
    ring(NEW)
    for each in SEALED:
        row = await one(f"SELECT id, {each.column} AS value FROM {each.table} WHERE {each.column} IS NOT NULL")
        assert unseal(row.value, about=f"{each.name}:{row.id}")
    (entry,) = await audited("rotate_keys")
    assert entry.details == {"key": "k002", "changed": 12, "unopened": 0}
    assert await rotate(now=clock.now()) == Rotation()


async def test_what_others_write_meanwhile_is_never_lost(cast: Cast, ring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "BATCH", 7)
    await phones(60)
    ring(f"{NEW},{OLD}")
    patients = [row.id for row in await many("SELECT id FROM patients WHERE name = 'P' ORDER BY id")]
    written: dict[int, str] = {}
    rotating = asyncio.Event()

    async def write_on(mine: list[int]) -> None:
        turn = 0
        while not rotating.is_set() or turn < 3:
            turn += 1
            for patient in mine:
                await put(patient, str(turn))
                written[patient] = str(turn)

    async def turn_keys() -> None:
        await asyncio.gather(rotate(now=NOW), rotate(now=NOW), rotate(now=NOW))
        rotating.set()

    await asyncio.gather(turn_keys(), *(write_on(patients[first::4]) for first in range(4)))
    await rotate(now=NOW)
    for patient in patients:
        assert await phone(patient) == (written[patient], "k002")


async def test_a_change_between_reading_and_writing_waits_and_is_not_undone(
    cast: Cast, ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(cast.asha_patient, "before")
    ring(f"{NEW},{OLD}")
    changes: list[asyncio.Task[None]] = []
    real_batch = sealed._batch

    async def batch(tx, each, *, after):
        rows = await real_batch(tx, each, after=after)
        if rows and each.name == "patients.phone":
            change = asyncio.create_task(put(cast.asha_patient, "after"))
            changes.append(change)
            # As long as the change needs where nothing holds it up.
            await asyncio.wait([change], timeout=0.3)
        return rows

    monkeypatch.setattr(sealed, "_batch", batch)
    await rotate(now=NOW)
    await asyncio.gather(*changes)
    assert (await phone(cast.asha_patient))[0] == "after"


async def test_what_no_key_opens_is_left_as_it_is_and_told(cast: Cast, ring) -> None:
    await put(cast.asha_patient, "lost")
    await put(cast.mother_patient, "kept")
    moved = await one("SELECT phone_sealed FROM patients WHERE id = :id", id=cast.asha_patient)
    await write(
        "UPDATE patients SET phone_sealed = :v, phone_hash = :v WHERE id = :id",
        v=moved.phone_sealed,
        id=cast.stranger_patient,
    )
    ring(f"{NEW},{OLD}")
    done = await rotate(now=NOW)
    assert done.changed == 2
    assert done.unopened == 1
    left = await one("SELECT phone_sealed FROM patients WHERE id = :id", id=cast.stranger_patient)
    assert left.phone_sealed == moved.phone_sealed
