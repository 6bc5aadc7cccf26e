"""Why a patient comes: sealed, found from where the appointment went, and gone with the account."""

import pytest

from core import db
from core.crypto import CannotOpen, unseal
from core.errors import Invalid
from models import Appointment
from services import appointments, visit_reasons
from services.account import erasure
from services.visit_reasons import LONGEST
from tests.mailbox import Mailbox
from tests.people import NOW, PASSWORD, Cast, at
from tests.rows import many, one, write

WHY = "Back pain, two weeks"


async def booked(cast: Cast, why: str | None = WHY, hour: int = 10) -> Appointment:
    async with db.transaction() as tx:
        made = await appointments.booking(tx, cast.wish(at(hour)), by=cast.asha, now=NOW)
        await visit_reasons.keep(tx, made, why, now=NOW)
    return made


async def reason(appointment: Appointment) -> str | None:
    async with db.snapshot() as connection:
        return await visit_reasons.of(connection, appointment.id)


async def test_it_is_sealed_and_bound_to_its_appointment(cast: Cast) -> None:
    first, second = await booked(cast), await booked(cast, "Cough", 12)
    row = await one("SELECT * FROM visit_reasons WHERE id = :id", id=first.id)
    assert (row.patient_id, WHY.encode() in row.reason_sealed) == (cast.asha_patient, False)
    assert unseal(row.reason_sealed, about=f"visit_reasons.reason:{first.id}") == WHY
    await write("UPDATE visit_reasons SET reason_sealed = :v WHERE id = :id", v=row.reason_sealed, id=second.id)
    with pytest.raises(CannotOpen):
        await reason(second)


async def test_it_goes_with_the_appointment_however_often_that_is_moved(cast: Cast) -> None:
    first = await booked(cast)
    second = await appointments.reschedule(first.id, cast.wish(at(11)), by=cast.asha, now=NOW)
    third = await appointments.reschedule(second.id, cast.wish(at(12)), by=cast.asha, now=NOW)
    assert [await reason(each) for each in (first, second, third)] == [WHY] * 3
    assert await reason(await booked(cast, None, 15)) is None


async def test_nothing_is_kept_where_nothing_is_said_and_no_more_than_is_allowed(cast: Cast) -> None:
    for hour, nothing in enumerate((None, "", "  "), 9):
        await booked(cast, nothing, hour)
    with pytest.raises(Invalid):
        await booked(cast, "x" * (LONGEST + 1), 15)
    assert await many("SELECT id FROM visit_reasons") == []


async def test_it_is_gone_with_the_account(cast: Cast, mailbox: Mailbox) -> None:
    await booked(cast)
    stranger = await appointments.book_at(cast.wish(at(12), patient=cast.stranger_patient), by=cast.stranger, now=NOW)
    async with db.transaction() as tx:
        await visit_reasons.keep(tx, stranger, "Cough", now=NOW)
    await erasure.erase(by=cast.asha, now=NOW, password=PASSWORD)
    assert [row.id for row in await many("SELECT id FROM visit_reasons")] == [stranger.id]
