"""Whose day a page opens at where nobody was asked for: the doctor for whom most wait, then who has most ahead."""

from datetime import timedelta

from services.busiest import busiest
from tests.patients import patient, visit
from tests.people import NOW, Cast, another_doctor, at

TODAY = NOW.date()
"""Also in India: it is half past eleven there."""


async def put(doctor_id: int, hour: int, minute: int = 0, *, day=TODAY, status: str = "booked") -> None:
    await visit(await patient("Somebody"), doctor_id, at(hour, minute, day=day), status=status)


async def test_it_is_the_doctor_for_whom_most_wait_then_who_has_most_ahead_then_the_first_by_name(cast: Cast) -> None:
    many, waited = await another_doctor(cast.doctor_id, "many"), await another_doctor(cast.doctor_id, "waited")
    named = await another_doctor(cast.doctor_id, "named", name="Vd. Anand Deshpande")
    everybody = [cast.doctor_id, many, waited, named]
    assert await busiest(everybody, NOW) is None
    assert await busiest([], NOW) is None
    for doctor_id in (named, cast.doctor_id):
        await put(doctor_id, 15)
    assert await busiest(everybody, NOW) == named
    for hour in (16, 17):
        await put(many, hour)
    assert await busiest(everybody, NOW) == many
    await put(waited, 11, status="checked_in")
    assert await busiest(everybody, NOW) == waited
    assert await busiest([many, named], NOW) == many


async def test_what_is_over_another_day_or_anothers_does_not_count(cast: Cast) -> None:
    colleague = await another_doctor(cast.doctor_id, "colleague")
    await put(colleague, 15)
    for hour, status in ((9, "completed"), (10, "booked"), (15, "cancelled"), (16, "held"), (17, "no_show")):
        await put(cast.doctor_id, hour, status=status)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        for minute in (0, 30):
            await put(cast.doctor_id, 11, minute, day=day, status="checked_in")
    assert await busiest([cast.doctor_id, colleague], NOW) == colleague
