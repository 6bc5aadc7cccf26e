"""A doctor's day of today at a clinic of its own: whatever the hour, it is about noon there, and somebody waits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from core import clock
from models.user import Role
from services import visit_links, visits
from services.permissions import Actor
from tests.e2e.running import Running

ADMIN = Actor(user_id=1, role=Role.ADMIN, name="Admin")
_numbers = count(1)
_made: list[tuple[Running, "Room"]] = []


CLEAR = """
    SET session_replication_role = replica;
    WITH gone AS (DELETE FROM appointments WHERE doctor_id = {doctor} RETURNING patient_id)
        DELETE FROM patients WHERE id IN (SELECT patient_id FROM gone);
    DELETE FROM waitlist_offers
        WHERE entry_id IN (SELECT id FROM waitlist_entries WHERE doctor_id = {doctor});
    DELETE FROM waitlist_entries WHERE doctor_id = {doctor};
    DELETE FROM desk_payments WHERE clinic_id = {clinic};
    DELETE FROM cash_sheets WHERE clinic_id = {clinic};
    DELETE FROM doctor_days WHERE doctor_id = {doctor};
    DELETE FROM next_open WHERE doctor_id = {doctor};
    DELETE FROM weekly_hours WHERE doctor_id = {doctor};
    DELETE FROM doctors WHERE id = {doctor};
    DELETE FROM clinics WHERE id = {clinic};
    SET session_replication_role = DEFAULT;
"""


@dataclass(frozen=True)
class Room:
    """A clinic with one doctor, and those who are booked with him today, by their tokens from one on."""

    clinic_id: int
    doctor_id: int
    slug: str
    zone: str
    doctor: str
    appointments: tuple[UUID, ...]

    @property
    def today(self) -> date:
        return clock.local_day(clock.now(), self.zone)

    def link(self, token: int) -> str:
        return f"/v/{visit_links.code_of(self.appointments[token - 1])}"

    async def check_in(self, token: int) -> None:
        await visits.check_in(self.appointments[token - 1], by=ADMIN, now=clock.now())

    async def start(self, token: int) -> None:
        await visits.start(self.appointments[token - 1], by=ADMIN, now=clock.now())

    async def complete(self, token: int) -> None:
        await visits.complete(self.appointments[token - 1], by=ADMIN, now=clock.now())


def room(app: Running, *, patients: int = 4) -> Room:
    """Put it into the app's database; the doctor sits from midnight to midnight."""
    number = next(_numbers)
    slug, doctor = f"waiting-{uuid4().hex[:8]}", f"Vd. Test Number {number}"
    # Where it is noon: the day there neither ends nor begins while a test looks. POSIX counts westward.
    zone = f"Etc/GMT{clock.now().hour - 12:+d}"
    today = clock.local_day(clock.now(), zone)
    (clinic_id,) = app.rows(
        "INSERT INTO clinics (slug, name, city, area, address, phone, time_zone)"
        " SELECT %s, 'Waiting Clinic', 'Pune', 'Centre', '1 Main Road', '+91 00000 00000', %s RETURNING id",
        slug,
        zone,
    )[0]
    (doctor_id,) = app.rows(
        "INSERT INTO doctors (clinic_id, slug, name, qualification, registration_number, specialization, bio,"
        " languages, modes, fee, currency, rating, review_count, practising_since, slot_minutes, notice_minutes,"
        " horizon_days, is_active) SELECT %s, %s, %s, qualification, registration_number, specialization, bio,"
        " languages, modes, fee, currency, rating, review_count, practising_since, slot_minutes,"
        " notice_minutes, horizon_days, true"
        " FROM doctors WHERE id = 1 RETURNING id",
        clinic_id,
        slug,
        doctor,
    )[0]
    app.rows(
        "INSERT INTO weekly_hours (doctor_id, clinic_id, weekday, opens, closes, modes)"
        " SELECT %s, %s, day, '00:00', '24:00', '{in_person}' FROM generate_series(0, 6) AS day",
        doctor_id,
        clinic_id,
    )
    # A minute each, all at this hour: each may be checked in now.
    begins = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=patients)
    found = [
        _booked(app, clinic_id, doctor_id, number + 1, begins + timedelta(minutes=number), today)
        for number in range(patients)
    ]
    app.rows(
        "INSERT INTO doctor_days (doctor_id, day, version, last_token, delay_minutes, changed_at)"
        " VALUES (%s, %s, 1, %s, 0, now())",
        doctor_id,
        today,
        patients,
    )
    made = Room(clinic_id, doctor_id, slug, zone, doctor, tuple(found))
    _made.append((app, made))
    return made


def clear() -> None:
    """Take all of them out again: other tests count the doctors."""
    while _made:
        app, there = _made.pop()
        app.rows(CLEAR.format(doctor=there.doctor_id, clinic=there.clinic_id))


def _booked(app: Running, clinic_id: int, doctor_id: int, token: int, at: datetime, day: date) -> UUID:
    (patient_id,) = app.rows(
        "INSERT INTO patients (name, is_account_holder, created_at) VALUES (%s, false, now()) RETURNING id",
        f"Secret Person {token}",
    )[0]
    found: UUID = app.rows(
        "INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id, status,"
        " token, mode, source, fee, version, visit_type, is_emergency, created_at, updated_at)"
        " VALUES (gen_random_uuid(), %(at)s, %(to)s, %(to)s, %(day)s, %(doctor)s,"
        " %(patient)s, %(clinic)s, 'booked', %(token)s, 'in_person', 'phone', 50000, 1, 'follow_up', false, now(),"
        " now()) RETURNING id",
        named={
            "at": at,
            "to": at + timedelta(minutes=1),
            "day": day,
            "doctor": doctor_id,
            "patient": patient_id,
            "clinic": clinic_id,
            "token": token,
        },
    )[0][0]
    return found
