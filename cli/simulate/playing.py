"""A day of the model acted out on the running system by its services: each is checked in as he comes, and called."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cli.simulate import model
from cli.simulate.cast import Doctor
from core import clock
from core.errors import DomainError
from models import Appointment
from models.appointment import Status
from services import appointments, queue, visits
from services.refusals import TooEarly

MOST_PATIENT = 45.0
"""Minutes after his time at which one who did not come is given up."""

Say = Callable[[str], None]


@dataclass
class Playing:
    """One doctor's day at `speed`, from minute `since` of the wall clock on; what is written bears the true time."""

    doctor: Doctor
    plan: model.Day
    people: list[int]
    since: float
    speed: float
    say: Say
    ids: dict[int, UUID]
    takes: dict[UUID, tuple[float, float]] = field(default_factory=dict)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    left: int = 0
    seen: int = 0
    began: float = field(default_factory=time.monotonic)

    async def play(self) -> int:
        """Until nobody comes or waits any more; how many were seen."""
        self.left = len(self.plan.people)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._treat())
            for person in self.plan.people:
                tasks.create_task(self._come(person))
        return self.seen

    async def _come(self, person: model.Person) -> None:
        try:
            if person.arrives is None:
                assert person.booked is not None
                await self._wait_until(person.booked.time + MOST_PATIENT)
                await self._done("did not come", self._or_off(visits.no_show, self.ids[person.booked.time]))
                return
            await self._wait_until(person.arrives)
            found = await self._received(person)
            if found is not None:
                self.takes[found.id] = person.takes, person.then
        finally:
            self.left -= 1
            self.came.set()

    async def _received(self, person: model.Person) -> Appointment | None:
        desk, now = self.doctor.desk, clock.now()
        if person.booked is not None:
            return await self._done("is here", self._or_off(visits.check_in, self.ids[person.booked.time]))
        if not self.people:
            return None
        patient = self.people.pop()
        if person.is_emergency:
            return await self._done("is an emergency", visits.emergency(patient, self.doctor.id, by=desk, now=now))
        return await self._done("walks in", visits.walk_in(patient, self.doctor.id, by=desk, now=now))

    async def _or_off(self, act: Callable[..., Awaitable[Appointment]], appointment_id: UUID) -> Appointment:
        """`act`; where his true time is too far off for it, at another speed than 1, he calls off instead."""
        desk, now = self.doctor.desk, clock.now()
        try:
            return await act(appointment_id, by=desk, now=now)
        except TooEarly:
            return await appointments.cancel(appointment_id, by=desk, now=now)

    async def _treat(self) -> None:
        await self._wait_until(self.plan.hours[0][0] + self.plan.late[0])
        while True:
            self.came.clear()
            is_last = not self.left
            try:
                called = await queue.call_next(self.doctor.id, by=self.doctor.treats, now=clock.now())
            except DomainError as refusal:
                if is_last and refusal.code == "queue_empty":
                    return
                # Nobody waits, or somebody else has called one in: look again when another comes, or soon.
                await self._moved(60 if refusal.code == "queue_empty" else 1)
                continue
            self._tell(called, "goes in")
            takes, then = self.takes.get(called.id, (12.0, 1.0))
            await self._pass(takes)
            if await self._done("is done", visits.complete(called.id, by=self.doctor.treats, now=clock.now())):
                self.seen += 1
            await self._pass(then)

    async def _moved(self, minutes: float) -> None:
        try:
            async with asyncio.timeout(max(minutes * 60 / self.speed, 0.05)):
                await self.came.wait()
        except TimeoutError:
            return

    async def _done(self, what: str, act: Awaitable[Appointment]) -> Appointment | None:
        """What came of it; where somebody else was quicker, nothing."""
        try:
            found = await act
        except DomainError as refusal:
            self.say(f"{clock.now():%H:%M:%S} UTC  {self.doctor.name}: one who {what} is refused, {refusal.code}")
            return None
        self._tell(found, "calls off" if found.status == Status.CANCELLED else what)
        return found

    def _tell(self, appointment: Appointment, what: str) -> None:
        self.say(f"{clock.now():%H:%M:%S} UTC  {self.doctor.name}: token {appointment.token} {what}")

    async def _pass(self, minutes: float) -> None:
        await asyncio.sleep(minutes * 60 / self.speed)

    async def _wait_until(self, minute: float) -> None:
        due = self.began + (minute - self.since) * 60 / self.speed
        await asyncio.sleep(max(0.0, due - time.monotonic()))


def playing(doctor: Doctor, people: list[int], *, seed: int, since: float, speed: float, say: Say) -> Playing:
    """The doctor's day, drawn from the model."""
    booked: Sequence[model.Booked] = [each for each, _ in doctor.booked]
    plan = model.day(doctor.hours, booked, [seed, doctor.id], pace=model.pace(doctor.id, seed))
    ids = {each.time: identity for each, identity in doctor.booked}
    return Playing(doctor=doctor, plan=plan, people=people, since=since, speed=speed, say=say, ids=ids)
