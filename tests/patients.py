"""Patients of the tests: with a telephone, a name, and where they are known."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from services.addresses import phone as address
from tests.people import NOW
from tests.rows import write

_identities = count(50_001)


async def patient(name: str, phone: str | None = None, *, at: int | None = None, account: int | None = None) -> int:
    """A patient, known at that clinic; his number."""
    identity = next(_identities)
    columns = address(phone).columns("patients", identity) if phone else {}
    names = ["id", "name", "is_account_holder", "account_id", "created_at", *columns]
    values = {"id": identity, "name": name, "is_account_holder": False, "account_id": account, "created_at": NOW}
    await write(
        f"INSERT INTO patients ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})",
        **values | columns,
    )
    if at is not None:
        await write("INSERT INTO acquaintances VALUES (:clinic, :id)", clinic=at, id=identity)
    return identity


async def visit(
    patient_id: int,
    doctor_id: int,
    starts_at: datetime,
    *,
    status: str = "booked",
    token: int | None = None,
    minutes: int = 30,
) -> UUID:
    """An appointment, put there behind the book's back."""
    identity = uuid4()
    await write(
        "INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id, status,"
        " held_until, token, mode, source, fee, version, created_at, updated_at) SELECT :id, :begins, :ends, :ends,"
        " CAST(:begins AT TIME ZONE 'Asia/Kolkata' AS date), d.id, :patient, d.clinic_id, :status, :until, :token,"
        " 'in_person', 'phone', d.fee, 1, :now, :now FROM doctors d WHERE d.id = :doctor",
        id=identity,
        begins=starts_at,
        ends=starts_at + timedelta(minutes=minutes),
        patient=patient_id,
        doctor=doctor_id,
        status=status,
        until=NOW + timedelta(minutes=5) if status == "held" else None,
        token=token,
        now=NOW,
    )
    return identity
