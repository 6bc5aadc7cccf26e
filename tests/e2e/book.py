"""Changes of the book that no screen of the tests makes: by the services in this process, or by bare SQL."""

from datetime import date, datetime
from uuid import UUID

from core import clock
from models.doctor import Mode
from models.user import Role
from services import appointments, slot_views
from services.appointments import Wish
from services.permissions import Actor
from services.slots import Slot
from tests.e2e.running import Running

DOCTOR_ID = 1
STRANGER_ID = 900_001
STRANGER = Actor(user_id=STRANGER_ID, role=Role.PATIENT, name="Ravi Stranger", patient_ids=frozenset({STRANGER_ID}))


async def instant(day: date, number: int) -> datetime:
    """When a time of the grid is, by its number there."""
    return (await slots(day))[number].starts_at


async def slots(day: date) -> tuple[Slot, ...]:
    """The grid of the day."""
    return (await slot_views.slots_view(DOCTOR_ID, day, clock.now())).slots


async def stranger_books(day: date, number: int, *, mode: Mode = Mode.IN_PERSON) -> UUID:
    """Someone books a time through the services of this process."""
    wish = Wish(patient_id=STRANGER_ID, doctor_id=DOCTOR_ID, starts_at=await instant(day, number), mode=mode)
    held = await appointments.hold(wish, by=STRANGER, now=clock.now())
    return (await appointments.book(held.id, by=STRANGER, now=clock.now())).id


async def stranger_cancels(appointment_id: UUID) -> None:
    await appointments.cancel(appointment_id, by=STRANGER, now=clock.now())


def book_silently(app: Running, day: date, starts_at: datetime) -> UUID:
    """A booking that is committed with its doctor-day's version, and that nobody is ever told of."""
    with_version = """
        WITH bumped AS (
            INSERT INTO doctor_days (doctor_id, day, version, last_token, delay_minutes, changed_at)
            VALUES (%(doctor)s, %(day)s, 1, 0, 0, now())
            ON CONFLICT (doctor_id, day) DO UPDATE SET version = doctor_days.version + 1, changed_at = now()
            RETURNING version
        )
        INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id, status,
                                  token, mode, source, fee, version, created_at, updated_at)
        SELECT gen_random_uuid(), %(at)s, %(at)s + make_interval(mins => slot_minutes),
               %(at)s + make_interval(mins => slot_minutes), %(day)s, id, %(patient)s,
               clinic_id, 'booked', 99, 'in_person', 'phone', fee, 1, now(), now()
        FROM doctors, bumped WHERE id = %(doctor)s RETURNING id
    """
    values = {"doctor": DOCTOR_ID, "day": day, "at": starts_at, "patient": STRANGER_ID}
    found: UUID = app.rows(with_version, named=values)[0][0]
    return found
