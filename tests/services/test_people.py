"""Whom a booking is for: who is found, who is made, and whom nobody may name."""

import asyncio
from dataclasses import replace

import pytest

from core import db
from core.crypto import lookup, seal, unseal
from core.errors import Invalid, NotAllowed, NotFound
from models.api_key import Scope
from models.user import Role
from services import appointments, people
from services.account.names import InvalidName
from services.addresses import NotAPhone
from services.people import Person
from services.permissions import Actor
from tests.people import NOW, Cast, at
from tests.rows import audited, many, one, write

LEELA = Person(name="Leela Pawar", phone="098000 00001")
NUMBER = "+919800000001"


async def meant(by: Actor, patient_id: int | None = None, named: Person | None = None) -> int:
    async with db.transaction() as tx:
        return (await people.meant(tx, patient_id, named, by=by, now=NOW)).patient_id


def key(cast: Cast, clinic_id: int | None = None) -> Actor:
    """A program that may book; its account is the administrator's, for want of another."""
    return Actor(
        user_id=cast.admin.user_id,
        role=Role.INTEGRATOR,
        name="City Lab",
        clinic_id=clinic_id,
        scopes=frozenset({Scope.APPOINTMENTS_WRITE}),
    )


async def reached(patient: int, number: str = NUMBER) -> None:
    await write(
        "UPDATE patients SET phone_sealed = :sealed, phone_hash = :hash WHERE id = :id",
        sealed=seal(number, about=f"patients.phone:{patient}"),
        hash=lookup("phone", number),
        id=patient,
    )


async def test_one_whom_nobody_knows_is_made_with_a_sealed_number_and_a_line_in_the_trail(cast: Cast) -> None:
    patient = await meant(cast.receptionist, named=LEELA)
    row = await one("SELECT * FROM patients WHERE id = :id", id=patient)
    assert (row.name, row.account_id, row.made_by) == ("Leela Pawar", None, cast.receptionist.user_id)
    assert unseal(row.phone_sealed, about=f"patients.phone:{patient}") == NUMBER
    (entry,) = await audited("patient_added")
    assert (entry.actor_id, entry.patient_id, entry.details) == (cast.receptionist.user_id, patient, {})
    assert NUMBER not in str(tuple(entry))


@pytest.mark.parametrize(
    ("name", "phone"),
    [("leela  PAWAR", "+91 98000 00001"), (" Leela Pawar ", "9800000001"), ("Leela Pawar", NUMBER)],
)
async def test_the_same_telephone_and_name_are_the_same_person(cast: Cast, name: str, phone: str) -> None:
    patient = await meant(cast.receptionist, named=LEELA)
    assert await meant(key(cast), named=Person(name=name, phone=phone)) == patient
    assert len(await audited("patient_added")) == 1


async def test_who_is_found_or_made_is_told_as_the_clinic_knows_him(cast: Cast) -> None:
    async with db.transaction() as tx:
        made = await people.meant(tx, None, LEELA, by=cast.receptionist, now=NOW)
        typed = Person(name="leela  PAWAR", phone="+91 98000 00001")
        found = await people.meant(tx, None, typed, by=key(cast), now=NOW)
        guest = await people.meant(tx, None, None, by=key(cast), now=NOW)
    assert found == made
    assert made.person == Person(name="Leela Pawar", phone=NUMBER)
    assert guest.person == Person(name="City Lab", phone=None)


async def test_another_name_or_another_telephone_is_another_person(cast: Cast) -> None:
    patient = await meant(cast.receptionist, named=LEELA)
    others = {
        await meant(cast.receptionist, named=Person(name="Ravi Pawar", phone=NUMBER)),
        await meant(cast.receptionist, named=Person(name="Leela Pawar", phone="+919800000002")),
    }
    assert len(others | {patient}) == 3


async def test_a_name_is_one_however_its_letters_are_composed(cast: Cast) -> None:
    patient = await meant(cast.receptionist, named=Person(name="Jos\u00e9 D", phone=NUMBER))
    assert await meant(cast.receptionist, named=Person(name="JOSE\u0301 D", phone=NUMBER)) == patient


async def test_of_many_at_once_one_person_is_made(cast: Cast) -> None:
    found = await asyncio.gather(*(meant(cast.receptionist, named=LEELA) for _ in range(8)))
    assert len(set(found)) == 1
    assert len(await audited("patient_added")) == 1


async def test_an_account_is_found_by_the_number_that_it_has_proved_and_by_no_other(cast: Cast) -> None:
    asha = Person(name="Asha Kulkarni", phone=NUMBER)
    await reached(cast.asha_patient)
    # A number that one only claims: whoever says it is his would have another's bookings come to him.
    assert await meant(cast.receptionist, named=asha) != cast.asha_patient
    await write("DELETE FROM patients WHERE made_by IS NOT NULL")
    await write(
        "UPDATE users SET phone_sealed = 's', phone_hash = :hash WHERE id = :id",
        hash=lookup("phone", NUMBER),
        id=cast.asha.user_id,
    )
    assert await meant(cast.receptionist, named=asha) != cast.asha_patient
    await write("DELETE FROM patients WHERE made_by IS NOT NULL")
    await write("UPDATE users SET phone_verified_at = now() WHERE id = :id", id=cast.asha.user_id)
    assert await meant(cast.receptionist, named=asha) == cast.asha_patient
    # The family shares the number of its account.
    assert await meant(cast.receptionist, named=Person(name="Leela Kulkarni", phone=NUMBER)) == cast.mother_patient
    await write("UPDATE users SET is_active = false WHERE id = :id", id=cast.asha.user_id)
    assert await meant(cast.receptionist, named=asha) != cast.asha_patient


