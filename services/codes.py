"""One-time codes: six digits sent to an address, good once, for one thing, for five minutes and five tries.

There are two ways in: `ask` writes every code, `attempt` tries every code.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, text, update
from sqlmodel import col

from core.crypto import lookup
from core.db import Transaction, transaction
from core.errors import DomainError
from core.words import N_, words
from models import OneTimeCode
from models.one_time_code import Purpose
from models.outgoing_message import Channel
from services import messages
from services.addresses import Address

GOOD_FOR = timedelta(minutes=5)
TRIES = 5
DIGITS = 6
ASKED_AGAIN_WITHIN = timedelta(minutes=15)
KEPT_FOR = timedelta(days=1)
"""How long a code that is over is kept."""

SUBJECTS = {
    Purpose.SIGN_IN: N_("Your code to sign in"),
    Purpose.VERIFY_EMAIL: N_("Your code to confirm this address"),
    Purpose.VERIFY_PHONE: N_("Your code to confirm this number"),
    Purpose.RESET_PASSWORD: N_("Your code for a new password"),
    Purpose.ERASE: N_("Your code to delete your account"),
}

TEXT = N_(
    "{subject}: {code}\n\n"
    "It is good for 5 minutes. Give it to nobody: we never ask for it. "
    "If you did not ask for it, you need not do anything."
)
SHORT_TEXT = N_("{code} is your code at Aarogya Setu, good for 5 minutes. Give it to nobody.")

# A try is counted before it is looked at, in one statement: however many try at once, five are counted. Only the
# newest of its purpose and address is tried at all.
TRY = text("""
    UPDATE one_time_codes AS code SET tries = tries + 1
    WHERE id = :id AND purpose = :purpose AND address_hash = :address_hash AND tries < :tries
        AND used_at IS NULL AND expires_at > :now
        AND NOT EXISTS (
            SELECT FROM one_time_codes newer
            WHERE newer.purpose = code.purpose AND newer.address_hash = code.address_hash
                AND (newer.created_at, newer.id) > (code.created_at, code.id)
        )
    RETURNING user_id, code_hash
""")


class WrongCode(DomainError):
    """Not the code, or one that is over: the answer does not tell which."""

    code = "wrong_code"
    message = N_("That code is not right, or is too old. Check it, or ask for a new one.")


@dataclass(frozen=True)
class Proof:
    """The right code was given; it is good for nothing until it is spent."""

    code_id: UUID
    user_id: int


async def ask(
    tx: Transaction, purpose: Purpose, to: Address, *, user_id: int | None, language: str, now: datetime
) -> UUID:
    """Write a code and send it; its id, which the asker shows again with the code. The older ones are void.

    For user None the same is done and nothing is sent: who asks cannot tell whether anyone has that address.
    """
    code_id, digits = uuid4(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    await tx.execute(
        insert(OneTimeCode).values(
            id=code_id,
            purpose=purpose,
            user_id=user_id,
            address_hash=to.hash,
            code_hash=_hash(code_id, digits),
            created_at=now,
            expires_at=now + GOOD_FOR,
        )
    )
    said = words(language).gettext
    subject = said(SUBJECTS[purpose])
    whole = said(TEXT) if to.channel == Channel.EMAIL else said(SHORT_TEXT)
    await messages.write(
        tx,
        to.channel,
        to=to.text if user_id is not None else None,
        subject=subject,
        text=whole.format(subject=subject, code=digits),
        good_for=GOOD_FOR,
        now=now,
    )
    return code_id


async def again(code_id: UUID, purpose: Purpose, to: Address, *, language: str, now: datetime) -> UUID:
    """Another code for whoever that one was for, where it was asked for a while ago at the most. Raises WrongCode."""
    known = select(col(OneTimeCode.user_id)).where(
        col(OneTimeCode.id) == code_id,
        col(OneTimeCode.purpose) == purpose,
        col(OneTimeCode.address_hash) == to.hash,
        col(OneTimeCode.used_at).is_(None),
        col(OneTimeCode.created_at) > now - ASKED_AGAIN_WITHIN,
    )
    async with transaction() as tx:
        if (row := (await tx.execute(known)).first()) is None:
            raise WrongCode
        return await ask(tx, purpose, to, user_id=row.user_id, language=language, now=now)


async def attempt(code_id: UUID, purpose: Purpose, to: Address, typed: str, *, now: datetime) -> Proof:
    """Try a code, in a transaction of its own: a wrong try counts whatever becomes of it. Raises WrongCode."""
    values = {"id": code_id, "purpose": purpose, "address_hash": to.hash, "tries": TRIES, "now": now}
    async with transaction() as tx:
        row = (await tx.execute(TRY, values)).first()
    given = _hash(code_id, _digits(typed))
    if row is None or not hmac.compare_digest(given, bytes(row.code_hash)) or row.user_id is None:
        raise WrongCode
    return Proof(code_id, row.user_id)


async def spend(tx: Transaction, proof: Proof, *, now: datetime) -> None:
    """Use the code up, with what it was good for. Raises WrongCode where somebody was faster."""
    spent = await tx.execute(
        update(OneTimeCode)
        .where(col(OneTimeCode.id) == proof.code_id, col(OneTimeCode.used_at).is_(None))
        .values(used_at=now)
    )
    if spent.rowcount != 1:
        raise WrongCode


async def prune(tx: Transaction, now: datetime) -> None:
    """Forget the codes that were over longer ago than `KEPT_FOR`."""
    await tx.execute(delete(OneTimeCode).where(col(OneTimeCode.expires_at) < now - KEPT_FOR))


def _digits(typed: str) -> str:
    """The digits of what was typed, in whichever script, without blanks and dashes."""
    found = [unicodedata.digit(each, None) for each in typed[:40]]
    return "".join(str(digit) for digit in found if digit is not None)


def _hash(code_id: UUID, digits: str) -> bytes:
    return lookup("one_time_code", f"{code_id}:{digits}")
