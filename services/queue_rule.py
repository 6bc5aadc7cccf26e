"""Who goes in next: one rule, a pure function of what is recorded of the day; `sentence` says it to people.

The day is played through in the order in which it happened: who comes takes his place in the line, who is passed over
goes back in it, who goes in or leaves is gone. So the order of those who stay is the same whoever leaves, however often
it is asked for, and in whatever order the bookings are given.

Who may go before whom, and so how long anybody can be kept waiting:
- an emergency goes before all but emergencies that came earlier;
- before one who is booked and on time go those whose own time is no later, and walk-ins who were here before him;
- before a walk-in go those who were here when he came, and of the booked ones who came after him at most
  `walk_in_after`;
- one who comes later than `grace_minutes` after his time lets `late_after` of those who wait go first, or all whose
  time is before his own; who comes after him goes before him only with a time before that of the last of those;
- one who is passed over lets the next `late_after` go first, and nobody else goes back for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from core.words import N_, words
from models.appointment import Source, Status

GONE_IN = frozenset({Status.IN_CONSULTATION, Status.COMPLETED})


@dataclass(frozen=True, kw_only=True)
class QueueRule:
    """A clinic's own numbers of the rule."""

    grace_minutes: int = 10
    late_after: int = 1
    walk_in_after: int = 3

    @property
    def grace(self) -> timedelta:
        """How late one may come and still keep his place."""
        return timedelta(minutes=self.grace_minutes)


class Recorded(Protocol):
    """What the rule asks of a booking."""

    @property
    def id(self) -> UUID: ...  # noqa: D102
    @property
    def starts_at(self) -> datetime: ...  # noqa: D102
    @property
    def status(self) -> Status: ...  # noqa: D102
    @property
    def token(self) -> int | None: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def is_emergency(self) -> bool: ...  # noqa: D102
    @property
    def checked_in_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def skipped_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def started_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def updated_at(self) -> datetime: ...  # noqa: D102


B = TypeVar("B", bound=Recorded)


@dataclass
class Place(Generic[B]):
    """One in the line. Who has a time has a `turn`; who has none lets others pass, and counts them."""

    booking: B
    turn: datetime | None
    passed: int = 0


def line(bookings: Iterable[B], rule: QueueRule) -> list[Place[B]]:
    """Those who are here and wait, in the order in which they go in."""
    standing: list[Place[B]] = []
    for _, what, _, _, booking in sorted(_moments(bookings), key=lambda moment: moment[:4]):
        if what == _COMES:
            _take_place(standing, booking, rule)
        elif what == _SKIPPED:
            _go_back(standing, booking, rule)
        else:
            standing[:] = [place for place in standing if place.booking is not booking]
    return standing


def in_order(bookings: Iterable[B], rule: QueueRule) -> list[B]:
    """The same without what the line keeps about them."""
    return [place.booking for place in line(bookings, rule)]


def is_walk_in(booking: Recorded) -> bool:
    """Whether he came without a time of his own."""
    return booking.source == Source.WALK_IN and not booking.is_emergency


def sentence(rule: QueueRule, language: str) -> str:
    """The rule as people are told it."""
    say = words(language).gettext
    chosen = (
        N_("Emergencies first"),
        _of(rule.grace_minutes, *BOOKED),
        _of(rule.late_after, *LATE),
        _of(rule.walk_in_after, *WALK_INS),
    )
    numbers = {"grace": rule.grace_minutes, "late": rule.late_after, "walk_ins": rule.walk_in_after}
    return "; ".join(say(part).format(**numbers) for part in chosen) + say(N_("."))


BOOKED = (
    N_("then who is booked and here, by their time"),
    N_("then who is booked and here, by their time, with a minute of grace"),
    N_("then who is booked and here, by their time, with {grace} min of grace"),
)
LATE = (
    N_("who comes later than that still goes by their time"),
    N_("who comes later than that goes after the next one"),
    N_("who comes later than that goes after the next {late}"),
)
WALK_INS = (
    N_("walk-ins go by token, and nobody booked who came later goes before them"),
    N_("walk-ins go by token, and only one who is booked and came later goes before them"),
    N_("walk-ins go by token, and at most {walk_ins} who are booked and came later go before them"),
)


def _of(number: int, none: str, one: str, many: str) -> str:
    return many if number > 1 else (none, one)[number]


_COMES, _SKIPPED, _LEAVES = range(3)
_Moment = tuple[datetime, int, int, str, B]


def _moments(bookings: Iterable[B]) -> Iterable[_Moment[B]]:
    for each in bookings:
        if (came := _came(each)) is None:
            continue
        who = each.token or 0, str(each.id)
        yield came, _COMES, *who, each
        if each.skipped_at is not None and each.skipped_at >= came:
            yield each.skipped_at, _SKIPPED, *who, each
        if each.status in GONE_IN:
            yield each.started_at or came, _LEAVES, *who, each
        elif each.status != Status.CHECKED_IN:
            yield max(each.updated_at, came), _LEAVES, *who, each


def _came(booking: Recorded) -> datetime | None:
    """Of one whose coming was not noted, his own time."""
    return booking.checked_in_at or (booking.starts_at if booking.status == Status.CHECKED_IN else None)


def _urgent(standing: list[Place[B]]) -> int:
    """How many emergencies there are; they stand before all others."""
    return next((n for n, place in enumerate(standing) if not place.booking.is_emergency), len(standing))


def _take_place(standing: list[Place[B]], booking: B, rule: QueueRule) -> None:
    urgent = _urgent(standing)
    if booking.is_emergency:
        standing.insert(urgent, Place(booking, booking.checked_in_at))
        return
    if is_walk_in(booking):
        standing.append(Place(booking, None))
        return
    came = _came(booking)
    assert came is not None
    is_late = came > booking.starts_at + rule.grace
    first = min(urgent + rule.late_after, len(standing)) if is_late else urgent
    where = len(standing)
    while where > first and _may_pass(booking, standing[where - 1], rule):
        where -= 1
        standing[where].passed += standing[where].turn is None
    place = Place(booking, booking.starts_at)
    standing.insert(where, place)
    if is_late:
        _stand_behind(standing, where, urgent)


def _may_pass(booking: Recorded, other: Place[B], rule: QueueRule) -> bool:
    if other.turn is None:
        return other.passed < rule.walk_in_after
    return (booking.starts_at, booking.token or 0) < (other.turn, other.booking.token or 0)


def _go_back(standing: list[Place[B]], booking: B, rule: QueueRule) -> None:
    where = next((n for n, place in enumerate(standing) if place.booking is booking), None)
    if where is None:
        return
    place = standing.pop(where)
    urgent = _urgent(standing)
    last = urgent if booking.is_emergency else len(standing)
    back = min(where + rule.late_after, last)
    standing.insert(back, place)
    if not booking.is_emergency:
        _stand_behind(standing, back, urgent)


def _stand_behind(standing: list[Place[B]], where: int, urgent: int) -> None:
    """Who has to stand behind another counts from then on as that one does: nobody who comes is kept back by him."""
    place = standing[where]
    if where <= urgent or place.turn is None:
        return
    before = standing[where - 1]
    if before.turn is None:
        place.turn, place.passed = None, before.passed
    else:
        place.turn = max(place.turn, before.turn)
