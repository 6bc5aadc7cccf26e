"""What tests/test_matrix.py calls: every handler and every route, as each kind of person, on each kind of thing."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
from reflex.state import State
from reflex_base.registry import RegistrationContext
from sqlalchemy import text
from starlette.routing import BaseRoute, Mount, Route

from api.live.namespace import LiveNamespace
from core import clock, db
from core.crypto import seal
from core.errors import DomainError
from core.web_session import hash_id
from core.words import LANGUAGES
from services import visit_links
from services.clinics import Place
from services.therapy.course_plan import Pattern, Plan
from state.desk_wish import DeskWish
from state.doctor_choice import Option
from tests import patients
from tests.api.socket import Program
from tests.people import Cast
from tests.rows import many, one, write
from tests.state.pages import ORIGIN, tab

TABLE = Path(__file__).with_name("matrix.txt")
PEOPLE = ("nobody", "pending", "patient", "doctor", "desk", "admin", "integrator")

REFUSED = {"not_signed_in", "not_allowed", "not_found", "reason_needed"}
"""Codes by which someone is turned away for who he is; any other refusal is for what he said."""

PLAIN = {"GET /health", "GET /health/live", "GET /health/ready", "GET /metrics"}
"""Routes that ask nobody, and know of nobody: the only ones that need not be made by `door`."""


def table() -> dict[str, dict[str, str]]:
    """The written matrix: by the name of a handler or route, what holds for each kind of person."""
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    split = [line.rsplit(maxsplit=len(PEOPLE)) for line in lines]
    rows = {name: dict(zip(PEOPLE, cells, strict=True)) for name, *cells in split}
    assert len(rows) == len(lines), "something stands in it twice"
    assert {cell for row in rows.values() for cell in row.values()} <= {"-", "own", "yes"}
    return rows


@dataclass(frozen=True, kw_only=True)
class Things:
    """What belongs to the patient, the doctor and the clinic of the cast, or to others, or to nobody."""

    appointment: UUID
    hold: UUID
    patient: int
    doctor: int
    slug: str
    clinic: int
    member: int
    former: int
    invitation: UUID
    opening: UUID
    entry: UUID
    sheet: UUID
    payment: UUID
    offer: int
    leave: int
    slot: datetime
    double: int
    namesake: int
    merge: UUID

    @classmethod
    def of_nobody(cls) -> "Things":
        """Ids that nothing has."""
        kinds = ("appointment", "hold", "invitation", "opening", "entry", "sheet", "payment", "merge")
        named = ("patient", "doctor", "clinic", "member", "former", "leave", "offer", "double", "namesake")
        made = {name: uuid4() for name in kinds}
        numbers = dict.fromkeys(named, 10**6) | {"double": 10**6 + 1}
        return cls(**made, **numbers, slug="nobody", slot=clock.now() + timedelta(days=3))

    @property
    def resolution(self) -> UUID:
        """What was done about the leave."""
        return UUID(int=self.leave)

    def unknown(self) -> "Things":
        """The same with ids that nobody has; who the doctors are, all may know."""
        return replace(Things.of_nobody(), doctor=self.doctor, slug=self.slug, clinic=self.clinic, slot=self.slot)


@dataclass
class Stage:
    """The cast with a session each, and the things of both sides; `mark` is where the database stood at last."""

    sessions: dict[str, str]
    own: Things
    other: Things
    mark: int = 0


@dataclass(frozen=True)
class Call:
    """How a handler is called: with what, on a page of which address, after what was set in its state."""

    arguments: Callable[[Things], dict[str, Any]] = lambda _: {}
    path: Callable[[Things], str] = lambda _: "/"
    before: Callable[[Any, Things], None] = lambda _state, _things: None
    is_shown: Callable[[Any, Things], bool] = lambda _state, _things: True


def _of_doctor(state: Any, things: Things) -> None:
    state.doctor_id = str(things.doctor)


def _hold(state: Any, things: Things) -> None:
    state.patient_id = str(things.patient)
    doctor = state._get_root_state().get_substate(["reflex___state____state", "state___doctor____doctor"])
    doctor.id, doctor.slug, doctor.mode = things.doctor, things.slug, "in_person"


def _moving(state: Any, things: Things) -> None:
    state.moving = str(things.appointment)


def _week(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    return replace(_day(arguments), path=lambda things: f"/week?doctor={things.doctor}")


def _visit(things: Things) -> str:
    return f"/v/{visit_links.code_of(things.appointment)}"


def _day(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    return Call(
        arguments,
        lambda things: f"/day?doctor={things.doctor}",
        _of_doctor,
        lambda state, things: state.doctor_id == str(things.doctor),
    )


HOURS: dict[str, dict[str, Any]] = {
    "add": {"key": "0"},
    "add_break": {"key": "0"},
    "choose_break": {"key": "0", "number": 0, "which": "starts", "value": "11:00"},
    "remove_break": {"key": "0", "number": 0},
    "choose": {"appointment_id": "none", "choice": "cancel"},
    "choose_clinic": {"key": "0", "number": 0, "clinic_id": "1"},
    "choose_scope": {"scope": ""},
    "remove": {"key": "0", "number": 0},
    "save": {},
    "choose_mode": {"key": "0", "number": 0, "mode": "video", "is_served": True},
    "choose_time": {"key": "0", "number": 0, "which": "opens", "value": "09:00"},
    "undo": {},
}
"""What the editor of hours is told."""


LEAVE: dict[str, dict[str, Any]] = {
    "choose": {"appointment_id": "none", "choice": "cancel"},
    "confirm": {},
    "choose_since": {"value": "2030-01-01T09:00"},
    "choose_until": {"value": "2030-01-01T12:00"},
    "take_break": {"minutes": 15},
    "undo": {},
}
"""What the panel of breaks and leaves is told."""


def _leave(arguments: dict[str, Any]) -> Call:
    """On a panel that somebody made believe is open on that doctor's day."""

    def before(state: Any, things: Things) -> None:
        state.doctor_id, state.since, state.until = str(things.doctor), "2030-01-01T09:00", "2030-01-01T12:00"

    return Call(lambda _: arguments, before=before)


