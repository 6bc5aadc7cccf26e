"""The cast: Asha and her mother, a stranger, two doctors at two clinics, the other clinic's receptionist, an admin."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import insert, select

from core import clock, db
from core.tables import table
from models import Clinic, Doctor, Patient, User, WeeklyHours
from models.doctor import Mode
from models.user import Role
from services.permissions import Actor
from services.placing import Wish

PASSWORD = "a-password-for-tests"
DAY: date = clock.now().date() + timedelta(days=2)
"""A day with all of its hours ahead, inside the partitions."""
NOW = datetime.combine(DAY - timedelta(days=1), time(6, 0), UTC)
"""The present of the tests: the day before, half past eleven in India."""


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who plays, as the services know them."""

    asha: Actor
    asha_patient: int
    mother_patient: int
    stranger: Actor
    stranger_patient: int
    doctor: Actor
    doctor_id: int
    other_doctor: Actor
    other_doctor_id: int
    receptionist: Actor
    other_receptionist: Actor
    admin: Actor
    clinic_id: int
    other_clinic_id: int

    def wish(self, at: datetime, *, patient: int | None = None, doctor: int | None = None) -> Wish:
        """Asha's wish for a time at her doctor, unless told otherwise."""
        return Wish(
            patient_id=patient or self.asha_patient,
            doctor_id=doctor or self.doctor_id,
            starts_at=at,
            mode=Mode.IN_PERSON,
        )


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """An instant by the wall clock of India on the tests' day."""
    return datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=5, minutes=30)


QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
"""Argon2 with the least work it takes: what it costs to guess a password is no question of most tests."""


@lru_cache
def password_hash() -> str:
    """The hash of PASSWORD."""
    return QUICK.hash(PASSWORD)


async def seed() -> Cast:
    """Put the cast into the database. The doctors sit every day from 9 to 13 and 15 to 19, thirty minutes a slot."""
    async with db.engine().begin() as connection:

        async def add(model: type, **values: object) -> int:
            result = await connection.execute(insert(model).values(**values).returning(model.id))
            return int(result.scalar_one())

        async def user(name: str, role: Role, clinic_id: int | None = None) -> int:
            return await add(
                User,
                email=f"{name.split()[0].lower()}@example.org",
                name=name,
                role=role,
                password_hash=password_hash(),
                clinic_id=clinic_id,
                created_at=NOW,
            )

        async def patient(account_id: int | None, name: str, *, holds: bool = True) -> int:
            return await add(Patient, account_id=account_id, name=name, is_account_holder=holds, created_at=NOW)

        async def clinic(slug: str, city: str) -> int:
            return await add(
                Clinic, slug=slug, name=slug.title(), city=city, area="Centre", address="1 Main Road", phone="+91 00000"
            )

        async def doctor(name: str, user_id: int, clinic_id: int, specialization: str) -> int:
            doctor_id = await add(
                Doctor,
                user_id=user_id,
                clinic_id=clinic_id,
                slug=name.lower().replace(". ", "-").replace(" ", "-"),
                name=name,
                qualification="BAMS",
                registration_number="T-1",
                specialization=specialization,
                bio="Sees people with back pain.",
                languages=["en", "hi"],
                modes=["in_person", "video"],
                fee=50000,
                rating=47,
                review_count=10,
                practising_since=2010,
            )
            for weekday in range(7):
                for opens, closes in ((9, 13), (15, 19)):
                    await add(
                        WeeklyHours,
                        doctor_id=doctor_id,
                        clinic_id=clinic_id,
                        weekday=weekday,
                        opens=time(opens),
                        closes=time(closes),
                        modes=["in_person", "video"],
                    )
            return doctor_id

        here, there = await clinic("dhanvantari", "Pune"), await clinic("charaka", "Kochi")
        asha, stranger = await user("Asha Kulkarni", Role.PATIENT), await user("Ravi Stranger", Role.PATIENT)
        meera, john = await user("Meera Joshi", Role.DOCTOR), await user("John Mathew", Role.DOCTOR)
        front, other_front = (
            await user("Front Desk", Role.RECEPTIONIST, here),
            await user("Kochi Desk", Role.RECEPTIONIST, there),
        )
        boss = await user("Boss Admin", Role.ADMIN)
        asha_patient, mother = await patient(asha, "Asha Kulkarni"), await patient(asha, "Leela Kulkarni", holds=False)
        stranger_patient = await patient(stranger, "Ravi Stranger")
        doctor_id = await doctor("Vd. Meera Joshi", meera, here, "kayachikitsa")
        other_id = await doctor("Vd. John Mathew", john, there, "panchakarma")

    def actor(user_id: int, role: Role, **more: object) -> Actor:
        return Actor(user_id=user_id, role=role, name=role, **more)

    return Cast(
        asha=actor(asha, Role.PATIENT, patient_ids=frozenset({asha_patient, mother})),
        asha_patient=asha_patient,
        mother_patient=mother,
        stranger=actor(stranger, Role.PATIENT, patient_ids=frozenset({stranger_patient})),
        stranger_patient=stranger_patient,
        doctor=actor(meera, Role.DOCTOR, doctor_id=doctor_id, clinic_id=here),
        doctor_id=doctor_id,
        other_doctor=actor(john, Role.DOCTOR, doctor_id=other_id, clinic_id=there),
        other_doctor_id=other_id,
        receptionist=actor(front, Role.RECEPTIONIST, clinic_id=here),
        other_receptionist=actor(other_front, Role.RECEPTIONIST, clinic_id=there),
        admin=actor(boss, Role.ADMIN),
        clinic_id=here,
        other_clinic_id=there,
    )


@dataclass(frozen=True)
class Member:
    """One of a crowd: an account, and the patient that is its holder."""

    actor: Actor
    patient_id: int


async def crowd(count: int) -> list[Member]:
    """So many more patients, each with an account of his own."""
    people = [
        {"email": f"crowd{number}@example.org", "name": f"Crowd {number}", "role": Role.PATIENT, "created_at": NOW}
        for number in range(count)
    ]
    async with db.engine().begin() as connection:
        accounts = (
            await connection.execute(insert(User).returning(User.id, sort_by_parameter_order=True), people)
        ).all()
        holders = [
            {"account_id": account.id, "name": person["name"], "created_at": NOW}
            for account, person in zip(accounts, people, strict=True)
        ]
        patients = (
            await connection.execute(insert(Patient).returning(Patient.id, sort_by_parameter_order=True), holders)
        ).all()
    return [
        Member(
            Actor(user_id=account.id, role=Role.PATIENT, name="Crowd", patient_ids=frozenset({patient.id})), patient.id
        )
        for account, patient in zip(accounts, patients, strict=True)
    ]


async def another_doctor(like: int, slug: str = "another", **changes: object) -> int:
    """One more doctor, like that one but for `changes`, with the same hours and no account; the id."""
    async with db.engine().begin() as connection:
        model = (await connection.execute(select(table(Doctor)).where(Doctor.id == like))).one()
        values = dict(model._mapping) | {"user_id": None, "slug": slug} | changes
        del values["id"]
        doctor_id = int((await connection.execute(insert(Doctor).values(values).returning(Doctor.id))).scalar_one())
        hours = (await connection.execute(select(table(WeeklyHours)).where(WeeklyHours.doctor_id == like))).all()
        copies = [dict(row._mapping) | {"doctor_id": doctor_id, "clinic_id": values["clinic_id"]} for row in hours]
        for copy in copies:
            del copy["id"]
        if copies:
            await connection.execute(insert(WeeklyHours), copies)
    return doctor_id
