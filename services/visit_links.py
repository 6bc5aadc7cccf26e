"""A link to one appointment that works without signing in: its id and a keyed hash of it, which nobody can make up."""

import base64
import binascii
import hmac
from uuid import UUID

from core.crypto import lookup
from core.errors import NotFound
from models.user import Role
from services.permissions import Actor

MAC = 14
"""Bytes of the hash: 112 bits, and with the id's sixteen no padding in base64."""

LENGTH = 40
"""Characters of a code."""


def code_of(appointment_id: UUID) -> str:
    """What stands in the link's address: one segment of a path."""
    return base64.urlsafe_b64encode(appointment_id.bytes + _mac(appointment_id)).decode()


def opened(code: str) -> UUID:
    """The appointment that the code leads to; what is forged or cut off is as unknown as any. Raises NotFound."""
    try:
        brought = base64.urlsafe_b64decode(code.encode("ascii")) if len(code) == LENGTH else b""
    except (binascii.Error, ValueError):
        brought = b""
    if len(brought) != 16 + MAC:
        raise NotFound
    appointment_id = UUID(bytes=brought[:16])
    # A second spelling of the same bytes is no code of ours either.
    if not hmac.compare_digest(brought[16:], _mac(appointment_id)) or code_of(appointment_id) != code:
        raise NotFound
    return appointment_id


def holder(patient_id: int, account_id: int | None, *, address: str | None) -> Actor:
    """Whoever has the link: the patient as far as that makes him one, whatever else an account of his has."""
    known = frozenset({patient_id})
    return Actor(
        user_id=account_id or 0, role=Role.PATIENT, name="", patient_ids=known, address=address, is_by_link=True
    )


def _mac(appointment_id: UUID) -> bytes:
    return lookup("visit-link", str(appointment_id))[:MAC]
