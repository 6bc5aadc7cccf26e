"""The second factor: no code is good twice, wrong ones are counted, and who must have one gets in nowhere without."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest

from core import db
from core.crypto import CannotOpen
from core.errors import NotAllowed, NotSignedIn
from core.web_session import hash_id
from models.user import Role
from services import accounts, second_factor, sessions
from services.permissions import Actor
from services.second_factor import Completed, TooManyTries, WrongCode
from services.tries import WrongPassword
from tests.people import NOW, PASSWORD, Cast
from tests.rows import audited, many, one, write


def code(secret: str, at: datetime = NOW, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(at, counter_offset=steps)


async def open_session(who: Actor, *, is_pending: bool = False, now: datetime = NOW) -> bytes:
    async with db.transaction() as tx:
        return hash_id(
            await sessions.open_session(
                tx, who.user_id, who.role, address=None, user_agent=None, now=now, is_pending=is_pending
            )
        )


async def signed_in(who: Actor) -> Actor:
    return replace(who, session_hash=await open_session(who))


async def set_up(who: Actor) -> tuple[Actor, str, list[str]]:
    """Someone signed in who has a second factor, its secret, and his codes."""
    by = await signed_in(who)
    secret = (await second_factor.draw(by.user_id, now=NOW)).secret
    codes = await second_factor.confirm(by, code(secret, steps=-1), now=NOW)
    return by, secret, codes


async def complete(pending: bytes, given: str, *, now: datetime = NOW) -> Completed:
    return await second_factor.complete(pending, given, address="192.0.2.7", user_agent="Firefox", now=now)


async def test_an_administrators_password_alone_opens_nothing(cast: Cast) -> None:
    opened = await accounts.sign_in("boss@example.org", PASSWORD, address=None, user_agent=None, now=NOW)
    assert opened.is_pending
    assert await sessions.actor(hash_id(opened.session_id), address=None, now=NOW) is None
    assert (await audited("sign_in"), len(await audited("first_factor_accepted"))) == ([], 1)
    row = await one("SELECT expires_at FROM sessions")
    assert row.expires_at == NOW + sessions.PENDING


async def test_a_demo_log_in_needs_none_and_a_doctor_only_what_he_set_up(cast: Cast) -> None:
    await write("UPDATE users SET is_demo = true WHERE role = 'admin'")
    for who in ("boss", "meera"):
        signed = await accounts.sign_in(f"{who}@example.org", PASSWORD, address=None, user_agent=None, now=NOW)
        assert not signed.is_pending
    await set_up(cast.doctor)
    signed = await accounts.sign_in("meera@example.org", PASSWORD, address=None, user_agent=None, now=NOW)
    assert signed.is_pending


async def test_the_right_code_opens_a_session_under_a_new_id(cast: Cast) -> None:
    _, secret, _ = await set_up(cast.doctor)
    pending = await open_session(cast.doctor, is_pending=True)
    completed = await complete(pending, code(secret))
    assert (completed.role, completed.codes) == (Role.DOCTOR, ())
    assert hash_id(completed.session_id) != pending
    found = await sessions.actor(hash_id(completed.session_id), address=None, now=NOW)
    assert found is not None
    assert found.doctor_id == cast.doctor_id
    assert await sessions.pending(pending, now=NOW) is None
    (entry,) = await audited("sign_in")
    assert (entry.actor_id, entry.address, entry.details) == (
        cast.doctor.user_id,
        "192.0.2.7",
        {"second_factor": "totp"},
    )


async def test_no_code_is_taken_twice_nor_an_earlier_one_after_it(cast: Cast) -> None:
    _, secret, _ = await set_up(cast.doctor)
    await complete(await open_session(cast.doctor, is_pending=True), code(secret))
    for steps in (0, -1):
        with pytest.raises(WrongCode):
            await complete(await open_session(cast.doctor, is_pending=True), code(secret, steps=steps))
    await complete(await open_session(cast.doctor, is_pending=True), code(secret, steps=1))


async def test_of_two_with_the_same_code_at_once_one_gets_in(cast: Cast) -> None:
    _, secret, codes = await set_up(cast.doctor)
    for given in (code(secret), codes[0]):
        waiting = [await open_session(cast.doctor, is_pending=True) for _ in range(6)]
        answers = await asyncio.gather(*[complete(each, given) for each in waiting], return_exceptions=True)
        assert sum(isinstance(answer, Completed) for answer in answers) == 1
        assert sum(isinstance(answer, WrongCode) for answer in answers) == 5


async def test_the_devices_clock_may_be_off_by_one_step(cast: Cast) -> None:
    _, secret, _ = await set_up(cast.doctor)
    await write("UPDATE users SET totp_step = NULL")
    for steps in (-2, 2):
        with pytest.raises(WrongCode):
            await complete(await open_session(cast.doctor, is_pending=True), code(secret, steps=steps))
    for steps in (-1, 0, 1):
        await complete(await open_session(cast.doctor, is_pending=True), code(secret, steps=steps))


async def test_whatever_is_no_code_is_wrong(cast: Cast) -> None:
    _, secret, codes = await set_up(cast.doctor)
    wrong = ["", "0", "x" * 10_000, "\x00", "\ud800" * 10, "٣" * 6, code(secret)[:5], codes[0][:-1], f"{code(secret)}0"]
    for given in wrong:
        with pytest.raises((WrongCode, TooManyTries)):
            await complete(await open_session(cast.doctor, is_pending=True), given)


async def test_five_wrong_codes_end_the_pending_session(cast: Cast) -> None:
    _, secret, _ = await set_up(cast.doctor)
    pending = await open_session(cast.doctor, is_pending=True)
    for _ in range(second_factor.TRIES - 1):
        with pytest.raises(WrongCode):
            await complete(pending, "000000")
    with pytest.raises(TooManyTries):
        await complete(pending, "000000")
    with pytest.raises(NotSignedIn):
        await complete(pending, code(secret))
    assert [entry.details["tries"] for entry in await audited("second_factor_failed")] == [1, 2, 3, 4, 5]


async def test_a_crowd_of_wrong_codes_at_once_is_counted_like_one_after_the_other(cast: Cast) -> None:
    await set_up(cast.doctor)
    pending = await open_session(cast.doctor, is_pending=True)
    answers = await asyncio.gather(*[complete(pending, f"{n:06}") for n in range(20)], return_exceptions=True)
    kinds = [type(answer) for answer in answers]
    assert (kinds.count(WrongCode), kinds.count(TooManyTries), kinds.count(NotSignedIn)) == (4, 1, 15)


async def test_with_new_sessions_one_cannot_guess_on_for_ever(cast: Cast) -> None:
    _, secret, _ = await set_up(cast.doctor)
    for _ in range(second_factor.TRIES_AN_HOUR // second_factor.TRIES):
        pending = await open_session(cast.doctor, is_pending=True)
        await write("UPDATE sessions SET tries = :tries WHERE id_hash = :id", tries=second_factor.TRIES, id=pending)
    with pytest.raises(TooManyTries):
        await complete(await open_session(cast.doctor, is_pending=True), code(secret))
    later = NOW + timedelta(minutes=61)
    await complete(await open_session(cast.doctor, is_pending=True, now=later), code(secret, later), now=later)


async def test_what_is_not_pending_or_pending_for_too_long_is_not_completed(cast: Cast) -> None:
    by, secret, _ = await set_up(cast.doctor)
    assert by.session_hash is not None
    old = await open_session(cast.doctor, is_pending=True, now=NOW - sessions.PENDING)
    for session in (by.session_hash, old, b"never was"):
        with pytest.raises(NotSignedIn):
            await complete(session, code(secret))
    pending = await open_session(cast.doctor, is_pending=True)
    await write("UPDATE users SET is_active = false WHERE id = :id", id=cast.doctor.user_id)
    with pytest.raises(NotSignedIn):
        await complete(pending, code(secret))


async def test_a_recovery_code_opens_the_account_once_as_people_write_it(cast: Cast) -> None:
    _, _, codes = await set_up(cast.doctor)
    assert len(set(codes)) == 10
    await complete(await open_session(cast.doctor, is_pending=True), f" {codes[0].lower()} ")
    with pytest.raises(WrongCode):
        await complete(await open_session(cast.doctor, is_pending=True), codes[0])
    assert (await audited("sign_in"))[0].details == {"second_factor": "recovery_code"}
    assert (await second_factor.standing(cast.doctor.user_id)).codes_left == 9
    stored = str(await many("SELECT * FROM recovery_codes")) + str(await many("SELECT * FROM audit_log"))
    assert not any(each in stored or each.replace("-", "") in stored for each in codes)


async def test_the_code_of_another_opens_nothing(cast: Cast) -> None:
    _, secret, codes = await set_up(cast.doctor)
    await set_up(cast.other_doctor)
    for given in (code(secret), codes[0]):
        with pytest.raises(WrongCode):
            await complete(await open_session(cast.other_doctor, is_pending=True), given)


async def test_new_codes_ask_for_a_present_one_and_make_the_old_void(cast: Cast) -> None:
    by, secret, codes = await set_up(cast.doctor)
    with pytest.raises(WrongCode):
        await second_factor.renew_codes(by, "000000", now=NOW)
    fresh = await second_factor.renew_codes(by, code(secret), now=NOW)
    assert not set(fresh) & set(codes)
    with pytest.raises(WrongCode):
        await complete(await open_session(cast.doctor, is_pending=True), codes[0])
    await complete(await open_session(cast.doctor, is_pending=True), fresh[0])
    assert len(await audited("recovery_codes_renewed")) == 1


async def test_turning_it_off_asks_for_a_present_code_and_ends_the_other_sessions(cast: Cast) -> None:
    by, secret, codes = await set_up(cast.doctor)
    elsewhere = await open_session(cast.doctor)
    with pytest.raises(WrongCode):
        await second_factor.turn_off(by, codes[0][:-1] + "0", user_agent=None, now=NOW)
    assert await second_factor.turn_off(by, code(secret), user_agent=None, now=NOW) is None
    row = await one("SELECT * FROM users WHERE id = :id", id=cast.doctor.user_id)
    assert (row.totp_sealed, row.totp_confirmed_at, row.totp_step) == (None, None, None)
    assert await many("SELECT 1 FROM recovery_codes") == []
    assert await sessions.actor(elsewhere, address=None, now=NOW) is None
    assert by.session_hash is not None
    assert await sessions.actor(by.session_hash, address=None, now=NOW) is not None
    assert len(await audited("second_factor_off")) == 1


async def test_an_administrator_who_gives_it_up_is_out_until_he_has_another(cast: Cast) -> None:
    by, secret, _ = await set_up(cast.admin)
    pending = await second_factor.turn_off(by, code(secret), user_agent=None, now=NOW)
    assert pending is not None
    assert by.session_hash is not None
    assert await sessions.actor(by.session_hash, address=None, now=NOW) is None
    assert await sessions.actor(hash_id(pending), address=None, now=NOW) is None
    draft = await second_factor.draw(cast.admin.user_id, now=NOW)
    completed = await complete(hash_id(pending), code(draft.secret))
    assert len(completed.codes) == 10
    assert await sessions.actor(hash_id(completed.session_id), address=None, now=NOW) is not None


async def test_wrong_codes_of_one_signed_in_end_his_session_too(cast: Cast) -> None:
    by, secret, _ = await set_up(cast.doctor)
    for _ in range(second_factor.TRIES - 1):
        with pytest.raises(WrongCode):
            await second_factor.turn_off(by, "000000", user_agent=None, now=NOW)
    with pytest.raises(TooManyTries):
        await second_factor.renew_codes(by, "000000", now=NOW)
    with pytest.raises(NotSignedIn):
        await second_factor.renew_codes(by, code(secret), now=NOW)


async def test_setting_it_up_asks_for_the_password_once_more(cast: Cast) -> None:
    by = await signed_in(cast.doctor)
    with pytest.raises(WrongPassword):
        await second_factor.draw_for(by, "not-the-password", now=NOW)
    assert (await one("SELECT totp_sealed FROM users WHERE id = :id", id=by.user_id)).totp_sealed is None
    draft = await second_factor.draw_for(by, PASSWORD, now=NOW)
    row = await one("SELECT * FROM users WHERE id = :id", id=by.user_id)
    assert draft.secret.encode() not in row.totp_sealed
    assert draft.secret not in str(await many("SELECT * FROM audit_log"))
    assert (await second_factor.standing(by.user_id)).is_on is False


async def test_a_second_factor_in_use_is_not_drawn_anew_nor_shown_again(cast: Cast) -> None:
    by, secret, _ = await set_up(cast.doctor)
    for ask in (second_factor.draw(by.user_id, now=NOW), second_factor.drawn(by.user_id)):
        with pytest.raises(NotAllowed):
            await ask
    with pytest.raises(WrongCode):
        await second_factor.confirm(by, code(secret), now=NOW)


async def test_a_secret_moved_to_another_account_does_not_open(cast: Cast) -> None:
    _, secret, _ = await set_up(cast.doctor)
    await write(
        "UPDATE users SET totp_sealed = (SELECT totp_sealed FROM users WHERE id = :from), totp_confirmed_at = :now"
        " WHERE id = :to",
        **{"from": cast.doctor.user_id, "to": cast.other_doctor.user_id, "now": NOW},
    )
    with pytest.raises(CannotOpen):
        await complete(await open_session(cast.other_doctor, is_pending=True), code(secret))
    assert (
        await many("SELECT 1 FROM sessions WHERE NOT is_pending AND user_id = :id", id=cast.other_doctor.user_id) == []
    )


async def test_the_picture_says_who_asks_and_for_whom(cast: Cast) -> None:
    draft = await second_factor.draw(cast.doctor.user_id, now=NOW)
    read = pyotp.parse_uri(draft.uri)
    assert (read.issuer, read.name, read.secret) == ("Aarogya Setu", "meera@example.org", draft.secret)
