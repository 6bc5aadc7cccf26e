"""Someone at the desk is found or made known, and has a token: all of it or nothing."""

import pytest

from core.errors import NotAllowed
from services import walk_ins
from services.account.names import InvalidName
from services.addresses import NotAPhone
from services.people import Person
from services.refusals import DayFull
from tests.people import Cast, at
from tests.rows import many

LEELA = Person(name="Leela Pawar", phone="98000 00001")


async def known() -> list[str]:
    return [row.name for row in await many("SELECT name FROM patients WHERE made_by IS NOT NULL")]


async def test_one_whom_nobody_knows_has_a_token_at_once_and_is_known_the_next_time(cast: Cast) -> None:
    came = await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.receptionist, now=at(10))
    assert (came.status, came.source, came.token, came.checked_in_at) == ("checked_in", "walk_in", 1, at(10))
    other = await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.doctor, now=at(11))
    assert (other.patient_id, other.token) == (came.patient_id, 2)
    assert await known() == ["Leela Pawar"]


async def test_an_emergency_is_put_in_outside_the_hours_too(cast: Cast) -> None:
    came = await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.receptionist, now=at(14), is_emergency=True)
    assert (came.is_emergency, came.starts_at) == (True, at(14))


async def test_where_there_is_no_room_nobody_is_made_known(cast: Cast) -> None:
    with pytest.raises(DayFull):
        await walk_ins.walk_in(LEELA, cast.doctor_id, by=cast.receptionist, now=at(19, 30))
    for person, refused in (
        (Person(name="", phone="9800000001"), InvalidName),
        (Person(name="A", phone="1"), NotAPhone),
    ):
        with pytest.raises(refused):
            await walk_ins.walk_in(person, cast.doctor_id, by=cast.receptionist, now=at(10))
    for other in (cast.other_receptionist, cast.other_doctor, cast.asha):
        with pytest.raises(NotAllowed):
            await walk_ins.walk_in(LEELA, cast.doctor_id, by=other, now=at(10))
    assert await known() == []
