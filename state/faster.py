"""Who was faster, and what is in the way: sentences for one whose own move was refused."""

from datetime import datetime, timedelta
from uuid import UUID

from core import clock
from core.words import N_, words
from models.user import Role
from services import who_moved
from services.permissions import Actor
from services.who_moved import LastMove, Taker
from state.rows import day_time

FASTER = N_("{name} was faster, {ago} ago: {what}.")
THE_PATIENT = N_("The patient was faster, {ago} ago: {what}.")
ONESELF = N_("You have done this yourself, {ago} ago: {what}.")

MOVED = {
    "AppointmentBooked": N_("booked"),
    "AppointmentCancelled": N_("cancelled"),
    "AppointmentRescheduled": N_("moved or sent on"),
    "PatientCheckedIn": N_("checked in"),
    "ConsultationStarted": N_("called in"),
    "ConsultationCompleted": N_("finished"),
    "PatientDidNotShow": N_("given up as not come"),
    "PatientPassedOver": N_("passed over"),
    "AppointmentReassigned": N_("given another therapist or room"),
    "LastMoveTakenBack": N_("taken back"),
    "HoursChanged": N_("other hours"),
    "HoursRestored": N_("the hours put back"),
    "LeaveTaken": N_("a leave"),
    "BreakTaken": N_("a break"),
    "BreakEnded": N_("the break ended"),
}
"""What somebody else has done, by the name of its event."""

HELD = N_("{time} with {doctor} has been kept for somebody for {ago}, {where}.")
BOOKED = N_("{time} with {doctor} was booked {ago} ago, {where}.")

WHERE = {
    "phone": N_("at the front desk"),
    "walk_in": N_("at the front desk, for a walk-in"),
    "web": N_("online"),
    "api": N_("by a program"),
    "fhir": N_("by a program"),
    "waitlist": N_("from the waitlist"),
}
"""By which door an appointment came, by its source."""

BY = N_("{where} by {name}")

SPELLS = (
    (timedelta(days=2), timedelta(days=1), N_("{n} days")),
    (timedelta(minutes=90), timedelta(hours=1), N_("{n} h")),
    (timedelta(seconds=90), timedelta(minutes=1), N_("{n} min")),
    (timedelta(), timedelta(seconds=1), N_("{n} s")),
)
"""How long ago something was: from which length on by which unit, and how that is said."""


async def who_was_faster(about: UUID, by: Actor, language: str) -> str:
    """What another has done to the appointment; nothing where nobody else did."""
    return faster(await who_moved.last_move(about, by=by, now=clock.now()), language)


async def who_changed_the_calendar(doctor_id: int, since: datetime, by: Actor, language: str) -> str:
    """What another has done to a doctor's hours, leaves or breaks since; nothing where nobody else did."""
    return faster(await who_moved.last_change(doctor_id, since, by=by, now=clock.now()), language)


def faster(last: LastMove | None, language: str) -> str:
    """Nothing where it was nobody, the clock or oneself; a patient is not named."""
    if last is None or last.is_mine or last.kind not in MOVED:
        return ""
    if last.name is None and last.role != Role.PATIENT:
        return ""
    return _said(FASTER if last.name is not None else THE_PATIENT, last, language)


def faster_or_oneself(last: LastMove | None, language: str) -> str:
    """The same for whoever may have done it on another of his own screens."""
    if last is not None and last.is_mine and last.kind in MOVED:
        return _said(ONESELF, last, language)
    return faster(last, language)


def _said(sentence: str, last: LastMove, language: str) -> str:
    say = words(language).gettext
    return say(sentence).format(name=last.name, what=say(MOVED[last.kind]), ago=spell(last.ago, language))


async def what_is_in_the_way(
    about: UUID,
    doctor_id: int,
    at: datetime,
    zone: str,
    by: Actor,
    language: str,
    *,
    place: tuple[str, int] | None = None,
) -> str:
    """Who took the time, when and where; nothing where it is free again, or not his to know."""
    now = clock.now()
    found = await who_moved.in_the_way(about, doctor_id, at, by=by, now=now, place=place)
    return "" if found is None else taken(found, zone, language)


def taken(found: Taker, zone: str, language: str) -> str:
    """As in: 11:20 am with Vd. Joshi was booked 2 s ago, at the front desk by Rekha."""
    say = words(language).gettext
    where = say(WHERE.get(found.source, WHERE["web"]))
    if found.last is not None and found.last.name is not None:
        where = say(BY).format(where=where, name=found.last.name)
    return say(HELD if found.status == "held" else BOOKED).format(
        time=day_time(found.starts_at, zone, language),
        doctor=found.doctor,
        ago=spell(found.last.ago if found.last is not None else timedelta(), language),
        where=where,
    )


def spell(length: timedelta, language: str) -> str:
    """`2 s`, `5 min`, `3 h`, `4 days`."""
    unit, said = next((unit, said) for since, unit, said in SPELLS if length >= since)
    return words(language).gettext(said).format(n=length // unit)
