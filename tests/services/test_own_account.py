"""One's own account: signing in with a code, a new password, another address, the family, and who is let do which."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from core import db, passwords
from core.crypto import unseal
from core.errors import NotAllowed
from core.limits import TooMany
from core.web_session import hash_id
from services import accounts, addresses, sessions
from services.account import address_change, code_sign_in, family, password
from services.account.family import FamilyFull, InvalidBirthDate
from services.account.names import InvalidName
from services.account.password import WeakPassword
from services.account.registration import AddressTaken
from services.accounts import SignedIn, WrongCredentials
from services.codes import WrongCode
from services.permissions import Actor
from services.tries import WrongPassword
from tests.mailbox import Mailbox
from tests.people import NOW, PASSWORD, Cast
from tests.rows import audited, many, one, write

ASHA = addresses.email("asha@example.org")
PHONE = addresses.phone("9812345678")
NEW = "a sentence of mine"
SECOND = timedelta(seconds=1)
HERE: dict[str, Any] = {"address": "192.0.2.7", "user_agent": "Firefox"}


async def sign_in(email: str = "asha@example.org", with_password: str = PASSWORD) -> SignedIn:
    return await accounts.sign_in(email, with_password, **HERE, now=NOW)


async def as_asha(cast: Cast) -> Actor:
    """Asha with a session of her own."""
    return replace(cast.asha, session_hash=hash_id((await sign_in()).session_id))


async def is_in(session: SignedIn | Actor) -> bool:
    hashed = session.session_hash if isinstance(session, Actor) else hash_id(session.session_id)
    assert hashed is not None
    return await sessions.actor(hashed, address=None, now=NOW) is not None


async def confirm_phone(by: Actor, mailbox: Mailbox) -> None:
    code_id = await address_change.ask(PHONE, PASSWORD, by=by, language="en", now=NOW)
    await address_change.verify(code_id, PHONE, await mailbox.code(PHONE.text, NOW), by=by, now=NOW)


async def test_a_patient_signs_in_with_a_code_in_her_mail(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await code_sign_in.ask(ASHA, language="en", now=NOW)
    code = await mailbox.code("asha@example.org", NOW)
    opened = await code_sign_in.sign_in(code_id, ASHA, code, **HERE, now=NOW)
    assert await is_in(opened)
    (entry,) = await audited("sign_in")
    assert (entry.actor_id, entry.details) == (cast.asha.user_id, {"by": "code"})
    # Who reads the mail has shown that it is hers.
    assert (await accounts.account(cast.asha.user_id)).email_verified_at == NOW
    with pytest.raises(WrongCode):
        await code_sign_in.sign_in(code_id, ASHA, code, **HERE, now=NOW)


async def test_a_phone_opens_an_account_once_it_is_confirmed_there(cast: Cast, mailbox: Mailbox) -> None:
    await code_sign_in.ask(PHONE, language="en", now=NOW)
    await mailbox.delivered(NOW)
    assert mailbox.texts(PHONE.text) == []
    await confirm_phone(cast.asha, mailbox)
    user = await accounts.account(cast.asha.user_id)
    assert user.phone_sealed is not None
    assert unseal(user.phone_sealed, about=f"users.phone:{user.id}") == PHONE.text
    later = NOW + SECOND
    code_id = await code_sign_in.ask(PHONE, language="en", now=later)
    code = await mailbox.code(PHONE.text, later)
    assert await is_in(await code_sign_in.sign_in(code_id, PHONE, code, **HERE, now=later))


async def test_the_staff_and_strangers_get_no_code_and_the_same_answer(cast: Cast, mailbox: Mailbox) -> None:
    for who in ("meera", "front", "boss", "nobody"):
        to = addresses.email(f"{who}@example.org")
        code_id = await code_sign_in.ask(to, language="en", now=NOW)
        await mailbox.delivered(NOW)
        assert mailbox.mail(to.text) == []
        with pytest.raises(WrongCode):
            await code_sign_in.sign_in(code_id, to, "000000", **HERE, now=NOW)


async def test_one_who_became_staff_meanwhile_is_not_let_in_by_the_code(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await code_sign_in.ask(ASHA, language="en", now=NOW)
    code = await mailbox.code("asha@example.org", NOW)
    await write("UPDATE users SET role = 'admin' WHERE id = :id", id=cast.asha.user_id)
    with pytest.raises(WrongCode):
        await code_sign_in.sign_in(code_id, ASHA, code, **HERE, now=NOW)


@pytest.mark.parametrize("ask", [code_sign_in.ask, password.ask_reset])
async def test_asking_is_the_same_work_whoever_is_asked_for(
    ask: Callable[..., Awaitable[object]], cast: Cast, mailbox: Mailbox
) -> None:
    async def work(to: addresses.Address) -> list[str]:
        done: list[str] = []

        def noted(*args: Any) -> None:
            done.append(" ".join(args[2].split()))

        event.listen(db.engine().sync_engine, "before_cursor_execute", noted)
        try:
            await ask(to, language="en", now=NOW)
        finally:
            event.remove(db.engine().sync_engine, "before_cursor_execute", noted)
        return done

    known = await work(ASHA)
    assert len(known) >= 3
    for email in ("nobody@example.org", "meera@example.org"):
        assert await work(addresses.email(email)) == known
    assert await work(PHONE) == await work(addresses.phone("+49 30 901820"))


async def test_a_closed_account_gets_no_code(cast: Cast, mailbox: Mailbox) -> None:
    await write("UPDATE users SET is_active = false WHERE id = :id", id=cast.asha.user_id)
    await code_sign_in.ask(ASHA, language="en", now=NOW)
    await password.ask_reset(ASHA, language="en", now=NOW)
    await mailbox.delivered(NOW)
    assert mailbox.mail("asha@example.org") == []


async def test_a_new_password_ends_every_session_and_opens_one(cast: Cast, mailbox: Mailbox) -> None:
    before = [await sign_in(), await sign_in()]
    code_id = await password.ask_reset(ASHA, language="en", now=NOW)
    code = await mailbox.code("asha@example.org", NOW)
    opened = await password.reset(code_id, ASHA, code, NEW, **HERE, now=NOW)
    assert [await is_in(session) for session in before] == [False, False]
    assert await is_in(opened)
    with pytest.raises(WrongCredentials):
        await sign_in()
    assert await sign_in(with_password=NEW)
    assert len(await audited("password_reset")) == 1
    await mailbox.delivered(NOW)
    assert "Your password was changed" in [mail["Subject"] for mail in mailbox.mail("asha@example.org")]
    with pytest.raises(WrongCode):
        await password.reset(code_id, ASHA, code, NEW + "!", **HERE, now=NOW)


async def test_a_weak_one_costs_no_try(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await password.ask_reset(ASHA, language="en", now=NOW)
    code = await mailbox.code("asha@example.org", NOW)
    for weak in ("short", "asha@example.org", "password123"):
        with pytest.raises(WeakPassword):
            await password.reset(code_id, ASHA, code, weak, **HERE, now=NOW)
    assert (await one("SELECT tries FROM one_time_codes")).tries == 0
    with pytest.raises(WeakPassword):
        await password.reset(code_id, ASHA, code, "Asha Kulkarni", **HERE, now=NOW)
    assert await password.reset(code_id, ASHA, code, NEW, **HERE, now=NOW)


async def test_a_code_for_one_thing_does_no_other(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await code_sign_in.ask(ASHA, language="en", now=NOW)
    code = await mailbox.code("asha@example.org", NOW)
    with pytest.raises(WrongCode):
        await password.reset(code_id, ASHA, code, NEW, **HERE, now=NOW)
    with pytest.raises(WrongCode):
        await address_change.verify(code_id, ASHA, code, by=cast.asha, now=NOW)


async def test_changing_the_password_asks_for_it_and_leaves_this_session_alone(cast: Cast, mailbox: Mailbox) -> None:
    here, elsewhere = await as_asha(cast), await sign_in()
    for wrong in ("", "not it", NEW):
        with pytest.raises(WrongPassword):
            await password.change(wrong, NEW, by=here, now=NOW)
    with pytest.raises(WeakPassword):
        await password.change(PASSWORD, "password123", by=here, now=NOW)
    assert await is_in(elsewhere)
    await password.change(PASSWORD, NEW, by=here, now=NOW)
    assert (await is_in(here), await is_in(elsewhere)) == (True, False)
    assert await sign_in(with_password=NEW)
    (entry,) = await audited("password_changed")
    assert entry.actor_id == cast.asha.user_id
    assert NEW not in str(await many("SELECT * FROM audit_log")) + str(await many("SELECT * FROM events"))


async def test_a_sign_in_that_was_under_way_does_not_outlive_a_change_of_the_password(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old password was right when it was looked at, and is not when the session would open."""
    is_right, here = passwords.is_right, await as_asha(cast)
    is_first = True

    async def and_then_it_changes(given: str, stored: str | None) -> bool:
        nonlocal is_first
        found = await is_right(given, stored)
        if is_first:
            is_first = False
            await password.change(PASSWORD, NEW, by=here, now=NOW)
        return found

    monkeypatch.setattr(passwords, "is_right", and_then_it_changes)
    with pytest.raises(WrongCredentials):
        await sign_in()
    assert len(await many("SELECT 1 FROM sessions WHERE revoked_at IS NULL")) == 1


