"""Another e-mail address or telephone for an account: it is its own once a code that was sent there comes back."""

from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core import db
from core.db import Transaction
from core.words import N_, words
from models import User
from models.one_time_code import Purpose
from models.outgoing_message import Channel
from services import accounts, actors, codes, messages
from services.account.password import TOLD_FOR, confirm
from services.account.registration import AddressTaken, tell_owner
from services.accounts import entry
from services.addresses import NO_PHONE, Address
from services.codes import WrongCode
from services.permissions import Actor, require

PURPOSES = {Channel.EMAIL: Purpose.VERIFY_EMAIL, Channel.SMS: Purpose.VERIFY_PHONE}


async def ask(to: Address, password: str, *, by: Actor, language: str, now: datetime) -> UUID:
    """Send a code to the new address; the code's id. One that is another's gets none, and he is told by mail.

    Raises WrongPassword: what was left signed in on somebody's table is not to become somebody else's account.
    """
    require(by, "keep_account", by)
    user = await accounts.account(by.user_id)
    if user.password_hash is not None:
        await confirm(user, password)
    async with db.transaction() as tx:
        owner = await accounts.reached_at(tx, to) if to.channel == Channel.EMAIL else None
        other = owner if owner is not None and owner.id != by.user_id else None
        await tell_owner(tx, other, now=now)
        user_id = by.user_id if other is None else None
        return await codes.ask(tx, PURPOSES[to.channel], to, user_id=user_id, language=language, now=now)


async def verify(code_id: UUID, to: Address, code: str, *, by: Actor, now: datetime) -> None:
    """Make it the account's own. A telephone that another account has goes over: who has it now has shown that.

    Raises WrongCode, AddressTaken.
    """
    require(by, "keep_account", by)
    proof = await codes.attempt(code_id, PURPOSES[to.channel], to, code, now=now)
    if proof.user_id != by.user_id:
        raise WrongCode
    try:
        async with db.transaction() as tx:
            await codes.spend(tx, proof, now=now)
            if to.channel == Channel.EMAIL:
                await _set_email(tx, to, by, now)
            else:
                await _set_phone(tx, to, by, now)
            await actors.changed(by.user_id)
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise AddressTaken from error


async def _set_email(tx: Transaction, to: Address, by: Actor, now: datetime) -> None:
    before = await accounts.account(by.user_id)
    await tx.execute(update(User).where(col(User.id) == by.user_id).values(email=to.text, email_verified_at=now))
    said = words(before.language).gettext
    is_same = before.email is not None and before.email.lower() == to.text.lower()
    await messages.write(
        tx,
        Channel.EMAIL,
        to=None if is_same else before.email,
        subject=said(N_("Your e-mail address was changed")),
        text=said(
            N_("Your account has another e-mail address from now on. If that was not you, tell your clinic at once.")
        ),
        good_for=TOLD_FOR,
        now=now,
    )
    tx.record(entry(by.user_id, by.role, "email_verified", by.address, now))


async def _set_phone(tx: Transaction, to: Address, by: Actor, now: datetime) -> None:
    await tx.execute(
        update(User)
        .where(col(User.phone_hash) == to.hash, col(User.id) != by.user_id)
        .values(**NO_PHONE, phone_verified_at=None)
    )
    mine = update(User).where(col(User.id) == by.user_id)
    await tx.execute(mine.values(**to.columns("users", by.user_id), phone_verified_at=now))
    tx.record(entry(by.user_id, by.role, "phone_verified", by.address, now))
