"""How a patient comes to an account: he registers, gets a code by mail, and whoever gives that code has the account.

Until then the account has no address, so nobody can sign in to it, and it is in nobody's way: one who registers with
the address of another leaves nothing behind but a row that is swept up a day later. An address that is taken gets the
same answer and the same work, and its owner a mail.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core import db, passwords
from core.db import Transaction
from core.errors import DomainError
from core.tables import table
from core.words import LANGUAGES, N_, words
from models import Patient, User
from models.one_time_code import Purpose
from models.outgoing_message import Channel
from models.user import Role
from services import accounts, codes, messages, tokens, tries
from services.account.names import require_name
from services.account.password import require_strong
from services.accounts import SignedIn, entry
from services.addresses import Address
from services.codes import WrongCode
from services.tokens import Pair

Opened = TypeVar("Opened")

NOTICE = "2026-11"
"""The version of the notice that is shown at registration; a new wording is a new version."""

UNPROVED_FOR = timedelta(days=1)
"""How long an account waits for its address to be proved."""

PRUNE = text("""
    DELETE FROM users
    WHERE role = 'patient' AND email IS NULL AND phone_hash IS NULL AND erased_at IS NULL AND consented_to IS NOT NULL
        AND created_at < :limit
        AND NOT EXISTS (SELECT FROM patients WHERE account_id = users.id)
        AND NOT EXISTS (SELECT FROM sessions WHERE user_id = users.id)
        AND NOT EXISTS (SELECT FROM one_time_codes WHERE user_id = users.id)
""")


class NoConsent(DomainError):
    """Nothing may be kept of one who did not agree to it."""

    code = "no_consent"
    message = N_("We can only keep an account for you if you agree to it.")


class AddressTaken(DomainError):
    """The address was proved, but meanwhile it has become that of another account: its owner may know."""

    code = "address_taken"
    message = N_("This address belongs to an account already. Please sign in.")


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What a person tells of himself."""

    name: str
    email: Address
    password: str
    has_consented: bool
    language: str = LANGUAGES[0]


async def begin(form: Registration, *, address: str | None, now: datetime) -> UUID:
    """`register`, counted: for whoever knocks. Raises what that raises, and TooMany."""
    await tries.registering(address=address)
    await tries.asking_for_a_code(form.email.text, address=address)
    return await register(form, address=address, now=now)


async def register(form: Registration, *, address: str | None, now: datetime) -> UUID:
    """Make an account without an address, and mail a code for it; the code's id, whether or not the address is taken.

    Raises InvalidName, WeakPassword, NoConsent.
    """
    name = require_name(form.name)
    if not form.has_consented:
        raise NoConsent
    require_strong(form.password, name, form.email.text)
    language = form.language if form.language in LANGUAGES else LANGUAGES[0]
    hashed = await passwords.hashed(form.password)
    async with db.transaction() as tx:
        owner = await accounts.reached_at(tx, form.email)
        made = insert(User).values(
            name=name,
            role=Role.PATIENT,
            password_hash=hashed,
            language=language,
            consented_at=now,
            consented_to=NOTICE,
            created_at=now,
        )
        user_id = (await tx.execute(made.returning(col(User.id)))).scalar_one()
        tx.record(entry(user_id, Role.PATIENT, "registered", address, now))
        await tell_owner(tx, owner, now=now)
        return await codes.ask(
            tx,
            Purpose.VERIFY_EMAIL,
            form.email,
            user_id=user_id if owner is None else None,
            language=language,
            now=now,
        )


async def verify(
    code_id: UUID,
    email: Address,
    code: str,
    *,
    phone: Address | None = None,
    address: str | None,
    user_agent: str | None,
    now: datetime,
) -> SignedIn:
    """Give the account its address, and sign in. `phone` is whom the clinic may ring, and proves nothing.

    Raises WrongCode, AddressTaken where another account came first.
    """

    async def session(tx: Transaction, user: User) -> SignedIn:
        return await accounts.opened(tx, user, by="registration", address=address, user_agent=user_agent, now=now)

    return await _verified(code_id, email, code, session, phone=phone, address=address, now=now)


async def verify_for_program(
    code_id: UUID, email: Address, code: str, *, phone: Address | None = None, address: str | None, now: datetime
) -> Pair:
    """`verify` for a program, which gets tokens and no session. Raises WrongCode, AddressTaken."""

    async def login(tx: Transaction, user: User) -> Pair:
        return await tokens.begin(tx, user, address=address, now=now)

    return await _verified(code_id, email, code, login, phone=phone, address=address, now=now)


async def tell_owner(tx: Transaction, owner: User | None, *, now: datetime) -> None:
    """Tell whose address it is that somebody tried to register with it; the same work where it is nobody's."""
    said = words(owner.language if owner is not None else LANGUAGES[0]).gettext
    await messages.write(
        tx,
        Channel.EMAIL,
        to=owner.email if owner is not None and owner.is_active else None,
        subject=said(N_("You have an account already")),
        text=said(
            N_(
                "Somebody tried to use your e-mail address for an account at Aarogya Setu. You have one already. "
                "If that was you, sign in, or ask for a new password there. If not, you need not do anything."
            )
        ),
        good_for=codes.GOOD_FOR,
        now=now,
    )


async def prune(tx: Transaction, now: datetime) -> None:
    """Sweep up the accounts whose address nobody has proved."""
    await tx.execute(PRUNE, {"limit": now - UNPROVED_FOR})


async def _verified(
    code_id: UUID,
    email: Address,
    code: str,
    open_for: Callable[[Transaction, User], Awaitable[Opened]],
    *,
    phone: Address | None,
    address: str | None,
    now: datetime,
) -> Opened:
    """Give the account its address, and open it in one way or the other, in one transaction."""
    proof = await codes.attempt(code_id, Purpose.VERIFY_EMAIL, email, code, now=now)
    try:
        async with db.transaction() as tx:
            await codes.spend(tx, proof, now=now)
            unproved = col(User.id) == proof.user_id, col(User.email).is_(None), col(User.erased_at).is_(None)
            proved = (
                update(User).where(*unproved).values(email=email.text, email_verified_at=now).returning(table(User))
            )
            if (row := (await tx.execute(proved)).first()) is None:
                raise WrongCode
            await _add_holder(tx, row.id, row.name, phone, now)
            tx.record(entry(row.id, row.role, "email_verified", address, now))
            user = User.model_validate(row._mapping)
            return await open_for(tx, user)
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise AddressTaken from error


async def _add_holder(tx: Transaction, user_id: int, name: str, phone: Address | None, now: datetime) -> None:
    made = insert(Patient).values(account_id=user_id, name=name, is_account_holder=True, created_at=now)
    patient_id = (await tx.execute(made.returning(col(Patient.id)))).scalar_one()
    if phone is not None:
        reached = update(Patient).where(col(Patient.id) == patient_id)
        await tx.execute(reached.values(**phone.columns("patients", patient_id)))
