"""Registering: whoever proves the mailbox has the account, and nobody learns whose address it is."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from core import db, passwords
from core.crypto import unseal
from core.web_session import hash_id
from models.user import Role
from services import accounts, addresses, sessions
from services.account import address_change, family, registration
from services.account.names import InvalidName
from services.account.password import WeakPassword
from services.account.registration import NOTICE, AddressTaken, NoConsent, Registration
from services.accounts import SignedIn, WrongCredentials
from services.codes import WrongCode
from tests.mailbox import Mailbox
from tests.people import NOW, PASSWORD, Cast
from tests.rows import audited, many, one

NEW, MINE, HIS = "neha@example.org", "a sentence of mine", "what an attacker knows"
SECOND = timedelta(seconds=1)


async def register(email: str = NEW, password: str = MINE, *, now=NOW, name="Neha Shah", **more: Any) -> UUID:
    form = Registration(
        name=name, email=addresses.email(email), password=password, **{"has_consented": True, "language": "en"} | more
    )
    return await registration.register(form, address="192.0.2.7", now=now)


async def verify(code_id: UUID, code: str, email: str = NEW, *, now=NOW, phone: str | None = None) -> SignedIn:
    return await registration.verify(
        code_id,
        addresses.email(email),
        code,
        phone=addresses.phone(phone) if phone else None,
        address="192.0.2.7",
        user_agent="Firefox",
        now=now,
    )


async def sign_in(email: str = NEW, password: str = MINE) -> SignedIn:
    return await accounts.sign_in(email, password, address=None, user_agent=None, now=NOW)


async def test_the_code_in_the_mail_opens_the_account(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await register()
    opened = await verify(code_id, await mailbox.code(NEW, NOW), phone="98123 45678")
    actor = await sessions.actor(hash_id(opened.session_id), address=None, now=NOW)
    assert actor is not None
    assert (actor.role, actor.name) == (Role.PATIENT, "Neha Shah")
    user = await one("SELECT * FROM users WHERE email = :email", email=NEW)
    assert (user.email_verified_at, user.consented_at, user.consented_to) == (NOW, NOW, NOTICE)
    assert (user.role, user.clinic_id, user.phone_hash) == ("patient", None, None)
    person = await one("SELECT * FROM patients WHERE account_id = :id", id=user.id)
    assert (person.name, person.is_account_holder, {person.id}) == ("Neha Shah", True, actor.patient_ids)
    assert unseal(person.phone_sealed, about=f"patients.phone:{person.id}") == "+919812345678"
    assert await family.contact(actor) == "+919812345678"
    assert (await sign_in()).role == Role.PATIENT
    for action in ("registered", "email_verified", "sign_in"):
        assert {entry.actor_id for entry in await audited(action)} == {user.id}
    assert NEW not in str(await many("SELECT * FROM audit_log"))


async def test_until_then_nobody_signs_in(cast: Cast, mailbox: Mailbox) -> None:
    await register()
    for email in (NEW, "", "None"):
        with pytest.raises(WrongCredentials):
            await sign_in(email)


async def test_one_who_registers_with_anothers_address_is_left_with_nothing(cast: Cast, mailbox: Mailbox) -> None:
    attackers = await register(password=HIS, name="Mallory")
    await mailbox.delivered(NOW)
    owners = await register(now=NOW + SECOND)
    code = await mailbox.code(NEW, NOW + SECOND)
    # The attacker comes again, with whatever he knows, before the owner has looked at his mail.
    with pytest.raises(WrongCode):
        await verify(attackers, code, now=NOW + SECOND)
    await verify(owners, code, now=NOW + SECOND)
    assert (await one("SELECT name FROM users WHERE email = :email", email=NEW)).name == "Neha Shah"
    with pytest.raises(WrongCredentials):
        await sign_in(password=HIS)
    assert await sign_in()


async def test_an_attacker_who_comes_after_the_owner_does_not_slip_his_password_in(
    cast: Cast, mailbox: Mailbox
) -> None:
    """The last code is the attacker's; typed where the owner registered, it opens nothing with the other's password."""
    owners = await register()
    await mailbox.delivered(NOW)
    await register(password=HIS, now=NOW + SECOND)
    code = await mailbox.code(NEW, NOW + SECOND)
    with pytest.raises(WrongCode):
        await verify(owners, code, now=NOW + SECOND)
    third = await register(now=NOW + 2 * SECOND)
    await verify(third, await mailbox.code(NEW, NOW + 2 * SECOND), now=NOW + 2 * SECOND)
    with pytest.raises(WrongCredentials):
        await sign_in(password=HIS)


async def test_of_two_accounts_for_one_address_the_first_that_is_proved_has_it(cast: Cast, mailbox: Mailbox) -> None:
    first = await register()
    code = await mailbox.code(NEW, NOW)
    second_id = (await one("SELECT max(id) AS id FROM users")).id
    await verify(first, code)
    assert (await one("SELECT count(*) AS n FROM users WHERE email = :email", email=NEW)).n == 1
    assert (await one("SELECT id FROM users WHERE email = :email", email=NEW)).id == second_id
    with pytest.raises(WrongCode):
        await verify(first, code)


async def test_two_proofs_of_one_address_at_once_make_one_account(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await register()
    code = await mailbox.code(NEW, NOW)
    # The first proof is given, and before it is spent a second registration is proved as well.
    spend = registration.codes.spend
    reached, gate = asyncio.Event(), asyncio.Event()

    async def wait_and_spend(tx: db.Transaction, proof: Any, *, now: Any) -> None:
        if proof.code_id == first:
            reached.set()
            await gate.wait()
        await spend(tx, proof, now=now)

    monkeypatch.setattr(registration.codes, "spend", wait_and_spend)
    slow = asyncio.create_task(verify(first, code))
    await reached.wait()
    second = await register(now=NOW + SECOND)
    await verify(second, await mailbox.code(NEW, NOW + SECOND), now=NOW + SECOND)
    gate.set()
    with pytest.raises(AddressTaken):
        await slow
    assert len(await many("SELECT 1 FROM users WHERE email = :email", email=NEW)) == 1
    assert len(await many("SELECT 1 FROM sessions")) == 1


async def test_two_registrations_of_one_address_at_once_are_both_answered(cast: Cast, mailbox: Mailbox) -> None:
    ids = await asyncio.gather(register(), register())
    # Whichever of the two codes this is: it is good for one of them at the most.
    code = await mailbox.code(NEW, NOW)
    results = await asyncio.gather(*[verify(code_id, code) for code_id in ids], return_exceptions=True)
    assert len([result for result in results if isinstance(result, SignedIn)]) <= 1
    assert len(await many("SELECT 1 FROM users WHERE email = :email", email=NEW)) <= 1


async def test_a_code_for_the_other_address_of_an_account_registers_nobody(cast: Cast, mailbox: Mailbox) -> None:
    to = addresses.email(NEW)
    code_id = await address_change.ask(to, PASSWORD, by=cast.asha, language="en", now=NOW)
    with pytest.raises(WrongCode):
        await verify(code_id, await mailbox.code(NEW, NOW))
    assert len(await many("SELECT 1 FROM patients WHERE account_id = :id", id=cast.asha.user_id)) == 2


async def test_an_address_that_is_taken_gets_the_same_answer_and_its_owner_a_mail(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await register("Asha@example.org", name="Buy at evil.example", password=HIS)
    await mailbox.delivered(NOW)
    (mail,) = mailbox.mail("asha@example.org")
    assert "already" in mail["Subject"]
    # Nothing that the asker chose is in it: else it would be a way to write to people through us.
    assert "evil" not in mail.as_string()
    for code in ("000000", ""):
        with pytest.raises(WrongCode):
            await verify(code_id, code, "asha@example.org")
    with pytest.raises(WrongCredentials):
        await sign_in("asha@example.org", HIS)
    assert await sign_in("asha@example.org", PASSWORD)


async def test_a_taken_address_costs_the_same_work(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(email: str) -> list[str]:
        done: list[str] = []
        hashed = passwords.hashed

        async def counted(password: str) -> str:
            done.append("argon2")
            return await hashed(password)

        def noted(*args: Any) -> None:
            done.append(" ".join(args[2].split()))

        monkeypatch.setattr(passwords, "hashed", counted)
        event.listen(db.engine().sync_engine, "before_cursor_execute", noted)
        try:
            await register(email)
        finally:
            event.remove(db.engine().sync_engine, "before_cursor_execute", noted)
            monkeypatch.setattr(passwords, "hashed", hashed)
        return done

    taken, free = await work("asha@example.org"), await work(NEW)
    assert taken == free
    assert taken.count("argon2") == 1


WRONG: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"name": ""}, InvalidName),
    ({"name": "   "}, InvalidName),
    ({"name": "x" * 121}, InvalidName),
    ({"name": "Neha\nBcc: evil@example.org"}, InvalidName),
    ({"name": "Neha\x00"}, InvalidName),
    ({"name": "\ud800"}, InvalidName),
    ({"name": "..."}, InvalidName),
    ({"has_consented": False}, NoConsent),
    ({"password": "short"}, WeakPassword),
    ({"password": "x" * 257}, WeakPassword),
    ({"password": "aaaaaaaaaaaa"}, WeakPassword),
    ({"password": "Password123"}, WeakPassword),
    ({"password": "qwertyuiop"}, WeakPassword),
    ({"password": "NEHA@example.org"}, WeakPassword),
    ({"password": "nehashah kumar", "name": "Neha Shah Kumar"}, WeakPassword),
]


async def test_what_is_wrong_is_told_and_nothing_is_written(cast: Cast) -> None:
    for wrong, refusal in WRONG:
        with pytest.raises(refusal):
            await register(**wrong)
    assert await many("SELECT 1 FROM users WHERE consented_to IS NOT NULL") == []


async def test_a_name_may_be_written_in_any_script(cast: Cast, mailbox: Mailbox) -> None:
    for name in ("श्रीमती नेहा क्ष्‍मा", "நேகா", "O'Neill-Śarmā", "  Neha   Shah "):
        await register(name=name)
    names = [row.name for row in await many("SELECT name FROM users WHERE consented_to IS NOT NULL ORDER BY id")]
    assert names[-1] == "Neha Shah"


async def test_mail_speaks_the_language_of_the_page(cast: Cast, mailbox: Mailbox) -> None:
    await register(language="hi")
    await mailbox.delivered(NOW)
    (mail,) = mailbox.mail(NEW)
    assert any("ऀ" <= letter <= "ॿ" for letter in mail["Subject"])


async def test_accounts_that_nobody_proved_are_swept_up(cast: Cast, mailbox: Mailbox) -> None:
    proved = await register("other@example.org")
    await verify(proved, await mailbox.code("other@example.org", NOW), "other@example.org")
    await register()
    before = len(await many("SELECT 1 FROM users"))
    for later, left in ((timedelta(hours=23), before), (timedelta(hours=25), before - 1)):
        async with db.transaction() as tx:
            await registration.codes.prune(tx, NOW + later + registration.codes.GOOD_FOR)
            await registration.prune(tx, NOW + later)
        assert len(await many("SELECT 1 FROM users")) == left
    assert await sign_in("other@example.org")
