"""Whom a change of the calendar would strand, as its preview shows them, and what the staff chose for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from core.errors import Invalid
from core.words import N_, words
from services import doctors
from services.absence.resolutions import Resolved
from services.absence.strandings import Choices, Instead, MoveTo, Plan
from state.rows import opening

PROPOSED = "move"
"""What is chosen where a time is proposed and nobody has chosen otherwise."""

DONE = N_("Saved. Moved: {moved}, put on the waitlist: {offered}, cancelled: {cancelled}.")
SAVED = N_("Saved. Nobody had to move.")


@dataclass(frozen=True)
class StrandedRow:
    """One who cannot stay; `to` is the doctor and the time that is proposed, empty where nothing equivalent is free."""

    id: str
    patient: str
    time: str
    proposal: str
    to: str
    choice: str


async def stranded_rows(
    plan: Plan, before: Sequence[StrandedRow], *, language: str, now: datetime, zone: str
) -> list[StrandedRow]:
    """Those whom the plan strands, in order of time; what was chosen for one before stays chosen."""
    chosen = {row.id: row.choice for row in before}
    others = {
        new.doctor_id
        for each in plan.stranded
        if (new := each.replacement) and new.doctor_id != each.appointment.doctor_id
    }
    names = await doctors.names(others)
    found = []
    for each in plan.stranded:
        identity, new = str(each.appointment.id), each.replacement
        proposal = to = ""
        if new is not None:
            proposal = opening(new.slot.starts_at, zone, language, now)
            proposal += f" · {names[new.doctor_id]}" if new.doctor_id in names else ""
            to = f"{new.doctor_id} {new.slot.starts_at.isoformat()}"
        choice = chosen.get(identity, PROPOSED)
        if new is None and choice == PROPOSED:
            choice = Instead.OFFER.value
        time = opening(each.appointment.starts_at, zone, language, now)
        found.append(StrandedRow(identity, each.patient, time, proposal, to, choice))
    return found


def chosen(rows: Sequence[StrandedRow], identity: str, choice: str) -> list[StrandedRow]:
    """The rows with another choice for one of them. Raises Invalid for one that there is not."""
    if choice not in {PROPOSED, *Instead}:
        raise Invalid(field="choice")
    return [
        replace(row, choice=choice) if row.id == identity and (choice != PROPOSED or row.to) else row for row in rows
    ]


def choices(rows: Sequence[StrandedRow]) -> Choices:
    """What the rows say, for the resolver: just what stands there is done, or nothing is."""
    return {UUID(row.id): _choice(row) for row in rows}


def outcome(done: Resolved, language: str) -> str:
    """What was done, in a sentence."""
    gettext = words(language).gettext
    if not done.moved and not done.cancelled:
        return gettext(SAVED)
    return gettext(DONE).format(
        moved=len(done.moved), offered=len(done.offered), cancelled=len(done.cancelled) - len(done.offered)
    )


def _choice(row: StrandedRow) -> MoveTo | Instead:
    if row.choice != PROPOSED:
        return Instead(row.choice)
    doctor_id, _, starts_at = row.to.partition(" ")
    return MoveTo(doctor_id=int(doctor_id), starts_at=datetime.fromisoformat(starts_at))
