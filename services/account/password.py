"""The password of an account: what may be one, how it is changed, and a new one for who forgot it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from core import db, passwords
from core.errors import DomainError
from core.words import N_, words
from models import User
from models.one_time_code import Purpose
from models.outgoing_message import Channel
from services import accounts, codes, messages, sessions, tries
from services.accounts import SignedIn, entry
from services.addresses import Address
from services.codes import WrongCode
from services.permissions import Actor, require
from services.tries import WrongPassword

SHORTEST = 10
"""Characters; ASVS 5.0 asks for 8, and recommends 15."""

COMMONEST = frozenset(
    """
    0123456789 01234567890 012345678910 0987654321 1029384756 1111111111 11111111111 111111111111 1122334455
    1231231231 123123123123 1234567890 12345678901 123456789012 1234567891 12345678910 123456789a 147258369147
    1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 2222222222 5555555555 7777777777 8888888888 9876543210 9999999999
    a123456789 aa12345678 aarogya-demo aarogyasetu ab12345678 abc123abc123 abcd123456 abcdefghij abcdefghijk
    admin@1234 admin@12345 adminadmin administrator asdfghjkl1 asdfghjkl; ayurveda123 bajrangbali bangladesh
    baseball123 bharatmata changeme123 charlie123 computer123 cricket123 dragon12345 football123 ganesh12345
    hariom12345 iloveindia iloveyou12 iloveyou123 iloveyou1234 india12345 india123456 india@1234 india@12345
    indiaindia jaishreeram jaishriram krishna123 letmein123 letmein1234 letmeinnow mahadev123 michael123
    monkey12345 mypassword mypassword1 namaste123 omnamahshivaya p@ssw0rd123 p@ssword123 passpasspass
    passw0rd123 password00 password01 password11 password12 password123 password123! password1234 password12345
    password@123 password@1234 passwordpassword princess123 q1w2e3r4t5 qazwsxedcrfv qwer123456 qwerty1234
    qwerty12345 qwerty123456 qwertyuiop qwertyuiop123 radhakrishna radhekrishna sachin12345 shreeganesh
    sunshine123 superman123 trustno1234 welcome123 welcome1234 welcome@123 zaq12wsxcde zxcvbnm123
    """.split()  # noqa: SIM905
)
"""The commonest of ten characters and more, and what comes to mind first here."""

TOLD_FOR = timedelta(hours=24)
"""How long we try to tell somebody what was done with his account."""


class WeakPassword(DomainError):
    """Too short, too long, or one that is tried first."""

    code = "weak_password"
    message = N_("Please choose a password of at least 10 characters that is not your name or a very common one.")


def require_strong(password: str, *about: str | None) -> str:
    """The password, if it is not one that is guessed first; `about` is what is known of its owner.

    Raises WeakPassword.
    """
    plain = password.casefold().replace(" ", "")
    parts = {part for text in about if text for part in (text, text.partition("@")[0])}
    known = {part.casefold().replace(" ", "") for part in parts}
    is_monotone = len(set(plain)) < 4
    if not SHORTEST <= len(password) <= passwords.LONGEST or plain in COMMONEST or plain in known or is_monotone:
        raise WeakPassword
    return password


async def confirm(user: User, password: str) -> None:
    """Raise WrongPassword unless it is the one of that account, TooMany when it was not too often."""
    async with tries.confirming(user.id):
        if not await passwords.is_right(password, user.password_hash):
            raise WrongPassword


async def change(present: str, new: str, *, by: Actor, now: datetime) -> None:
    """Another password; whoever else is signed in to the account is out. Raises WrongPassword, WeakPassword."""
    require(by, "keep_account", by)
    user = await accounts.account(by.user_id)
    require_strong(new, user.name, user.email)
    await confirm(user, present)
    hashed = await passwords.hashed(new)
    async with db.transaction() as tx:
        await _set(tx, user, hashed, now)
        await sessions.end_all(tx, by.user_id, now=now, but=by.session_hash)
        tx.record(entry(by.user_id, by.role, "password_changed", by.address, now))


async def ask_reset(to: Address, *, language: str, now: datetime) -> UUID:
    """Send a code for a new password, if anyone has that address; the code's id."""
    async with db.transaction() as tx:
        user = await accounts.reached_at(tx, to)
        user_id = user.id if user is not None and user.is_active else None
        return await codes.ask(tx, Purpose.RESET_PASSWORD, to, user_id=user_id, language=language, now=now)


async def reset(
    code_id: UUID, to: Address, code: str, new: str, *, address: str | None, user_agent: str | None, now: datetime
) -> SignedIn:
    """Set the password of whoever got the code, and sign him in; all others are out. Raises WrongCode, WeakPassword."""
    require_strong(new, to.text)
    proof = await codes.attempt(code_id, Purpose.RESET_PASSWORD, to, code, now=now)
    user = await accounts.account(proof.user_id)
    require_strong(new, user.name, user.email)
    hashed = await passwords.hashed(new)
    async with db.transaction() as tx:
        await codes.spend(tx, proof, now=now)
        holder = await accounts.reached_at(tx, to)
        if holder is None or holder.id != user.id or not holder.is_active:
            # The address went to somebody else meanwhile.
            raise WrongCode
        await _set(tx, user, hashed, now)
        if to.channel == Channel.EMAIL and user.email_verified_at is None:
            await tx.execute(update(User).where(col(User.id) == user.id).values(email_verified_at=now))
        await sessions.end_all(tx, proof.user_id, now=now)
        tx.record(entry(user.id, user.role, "password_reset", address, now))
        changed = user.model_copy(update={"password_hash": hashed})
        return await accounts.opened(tx, changed, by="reset", address=address, user_agent=user_agent, now=now)


async def _set(tx: db.Transaction, user: User, hashed: str, now: datetime) -> None:
    """Write the hash in the place of the one that was read, and tell the holder. Raises WrongPassword."""
    same = col(User.password_hash).is_not_distinct_from(user.password_hash)
    written = await tx.execute(
        update(User).where(col(User.id) == user.id, col(User.is_active), same).values(password_hash=hashed)
    )
    if written.rowcount != 1:
        raise WrongPassword
    said = words(user.language).gettext
    await messages.write(
        tx,
        Channel.EMAIL,
        to=user.email,
        subject=said(N_("Your password was changed")),
        text=said(N_("The password of your account was just changed. If that was not you, ask for a new one at once.")),
        good_for=TOLD_FOR,
        now=now,
    )
