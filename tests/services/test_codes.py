"""One-time codes: six digits, five minutes, five tries however many at once, one use, one purpose, one address."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core import db
from models.one_time_code import Purpose
from services import addresses, codes
from services.addresses import NotAnEmail, NotAPhone
from services.codes import Proof, WrongCode
from tests.mailbox import Mailbox
from tests.people import NOW, Cast
from tests.rows import many, one

ASHA = addresses.email("asha@example.org")
PHONE = addresses.phone("098123 45678")
SECOND = timedelta(seconds=1)


async def ask(user_id: int | None, *, purpose=Purpose.SIGN_IN, to=ASHA, now=NOW, language="en") -> UUID:
    async with db.transaction() as tx:
        return await codes.ask(tx, purpose, to, user_id=user_id, language=language, now=now)


async def attempt(code_id: UUID, typed: str, *, purpose=Purpose.SIGN_IN, to=ASHA, now=NOW) -> Proof:
    return await codes.attempt(code_id, purpose, to, typed, now=now)


async def spend(proof: Proof) -> None:
    async with db.transaction() as tx:
        await codes.spend(tx, proof, now=NOW)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_the_code_in_the_mail_is_good_once(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await ask(cast.asha.user_id)
    code = await mailbox.code("asha@example.org", NOW)
    proof = await attempt(code_id, code)
    assert proof.user_id == cast.asha.user_id
    await spend(proof)
    with pytest.raises(WrongCode):
        await spend(proof)
    with pytest.raises(WrongCode):
        await attempt(code_id, code)


async def test_two_who_have_the_right_code_at_once_are_one(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await ask(cast.asha.user_id)
    code = await mailbox.code("asha@example.org", NOW)
    proofs = await asyncio.gather(attempt(code_id, code), attempt(code_id, code))
    results = await asyncio.gather(*map(spend, proofs), return_exceptions=True)
    assert sorted(map(type, results), key=str) == sorted([type(None), WrongCode], key=str)


async def test_it_is_kept_as_a_hash_that_is_of_no_use_for_another(cast: Cast, mailbox: Mailbox) -> None:
    first, second = await ask(cast.asha.user_id), await ask(cast.asha.user_id, to=PHONE)
    code = await mailbox.code("asha@example.org", NOW)
    rows = {row.id: row for row in await many("SELECT * FROM one_time_codes")}
    assert code.encode() not in bytes(rows[first].code_hash)
    assert codes._hash(first, code) == bytes(rows[first].code_hash)
    assert codes._hash(first, code) != codes._hash(second, code)


async def test_the_sixth_try_is_none_even_with_the_right_code(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await ask(cast.asha.user_id)
    code = await mailbox.code("asha@example.org", NOW)
    for _ in range(codes.TRIES):
        with pytest.raises(WrongCode):
            await attempt(code_id, other(code))
    with pytest.raises(WrongCode):
        await attempt(code_id, code)
    assert (await one("SELECT tries FROM one_time_codes")).tries == codes.TRIES


async def test_fifty_who_guess_at_once_have_five_tries_together(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    code_id = await ask(cast.asha.user_id)
    looked = []
    digest = codes.hmac.compare_digest
    monkeypatch.setattr(codes.hmac, "compare_digest", lambda *both: looked.append(1) or digest(*both))
    guesses = [attempt(code_id, f"{number:06}") for number in range(50)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    wrong = [result for result in results if isinstance(result, WrongCode)]
    assert len(looked) == codes.TRIES
    assert len(wrong) >= 49
    assert (await one("SELECT tries FROM one_time_codes")).tries == codes.TRIES


async def test_after_five_minutes_it_is_over(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await ask(cast.asha.user_id)
    code = await mailbox.code("asha@example.org", NOW)
    with pytest.raises(WrongCode):
        await attempt(code_id, code, now=NOW + codes.GOOD_FOR)
    assert await attempt(code_id, code, now=NOW + codes.GOOD_FOR - SECOND)


async def test_a_newer_code_makes_the_older_void(cast: Cast, mailbox: Mailbox) -> None:
    older = await ask(cast.asha.user_id)
    code = await mailbox.code("asha@example.org", NOW)
    newer = await ask(cast.asha.user_id, now=NOW + SECOND)
    newer_code = await mailbox.code("asha@example.org", NOW + SECOND)
    with pytest.raises(WrongCode):
        await attempt(older, code, now=NOW + SECOND)
    # For another purpose or address it is not.
    await ask(cast.asha.user_id, purpose=Purpose.RESET_PASSWORD, now=NOW + 2 * SECOND)
    await ask(cast.asha.user_id, to=PHONE, now=NOW + 2 * SECOND)
    assert await attempt(newer, newer_code, now=NOW + 2 * SECOND)


async def test_it_is_good_for_its_purpose_and_its_address_alone(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await ask(cast.asha.user_id)
    code = await mailbox.code("asha@example.org", NOW)
    for purpose in set(Purpose) - {Purpose.SIGN_IN}:
        with pytest.raises(WrongCode):
            await attempt(code_id, code, purpose=purpose)
    with pytest.raises(WrongCode):
        await attempt(code_id, code, to=addresses.email("ravi@example.org"))
    with pytest.raises(WrongCode):
        await attempt(uuid4(), code)
    assert await attempt(code_id, code, to=addresses.email("ASHA@example.org"))


async def test_where_nobody_has_the_address_no_code_is_right_and_nothing_is_sent(
    cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _most: 42)
    code_id = await ask(None)
    await mailbox.delivered(NOW)
    assert mailbox.mail("asha@example.org") == []
    with pytest.raises(WrongCode):
        await attempt(code_id, "000042")


async def test_a_code_may_be_typed_with_blanks_and_in_any_script(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await ask(cast.asha.user_id, language="hi")
    code = await mailbox.code("asha@example.org", NOW)
    assert await attempt(code_id, f" {code[:3]}-{code[3:]} ")
    assert await attempt(code_id, "".join(chr(ord("०") + int(digit)) for digit in code))


async def test_rubbish_is_a_wrong_code(cast: Cast) -> None:
    code_id = await ask(cast.asha.user_id)
    for typed in ("", "\x00", "\ud800", "²²²²²²x", "9" * 100_000):
        with pytest.raises(WrongCode):
            await attempt(code_id, typed)


async def test_another_is_sent_to_the_same_address_for_the_same_person(cast: Cast, mailbox: Mailbox) -> None:
    first = await ask(cast.asha.user_id)
    await mailbox.delivered(NOW)
    second = await codes.again(first, Purpose.SIGN_IN, ASHA, language="en", now=NOW + SECOND)
    code = await mailbox.code("asha@example.org", NOW + SECOND)
    assert (await attempt(second, code, now=NOW + SECOND)).user_id == cast.asha.user_id
    for purpose, to, now in (
        (Purpose.RESET_PASSWORD, ASHA, NOW),
        (Purpose.SIGN_IN, PHONE, NOW),
        (Purpose.SIGN_IN, ASHA, NOW + codes.ASKED_AGAIN_WITHIN),
    ):
        with pytest.raises(WrongCode):
            await codes.again(first, purpose, to, language="en", now=now)


async def test_a_text_message_brings_the_code_to_a_phone(cast: Cast, mailbox: Mailbox) -> None:
    code_id = await ask(cast.asha.user_id, to=PHONE)
    assert await attempt(code_id, await mailbox.code("+919812345678", NOW), to=PHONE)


async def test_old_codes_are_forgotten(cast: Cast) -> None:
    await ask(cast.asha.user_id)
    for later, left in ((codes.KEPT_FOR, 1), (codes.KEPT_FOR + codes.GOOD_FOR + SECOND, 0)):
        async with db.transaction() as tx:
            await codes.prune(tx, NOW + later)
        assert len(await many("SELECT 1 FROM one_time_codes")) == left


def test_a_number_is_the_same_however_it_is_written() -> None:
    for typed in ("9812345678", "098123 45678", "+91 98123-45678", "0091 98123 45678", "९८१२३४५६७८"):
        assert addresses.phone(typed).text == "+919812345678"
    assert addresses.phone("+49 30 901820").text == "+4930901820"


@pytest.mark.parametrize("typed", ["", "12", "+91 12345", "call me", "\x00", "9" * 1000, "9812345678\nBcc: x"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotAPhone):
        addresses.phone(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "asha",
        "asha@",
        "@example.org",
        "asha@example",
        "asha@example..org",
        "a b@example.org",
        "asha@example.org\nBcc: evil@example.org",
        "asha@example.org\r\nX: y",
        "asha@example.org, evil@example.org",
        "<asha@example.org>",
        "asha@example.org\x00",
        "\ud800@example.org",
        "a" * 65 + "@example.org",
        "asha@" + "a." * 200 + "org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(NotAnEmail):
        addresses.email(typed)