async def test_of_two_changes_at_once_one_holds(cast: Cast, mailbox: Mailbox) -> None:
    here = await as_asha(cast)
    changes = [password.change(PASSWORD, f"{NEW} {number}", by=here, now=NOW) for number in range(2)]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "WrongPassword"]


async def test_another_e_mail_address_is_ones_own_once_it_is_proved(cast: Cast, mailbox: Mailbox) -> None:
    to = addresses.email("asha.new@example.org")
    code_id = await address_change.ask(to, PASSWORD, by=cast.asha, language="en", now=NOW)
    assert (await accounts.account(cast.asha.user_id)).email == "asha@example.org"
    await address_change.verify(code_id, to, await mailbox.code(to.text, NOW), by=cast.asha, now=NOW)
    user = await accounts.account(cast.asha.user_id)
    assert (user.email, user.email_verified_at) == (to.text, NOW)
    await mailbox.delivered(NOW)
    (told,) = mailbox.mail("asha@example.org")
    assert "changed" in told["Subject"]
    assert to.text not in told.as_string()


async def test_an_address_is_not_changed_without_the_password(cast: Cast, mailbox: Mailbox) -> None:
    with pytest.raises(WrongPassword):
        await address_change.ask(PHONE, "wrong", by=cast.asha, language="en", now=NOW)


