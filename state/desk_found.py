"""What is found for a wish at the desk: times, what would be easier, or a whole course; `page` is `DeskBook`."""

from datetime import datetime
from typing import Any

from core import clock
from core.errors import DomainError
from services import open_times
from services.open_times import MOST
from services.permissions import Actor
from state import desk_rows
from state.desk_course import proposed
from state.desk_refusals import why_no_course
from state.desk_rows import CourseRow
from state.desk_start import here
from state.session import language


async def look(page: Any, by: Actor) -> None:
    """What there is for the wish; where nothing fits, what would have to be given up."""
    now, spoken_here = clock.now(), language(page)
    page.times, page.easier, page.course, page._plan = [], [], CourseRow(), None
    if page.wish.is_course:
        await _propose(page, by, now)
        return
    place = here(page)
    asked = page.wish.asked(place)
    found = await open_times.open_times(asked, by=by, now=now, count=page._count + 1)
    page.times = [desk_rows.time_row(each, asked, place.name, spoken_here, now) for each in found[: page._count]]
    page.may_more = len(found) > page._count and page._count < MOST
    if not found:
        less = await open_times.eased(asked, by=by, now=now)
        page.easier = [desk_rows.ease_row(ease, *left, spoken_here, now) for ease, left in less.items()]


async def _propose(page: Any, by: Actor, now: datetime) -> None:
    place = here(page)
    try:
        page._plan = await proposed(page.wish, place, page._patient_id, page._person, by=by, now=now)
    except DomainError as refusal:
        page.refusal = why_no_course(refusal, page.wish.at, language(page))
    else:
        doctor = next((each.name for each in page.doctors if each.id == str(page._plan.doctor_id)), "")
        page.course = desk_rows.proposed_row(page._plan, doctor, place.zone, language(page))
