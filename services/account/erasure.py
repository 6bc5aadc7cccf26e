"""An account that is erased on its holder's word: all at once, but for what the law wants kept of a treatment.

The Digital Personal Data Protection Act 2023, section 12(3), gives the right, and leaves out what another law asks to
be kept. The Indian Medical Council (Professional Conduct, Etiquette and Ethics) Regulations 2002, 1.3.1, ask for three
years of an indoor patient's records from the commencement of the treatment. We keep so long what belongs to any visit,
and count from the last one, which is never less: the name and the doctor's notes stay with the appointments, and
nothing else does that reaches the person.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update
from sqlmodel import col

from core import db
from core.audit import AuditEntry
from core.db import Transaction
from core.errors import Stale
from core.tables import table
from core.words import N_, words
from models import (
    Appointment,
    Course,
    OneTimeCode,
    Patient,
    RecoveryCode,
    RefreshToken,
    Session,
    User,
    WaitlistEntry,
)
from models.appointment import Status
from models.one_time_code import Purpose
from models.outgoing_message import Channel
from models.waitlist import Waiting
from services import accounts, actors, codes, messages, sessions, trail, visit_notes, visit_reasons
from services.account.password import TOLD_FOR, confirm
from services.accounts import entry
from services.addresses import NO_PHONE, Address, email
from services.codes import Proof, WrongCode
from services.day_locks import lock_days
from services.moves import again, entries, move
from services.moves import entry as booked
from services.permissions import Actor, require
from services.therapy.course_moves import swap
from services.waiting.waitlist import take_off

KEPT_YEARS = 3

NAMELESS = "—"
"""What stands where a name was."""

SEEN = (Status.BOOKED, Status.CHECKED_IN, Status.IN_CONSULTATION, Status.COMPLETED)
"""What may have been a visit, once its time is past: not everyone who came was checked in."""

REACHES = """
    email email_verified_at phone_sealed phone_hash phone_tail phone_verified_at password_hash
    totp_sealed totp_confirmed_at totp_step
