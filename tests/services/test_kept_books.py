"""What a process keeps of a doctor's schedule is used for as long as it holds, and not a commit longer."""

from datetime import timedelta

import pytest

from core.errors import NotFound
from services import appointments
from services.kept_books import book
from services.stamps import Days
from tests.people import DAY, NOW, Cast, at


def days(cast: Cast) -> Days:
    return Days(cast.doctor_id, DAY, DAY + timedelta(days=2))


async def test_a_schedule_that_holds_is_not_read_again(cast: Cast) -> None:
    first = await book(days(cast))
    assert await book(days(cast)) is first


async def test_what_has_been_booked_meanwhile_is_in_it(cast: Cast) -> None:
    before = await book(days(cast))
    await appointments.book_at(cast.wish(at(10)), by=cast.asha, now=NOW)
    after = await book(days(cast))
    assert [taken.starts_at for taken in after.taken] == [at(10)]
    assert after.versions[DAY] == before.versions.get(DAY, 0) + 1


async def test_there_is_none_of_a_doctor_who_is_not_there(cast: Cast) -> None:
    with pytest.raises(NotFound):
        await book(Days(10**6, DAY, DAY))