async def test_the_address_of_another_gets_no_code_and_he_is_told(cast: Cast, mailbox: Mailbox) -> None:
    ravi = addresses.email("ravi@example.org")
    code_id = await address_change.ask(ravi, PASSWORD, by=cast.asha, language="en", now=NOW)
    await mailbox.delivered(NOW)
    (mail,) = mailbox.mail("ravi@example.org")
    assert "already" in mail["Subject"]
    with pytest.raises(WrongCode):
        await address_change.verify(code_id, ravi, "000000", by=cast.asha, now=NOW)


async def test_an_address_that_went_to_another_meanwhile_is_his(cast: Cast, mailbox: Mailbox) -> None:
    to = addresses.email("free@example.org")
    code_id = await address_change.ask(to, PASSWORD, by=cast.asha, language="en", now=NOW)
    code = await mailbox.code(to.text, NOW)
    await write("UPDATE users SET email = :to WHERE id = :id", to=to.text, id=cast.stranger.user_id)
    with pytest.raises(AddressTaken):
        await address_change.verify(code_id, to, code, by=cast.asha, now=NOW)
    assert (await accounts.account(cast.asha.user_id)).email == "asha@example.org"


async def test_the_code_of_another_account_confirms_nothing(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await address_change.ask(PHONE, PASSWORD, by=cast.asha, language="en", now=NOW)
    code = await mailbox.code(PHONE.text, NOW)
    with pytest.raises(WrongCode):
        await address_change.verify(code_id, PHONE, code, by=cast.stranger, now=NOW)


async def test_a_phone_goes_over_to_whoever_has_it_now(cast: Cast, mailbox: Mailbox) -> None:
    await confirm_phone(cast.asha, mailbox)
    later = NOW + SECOND
    code_id = await address_change.ask(PHONE, PASSWORD, by=cast.stranger, language="en", now=later)
    await address_change.verify(code_id, PHONE, await mailbox.code(PHONE.text, later), by=cast.stranger, now=later)
    assert (await accounts.account(cast.asha.user_id)).phone_hash is None
    assert (await accounts.account(cast.stranger.user_id)).phone_hash == PHONE.hash


async def test_a_member_of_the_family_is_added_and_at_once_bookable(cast: Cast) -> None:
    here = await as_asha(cast)
    assert here.session_hash is not None
    await sessions.actor(here.session_hash, address=None, now=NOW)
    patient_id = await family.add("Rohan Kulkarni", "2017-08-02", by=here, now=NOW)
    actor = await sessions.actor(here.session_hash, address=None, now=NOW)
    assert actor is not None
    assert patient_id in actor.patient_ids
    names = [(member.name, str(member.born_on)) for member in await family.members(here)]
    assert names == [("Asha Kulkarni", "None"), ("Leela Kulkarni", "None"), ("Rohan Kulkarni", "2017-08-02")]
    (entry,) = await audited("family_member_added")
    assert (entry.actor_id, entry.patient_id) == (cast.asha.user_id, patient_id)
    assert "Rohan" not in str(entry)


async def test_a_name_is_corrected_and_the_holders_is_the_accounts(cast: Cast) -> None:
    await family.change(cast.mother_patient, "Leela R. Kulkarni", "1957-11-23", by=cast.asha, now=NOW)
    await family.change(cast.asha_patient, "Asha Deshpande", "", by=cast.asha, now=NOW)
    assert (await accounts.account(cast.asha.user_id)).name == "Asha Deshpande"
    assert [member.name for member in await family.members(cast.asha)] == ["Asha Deshpande", "Leela R. Kulkarni"]
    assert len(await audited("family_member_changed")) == 2


async def test_the_family_of_another_is_left_alone(cast: Cast) -> None:
    forged = replace(cast.asha, patient_ids=cast.asha.patient_ids | {cast.stranger_patient})
    for by in (cast.asha, forged, cast.doctor, cast.admin):
        with pytest.raises(NotAllowed):
            await family.change(cast.stranger_patient, "Mine", "", by=by, now=NOW)
    for by in (cast.doctor, cast.receptionist, cast.admin):
        with pytest.raises(NotAllowed):
            await family.add("Mine", "", by=by, now=NOW)


async def test_a_family_has_an_end_even_where_many_are_added_at_once(cast: Cast) -> None:
    adding = [family.add(f"Child {number}", "", by=cast.asha, now=NOW) for number in range(family.MOST + 3)]
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert len([result for result in results if isinstance(result, FamilyFull)]) == 5
    assert len(await family.members(cast.asha)) == family.MOST


async def test_a_date_on_which_nobody_was_born_is_refused(cast: Cast) -> None:
    for born_on in ("1800-01-01", "2999-01-01", "yesterday", "2020-13-01", "\x00", "9" * 1000):
        with pytest.raises(InvalidBirthDate):
            await family.add("Rohan", born_on, by=cast.asha, now=NOW)
    with pytest.raises(InvalidName):
        await family.add("a\nb", "", by=cast.asha, now=NOW)


async def test_signing_out_everywhere_ends_this_session_too(cast: Cast) -> None:
    here, elsewhere, ravi = await as_asha(cast), await sign_in(), await sign_in("ravi@example.org")
    assert await accounts.sign_out_of(None, by=here, now=NOW) == 2
    assert [await is_in(session) for session in (here, elsewhere, ravi)] == [False, False, True]
    (entry,) = await audited("sign_out_everywhere")
    assert (entry.actor_id, entry.details) == (cast.asha.user_id, {"sessions": 2})


async def test_one_session_is_ended_by_its_reference_and_never_anothers(cast: Cast) -> None:
    here, elsewhere, ravi = await as_asha(cast), await sign_in(), await sign_in("ravi@example.org")
    listed = await sessions.of(here, now=NOW)
    assert sorted(known.is_this for known in listed) == [False, True]
    (reference,) = [known.reference for known in listed if not known.is_this]
    ravis = hash_id(ravi.session_id).hex()[:16]
    for nobodys in (ravis, "x", "' OR 1=1"):
        assert await accounts.sign_out_of(nobodys, by=here, now=NOW) == 0
    assert await accounts.sign_out_of(reference, by=here, now=NOW) == 1
    assert [await is_in(session) for session in (here, elsewhere, ravi)] == [True, False, True]


async def test_every_way_in_opens_its_session_at_one_place(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[str] = []
    opened = accounts.opened

    async def noted(tx: db.Transaction, user: Any, *, by: str, **more: Any) -> SignedIn:
        ways.append(by)
        return await opened(tx, user, by=by, **more)

    monkeypatch.setattr(accounts, "opened", noted)
    await sign_in()
    code_id = await code_sign_in.ask(ASHA, language="en", now=NOW)
    await code_sign_in.sign_in(code_id, ASHA, await mailbox.code("asha@example.org", NOW), **HERE, now=NOW)
    code_id = await password.ask_reset(ASHA, language="en", now=NOW)
    await password.reset(code_id, ASHA, await mailbox.code("asha@example.org", NOW), NEW, **HERE, now=NOW)
    assert ways == ["password", "code", "reset"]


async def test_the_present_password_is_not_guessed_on_a_device_that_was_left_signed_in(cast: Cast) -> None:
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await password.change("not-the-password", "another long password", by=cast.asha, now=NOW)
    with pytest.raises(TooMany):
        await password.change(PASSWORD, "another long password", by=cast.asha, now=NOW)
    # Whoever has another account is not held up by it.
    await password.change(PASSWORD, "another long password", by=cast.stranger, now=NOW)
