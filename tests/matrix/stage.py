"""The people and things that every call is made among, and putting them back."""

import asyncio
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg

from core import clock
from core.crypto import seal
from core.web_session import hash_id
from tests import patients
from tests.matrix.rows import (
    CHANGING,
    NOTHING_MOVED,
    PUT_APPOINTMENT,
    PUT_ENTRY,
    PUT_INVITATION,
    PUT_LEAVE,
    PUT_OFFER,
    PUT_PAYMENT,
    PUT_SHEET,
)
from tests.matrix.things import Things
from tests.people import Cast
from tests.rows import many, one, write

NAMED = re.compile(r"(?<![:\w]):(\w+)")
"""A value's name within a statement."""

MARK = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"


@dataclass
class Stage:
    """The cast with a session each, and the things of both sides; `mark` is where the database stood at last.

    `hand` is a connection that no service has: what it is asked comes back at once.
    """

    hand: psycopg.Connection
    sessions: dict[str, str]
    own: Things
    other: Things
    mark: int = 0


async def set_stage(cast: Cast, hand: psycopg.Connection) -> Stage:
    """Sessions for all, and things of both sides; today's visit makes the patient one of the doctor's day."""
    now = clock.now()
    slot = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    slot = slot.replace(hour=4)  # half past nine in India
    for user_id, role in (
        (900, "integrator"),
        (900 + cast.clinic_id, "receptionist"),
        (900 + cast.other_clinic_id, "receptionist"),
    ):
        await write(
            "INSERT INTO users (id, name, role, language, is_demo, created_at)"
            " VALUES (:id, 'N', :role, 'en', false, :now)",
            id=user_id,
            role=role,
            now=now,
        )
    ids = {
        "pending": cast.admin.user_id,
        "patient": cast.asha.user_id,
        "doctor": cast.doctor.user_id,
        "desk": cast.receptionist.user_id,
        "admin": cast.admin.user_id,
        "integrator": 900,
    }
    opened = {who: secrets.token_urlsafe(32) for who in ids}
    things = []
    for patient, doctor, clinic, member, slug in (
        (cast.asha_patient, cast.doctor_id, cast.clinic_id, cast.receptionist.user_id, "vd-meera-joshi"),
        (
            cast.stranger_patient,
            cast.other_doctor_id,
            cast.other_clinic_id,
            cast.other_receptionist.user_id,
            "vd-john-mathew",
        ),
    ):
        things.append(
            Things(
                appointment=uuid4(),
                hold=uuid4(),
                patient=patient,
                doctor=doctor,
                slug=slug,
                clinic=clinic,
                member=member,
                former=900 + clinic,
                invitation=uuid4(),
                opening=uuid4(),
                entry=uuid4(),
                sheet=uuid4(),
                payment=uuid4(),
                leave=900 + clinic,
                offer=900 + clinic,
                slot=slot + timedelta(minutes=30),
                double=await patients.patient("Twice There", at=clinic),
                namesake=await patients.patient("Merged Before", at=clinic),
                merge=uuid4(),
            )
        )
    stage = Stage(hand, opened, *things)
    for who, user_id in ids.items():
        await write(
            "INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at, expires_at, is_pending)"
            " VALUES (:hash, :user, :now, :now, :until, :pending)",
            hash=hash_id(opened[who]),
            user=user_id,
            now=now,
            until=now + timedelta(hours=1),
            pending=who == "pending",
        )
    await restore(stage)
    return stage


