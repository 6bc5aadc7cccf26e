"""The people one signs in as, and the doctors they know: the same under every seed."""

from datetime import datetime
from random import Random

from pwdlib import PasswordHash

from cli.demo.branches import BRANCHES, Branch
from cli.demo.names import Person
from cli.demo.rows import DoctorRow, UserRow
from models.doctor import Specialization
from models.user import Role

PASSWORD = "aarogya-demo"  # noqa: S105  (public: the README names it)
PATIENT, DOCTOR, RECEPTION, ADMIN = (f"{who}@example.org" for who in ("patient", "doctor", "reception", "admin"))
CITY, CLINIC_ID, PEOPLE = "Pune", 1, "marathi"
PATIENT_ID = 1
PATIENT_USER_ID, DOCTOR_USER_ID, RECEPTION_USER_ID, ADMIN_USER_ID = 1, 2, 3, 4
DOCTOR_ID, COLLEAGUE_ID = 1, 2

NAME_OF = {
    DOCTOR_ID: Person("Meera", "Joshi", is_woman=True),
    COLLEAGUE_ID: Person("Anand", "Deshpande", is_woman=False),
}
"""The doctor who signs in, and the one whom her patients also know; both in the first clinic."""

YEARS_OF = {DOCTOR_ID: 21, COLLEAGUE_ID: 14}
DEGREES_OF = {DOCTOR_ID: "BAMS, MD (Ayu) Kayachikitsa", COLLEAGUE_ID: "BAMS, MD (Ayu) Panchakarma"}
_BY_SPECIALIZATION: dict[Specialization, Branch] = {branch.specialization: branch for branch in BRANCHES}
BRANCH_OF = {
    DOCTOR_ID: _BY_SPECIALIZATION[Specialization.KAYACHIKITSA],
    COLLEAGUE_ID: _BY_SPECIALIZATION[Specialization.PANCHAKARMA],
}
BIO = (
    "Vd. Meera Joshi has looked after general Ayurvedic medicine (Kayachikitsa) in Kothrud for two decades. "
    "Patients come mostly for diabetes, acidity and digestion problems, migraine and back pain. "
    "She explains the diet along with the medicine, sits late for office-goers and takes follow-ups on video."
)


def as_cast(row: DoctorRow) -> DoctorRow:
    """The row with what the demo fixes about it; any other doctor's row as it is."""
    if row.id == DOCTOR_ID:
        return row._replace(
            user_id=DOCTOR_USER_ID,
            bio=BIO,
            languages=["mr", "hi", "en"],
            modes=["in_person", "video"],
            fee=60_000,
            rating=49,
            review_count=412,
            slot_minutes=20,
            notice_minutes=10,
            horizon_days=60,
        )
    if row.id == COLLEAGUE_ID:
        return row._replace(slot_minutes=30, rating=47)
    return row


def accounts(seed: int, *, created_at: datetime) -> list[UserRow]:
    """The four log-ins. The salts come from the seed: the password is public anyway, the rows are repeatable."""
    rng = Random(f"{seed} salts")
    people = (
        (PATIENT_USER_ID, PATIENT, "Asha Kulkarni", Role.PATIENT, None),
        (DOCTOR_USER_ID, DOCTOR, f"Vd. {NAME_OF[DOCTOR_ID].name}", Role.DOCTOR, CLINIC_ID),
        (RECEPTION_USER_ID, RECEPTION, "Snehal Pawar", Role.RECEPTIONIST, CLINIC_ID),
        (ADMIN_USER_ID, ADMIN, "Nikhil Rao", Role.ADMIN, None),
    )
    return [
        UserRow(
            id=number,
            email=email,
            name=name,
            role=role.value,
            password_hash=PasswordHash.recommended().hash(PASSWORD, salt=rng.randbytes(16)),
            clinic_id=clinic_id,
            language="en",
            is_demo=True,
            created_at=created_at,
        )
        for number, email, name, role, clinic_id in people
    ]
