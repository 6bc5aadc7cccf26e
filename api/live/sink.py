"""The programs' sink: shows views to rooms of `/live`, to whoever may still see them and as fast as each one reads."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from engineio.packet import Packet

from api.live import payloads
from api.live.callers import Caller, present
from core import clock, metrics
from core.errors import DomainError, NotSignedIn
from core.lines import Lines
from core.log import logger
from services.dashboard import Dashboard
from services.live import live
from services.patient_view import PatientView
from services.permissions import Actor
from services.views import View
from services.watching import names_people, rule_of

log = logger(__name__)

NAMESPACE = "/live"

TRY_AGAIN = 1.0
"""Seconds until one who is behind is looked at again, when it could not be told what he may see."""


class LiveSink:
    """Who is connected to this process, which rooms they are in, and what each room was last told."""

    def __init__(self, server: Any) -> None:
        """Push through the Socket.IO server."""
        self.lines = Lines(server, NAMESPACE)
        self.callers: dict[str, Caller] = {}
        self.members: dict[str, set[str]] = defaultdict(set)
        self.latest: dict[str, View] = {}
        self.told: dict[str, dict[UUID, int]] = {}

    def rooms(self) -> Collection[str]:
        """The rooms that a program connected to this process is in."""
        return list(self.members)

    def sessions(self) -> Collection[bytes]:
        """Whose browsers are connected to this process."""
        return {caller.session for caller in self.callers.values() if caller.session is not None}

    async def sign_out(self, ended: Collection[bytes]) -> None:
        """Tell them, and hang up."""
        for sid, caller in list(self.callers.items()):
            if caller.session in ended:
                await self.end(sid, NotSignedIn())

    async def review(self) -> None:
        """Ask of all who came with something whether it still holds, and whether they may see what they watch."""
        known = {sid: caller for sid, caller in self.callers.items() if not caller.is_nobody}
        actors = await self._present(known)
        watched = {room for sid in actors for room in known[sid].rooms}
        for room in watched:
            await self._entitled(room, actors)

    async def push(self, room: str, view: View) -> None:
        """The slots or the queue as a whole; of appointments, those that changed since the room was last told."""
        if room not in self.members:
            # The pages have rooms of kinds that no program can be in.
            return
        self.latest[room] = view
        members = {sid: self.callers[sid] for sid in self.members.get(room, ()) if sid in self.callers}
        if names_people(room):
            members = {sid: members[sid] for sid in await self._entitled(room, await self._present(members))}
        changed = self._changed(room, view)
        frames = self._frames(room, view, changed)
        for sid, caller in members.items():
            if room not in caller.rooms or not frames:
                continue
            if self.lines.is_slow(sid):
                self._leave_behind(sid, caller, room, changed)
            else:
                await self.lines.send(sid, frames)
        if room in self.members:
            self.told[room] = _versions(view)

    def enter(self, sid: str, room: str) -> None:
        """From now on he is shown that room. Raises NotSignedIn where he has gone meanwhile."""
        if (caller := self.callers.get(sid)) is None:
            raise NotSignedIn
        caller.rooms.add(room)
        self.members[room].add(sid)

    def leave(self, sid: str, rooms: Iterable[str]) -> None:
        """Push to that connection no more of the room."""
        for room in rooms:
            if (caller := self.callers.get(sid)) is not None:
                caller.rooms.discard(room)
            if (members := self.members.get(room)) is not None:
                members.discard(sid)
                if not members:
                    for kept in (self.members, self.latest, self.told):
                        kept.pop(room, None)

    def has_been_shown(self, room: str, view: View) -> None:
        """Somebody who came in holds this view: what changes from here on is what he is told."""
        if room in self.members:
            self.told.setdefault(room, _versions(view))
        live.has_read(room, view)

    def arrive(self, sid: str, caller: Caller) -> None:
        """Somebody has connected."""
        self.callers[sid] = caller

    def depart(self, sid: str) -> None:
        """He has gone: nothing is pushed and nothing is kept for him."""
        if (caller := self.callers.get(sid)) is None:
            return
        self.leave(sid, list(caller.rooms))
        del self.callers[sid]
        if caller.catching_up is not None and caller.catching_up is not asyncio.current_task():
            caller.catching_up.cancel()

    async def end(self, sid: str, why: DomainError) -> None:
        """What he came with is over: nothing more is pushed, he is told so, and the line is closed."""
        if (caller := self.callers.get(sid)) is None:
            return
        self.leave(sid, list(caller.rooms))
        await self.lines.send(sid, [self.lines.frame("signed-out", {"code": why.code})])
        await self.lines.hang_up(sid)

    async def _present(self, callers: dict[str, Caller]) -> dict[str, Actor | None]:
        """Who they are; those whose credentials are over are told, and are none of them any more."""
        found = await present(callers.values(), clock.now())
        there: dict[str, Actor | None] = {}
        for sid, caller in callers.items():
            who = found[caller]
            if not isinstance(who, DomainError):
                there[sid] = who
            elif self.callers.get(sid) is caller:
                await self.end(sid, who)
        return there

    async def _entitled(self, room: str, actors: dict[str, Actor | None]) -> list[str]:
        """Those of them who are in the room and may be; who may not is put out and told. Raises Unavailable."""
        refusals: dict[str, DomainError] = {}
        here = [sid for sid in actors if sid in self.members.get(room, ())]
        try:
            rule = await rule_of(room)
        except DomainError as nothing:
            if nothing.code == "unavailable":
                raise
            refusals = dict.fromkeys(here, nothing)
        for sid in here:
            try:
                if sid not in refusals:
                    rule(actors[sid])
            except DomainError as refusal:
                refusals[sid] = refusal
        for sid, refusal in refusals.items():
            if sid not in self.members.get(room, ()):
                # A push and a look asked at the same time: once is enough.
                continue
            self.leave(sid, [room])
            await self.lines.send(sid, [self.lines.frame("room-closed", _closed(room, refusal))])
        return [sid for sid in here if sid not in refusals]

    def _changed(self, room: str, view: View) -> set[UUID]:
        """The appointments that stand otherwise than the room was told."""
        told = self.told.get(room, {})
        return {identity for identity, version in _versions(view).items() if told.get(identity) != version}

    def _frames(self, room: str, view: Any, changed: Collection[UUID]) -> list[Packet]:
        kind = room.partition(":")[0]
        if kind == "slots":
            return [self.lines.frame("slots-updated", payloads.slots(view))]
        if kind == "queue":
            return [self.lines.frame("queue-updated", payloads.queue(view))]
        shown = payloads.appointments(view)
        found = [payloads.appointment(each) for identity, each in shown.items() if identity in changed]
        return [self.lines.frame("appointment-updated", each) for each in found]

    def _leave_behind(self, sid: str, caller: Caller, room: str, changed: set[UUID]) -> None:
        """Note what he is owed; he gets the newest of it when he has read what waits for him."""
        caller.behind.setdefault(room, set()).update(changed)
        metrics.live_behind.inc()
        if caller.catching_up is None or caller.catching_up.done():
            caller.catching_up = asyncio.create_task(self._catch_up(sid, caller))

    async def _catch_up(self, sid: str, caller: Caller) -> None:
        while caller.behind:
            await self.lines.drained(sid)
            owed, caller.behind = caller.behind, {}
            for room, changed in owed.items():
                try:
                    if names_people(room):
                        await self._entitled(room, await self._present({sid: caller}))
                except DomainError as error:
                    log.warning("rights_not_read", room=room, error=error.code)
                    caller.behind.setdefault(room, set()).update(changed)
                    await asyncio.sleep(TRY_AGAIN)
                    continue
                if room in caller.rooms and (view := self.latest.get(room)) is not None:
                    await self.lines.send(sid, self._frames(room, view, changed))


def _versions(view: View) -> dict[UUID, int]:
    """What is told one by one, and at which version."""
    if not isinstance(view, Dashboard | PatientView):
        return {}
    return {identity: each.version for identity, each in payloads.appointments(view).items()}


def _closed(room: str, why: DomainError) -> dict[str, Any]:
    kind, *args = room.split(":")
    if kind == "patient":
        return {"room": "patient", "patientId": int(args[0]), "code": why.code}
    named = "appointments" if kind == "day" else "doctor"
    return {"room": named, "doctorId": int(args[0]), "date": args[1], "code": why.code}
