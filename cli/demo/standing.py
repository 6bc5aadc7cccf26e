"""How far each appointment of a doctor's day has come at the present moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from models.appointment import Status

NO_SHOW_PART = 0.12
ARRIVES_EARLY = timedelta(minutes=40)
GIVEN_UP = timedelta(minutes=15)
MOVES_TO = {
    Status.BOOKED: 1,
    Status.CANCELLED: 2,
    Status.CHECKED_IN: 2,
    Status.NO_SHOW: 2,
    Status.IN_CONSULTATION: 3,
    Status.COMPLETED: 4,
}
"""An appointment's version in each status: one for the booking and one for every move since."""


class Times(NamedTuple):
    """What of an appointment decides its standing."""

    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    is_cancelled: bool


class Standing(NamedTuple):
    """A status and when it was reached."""

    status: Status
    updated_at: datetime


class Moments(NamedTuple):
    """When a patient came, went in, and was done."""

    checked_in_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


def moments(times: Times, standing: Standing, token: int, *, delay: timedelta) -> Moments:
    """Of one who stands so: some come early, some late, and no visit takes just the time that is set aside for it."""
    began = times.starts_at + delay + timedelta(minutes=token * 5 % 6)
    came = min(times.starts_at + timedelta(minutes=token * 7 % 25 - 18), began)
    if standing.status is Status.COMPLETED:
        return Moments(came, began, max(began + timedelta(minutes=4), standing.updated_at))
    if standing.status is Status.IN_CONSULTATION:
        return Moments(min(came, standing.updated_at), standing.updated_at)
    return Moments(standing.updated_at) if standing.status is Status.CHECKED_IN else Moments()


def standings(rng: Random, day: Iterable[Times], now: datetime, *, delay: timedelta) -> list[Standing]:
    """For one doctor who runs `delay` late, in order of time; at most one patient is with the doctor."""
    is_free = True
    reached = []
    for times in day:
        standing = _cancelled(rng, times, now) if times.is_cancelled else _standing(rng, times, now, delay, is_free)
        is_free = is_free and standing.status is not Status.IN_CONSULTATION
        reached.append(standing._replace(updated_at=max(times.created_at, min(now, standing.updated_at))))
    return reached


def _standing(rng: Random, times: Times, now: datetime, delay: timedelta, is_free: bool) -> Standing:
    if times.starts_at > now + ARRIVES_EARLY:
        return Standing(Status.BOOKED, times.created_at)
    if now >= times.starts_at + GIVEN_UP and rng.random() < NO_SHOW_PART:
        return Standing(Status.NO_SHOW, times.starts_at + GIVEN_UP + delay)
    if times.ends_at + delay <= now:
        return Standing(Status.COMPLETED, times.ends_at + delay)
    if times.starts_at <= now and is_free:
        return Standing(Status.IN_CONSULTATION, times.starts_at + delay)
    if rng.random() < (0.9 if times.starts_at <= now else 0.55):
        return Standing(Status.CHECKED_IN, now - rng.random() * timedelta(minutes=15))
    return Standing(Status.BOOKED, times.created_at)


def _cancelled(rng: Random, times: Times, now: datetime) -> Standing:
    latest = min(now, times.starts_at)
    return Standing(Status.CANCELLED, times.created_at + rng.random() * (latest - times.created_at))
