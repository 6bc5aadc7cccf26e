"""The events that a program sends: it connects, joins rooms and leaves them; each is answered, whatever was sent."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import ValidationError
from socketio import AsyncNamespace
from socketio.exceptions import ConnectionRefusedError as Refused

from api import problems
from api.live import payloads
from api.live.callers import Caller, came
from api.live.sink import NAMESPACE, LiveSink
from core import clock
from core.errors import DomainError, Invalid, NotSignedIn
from core.log import logger
from core.words import LANGUAGES
from services import replay
from services.patient_view import Part
from services.views import parse
from services.watching import WatchedDay, note_reading, watched_day, watched_patient

log = logger(__name__)

MOST_ROOMS = 50
"""Doctors' days and patients that one connection may watch."""

READ_WITHIN = 10.0
"""Seconds that a program has to read what it was sent, before it may ask for more."""


ONE_EACH = ("slots:", "patient:")
"""Of the rooms of one doctor's day, and of one patient, the one that is counted."""


Shown = Mapping[str, Any]
"""Views by room."""


class LiveNamespace(AsyncNamespace):
    """What programs ask on the socket; each question is answered, with a problem too."""

    def __init__(self, sink: LiveSink) -> None:
        """Let the sink push to those who join."""
        super().__init__(NAMESPACE)
        self.sink = sink
        self.answers = {
            "join-doctor-room": (payloads.JoinDoctorRoom, self._join_doctor),
            "leave-doctor-room": (payloads.LeaveDoctorRoom, self._leave_doctor),
            "join-patient-room": (payloads.JoinPatientRoom, self._join_patient),
            "leave-patient-room": (payloads.LeavePatientRoom, self._leave_patient),
        }

    async def trigger_event(self, event: Any, sid: str, *given: Any) -> Any:
        """Whatever comes. A client can send events named connect and disconnect too: those are rubbish."""
        is_connected = self.server.manager.is_connected(sid, NAMESPACE)
        if event == "connect" and not is_connected:
            return await self._connect(sid, given[1])
        if event == "disconnect" and not is_connected:
            return self.sink.depart(sid)
        return await self._answered(sid, event, given)

    async def _connect(self, sid: str, auth: Any) -> None:
        language = LANGUAGES[0]
        try:
            caller = came(self.server.get_environ(sid, NAMESPACE), auth)
            language = caller.language
            try:
                await caller.actor(clock.now())
            except NotSignedIn:
                # A browser whose session is over is nobody, as it is everywhere.
                caller.session = None
        except DomainError as refusal:
            problem = problems.told(refusal, language)
            raise Refused(problem["title"], problem) from None
        self.sink.arrive(sid, caller)

    async def _answered(self, sid: str, event: Any, given: tuple[Any, ...]) -> dict[str, Any]:
        caller = self.sink.callers.get(sid)
        language = caller.language if caller else LANGUAGES[0]
        try:
            if caller is None:
                raise NotSignedIn
            await self._has_read(sid)
            return await self._answer(sid, caller, event, given)
        except ValidationError as error:
            wrong = problems.fields((found["loc"], found["type"]) for found in error.errors())
            return {"error": problems.told(Invalid(), language, errors=wrong)}
        except DomainError as refusal:
            return {"error": problems.told(refusal, language)}
        except Exception as mistake:
            log.error("live_event_failed", error=type(mistake).__name__, exc_info=mistake)
            return {"error": problems.told(problems.Broken(), language)}

    async def _answer(self, sid: str, caller: Caller, event: Any, given: tuple[Any, ...]) -> dict[str, Any]:
        if not isinstance(event, str) or event not in self.answers:
            raise Invalid(field="event")
        if len(given) != 1 or not isinstance(given[0], dict):
            raise Invalid
        model, answer = self.answers[event]
        found: dict[str, Any] = await answer(sid, caller, model.model_validate(given[0]))
        if self.sink.callers.get(sid) is not caller:
            # Signed out meanwhile: what was read for him is not for him any more.
            raise NotSignedIn
        return found

    async def _has_read(self, sid: str) -> None:
        """Who asks and does not read what he is answered is hung up on: his answers would pile up here."""
        if not self.sink.lines.is_slow(sid):
            return
        try:
            async with asyncio.timeout(READ_WITHIN):
                await self.sink.lines.drained(sid)
        except TimeoutError:
            log.warning("live_client_does_not_read")
            await self.sink.lines.hang_up(sid)
            raise NotSignedIn from None

    async def _join_doctor(self, sid: str, caller: Caller, asked: payloads.JoinDoctorRoom) -> dict[str, Any]:
        by, now = await caller.actor(clock.now()), clock.now()
        watched = await watched_day(asked.doctor_id, asked.date, by=by, now=now)
        async with self._entering(sid, caller, watched.rooms) as (before, shown):
            if watched.sees_people and by is not None:
                await note_reading(shown[watched.rooms[-1]], by=by, now=now)
            missed = None
            if asked.since is not None:
                version = shown[watched.rooms[0]].version
                missed = await replay.of_day(asked.doctor_id, watched.day, asked.since, version, now=now)
            return payloads.day_room(watched, self._newest(before, shown), missed)

    async def _leave_doctor(self, sid: str, caller: Caller, asked: payloads.LeaveDoctorRoom) -> dict[str, Any]:
        watched = await watched_day(asked.doctor_id, asked.date, by=None, now=clock.now())
        self.sink.leave(sid, WatchedDay(watched.doctor, watched.day, sees_people=True).rooms)
        return {}

    async def _join_patient(self, sid: str, caller: Caller, asked: payloads.JoinPatientRoom) -> dict[str, Any]:
        by, now = await caller.actor(clock.now()), clock.now()
        part = await watched_patient(asked.patient_id, by=by)
        assert by is not None
        async with self._entering(sid, caller, [part.room]) as (before, shown):
            view = shown[part.room]
            await note_reading(view, by=by, now=now)
            missed = None
            if asked.since is not None:
                missed = await replay.of_patient(part, asked.since, view.version, now=now)
            return payloads.patient_room(self._newest(before, shown)[part.room], missed)

    async def _leave_patient(self, sid: str, caller: Caller, asked: payloads.LeavePatientRoom) -> dict[str, Any]:
        patient_id = asked.patient_id
        if patient_id is None:
            patient_id = (await watched_patient(None, by=await caller.actor(clock.now()))).patient_id
        left = [room for room in caller.rooms if room.startswith("patient:")]
        self.sink.leave(sid, [room for room in left if Part.parse(room.split(":")[1:]).patient_id == patient_id])
        return {}

    @asynccontextmanager
    async def _entering(self, sid: str, caller: Caller, rooms: Sequence[str]) -> AsyncIterator[tuple[Shown, Shown]]:
        """What the rooms were pushed at last, and their views, read after they were entered: nothing falls between.

        Where the block fails they are left again. Raises TooManyRooms.
        """
        new = [room for room in rooms if room not in caller.rooms]
        watched = sum(room.startswith(ONE_EACH) for room in caller.rooms)
        if any(room.startswith(ONE_EACH) for room in new) and watched >= MOST_ROOMS:
            raise problems.TooManyRooms
        for room in rooms:
            self.sink.enter(sid, room)
        before = {room: self.sink.latest.get(room) for room in rooms}
        try:
            shown = {}
            for room in rooms:
                kind, args = parse(room)
                shown[room] = await kind.read(args, clock.now())
            for room, view in shown.items():
                self.sink.has_been_shown(room, view)
            yield before, shown
        except BaseException:
            self.sink.leave(sid, new)
            raise

    def _newest(self, before: Shown, shown: Shown) -> Shown:
        """The views, or what was pushed while they were read: no answer is older than a push that came before it."""
        found = {}
        for room, view in shown.items():
            pushed = self.sink.latest.get(room)
            is_newer = pushed is not None and pushed is not before[room] and pushed.version >= view.version
            found[room] = pushed if is_newer else view
        return found
