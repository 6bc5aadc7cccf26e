"""The slip of a token: what it says, who may print it, and that it is sent once."""

import asyncio
from uuid import uuid4

import pytest

from core.errors import Invalid, NotFound
from services import appointments, slips, visit_links, visits, walk_ins
from services.people import Person
from services.slips import NoAddress, SlipSent
from tests.mailbox import Mailbox
from tests.people import NOW, Cast, at
from tests.rows import audited, many, write

LEELA = Person(name="Leela Pawar", phone="98000 00001")


async def test_it_says_the_token_the_doctor_and_where_one_stands_and_not_who(cast: Cast) -> None:
    await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(10))
    came = await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.receptionist, now=at(10))
    found = await slips.slip(came.id, by=cast.receptionist, now=at(10))
    assert (found.token, found.doctor, found.clinic, found.room) == (2, "Vd. Meera Joshi", "Dhanvantari", "")
    assert found.turn is not None
    assert found.turn.ahead == 1
    assert found.turn.expected is not None
    assert found.link == f"http://clinic.test/v/{visit_links.code_of(came.id)}"
    assert "Leela" not in repr(found)
    (entry,) = await audited("SlipRead")
    assert (entry.patient_id, entry.object_id) == (came.patient_id, str(came.id))


async def test_only_who_receives_him_prints_it(cast: Cast) -> None:
    came = await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.receptionist, now=at(10))
    for by in (cast.other_receptionist, cast.other_doctor, cast.asha):
        with pytest.raises(NotFound):
            await slips.slip(came.id, by=by, now=at(10))
        with pytest.raises(NotFound):
            await slips.send(came.id, by=by, now=at(10))
    for by in (cast.receptionist, cast.doctor, cast.admin):
        assert (await slips.slip(came.id, by=by, now=at(10))).token == 1
    held = await appointments.hold(cast.wish(at(12)), by=cast.asha, now=NOW)
    for unknown in (held.id, uuid4()):
        with pytest.raises(NotFound):
            await slips.slip(unknown, by=cast.admin, now=at(10))
    with pytest.raises(Invalid):
        await slips.slip(str(came.id), by=cast.admin, now=at(10))


async def test_it_is_sent_once_to_the_telephone(cast: Cast, mailbox: Mailbox) -> None:
    came = await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.receptionist, now=at(10))
    sending = [slips.send(came.id, by=cast.receptionist, now=at(10)) for _ in range(4)]
    outcomes = await asyncio.gather(*sending, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Channel", "SlipSent", "SlipSent", "SlipSent"]
    (said,) = (await mailbox.delivered(at(10))).texts("+919800000001")
    assert "token 1" in said
    assert f"http://clinic.test/v/{visit_links.code_of(came.id)}" in said
    assert "Leela" not in said
    (entry,) = await audited("SlipSent")
    assert entry.details == {"channel": "sms"}
    with pytest.raises(SlipSent):
        await slips.send(came.id, by=cast.doctor, now=at(11))


async def test_where_no_telephone_is_known_it_goes_by_mail_in_the_patients_language(
    cast: Cast, mailbox: Mailbox
) -> None:
    await write("UPDATE users SET language = 'hi' WHERE id = :id", id=cast.asha.user_id)
    came = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(10))
    assert await slips.send(came.id, by=cast.receptionist, now=at(10)) == "email"
    (mail,) = (await mailbox.delivered(at(10))).mail("asha@example.org")
    assert "टोकन" in mail.get_content()


async def test_where_nothing_is_known_nothing_is_sent(cast: Cast) -> None:
    await write("UPDATE users SET email = NULL WHERE id = :id", id=cast.asha.user_id)
    came = await visits.walk_in(cast.asha_patient, cast.doctor_id, by=cast.receptionist, now=at(10))
    with pytest.raises(NoAddress):
        await slips.send(came.id, by=cast.receptionist, now=at(10))
    assert await many("SELECT FROM outgoing_messages") == await many("SELECT FROM idempotency_keys") == []