""".split()  # noqa: SIM905
"""The columns of an account that reach a person, or let one in."""

ENDS = {Status.HELD: Status.EXPIRED, Status.BOOKED: Status.CANCELLED, Status.CHECKED_IN: Status.CANCELLED}
"""What becomes of an appointment that lies ahead; one who is with the doctor stays there."""


async def ask(*, by: Actor, language: str, now: datetime) -> tuple[UUID, Address]:
    """Send a code to the account's e-mail address, for one who has no password; its id, and where it went.

    Raises NotAnEmail where there is none.
    """
    require(by, "erase_account", by)
    to = email((await accounts.account(by.user_id)).email or "")
    async with db.transaction() as tx:
        return await codes.ask(tx, Purpose.ERASE, to, user_id=by.user_id, language=language, now=now), to


async def erase(*, by: Actor, now: datetime, password: str = "", code: str = "", code_id: UUID | None = None) -> None:
    """Erase the account, after its password or a code that was asked for it; what lies ahead is cancelled.

    However near a visit is, nobody is kept for it. Raises WrongPassword, WrongCode; Stale where it is erased already,
    or an appointment of his changed at that very moment.
    """
    require(by, "erase_account", by)
    user = await accounts.account(by.user_id)
    proof: Proof | None = None
    if code_id is None:
        await confirm(user, password)
    else:
        proof = await codes.attempt(code_id, Purpose.ERASE, email(user.email or ""), code, now=now)
        if proof.user_id != by.user_id:
            raise WrongCode
    async with db.transaction() as tx:
        if proof is not None:
            await codes.spend(tx, proof, now=now)
        await _tell(tx, user, now)
        # First of all, so that nobody signs in, adds to the family, or erases it a second time meanwhile.
        await _close(tx, by.user_id, now)
        await sessions.end_all(tx, by.user_id, now=now)
        await actors.changed(by.user_id)
        family = (await tx.execute(_family(by.user_id))).scalars().all()
        await _cancel_all(tx, family, by, now)
        await _forget(tx, by.user_id, family, now)
        tx.record(entry(by.user_id, by.role, "account_erased", by.address, now, people=len(family)))


async def erase_due(now: datetime) -> int:
    """Take names and notes of those whom the law no longer wants kept; how many. One who came again is kept anew."""
    today = now.date()
    async with db.transaction() as tx:
        query = select(col(Patient.id)).where(col(Patient.erase_on) <= today).with_for_update(skip_locked=True)
        due = (await tx.execute(query.limit(1000))).scalars().all()
        return await _settle(tx, due, now)


def kept_until(last_visit: date) -> date:
    """Three years later; after a 29 February, on the first of March."""
    try:
        return last_visit.replace(year=last_visit.year + KEPT_YEARS)
    except ValueError:
        return date(last_visit.year + KEPT_YEARS, 3, 1)


def _family(user_id: int) -> Select[Any]:
    """Everyone of the account, and the records that were merged with theirs; locked."""
    own = col(Patient.account_id) == user_id
    merged = col(Patient.merged_into).in_(select(col(Patient.id)).where(own))
    return select(col(Patient.id)).where(or_(own, merged)).order_by(col(Patient.id)).with_for_update(key_share=True)


async def _tell(tx: Transaction, user: User, now: datetime) -> None:
    said = words(user.language).gettext
    await messages.write(
        tx,
        Channel.EMAIL,
        to=user.email,
        subject=said(N_("Your account was deleted")),
        text=said(
            N_("Your account at Aarogya Setu was deleted, as you asked. This is the last mail that we send you.")
        ),
        good_for=TOLD_FOR,
        now=now,
    )


async def _close(tx: Transaction, user_id: int, now: datetime) -> None:
    """Take everything from the account that names or reaches a person, or lets one in."""
    nothing = dict.fromkeys(REACHES)
    closed = update(User).where(col(User.id) == user_id, col(User.is_active))
    ended = await tx.execute(closed.values(**nothing, name=NAMELESS, is_active=False, erased_at=now))
    if ended.rowcount != 1:
        raise Stale
    await tx.execute(delete(OneTimeCode).where(col(OneTimeCode.user_id) == user_id))
    await tx.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    await tx.execute(delete(RefreshToken).where(col(RefreshToken.user_id) == user_id))


async def _cancel_all(tx: Transaction, family: Sequence[int], by: Actor, now: datetime) -> None:
    """End what lies ahead of these people, courses and waitlists too; all of it, or nothing."""
    of_family = col(Course.patient_id).in_(family), col(Course.cancelled_at).is_(None)
    query = select(table(Course)).where(*of_family).order_by(col(Course.id)).with_for_update(key_share=True)
    courses = [Course.model_construct(**row._mapping) for row in await tx.execute(query)]
    ahead = (
        entries()
        .where(col(Appointment.patient_id).in_(family), col(Appointment.status).in_(ENDS))
        .where(col(Appointment.ends_at) > now)
        .order_by(col(Appointment.starts_at))
    )
    known = [booked(row) for row in await tx.execute(ahead)]
    await lock_days(tx, [each.doctor_day for each in known], now)
    for each in known:
        standing = await again(tx, each)
        if (target := ENDS.get(standing.appointment.status)) is not None:
            await move(tx, standing, target, by=by, now=now)
    for course in courses:
        await swap(tx, course, cancelled_at=now)
    waiting = col(WaitlistEntry.status).in_((Waiting.WAITING, Waiting.OFFERED))
    places = select(col(WaitlistEntry.id)).where(col(WaitlistEntry.patient_id).in_(family), waiting)
    for entry_id in (await tx.execute(places)).scalars().all():
        await take_off(tx, entry_id, None, by=by, now=now)


async def _forget(tx: Transaction, user_id: int, family: Sequence[int], now: datetime) -> None:
    """Take the contact data of the family, and the traces of their browsers; names where no visit keeps them."""
    people = update(Patient).where(col(Patient.id).in_(family))
    await tx.execute(people.values(**NO_PHONE))
    await visit_reasons.forget(tx, family)
    browsers = update(Session).where(col(Session.user_id) == user_id)
    await tx.execute(browsers.values(address=None, user_agent=None))
    await _settle(tx, family, now)


async def _settle(tx: Transaction, patients: Sequence[int], now: datetime) -> int:
    """Set until when the law wants each name kept, or take it; how many were taken."""
    taken, today = 0, now.date()
    visits = await _last_visits(tx, patients, now)
    for patient_id in patients:
        until = kept_until(visits[patient_id]) if patient_id in visits else today
        is_due = until <= today
        values = {"name": NAMELESS, "born_on": None, "erase_on": None} if is_due else {"erase_on": until}
        await tx.execute(update(Patient).where(col(Patient.id) == patient_id).values(**values))
        if is_due:
            taken += 1
            await visit_notes.forget(tx, [patient_id])
            tx.record(_taken(patient_id, now))
    return taken


async def _last_visits(tx: Transaction, patients: Sequence[int], now: datetime) -> dict[int, date]:
    query = (
        select(col(Appointment.patient_id), func.max(col(Appointment.day)).label("day"))
        .where(col(Appointment.patient_id).in_(patients), col(Appointment.status).in_(SEEN))
        .where(col(Appointment.starts_at) <= now)
        .group_by(col(Appointment.patient_id))
    )
    return {row.patient_id: row.day for row in await tx.execute(query)}


def _taken(patient_id: int, now: datetime) -> AuditEntry:
    return trail.entry(None, "patient_name_erased", ("patient", str(patient_id)), now=now, patient_id=patient_id)