async def restore(stage: Stage) -> None:
    """Put back what a call that was let in may have changed: hundreds of times, so all of it is one message."""
    now, script, cursor = clock.now(), ["BEGIN"], psycopg.ClientCursor(stage.hand)

    def put(statement: str, **values: Any) -> None:
        script.append(cursor.mogrify(NAMED.sub(r"%(\1)s", statement), values))

    put("UPDATE sessions SET revoked_at = NULL, tries = 0")
    put("DELETE FROM sessions WHERE NOT id_hash = ANY(:kept)", kept=[hash_id(s) for s in stage.sessions.values()])
    put("UPDATE users SET is_active = id <= 900, totp_sealed = NULL, totp_step = NULL, totp_confirmed_at = NULL")
    # Elsewhere no payment is deleted.
    put("SET LOCAL session_replication_role = replica")
    put("DELETE FROM desk_payments")
    put("SET LOCAL session_replication_role = DEFAULT")
    for table_name in CHANGING:
        put(f"DELETE FROM {table_name}")
    for things in (stage.own, stage.other):
        for identity, begins, status in (
            (things.appointment, things.slot + timedelta(hours=1), "booked"),
            (things.hold, things.slot + timedelta(hours=2), "held"),
            (uuid4(), now, "completed"),
        ):
            put(
                PUT_APPOINTMENT,
                id=identity,
                begins=begins,
                ends=begins + timedelta(minutes=30),
                doctor=things.doctor,
                patient=things.patient,
                clinic=things.clinic,
                status=status,
                until=now + timedelta(minutes=5) if status == "held" else None,
                now=now,
            )
        put(
            PUT_INVITATION,
            id=things.invitation,
            email=f"invited{things.clinic}@x.org",
            clinic=things.clinic,
            hash=things.invitation.bytes,
            by=things.member,
            now=now,
            until=now + timedelta(days=7),
        )
        by = 900 + things.clinic
        put(PUT_SHEET, id=things.sheet, clinic=things.clinic, by=by, now=now)
        put(
            PUT_PAYMENT,
            id=things.payment,
            sheet=things.sheet,
            appointment=things.appointment,
            doctor=things.doctor,
            by=by,
            now=now,
        )
        put("UPDATE patients SET merged_into = NULL WHERE id = :id", id=things.double)
        put("UPDATE patients SET merged_into = :to WHERE id = :id", id=things.namesake, to=things.patient)
        put(
            "INSERT INTO patient_merges (id, kept_id, merged_id, moved, made_by, made_at)"
            " VALUES (:id, :kept, :merged, CAST(:moved AS jsonb), :by, :now)",
            id=things.merge,
            kept=things.patient,
            merged=things.namesake,
            moved=NOTHING_MOVED,
            by=things.member,
            now=now,
        )
        put(PUT_ENTRY, id=things.entry, doctor=things.doctor, patient=things.patient, now=now)
        put(PUT_OFFER, id=things.offer, entry=things.entry, hold=things.hold, begins=things.slot, now=now)
        put(
            PUT_LEAVE,
            id=things.leave,
            resolution=things.resolution,
            doctor=things.doctor,
            now=now,
            begins=now + timedelta(days=40),
        )
        put(
            "INSERT INTO chart_openings (id, user_id, patient_id, reason_sealed, opened_at, expires_at)"
            " VALUES (:id, :by, :patient, :reason, :then, :now)",
            id=things.opening,
            by=things.member,
            patient=things.patient,
            reason=seal("A reason of some length.", about=f"chart_openings.reason:{things.opening}"),
            then=now - timedelta(hours=1),
            now=now,
        )
    # What another transaction still has under way is waited for beside it.
    await asyncio.to_thread(cursor.execute, "; ".join([*script, "COMMIT"]))


def mark(stage: Stage) -> int:
    """Moves on with every transaction that writes anything."""
    return int(stage.hand.execute(MARK, prepare=True).fetchall()[0][0])


async def content() -> str:
    """All that stands in the database, as one hash; but for the trail, and notes of wrong codes and what was sent."""
    names = await many(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'audit%'"
        " AND relname <> 'alembic_version' ORDER BY 1"
    )
    each = " UNION ALL ".join(
        f"SELECT '{row.relname}' || md5(string_agg(line, '' ORDER BY line)) AS part FROM"
        f" (SELECT md5((to_jsonb(t) - '{{tries,last_seen_at,published_at}}'::text[])::text) AS line"
        f" FROM {row.relname} t) lines"
        for row in names
    )
    return str((await one(f"SELECT md5(string_agg(part, '' ORDER BY part)) AS hash FROM ({each}) parts")).hash)
