"""Every route beside the pages, and knocking at it as a browser would."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from starlette.routing import BaseRoute, Mount, Route

from core.words import LANGUAGES
from tests.matrix.stage import Stage
from tests.matrix.table import REFUSED
from tests.matrix.things import Things
from tests.state.pages import ORIGIN


def _wish(things: Things) -> dict[str, Any]:
    return {"doctorId": things.doctor, "startsAt": things.slot.isoformat()}


LONG = "x" * 300
"""A password that is refused before it is hashed: the matrix is about who, and a hash is slow on purpose."""

MOVES = ("cancel", "check-in", "start", "complete", "no-show", "recall")

FORMS: dict[str, Callable[[Things], dict[str, Any]]] = {
    "POST /api/appointments": lambda things: _wish(things) | {"patientId": things.patient},
    "POST /api/appointments/{appointmentId}/reschedule": lambda things: {"version": 1} | _wish(things),
    **{f"POST /api/appointments/{{appointmentId}}/{move}": lambda _: {"version": 1} for move in MOVES},
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
    "POST /api/doctors/{doctorId}/queue/delay": lambda _: {"minutes": 20},
    "POST /api/doctors/{doctorId}/leaves": lambda things: {
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


async def knocked(web: httpx.AsyncClient, stage: Stage, who: str, method: str, path: str, things: Things) -> str:
    """Send a request as that person's browser would: `in`, or the code of the refusal with the status."""
    ids = {name: str(value) for name, value in vars(things).items()}
    there = re.sub(r"{(\w+?)(_id|Id)?(:\w+)?}", lambda name: ids.get(name[1], str(uuid4())), path)
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
