"""The slip of a token: what is printed at the desk, or sent to the patient once; neither for whom nor why."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core import db
from core.db import Transaction, transaction
from core.errors import DomainError, NotFound
from core.idempotency import Again, Once, once
from core.settings import settings
from core.words import LANGUAGES, N_, words
from models.appointment import Status
from models.outgoing_message import Channel
from services import inputs, messages, trail, turns, visit_links
from services.people import phone_of
from services.permissions import Actor, can
from services.queue import Turn

GOOD_FOR = timedelta(hours=4)
"""A token is of use while its holder waits."""

HERE = frozenset({Status.BOOKED, Status.CHECKED_IN, Status.IN_CONSULTATION, Status.COMPLETED})

SUBJECT = N_("Your token at {clinic}: {token}")
SAYS = N_("{clinic}: token {token}, {doctor}. See whose turn it is: {link}")

SLIP = text("""
    SELECT a.id, a.patient_id, a.doctor_id, a.clinic_id, a.status, a.token, a.day, a.starts_at, a.checked_in_at,
        d.name AS doctor, c.name AS clinic, c.address, c.phone, c.time_zone AS zone, coalesce(r.name, '') AS room
    FROM appointments a JOIN doctors d ON d.id = a.doctor_id JOIN clinics c ON c.id = a.clinic_id
        LEFT JOIN rooms r ON r.id = a.room_id
    WHERE a.id = :id
""")

REACHED_BY = text("""
    SELECT p.id AS patient_id, p.phone_sealed, p.account_id, u.phone_sealed AS account_phone_sealed, u.email, u.language
    FROM patients p LEFT JOIN users u ON u.id = p.account_id WHERE p.id = :id
""")


class SlipSent(DomainError):
    """It goes once: who presses twice does not tell him twice."""

    code = "slip_sent"
    message = N_("It was sent already.")


class NoAddress(DomainError):
    """Neither a telephone nor an e-mail address is known."""

    code = "no_address"
    message = N_("We know neither a phone number nor an e-mail address of this person.")


@dataclass(frozen=True, kw_only=True)
class Slip:
    """Of one appointment with a token; `turn` is where it stands now, on its day and before it goes in."""

    id: UUID
    patient_id: int
    doctor_id: int
    clinic_id: int
    status: Status
    token: int
    day: date
    starts_at: datetime
    checked_in_at: datetime | None
    doctor: str
    clinic: str
    address: str
    phone: str
    zone: str
    room: str
    turn: Turn | None = None

    @property
    def link(self) -> str:
        """The visit's page, as a telephone's camera reads it."""
        return f"{settings().origin}/v/{visit_links.code_of(self.id)}"


async def slip(appointment_id: UUID, *, by: Actor, now: datetime) -> Slip:
    """What is printed, as it stands; that it was looked at is recorded. Raises NotFound, for another's too."""
    appointment_id = inputs.number(appointment_id, "appointment_id")
    async with db.snapshot() as connection:
        found = await _of(connection, appointment_id, by)
    where = (await turns.turns(found.doctor_id, found.day, now)).turns
    async with transaction() as tx:
        what = "appointment", str(appointment_id)
        tx.record(trail.read(by, "SlipRead", what, now=now, patient_id=found.patient_id))
    return Slip(**vars(found) | {"turn": where.get(found.token)})


async def send(appointment_id: UUID, *, by: Actor, now: datetime) -> Channel:
    """Tell the patient his token and his link, once: by text message, or by mail where no telephone is known.

    Raises NotFound, for another's too; SlipSent, NoAddress.
    """
    appointment_id = inputs.number(appointment_id, "appointment_id")
    async with db.snapshot() as connection:
        found = await _of(connection, appointment_id, by)
    asked = Once(owner=f"slip:{appointment_id}", key="sent", request="sent", write=str)
    try:
        async with transaction() as tx:
            return await once(tx, asked, lambda: _sent(tx, found, by, now), now=now)
    except Again as known:
        raise SlipSent(channel=known.answer) from known


async def _of(connection: AsyncConnection, appointment_id: UUID, by: Actor) -> Slip:
    row: Any = (await connection.execute(SLIP, {"id": appointment_id})).first()
    if row is None or row.token is None or row.status not in HERE or not can(by, "receive", row):
        raise NotFound(appointment_id=str(appointment_id))
    return Slip(**dict(row._mapping) | {"status": Status(row.status)})


async def _sent(tx: Transaction, found: Slip, by: Actor, now: datetime) -> Channel:
    row = (await tx.execute(REACHED_BY, {"id": found.patient_id})).one()
    phone = phone_of(row)
    if phone is None and row.email is None:
        raise NoAddress
    channel = Channel.SMS if phone is not None else Channel.EMAIL
    spoken = row.language if row.language in LANGUAGES else by.language
    said = words(spoken if spoken in LANGUAGES else LANGUAGES[0]).gettext
    values = {"clinic": found.clinic, "token": found.token, "doctor": found.doctor, "link": found.link}
    await messages.write(
        tx,
        channel,
        to=phone or row.email,
        subject=said(SUBJECT).format(**values),
        text=said(SAYS).format(**values),
        good_for=GOOD_FOR,
        now=now,
    )
    what = "appointment", str(found.id)
    details = {"channel": channel}
    tx.record(trail.entry(by, "SlipSent", what, now=now, patient_id=found.patient_id, details=details))
    return channel
