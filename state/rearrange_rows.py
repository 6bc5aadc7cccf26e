"""What the page of many at once shows: whom a change meets, what was done lately, what became of each."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.errors import Invalid
from core.words import N_, words
from models.appointment import Status
from services import doctors
from services.absence.obstacles import InTheWay, Obstacle
from services.absence.rearranged import Fate, Rearranged
from services.absence.strandings import Instead, Plan
from state.rows import opening
from state.strandings import PROPOSED, StrandedRow, stranded_rows

STAY = "stay"
"""What is chosen where somebody may stay and nobody has chosen otherwise."""

COUNTS = {
    PROPOSED: N_("move: {count}"),
    Instead.OFFER.value: N_("to be offered a time: {count}"),
    Instead.CANCEL.value: N_("cancelled: {count}"),
    STAY: N_("stay: {count}"),
}

DONE = COUNTS | {PROPOSED: N_("moved: {count}")}
"""The same of what is done."""

IN_THE_WAY = {
    InTheWay.CALENDAR: N_("The calendar has been changed since."),
    InTheWay.CHANGED: N_("Has been changed since."),
    InTheWay.PAST: N_("The old time is past."),
    InTheWay.CLOSED: N_("Nobody sits at the old time any more."),
    InTheWay.TAKEN: N_("Somebody else has the old time."),
    InTheWay.PATIENT_BUSY: N_("The patient has another appointment at the old time."),
    InTheWay.PLACE_TAKEN: N_("The therapist or the room is not free at the old time."),
}


@dataclass(frozen=True)
class MetRow(StrandedRow):
    """One whom the change meets, with his doctor and token."""

    doctor: str
    token: str
    is_here: bool


@dataclass(frozen=True)
class DoneRow:
    """What was done lately."""

    id: str
    what: str
    when: str
    count: str
    by: str


@dataclass(frozen=True)
class FateRow:
    """What became of one; `fate` is moved, offered or cancelled, `now` his new time or nothing."""

    id: str
    patient: str
    was: str
    fate: str
    now: str


@dataclass(frozen=True)
class WayRow:
    """What keeps one from getting his old time again."""

    id: str
    who: str
    why: str


async def met_rows(
    plan: Plan, before: Sequence[MetRow], *, may_stay: bool, language: str, now: datetime, zone: str
) -> list[MetRow]:
    """Those whom the plan meets, in order of time; who may stay stays until somebody chooses otherwise."""
    bare = await stranded_rows(plan, before, language=language, now=now, zone=zone)
    names = await doctors.names({each.appointment.doctor_id for each in plan.stranded})
    known = {row.id for row in before}
    return [
        MetRow(
            **vars(row) | ({"choice": STAY} if may_stay and row.id not in known else {}),
            doctor=names.get(each.appointment.doctor_id, ""),
            token=str(each.appointment.token or ""),
            is_here=each.appointment.status == Status.CHECKED_IN,
        )
        for row, each in zip(bare, plan.stranded, strict=True)
    ]


def decided(rows: Sequence[MetRow], ids: Collection[str], choice: str, *, may_stay: bool) -> list[MetRow]:
    """The rows with that choice for those; who is to move and has no time is left for an offer. Raises Invalid."""
    allowed = [PROPOSED, *Instead, *([STAY] if may_stay else [])]
    if choice not in allowed:
        raise Invalid(field="choice")
    return [replace(row, choice=_possible(row, choice)) if row.id in ids else row for row in rows]


def summary(rows: Sequence[MetRow], language: str) -> str:
    """How many of them do what: `move: 31 · cancelled: 2`."""
    counts, gettext = Counter(row.choice for row in rows), words(language).gettext
    return " · ".join(gettext(said).format(count=counts[choice]) for choice, said in COUNTS.items() if counts[choice])


def done_row(done: Rearranged, language: str, now: datetime) -> DoneRow:
    """One line of what was done lately."""
    gettext = words(language).gettext
    if not done.doctor:
        what = done.clinic if done.is_picked else f"{done.clinic} · {done.closure}"
    elif done.delay is not None:
        what = gettext("{doctor}, {minutes} min late").format(doctor=done.doctor, minutes=done.delay)
    else:
        what = done.doctor
    begins, ends = (opening(each, done.zone, language, now) for each in (done.starts_at, done.ends_at))
    counted = (PROPOSED, done.moved), (Instead.OFFER.value, done.offered), (Instead.CANCEL.value, done.cancelled)
    count = " · ".join(gettext(DONE[kind]).format(count=number) for kind, number in counted if number)
    return DoneRow(
        id=str(done.resolution_id),
        what=what,
        when=f"{begins} – {ends}" if begins else gettext("Other hours"),
        count=count or gettext("Nobody had to move."),
        by=f"{done.made_by}, {opening(done.created_at, done.zone, language, now)}",
    )


def fate_row(fate: Fate, language: str, now: datetime) -> FateRow:
    """What became of one, in words."""
    to = opening(fate.moved_to, fate.zone, language, now)
    return FateRow(
        id=str(fate.appointment_id),
        patient=fate.patient,
        was=f"{opening(fate.starts_at, fate.zone, language, now)} · {fate.doctor}",
        fate="moved" if to else "offered" if fate.waits else "cancelled",
        now=" · ".join(part for part in (to, fate.moved_to_doctor) if part),
    )


def way_rows(met: Sequence[Obstacle], known: Sequence[Fate], language: str, now: datetime) -> list[WayRow]:
    """What is in the way, each with whom it is about."""
    gettext, about = words(language).gettext, {each.appointment_id: each for each in known}
    rows = []
    for number, each in enumerate(met):
        who = ""
        if each.appointment_id is not None and (fate := about.get(each.appointment_id)) is not None:
            who = f"{fate.patient}, {opening(fate.starts_at, fate.zone, language, now)}"
        rows.append(WayRow(str(number), who, gettext(IN_THE_WAY[each.why])))
    return rows


def _possible(row: MetRow, choice: str) -> str:
    return Instead.OFFER.value if choice == PROPOSED and not row.to else choice
