"""Signing in with a code in the place of a password: for patients, at an e-mail address or a proved telephone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from core import db
from models import User
from models.one_time_code import Purpose
from models.outgoing_message import Channel
from models.user import Role
from services import accounts, codes
from services.accounts import SignedIn
from services.addresses import Address
from services.codes import WrongCode


async def ask(to: Address, *, language: str, now: datetime) -> UUID:
    """Send a code, if a patient has that address; the code's id, for whoever asks."""
    async with db.transaction() as tx:
        user = await _patient(tx, to)
        user_id = user.id if user is not None else None
        return await codes.ask(tx, Purpose.SIGN_IN, to, user_id=user_id, language=language, now=now)


async def sign_in(
    code_id: UUID, to: Address, code: str, *, address: str | None, user_agent: str | None, now: datetime
) -> SignedIn:
    """Open a session for whoever got the code. Raises WrongCode."""
    proof = await codes.attempt(code_id, Purpose.SIGN_IN, to, code, now=now)
    async with db.transaction() as tx:
        await codes.spend(tx, proof, now=now)
        user = await _patient(tx, to)
        if user is None or user.id != proof.user_id:
            raise WrongCode
        if to.channel == Channel.EMAIL and user.email_verified_at is None:
            await tx.execute(update(User).where(col(User.id) == user.id).values(email_verified_at=now))
        return await accounts.opened(tx, user, by="code", address=address, user_agent=user_agent, now=now)


async def _patient(tx: db.Transaction, to: Address) -> User | None:
    """Whose address it is, where he is a patient: the staff sign in with what is harder to come by."""
    user = await accounts.reached_at(tx, to)
    return user if user is not None and user.is_active and user.role == Role.PATIENT else None
