"""The staff: invited with a code that is good once, put out of work at once, and never without an administrator."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timedelta

import orjson
import pytest

from core import db
from core.crypto import unseal
from core.errors import Invalid, NotAllowed, NotFound
from core.web_session import hash_id
from models.user import Role
from services import accounts, invitations, sessions, staff
from services.invitations import DoctorTaken, HasAccount, NoInvitation, PasswordTooShort
from services.permissions import Actor
from services.staff import NotOneself
from tests.people import NOW, Cast, another_doctor
from tests.rows import audited, many, one, write

LATER = NOW + timedelta(days=1)
PASSWORD = "twelve-or-more"
NEW = "new@example.org"


async def invite(cast: Cast, email: str = NEW, *, role: Role = Role.RECEPTIONIST, **more: int | None) -> str:
    """Send an invitation; the code of the letter."""
    given = {"clinic_id": cast.clinic_id} | more
    await invitations.invite(email, "New Person", role=role, by=cast.admin, now=NOW, **given)
    return await code_of_last_letter()


async def code_of_last_letter() -> str:
    row = await one("SELECT * FROM outgoing_messages ORDER BY created_at DESC, expires_at DESC LIMIT 1")
    content = orjson.loads(unseal(row.sealed, about=f"outgoing_messages.sealed:{row.id}"))
    found = re.search(r"\b([A-Z2-7]{4}(-[A-Z2-7]{4}){3})\b", content["text"])
    assert found
    assert content["to"]
    return found[1]


async def accept(code: str, email: str = NEW, *, password: str = PASSWORD, now: datetime = LATER) -> int:
    return await invitations.accept(email, code, password, address="192.0.2.7", now=now)


async def test_the_code_of_the_letter_makes_the_account_with_its_address_verified(cast: Cast) -> None:
    code = await invite(cast)
    user_id = await accept(code.lower().replace("-", " "))
    row = await one("SELECT * FROM users WHERE id = :id", id=user_id)
    assert (row.email, row.role, row.clinic_id, row.email_verified_at) == (NEW, "receptionist", cast.clinic_id, LATER)
    assert not row.is_demo
    opened = await accounts.sign_in(NEW, PASSWORD, address=None, user_agent=None, now=LATER)
    assert opened.role == Role.RECEPTIONIST
    (invited,) = await audited("staff_invited")
    assert (invited.actor_id, invited.details["role"]) == (cast.admin.user_id, "receptionist")
    (accepted,) = await audited("invitation_accepted")
    assert (accepted.actor_id, accepted.object_id, accepted.address) == (user_id, invited.object_id, "192.0.2.7")
    everything = str(await many("SELECT * FROM invitations")) + str(await many("SELECT * FROM audit_log"))
    assert code not in everything
    assert code.replace("-", "") not in everything
    assert NEW not in str(await many("SELECT * FROM audit_log"))


async def test_a_doctor_gets_the_row_that_patients_know(cast: Cast) -> None:
    waiting = await another_doctor(cast.doctor_id)
    code = await invite(cast, role=Role.DOCTOR, doctor_id=waiting)
    user_id = await accept(code)
    assert (await one("SELECT user_id FROM doctors WHERE id = :id", id=waiting)).user_id == user_id
    opened = await accounts.sign_in(NEW, PASSWORD, address=None, user_agent=None, now=LATER)
    found = await sessions.actor(hash_id(opened.session_id), address=None, now=LATER)
    assert found is not None
    assert (found.doctor_id, found.clinic_id) == (waiting, cast.clinic_id)


async def test_an_administrator_is_invited_to_no_clinic_and_waits_for_his_second_factor(cast: Cast) -> None:
    await accept(await invite(cast, role=Role.ADMIN))
    assert (await one("SELECT clinic_id FROM users WHERE email = :email", email=NEW)).clinic_id is None
    assert (await accounts.sign_in(NEW, PASSWORD, address=None, user_agent=None, now=LATER)).is_pending


async def test_a_code_is_good_once_for_its_address_and_for_a_week(cast: Cast) -> None:
    code = await invite(cast)
    with pytest.raises(NoInvitation):
        await accept(code, "asha@example.org")
    with pytest.raises(NoInvitation):
        await accept(code, now=NOW + invitations.GOOD_FOR)
    with pytest.raises(PasswordTooShort):
        await accept(code, password="only-eleven")
    await accept(code)
    with pytest.raises(NoInvitation):
        await accept(code)


async def test_whatever_is_no_code_is_one_and_the_same_refusal(cast: Cast) -> None:
    code = await invite(cast)
    for given in ("", "\x00", "\ud800", "A" * 16, code[:-1], "x" * 10_000):
        with pytest.raises(NoInvitation):
            await accept(given)
    for email in ("", "\x00", "\ud800", "a" * 10_000):
        with pytest.raises(NoInvitation):
            await accept(code, email)


async def test_of_many_who_accept_at_once_one_gets_the_account(cast: Cast) -> None:
    code = await invite(cast)
    answers = await asyncio.gather(*[accept(code) for _ in range(4)], return_exceptions=True)
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert sum(isinstance(answer, NoInvitation) for answer in answers) == 3
    assert len(await many("SELECT 1 FROM users WHERE email = :email", email=NEW)) == 1


async def test_what_was_called_back_or_sent_anew_is_void(cast: Cast) -> None:
    first = await invite(cast)
    await write("UPDATE outgoing_messages SET created_at = :then", then=NOW - timedelta(days=1))
    second = await invite(cast)
    with pytest.raises(NoInvitation):
        await accept(first)
    (waiting,) = await invitations.unanswered(by=cast.admin, now=NOW)
    assert (waiting.email, waiting.clinic, waiting.expires_at) == (NEW, "Dhanvantari", NOW + invitations.GOOD_FOR)
    await invitations.revoke(waiting.id, by=cast.admin, now=NOW)
    with pytest.raises(NoInvitation):
        await accept(second)
    with pytest.raises(NotFound):
        await invitations.revoke(waiting.id, by=cast.admin, now=NOW)
    assert await invitations.unanswered(by=cast.admin, now=NOW) == []
    assert len(await audited("invitation_revoked")) == 1


async def test_two_letters_to_one_address_at_once_leave_one_that_is_good(cast: Cast) -> None:
    await asyncio.gather(*[invite(cast) for _ in range(4)], return_exceptions=True)
    assert len(await invitations.unanswered(by=cast.admin, now=NOW)) == 1


async def test_the_administrator_is_told_of_an_account_that_is_there(cast: Cast) -> None:
    with pytest.raises(HasAccount):
        await invite(cast, "ASHA@example.org")
    code = await invite(cast)
    await write(
        "INSERT INTO users (email, name, role, language, is_demo, created_at)"
        " VALUES (:email, 'N', 'patient', 'en', false, :now)",
        email=NEW,
        now=NOW,
    )
    with pytest.raises(HasAccount):
        await accept(code)
    assert (await one("SELECT accepted_at FROM invitations")).accepted_at is None


async def test_a_doctor_with_an_account_or_of_another_clinic_is_not_offered(cast: Cast) -> None:
    waiting = await another_doctor(cast.doctor_id)
    assert await staff.doctors_without_account(cast.clinic_id, by=cast.admin) == [(waiting, "Vd. Meera Joshi")]
    for doctor_id, clinic_id in ((cast.doctor_id, cast.clinic_id), (waiting, cast.other_clinic_id), (10**6, 1)):
        with pytest.raises(DoctorTaken):
            await invite(cast, role=Role.DOCTOR, doctor_id=doctor_id, clinic_id=clinic_id)
    code = await invite(cast, role=Role.DOCTOR, doctor_id=waiting)
    await write("UPDATE doctors SET user_id = :user WHERE id = :id", user=cast.stranger.user_id, id=waiting)
    with pytest.raises(DoctorTaken):
        await accept(code)
    assert await many("SELECT 1 FROM users WHERE email = :email", email=NEW) == []


async def test_rubbish_invites_nobody(cast: Cast) -> None:
    for email in (
        "",
        "x",
        "@x.y",
        "x@y",
        "a b@c.d",
        "a@b.c\r\nBcc: all@b.c",
        "\x00@b.c",
        "a" * 400 + "@b.c",
        "<a@b.c>",
        None,
    ):
        with pytest.raises(Invalid):
            await invite(cast, email)  # type: ignore[arg-type]
    for role, clinic in (("patient", 1), ("integrator", 1), ("king", 1), ("receptionist", None), ("doctor", 10**6)):
        with pytest.raises((Invalid, DoctorTaken)):
            await invite(cast, role=role, clinic_id=clinic)  # type: ignore[arg-type]
    assert await many("SELECT 1 FROM invitations") == []


async def test_only_an_administrator_has_to_do_with_it(cast: Cast) -> None:
    for who in (cast.asha, cast.doctor, cast.receptionist, replace(cast.admin, role=Role.INTEGRATOR)):
        for ask in (
            invitations.invite(NEW, "New", role=Role.ADMIN, by=who, now=NOW),
            invitations.unanswered(by=who, now=NOW),
            staff.members(by=who),
            staff.places(by=who),
            staff.doctors_without_account(cast.clinic_id, by=who),
            staff.deactivate(cast.receptionist.user_id, by=who, now=NOW),
            staff.reactivate(cast.receptionist.user_id, by=who, now=NOW),
        ):
            with pytest.raises(NotAllowed):
                await ask


async def open_session(who: Actor) -> bytes:
    async with db.transaction() as tx:
        return hash_id(await sessions.open_session(tx, who.user_id, who.role, address=None, user_agent=None, now=NOW))


async def test_who_is_deactivated_is_out_at_once_and_can_be_taken_back(cast: Cast) -> None:
    session = await open_session(cast.receptionist)
    assert await sessions.actor(session, address=None, now=NOW) is not None
    await staff.deactivate(cast.receptionist.user_id, by=cast.admin, now=NOW)
    assert await sessions.actor(session, address=None, now=NOW) is None
    assert (await one("SELECT revoked_at FROM sessions")).revoked_at == NOW
    (member,) = [each for each in await staff.members(by=cast.admin) if each.id == cast.receptionist.user_id]
    assert (member.is_active, member.clinic, member.last_seen_at) == (False, "Dhanvantari", NOW)
    await staff.reactivate(cast.receptionist.user_id, by=cast.admin, now=NOW)
    assert await sessions.actor(await open_session(cast.receptionist), address=None, now=NOW) is not None
    for action in ("staff_deactivated", "staff_reactivated"):
        (entry,) = await audited(action)
        assert (entry.actor_id, entry.object_id) == (cast.admin.user_id, str(cast.receptionist.user_id))


async def test_no_one_puts_himself_or_a_patient_out(cast: Cast) -> None:
    with pytest.raises(NotOneself):
        await staff.deactivate(cast.admin.user_id, by=cast.admin, now=NOW)
    for nobody in (cast.asha.user_id, 10**6):
        with pytest.raises(NotFound):
            await staff.deactivate(nobody, by=cast.admin, now=NOW)


async def test_of_two_administrators_who_put_each_other_out_one_stays(cast: Cast) -> None:
    await write("UPDATE users SET role = 'admin' WHERE id = :id", id=cast.receptionist.user_id)
    second = replace(cast.admin, user_id=cast.receptionist.user_id)
    for _ in range(5):
        await write("UPDATE users SET is_active = true")
        answers = await asyncio.gather(
            staff.deactivate(second.user_id, by=cast.admin, now=NOW),
            staff.deactivate(cast.admin.user_id, by=second, now=NOW),
            return_exceptions=True,
        )
        assert sorted(type(answer) for answer in answers if answer) == [NotAllowed]
        assert len(await many("SELECT 1 FROM users WHERE role = 'admin' AND is_active")) == 1