def _of_clinic(state: Any, things: Things) -> None:
    state.clinic_id, state.grace_minutes, state.late_after, state.walk_in_after = str(things.clinic), "5", "2", "4"


def _of_desk(state: Any, things: Things) -> None:
    state.clinic_id = str(things.clinic)


def _hours(arguments: dict[str, Any]) -> Call:
    """On an editor that somebody made believe is open on that doctor's hours."""

    def before(state: Any, things: Things) -> None:
        state.doctor_id, state.clinics = str(things.doctor), [Option("1", "Here")]

    return Call(lambda _: arguments, before=before)


def _acting(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    """On the dashboard of that doctor."""

    def before(state: Any, things: Things) -> None:
        day = state._get_root_state().get_substate(["reflex___state____state", "state___day____day"])
        day.doctor_id = str(things.doctor)

    return Call(arguments, lambda things: f"/day?doctor={things.doctor}", before)


def _at_desk(state: Any, things: Things) -> None:
    """A page that somebody made believe is open for that patient, with a course that was shown."""
    state._place = Place(clinic_id=things.clinic, name="Here", city="Pune", zone="Asia/Kolkata")
    state.wish = DeskWish(since=things.slot.date().isoformat())
    state._patient_id = things.patient
    state._plan = Plan(
        patient_id=things.patient,
        doctor_id=things.doctor,
        therapist_id=1,
        room_id=1,
        pattern=Pattern(things.slot.date()),
        starts_at=tuple(things.slot + timedelta(days=days) for days in range(7)),
    )


def _of_patient(state: Any, things: Things) -> None:
    state.id = str(things.patient)


def _to_him(things: Things) -> dict[str, Any]:
    return {"appointment_id": str(things.appointment), "version": 1}


def _last(state: Any, things: Things) -> None:
    state.undo_id, state.undo_version = str(things.appointment), 1


def _desk(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    """On the desk of that clinic; a doctor's part of it."""

    def before(state: Any, things: Things) -> None:
        state.clinic_id, state.day, state.only = str(things.clinic), things.slot.date().isoformat(), str(things.doctor)

    return Call(arguments, lambda things: f"/desk?clinic={things.clinic}", before)


def _grid(arguments: Callable[[Things], dict[str, Any]]) -> Call:
    """The same, for what is done on its grid."""

    def before(state: Any, things: Things) -> None:
        desk = state._get_root_state().get_substate(["reflex___state____state", "state___desk____desk"])
        desk.clinic_id, desk.day, desk.only = str(things.clinic), things.slot.date().isoformat(), str(things.doctor)
        desk._zone = "Asia/Kolkata"
        _last(state, things)

    return Call(arguments, lambda things: f"/desk?clinic={things.clinic}", before)


def _there(things: Things) -> dict[str, Any]:
    """A time of the grid, by its wall clock."""
    local = things.slot.astimezone(ZoneInfo("Asia/Kolkata"))
    return {"doctor_id": things.doctor, "day": local.date().isoformat(), "minute": local.hour * 60 + local.minute}


def _caller(things: Things) -> dict[str, Any]:
    there = _there(things)
    who = {"name": "Telephones", "phone": "+919812345678", "visit": "first_visit"}
    return {"form": who | {"doctor": str(there["doctor_id"]), "day": there["day"], "minute": str(there["minute"])}}


def _rearranging(arguments: Callable[[Things], dict[str, Any]] = lambda _: {}) -> Call:
    """On the page of many at once, with that doctor chosen."""

    def before(state: Any, things: Things) -> None:
        state.doctor_id, state.away, state.clinic_id = str(things.doctor), [str(things.doctor)], str(things.clinic)
        state.since, state.until = "2030-01-01T09:00", "2030-01-01T12:00"

    return Call(arguments, before=before)


def _met(things: Things) -> dict[str, Any]:
    return {"form": {"doctor": str(things.doctor), "since": "2030-01-01T09:00", "until": "2030-01-01T12:00"}}


def _offer(things: Things) -> dict[str, Any]:
    return {"form": {"about": str(things.offer), "to": str(things.entry), "reason": "In pain"}}


HANDLERS: dict[str, Call] = {
    "desk.choose_clinic": _desk(lambda things: {"clinic_id": str(things.clinic)}),
    "desk.choose_day": _desk(lambda things: {"day": things.slot.date().isoformat()}),
    "desk.choose_days": _desk(lambda _: {"days": 3}),
    "desk.choose_kind": _desk(lambda _: {"kind": "room"}),
    "desk.choose_only": _desk(lambda things: {"number": str(things.doctor)}),
    "desk.go_to_today": _desk(),
    "desk.load": replace(_desk(), before=lambda _state, _things: None),
    "desk.look": _desk(),
    "desk.turn": _desk(lambda _: {"step": 1}),
    "desk_moves.book": _grid(_caller),
    "desk_moves.drop": _grid(
        lambda things: (
            {"request": 1, "appointment_id": str(things.appointment), "version": 1, "tells": True} | _there(things)
        )
    ),
    "desk_moves.pick_up": _grid(lambda things: {"appointment_id": str(things.appointment)}),
    "desk_moves.undo": _grid(lambda _: {}),
    **{f"desk_moves.{act}": _grid(_to_him) for act in ("cancel", "check_in", "miss")},
    "appointment.load": Call(path=lambda things: f"/appointment/{things.appointment}"),
    "board.load": Call(path=lambda _: "/board/dhanvantari"),
    "booking.cancel": Call(lambda things: {"appointment_id": str(things.appointment)}),
    "booking.choose_patient": Call(lambda things: {"patient_id": str(things.patient)}),
    "booking.confirm": Call(lambda things: {"hold_id": str(things.hold)}),
    "booking.hold": Call(lambda things: {"starts_at": things.slot.isoformat()}, before=_hold),
    "booking.move": Call(lambda things: {"hold_id": str(things.hold)}, before=_moving),
    "booking.release": Call(lambda things: {"hold_id": str(things.hold)}),
    "cash.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "cash.close": Call(lambda things: {"form": {"sheet": str(things.sheet), "counted": "0", "version": "1"}}),
    "cash.go_to_today": Call(before=_of_desk),
    "cash.load": Call(path=lambda things: f"/cash?clinic={things.clinic}"),
    "cash.note_float": Call(lambda things: {"form": {"clinic": str(things.clinic), "float": "100"}}),
    "cash.reopen": Call(lambda things: {"form": {"sheet": str(things.sheet), "reason": "Too soon"}}),
    "cash.turn": Call(lambda _: {"step": -1}, before=_of_desk),
    "cash.void": Call(lambda things: {"form": {"payment": str(things.payment), "reason": "A mistake"}}),
    "check_in_code.show": Call(lambda things: {"doctor_id": str(things.doctor)}),
    "day.choose_doctor": _day(lambda things: {"doctor_id": str(things.doctor)}),
    "day.go_to_today": _day(),
    "day.load": replace(_day(), before=lambda _state, _things: None),
    "day.look": _day(),
    "day.turn": _day(lambda _: {"step": 1}),
    "day_actions.call_next": _acting(),
    **{f"day_actions.{act}": _acting(_to_him) for act in ("check_in", "finish", "miss", "recall", "skip", "start")},
    "day_actions.run_late": _acting(lambda _: {"minutes": 20}),
    "day_actions.send": Call(
        lambda things: {
            "form": {"appointment": str(things.appointment), "version": "1", "to": f"doctor:{things.doctor}"}
        }
    ),
    "desk_payments.take": Call(
        lambda things: {
            "form": {"appointment": str(things.appointment), "what": "take", "amount": "500", "due": "50000"}
            | {"method": "cash", "key": str(things.appointment)}
        }
    ),
    "desk_walk_in.add": Call(
        lambda things: {
            "form": {"name": "Walked In", "phone": "+919812345678", "visit": "follow_up", "doctor": str(things.doctor)}
        }
    ),
    "desk_walk_in.look": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "desk_walk_in.send_slip": Call(lambda things: {"appointment_id": str(things.appointment)}),
    "day_actions.undo": Call(before=_last),
    "desk_book.ask": Call(lambda _: {"form": {"since": "2030-01-01"}}),
    "desk_book.book": Call(
        lambda things: {"doctor_id": things.doctor, "starts_at": things.slot.isoformat()}, before=_at_desk
    ),
    "desk_book.book_course": Call(before=_at_desk),
    "desk_book.choose_patient": Call(lambda things: {"patient_id": str(things.patient)}, before=_at_desk),
    "desk_book.go_on": Call(lambda _: {"is_same": False}, before=_at_desk),
    "desk_book.load": Call(path=lambda things: f"/book?patient={things.patient}"),
    "desk_book.more": Call(before=_at_desk),
    "desk_book.name_patient": Call(lambda _: {"form": {"name": "Calls Up", "phone": "+919812345679"}}),
    "doctor.choose_day": Call(lambda _: {"key": "2030-01-01"}),
    "doctor.choose_mode": Call(lambda _: {"code": "video"}),
    "doctor.load": Call(path=lambda things: f"/doctor/{things.slug}"),
    "hours.begin": Call(lambda things: {"doctor_id": str(things.doctor), "day": "2030-01-01"}),
    "leave.come_back": Call(lambda things: {"doctor_id": str(things.doctor)}),
    "leave.open_panel": Call(lambda things: {"doctor_id": str(things.doctor), "day": "2030-01-01"}),
    **{f"leave.{name}": _leave(arguments) for name, arguments in LEAVE.items()},
    "queue_settings.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "queue_settings.load": Call(path=lambda things: f"/queue-rule?clinic={things.clinic}"),
    "queue_settings.save": Call(before=_of_clinic),
    "queue_settings.choose_number": Call(lambda _: {"which": "late_after", "value": "3"}, before=_of_clinic),
    **{f"hours.{name}": _hours(arguments) for name, arguments in HOURS.items()},
    "find_patient.choose": Call(lambda things: {"patient_id": str(things.patient)}),
    "find_patient.look_for": Call(lambda _: {"text": "asha"}),
    "merging.compare": Call(lambda things: {"first": str(things.patient), "second": str(things.double)}),
    "merging.merge": Call(lambda things: {"form": {"first": str(things.patient), "second": str(things.double)}}),
    "merging.undo": Call(lambda things: {"merge_id": str(things.merge)}),
    "patients.check_in": Call(_to_him),
    "patients.load": Call(path=lambda things: f"/patients?patient={things.patient}"),
    "patients.make": Call(lambda _: {"form": {"name": "New Here", "phone": "+919812345678"}}),
    "patients.open": Call(lambda things: {"patient_id": str(things.patient)}),
    "patients.follow": Call(before=_of_patient),
    "patients.refresh": Call(before=_of_patient),
    "notice.tell": Call(lambda _: {"code": "stale"}),
    "rearrange.apply": _rearranging(lambda _: {"form": {"pick-none": "on", "becomes": "cancel"}}),
    "rearrange.carry_out": _rearranging(),
    "rearrange.choose": _rearranging(lambda _: {"appointment_id": "none", "choice": "cancel"}),
    "rearrange.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "rearrange.choose_kind": Call(lambda _: {"kind": "late"}),
    "rearrange.load": Call(path=lambda things: f"/rearrange?clinic={things.clinic}&doctor={things.doctor}"),
    "rearrange.look": _rearranging(_met),
    "rearrange.tell": Call(lambda _: {"tells": False}),
    "rearranged.show": Call(lambda things: {"resolution_id": str(things.resolution)}),
    "rearranged.undo": Call(lambda things: {"resolution_id": str(things.resolution)}),
    "search.choose_city": Call(lambda _: {"name": "Pune"}),
    "search.choose_language": Call(lambda _: {"code": "hi"}),
    "search.choose_mode": Call(lambda _: {"code": "video"}),
    "search.choose_specialization": Call(lambda _: {"code": "panchakarma"}),
    "search.choose_within": Call(lambda _: {"days": "3"}),
    "search.look_for": Call(lambda _: {"text": "Joshi"}),
    "staff.ask": Call(lambda things: {"user_id": str(things.member)}),
    "staff.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "staff.choose_role": Call(lambda _: {"role": "doctor"}),
    "staff.deactivate": Call(lambda things: {"user_id": str(things.member)}),
    "staff.invite": Call(
        lambda things: {
            "form": {"name": "New", "email": "new@x.org", "role": "receptionist", "clinic": str(things.clinic)}
        }
    ),
    "staff.reactivate": Call(lambda things: {"user_id": str(things.former)}),
    "waitlist.ask": Call(lambda things: {"what": "give", "about": str(things.entry)}),
    "waitlist.choose_clinic": Call(lambda things: {"clinic_id": str(things.clinic)}),
    "waitlist.give": Call(
        lambda things: {
            "form": {"about": str(things.entry), "time": things.slot.isoformat(), "reason": "Came from far"}
        }
    ),
    "waitlist.load": Call(path=lambda things: f"/waitlist?clinic={things.clinic}&doctor={things.doctor}"),
    "waitlist.pass_on": Call(_offer),
    "waitlist.retract": Call(_offer),
    "week.choose_day": Call(lambda _: {"key": "2030-01-01"}),
    "week.choose_doctor": _week(lambda things: {"doctor_id": str(things.doctor)}),
    "week.go_to_present": _week(),
    "week.load": replace(_week(), before=lambda _state, _things: None),
    "week.turn": _week(lambda _: {"step": 1}),
    "staff.revoke": Call(lambda things: {"invitation_id": str(things.invitation)}),
    # The link is the leave: whoever has it may, and whoever has none is told that it is unknown.
    "visit.arrive": Call(lambda _: {"form": {"code": "none"}}, lambda things: _visit(things)),
    "visit.load": Call(path=lambda things: _visit(things)),
}
"""How they are called where it takes more than a click."""


def _wish(things: Things) -> dict[str, Any]:
    return {"doctorId": things.doctor, "startsAt": things.slot.isoformat()}


LONG = "x" * 300
"""A password that is refused before it is hashed: the matrix is about who, and a hash is slow on purpose."""

MOVES = ("cancel", "check-in", "start", "complete", "no-show", "recall")

FORMS: dict[str, Callable[[Things], dict[str, Any]]] = {
    "POST /api/appointments": lambda things: _wish(things) | {"patientId": things.patient},
    "POST /api/appointments/{appointment_id}/reschedule": lambda things: {"version": 1} | _wish(things),
    **{f"POST /api/appointments/{{appointment_id}}/{move}": lambda _: {"version": 1} for move in MOVES},
    "POST /api/holds": lambda things: _wish(things) | {"patientId": things.patient},
    "POST /auth/join": lambda _: {"email": "new@x.org", "code": "A" * 16, "password": "twelve-or-more"},
    "POST /auth/second-factor/begin": lambda _: {"password": LONG},
    "POST /auth/second-factor/confirm": lambda _: {"code": "000000"},
    "POST /auth/second-factor/off": lambda _: {"code": "000000"},
    "POST /auth/second-factor/renew": lambda _: {"code": "000000"},
    "POST /auth/sign-in": lambda _: {"email": "boss@example.org", "password": LONG},
    "POST /api/auth/login": lambda _: {"email": "boss@example.org", "password": "wrong" * 50},
    "POST /api/auth/logout": lambda _: {"refreshToken": "unknown"},
    "POST /api/doctors": lambda _: {"specialization": "Panchakarma"},
    "POST /api/auth/register": lambda _: {"name": "N", "email": "new@x.org", "password": LONG, "consent": True},
    "POST /api/auth/register/verify": lambda _: {"ticket": "none", "code": "000000"},
    "POST /api/auth/refresh": lambda _: {"refreshToken": "unknown"},
    "POST /api/doctors/{doctor_id}/queue/delay": lambda _: {"minutes": 20},
    "POST /api/doctors/{doctor_id}/leaves": lambda things: {
        "startsAt": (things.slot + timedelta(days=50)).isoformat(),
        "endsAt": (things.slot + timedelta(days=51)).isoformat(),
    },
    "POST /api/waitlist": lambda things: {
        "doctorId": things.doctor,
        "patientId": things.patient,
        "firstDay": things.slot.date().isoformat(),
        "lastDay": things.slot.date().isoformat(),
        "mode": "video",
    },
    "POST /auth/account/address": lambda _: {"address": "new@x.org", "present": LONG},
    "POST /auth/account/family": lambda _: {"name": "Little One", "born_on": "2020-01-01"},
    "POST /auth/account/family/change": lambda things: {
        "patient_id": str(things.patient),
        "name": "Another Name",
        "born_on": "1980-01-01",
    },
    "POST /auth/account/erase": lambda _: {"present": LONG},
    "POST /auth/account/password": lambda _: {"present": LONG, "password": "a long enough password"},
    "POST /auth/code": lambda _: {"address": "nobody@x.org"},
    "POST /auth/code/restart": lambda _: {"next": "/register"},
    "POST /auth/register": lambda _: {"name": "N", "email": "new@x.org", "password": LONG},
    "POST /auth/reset/ask": lambda _: {"address": "nobody@x.org"},
    "POST /patient/{patient_id}": lambda _: {"reason": "She telephoned about her medicine."},
    "POST /second-factor": lambda _: {"code": "000000"},
    "POST /staff/openings/seen": lambda things: {"opening": str(things.opening)},
}
"""What is posted."""


def handlers() -> dict[str, tuple[type[State], Callable[..., Any]]]:
    """Every handler of ours that the app has, by the end of its name: its state and what is run."""
    found = {}
    for name, registered in RegistrationContext.get().event_handlers.items():
        if registered.handler.fn.__module__.partition(".")[0] == "state":
            state, _, handler = name.rpartition(".")
            found[f"{state.rpartition('____')[2]}.{handler}"] = (registered.states[0], registered.handler.fn)
    return found


def routes(of: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every route: its method, its path, and what tells its access (a door itself, or the API's endpoint)."""
    for route in of:
        if isinstance(route, Mount):
            yield from routes(route.routes, prefix + route.path)
        else:
            assert isinstance(route, Route), route
            teller = route if hasattr(route, "access") else route.endpoint
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, prefix + route.path, teller


def row_of(method: str, path: str) -> str:
    """The name of a route in the table: without the language."""
    first, _, rest = path.lstrip("/").partition("/")
    return f"{method} /{rest}" if first in LANGUAGES[1:] else f"{method} {path}"


async def called(stage: Stage, who: str, short: str, things: Things) -> str:
    """Run a handler as the socket would for that person: `in`, or the code of the refusal."""
    kind, run = handlers()[short]
    call = HANDLERS.get(short, Call())
    root = tab(stage.sessions.get(who), call.path(things))
    state: Any = root.get_substate(kind.get_full_name().split("."))
    call.before(state, things)
    try:
        result = run(state, **call.arguments(things))
        said = [step async for step in result] if hasattr(result, "__aiter__") else [await result]
    except DomainError as refusal:
        return refusal.code
    if getattr(state, "is_signed_out", False) or "/sign-in" in repr(said):
        return "not_signed_in"
    if getattr(state, "is_refused", False):
        return "not_allowed"
    if getattr(state, "is_missing", False) or not call.is_shown(state, things):
        return "not_found"
    # What the desk's sheets do is told where every action of the day is.
    told: Any = root.get_substate(["reflex___state____state", "state___day_actions____day_actions"])
    return _code(getattr(state, "refusal", "") or getattr(state, "error", "") or told.refusal)


def _code(sentence: str) -> str:
    """The code of a refusal that a page shows as a sentence; `in` where it shows none."""
    if not sentence:
        return "in"
    waiting = [DomainError]
    for kind in waiting:
        waiting += kind.__subclasses__()
    return next(kind.code for kind in waiting if kind.message == sentence)


async def knocked(web: httpx.AsyncClient, stage: Stage, who: str, method: str, path: str, things: Things) -> str:
    """Send a request as that person's browser would: `in`, or the code of the refusal with the status."""
    ids = {name: str(value) for name, value in vars(things).items()}
    there = re.sub(r"{(\w+?)(_id)?(:\w+)?}", lambda name: ids.get(name[1], str(uuid4())), path)
    form = FORMS.get(row_of(method, path), lambda _: {})(things)
    headers = {"origin": ORIGIN} | ({"cookie": f"aarogya={stage.sessions[who]}"} if who in stage.sessions else {})
    body = {"json" if path.startswith("/api/") else "data": form or None}
    answer = await web.request(method, there, headers=headers, **body)
    onward = httpx.URL(answer.headers.get("location", ""))
    code = onward.params.get("error", "")
    if code in REFUSED:
        return code
    if answer.status_code == 303 and onward.path.endswith("/sign-in") and not code:
        return "not_signed_in"
    if answer.status_code in {401, 403, 404}:
        # A form that comes back with what was wrong in it has been let in.
        is_back = 'role="alert"' in answer.text
        return "in" if is_back else {401: "not_signed_in", 403: "not_allowed", 404: "not_found"}[answer.status_code]
    assert answer.status_code < 500, (method, path, who, answer.text)
    return "in"


PEOPLE_SHOWN = " appointments"


def rooms() -> list[str]:
    """What can be asked of the live socket, and once more for what only some are shown of it."""
    asked = [f"live {event}" for event in LiveNamespace(None).answers]  # type: ignore[arg-type]
    return [*asked, f"live join-doctor-room{PEOPLE_SHOWN}"]


async def asked(program: Program, row: str, things: Things) -> str:
    """Ask it: `in`, or the code of the refusal."""
    event = row.removeprefix("live ").removesuffix(PEOPLE_SHOWN)
    answer = await program.ask(
        event, {"doctorId": things.doctor} if "doctor" in event else {"patientId": things.patient}
    )
    if "error" in answer:
        return str(answer["error"]["code"])
    return "in" if not row.endswith(PEOPLE_SHOWN) or "appointments" in answer else "not_allowed"


PUT_APPOINTMENT = (
    "INSERT INTO appointments (id, starts_at, ends_at, busy_until, day, doctor_id, patient_id, clinic_id,"
    " visit_type, is_emergency, status, held_until, token, mode, source, fee, version, created_at, updated_at)"
    " SELECT :id, :begins, :ends, :ends, CAST(:begins AT TIME ZONE 'Asia/Kolkata' AS date), :doctor,"
    " :patient, :clinic, 'first_visit', false, :status, :until, CASE WHEN CAST(:until AS timestamptz) IS NULL"
    " THEN 7 END, 'in_person', 'web', 50000, 1, :now, :now"
)

PUT_LEAVE = (
    "WITH taken AS (INSERT INTO leaves (id, doctor_id, starts_at, ends_at, created_at) OVERRIDING SYSTEM VALUE"
    " VALUES (:id, :doctor, :begins, :begins + interval '1 day', :now) RETURNING id)"
    " INSERT INTO resolutions (id, leave_ids, created_at) SELECT :resolution, ARRAY[id], :now FROM taken"
)

PUT_OFFER = (
    "INSERT INTO waitlist_offers (id, entry_id, appointment_id, starts_at, outcome, offered_at) OVERRIDING SYSTEM VALUE"
    " VALUES (:id, :entry, :hold, :begins, 'lapsed', :now)"
)

PUT_ENTRY = (
    "INSERT INTO waitlist_entries (id, doctor_id, patient_id, first_day, last_day, mode, visit_type, weekdays, status,"
    " version, created_at, updated_at) SELECT :id, :doctor, :patient, day, day + 20, 'in_person', 'first_visit', '{}',"
    " 'waiting', 1, :now, :now FROM CAST(:now AS date) AS day"
)

PUT_INVITATION = (
    "INSERT INTO invitations (id, email, name, role, clinic_id, code_hash, invited_by, created_at, expires_at)"
    " VALUES (:id, :email, 'Invited', 'receptionist', :clinic, :hash, :by, :now, :until)"
)


PUT_SHEET = (
    "INSERT INTO cash_sheets (id, clinic_id, day, number, currency, opening_float, version, opened_by, opened_at)"
    " VALUES (:id, :clinic, CAST(:now AT TIME ZONE 'Asia/Kolkata' AS date), 1, 'INR', 0, 1, :by, :now)"
)

PUT_PAYMENT = (
    "INSERT INTO desk_payments (id, appointment_id, clinic_id, doctor_id, sheet_id, amount, remitted, currency, method,"
    " taken_by, taken_at) SELECT :id, :appointment, clinic_id, :doctor, id, 0, 1, 'INR', 'cash', :by, :now"
    " FROM cash_sheets WHERE id = :sheet"
)

NOTHING_MOVED = (
    '{"appointments": [], "courses": [], "waitlist_entries": [], "chart_openings": [], "patients": [], "clinics": [],'
    ' "swapped": [], "account_id": null, "is_holder": false}'
)

CHANGING = (
    "cash_sheets",
    "patient_merges",
    "chart_openings",
    "invitations",
    "outgoing_messages",
    "appointments",
    "resolution_moves",
    "resolutions",
    "leaves",
    "waitlist_offers",
    "waitlist_entries",
)
"""The tables whose rows are put there anew."""


async def set_stage(cast: Cast) -> Stage:
    """Sessions for all, and things of both sides; today's visit makes the patient one of the doctor's day."""
    now = clock.now()
    slot = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    slot = slot.replace(hour=4)  # half past nine in India
    for user_id, role in (
        (900, "integrator"),
        (900 + cast.clinic_id, "receptionist"),
        (900 + cast.other_clinic_id, "receptionist"),
    ):
        await write(
            "INSERT INTO users (id, name, role, language, is_demo, created_at)"
            " VALUES (:id, 'N', :role, 'en', false, :now)",
            id=user_id,
            role=role,
            now=now,
        )
    ids = {
        "pending": cast.admin.user_id,
        "patient": cast.asha.user_id,
        "doctor": cast.doctor.user_id,
        "desk": cast.receptionist.user_id,
        "admin": cast.admin.user_id,
        "integrator": 900,
    }
    opened = {who: secrets.token_urlsafe(32) for who in ids}
    things = []
    for patient, doctor, clinic, member, slug in (
        (cast.asha_patient, cast.doctor_id, cast.clinic_id, cast.receptionist.user_id, "vd-meera-joshi"),
        (
            cast.stranger_patient,
            cast.other_doctor_id,
            cast.other_clinic_id,
            cast.other_receptionist.user_id,
            "vd-john-mathew",
        ),
    ):
        things.append(
            Things(
                appointment=uuid4(),
                hold=uuid4(),
                patient=patient,
                doctor=doctor,
                slug=slug,
                clinic=clinic,
                member=member,
                former=900 + clinic,
                invitation=uuid4(),
                opening=uuid4(),
                entry=uuid4(),
                sheet=uuid4(),
                payment=uuid4(),
                leave=900 + clinic,
                offer=900 + clinic,
                slot=slot + timedelta(minutes=30),
                double=await patients.patient("Twice There", at=clinic),
                namesake=await patients.patient("Merged Before", at=clinic),
                merge=uuid4(),
            )
        )
    stage = Stage(opened, *things)
    for who, user_id in ids.items():
        await write(
            "INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at, expires_at, is_pending)"
            " VALUES (:hash, :user, :now, :now, :until, :pending)",
            hash=hash_id(opened[who]),
            user=user_id,
            now=now,
            until=now + timedelta(hours=1),
            pending=who == "pending",
        )
    await restore(stage)
    return stage


async def restore(stage: Stage) -> None:
    """Put back what a call that was let in may have changed."""
    now = clock.now()
    async with db.engine().begin() as connection:

        async def put(statement: str, **values: Any) -> None:
            await connection.execute(text(statement), values)

        await put("UPDATE sessions SET revoked_at = NULL, tries = 0")
        await put(
            "DELETE FROM sessions WHERE NOT id_hash = ANY(:kept)", kept=[hash_id(s) for s in stage.sessions.values()]
        )
        await put(
            "UPDATE users SET is_active = id <= 900, totp_sealed = NULL, totp_step = NULL, totp_confirmed_at = NULL"
        )
        # Elsewhere no payment is deleted.
        await put("SET LOCAL session_replication_role = replica")
        await put("DELETE FROM desk_payments")
        await put("SET LOCAL session_replication_role = DEFAULT")
        for table_name in CHANGING:
            await put(f"DELETE FROM {table_name}")
        for things in (stage.own, stage.other):
            for identity, begins, status in (
                (things.appointment, things.slot + timedelta(hours=1), "booked"),
                (things.hold, things.slot + timedelta(hours=2), "held"),
                (uuid4(), now, "completed"),
            ):
                await put(
                    PUT_APPOINTMENT,
                    id=identity,
                    begins=begins,
                    ends=begins + timedelta(minutes=30),
                    doctor=things.doctor,
                    patient=things.patient,
                    clinic=things.clinic,
                    status=status,
                    until=now + timedelta(minutes=5) if status == "held" else None,
                    now=now,
                )
            await put(
                PUT_INVITATION,
                id=things.invitation,
                email=f"invited{things.clinic}@x.org",
                clinic=things.clinic,
                hash=things.invitation.bytes,
                by=things.member,
                now=now,
                until=now + timedelta(days=7),
            )
            by = 900 + things.clinic
            await put(PUT_SHEET, id=things.sheet, clinic=things.clinic, by=by, now=now)
            await put(
                PUT_PAYMENT,
                id=things.payment,
                sheet=things.sheet,
                appointment=things.appointment,
                doctor=things.doctor,
                by=by,
                now=now,
            )
            await put("UPDATE patients SET merged_into = NULL WHERE id = :id", id=things.double)
            await put("UPDATE patients SET merged_into = :to WHERE id = :id", id=things.namesake, to=things.patient)
            await put(
                "INSERT INTO patient_merges (id, kept_id, merged_id, moved, made_by, made_at)"
                " VALUES (:id, :kept, :merged, CAST(:moved AS jsonb), :by, :now)",
                id=things.merge,
                kept=things.patient,
                merged=things.namesake,
                moved=NOTHING_MOVED,
                by=things.member,
                now=now,
            )
            await put(PUT_ENTRY, id=things.entry, doctor=things.doctor, patient=things.patient, now=now)
            await put(PUT_OFFER, id=things.offer, entry=things.entry, hold=things.hold, begins=things.slot, now=now)
            await put(
                PUT_LEAVE,
                id=things.leave,
                resolution=things.resolution,
                doctor=things.doctor,
                now=now,
                begins=now + timedelta(days=40),
            )
            await put(
                "INSERT INTO chart_openings (id, user_id, patient_id, reason_sealed, opened_at, expires_at)"
                " VALUES (:id, :by, :patient, :reason, :then, :now)",
                id=things.opening,
                by=things.member,
                patient=things.patient,
                reason=seal("A reason of some length.", about=f"chart_openings.reason:{things.opening}"),
                then=now - timedelta(hours=1),
                now=now,
            )


async def mark() -> int:
    """Moves on with every transaction that writes anything."""
    return int((await one("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS mark")).mark)


async def content() -> str:
    """All that stands in the database, as one hash; but for the trail, and notes of wrong codes and what was sent."""
    names = await many(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'audit%'"
        " AND relname <> 'alembic_version' ORDER BY 1"
    )
    each = " UNION ALL ".join(
        f"SELECT '{row.relname}' || md5(string_agg(line, '' ORDER BY line)) AS part FROM"
        f" (SELECT md5((to_jsonb(t) - '{{tries,last_seen_at,published_at}}'::text[])::text) AS line"
        f" FROM {row.relname} t) lines"
        for row in names
    )
    return str((await one(f"SELECT md5(string_agg(part, '' ORDER BY part)) AS hash FROM ({each}) parts")).hash)