async def test_names_and_numbers_that_are_none_are_refused_and_nobody_is_made(cast: Cast) -> None:
    for named, refusal in (
        (Person(name="", phone=NUMBER), InvalidName),
        (Person(name="a\nb", phone=NUMBER), InvalidName),
        (Person(name="Leela", phone="12"), NotAPhone),
        (Person(name="Leela", phone=None), NotAPhone),
    ):
        with pytest.raises(refusal):
            await meant(cast.receptionist, named=named)
    assert await many("SELECT id FROM patients WHERE made_by IS NOT NULL") == []


async def test_a_patient_means_himself_or_one_of_his_family_and_nobody_else(cast: Cast) -> None:
    assert await meant(cast.asha) == cast.asha_patient
    assert await meant(cast.asha, cast.mother_patient) == cast.mother_patient
    for patient in (cast.stranger_patient, 10**6):
        with pytest.raises(NotFound):
            await meant(cast.asha, patient)
    with pytest.raises(NotAllowed):
        await meant(cast.asha, named=LEELA)


async def test_the_staff_must_say_who_and_in_one_way(cast: Cast) -> None:
    for by in (cast.receptionist, cast.doctor, cast.admin):
        with pytest.raises(Invalid):
            await meant(by)
        with pytest.raises(Invalid):
            await meant(by, cast.asha_patient, LEELA)


async def test_a_program_that_names_nobody_books_for_a_guest_each_time_another(cast: Cast) -> None:
    guests = {await meant(key(cast)), await meant(key(cast))}
    assert len(guests) == 2
    rows = await many("SELECT name, phone_hash, account_id FROM patients WHERE id = ANY(:ids)", ids=sorted(guests))
    assert {tuple(row) for row in rows} == {("City Lab", None, None)}


async def test_by_number_only_those_are_named_who_are_known_at_the_clinic(cast: Cast) -> None:
    here = (cast.receptionist, cast.doctor, key(cast, cast.clinic_id))
    for by in here:
        for patient in (cast.asha_patient, 10**6):
            with pytest.raises(NotFound):
                await meant(by, patient)
    held = await appointments.hold(cast.wish(at(10)), by=cast.asha, now=NOW)
    for by in here:
        # A time that was only kept makes nobody known.
        with pytest.raises(NotFound):
            await meant(by, cast.asha_patient)
    await appointments.book(held.id, by=cast.asha, now=NOW)
    for by in here:
        assert await meant(by, cast.asha_patient) == cast.asha_patient
    for by in (cast.other_receptionist, cast.other_doctor, key(cast, cast.other_clinic_id)):
        with pytest.raises(NotFound):
            await meant(by, cast.asha_patient)
    # Who runs the house, and a program of the house, know everybody.
    assert await meant(cast.admin, cast.stranger_patient) == cast.stranger_patient
    assert await meant(key(cast), cast.stranger_patient) == cast.stranger_patient
    with pytest.raises(NotFound):
        await meant(replace(key(cast), scopes=frozenset({Scope.APPOINTMENTS_READ})), cast.stranger_patient)


async def test_whoever_made_a_person_known_may_name_him_again(cast: Cast) -> None:
    mine = key(cast, cast.other_clinic_id)
    guest = await meant(mine)
    assert await meant(mine, guest) == guest
    with pytest.raises(NotFound):
        await meant(replace(mine, user_id=cast.other_doctor.user_id), guest)


async def test_who_may_book_for_somebody_reads_who_that_is_and_it_is_recorded(cast: Cast) -> None:
    patient = await meant(cast.receptionist, named=LEELA)
    assert await people.acquainted(patient, by=cast.receptionist, now=NOW) == Person(name="Leela Pawar", phone=NUMBER)
    (entry,) = await audited("PatientRead")
    assert (entry.actor_id, entry.patient_id) == (cast.receptionist.user_id, patient)
    for by, which in ((cast.other_receptionist, patient), (cast.receptionist, cast.stranger_patient)):
        with pytest.raises(NotFound):
            await people.acquainted(which, by=by, now=NOW)
    assert len(await audited("PatientRead")) == 1


async def test_who_is_known_as_that_is_found_and_nobody_is_made(cast: Cast) -> None:
    async def known_as(named: Person) -> int | None:
        async with db.snapshot() as connection:
            return await people.known_as(connection, named)

    assert await known_as(LEELA) is None
    patient = await meant(cast.receptionist, named=LEELA)
    assert await known_as(Person(name=" leela  PAWAR", phone=NUMBER)) == patient
    assert await known_as(Person(name="Her Sister", phone=NUMBER)) is None
