"""Often what is asked about is there: a number that would do is then that of a doctor or patient of the cast."""

import os
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import schemathesis

THERE = {"doctor_id": (1, 2), "doctorId": (1, 2), "patientId": (1, 2, 3)}
LARGEST = 2**31 - 1
IS_STAFF = os.environ.get("AAROGYA_FUZZ_CALLER") in ("desk", "doctor")


def _found(name: str, value: Any) -> Any:
    """The same kind of value: what is wrong stays wrong."""
    chance = random.Random(repr(value))
    is_there = chance.random() < 0.8
    if is_there and name in THERE and type(value) is int and 1 <= value <= LARGEST:
        return chance.choice(THERE[name])
    soon = datetime.now(UTC).date() + timedelta(days=chance.randrange(1, 14))
    if name in ("startsAt", "at") and _is_instant(value):
        return f"{soon}T{chance.choice(('04:00', '04:30', '05:00', '10:30'))}:00Z"
    if name in ("appointmentDate", "availableOn", "from", "date", "firstDay", "lastDay") and _is_day(value):
        return str(soon)
    return value


def _is_instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).utcoffset() is not None
    except (TypeError, ValueError):
        return False


def _is_day(value: Any) -> bool:
    try:
        return len(value) == len("2026-12-01") and date.fromisoformat(value) is not None
    except (TypeError, ValueError):
        return False


def _all_found(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    # The schema can say how long a cursor may be, and not that only what was answered is one.
    return {name: _found(name, value) for name, value in values.items() if not _is_cursor(name, value)}


def _is_cursor(name: str, value: Any) -> bool:
    return name == "cursor" and isinstance(value, str) and len(value) <= 400


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Put in what is there, and leave out what no schema can tell from what is right."""
    case.path_parameters, case.query = _all_found(case.path_parameters), _all_found(case.query)
    body = case.body = _all_found(case.body)
    if not isinstance(body, dict):
        return
    wants_a_time = "doctorId" in body and case.operation.path in ("/holds", "/waitlist", "/appointments")
    if wants_a_time and IS_STAFF and body.get("patient") is None and "patientId" not in body:
        # Whoever books for others says for whom.
        body.pop("patient", None)
        body["patientId"] = 1
    if (
        case.operation.path.endswith("/leaves")
        and _is_instant(body.get("startsAt"))
        and _is_instant(body.get("endsAt"))
    ):
        begins, ends = (datetime.fromisoformat(body[name]) for name in ("startsAt", "endsAt"))
        if ends <= begins < datetime(9000, 1, 1, tzinfo=UTC):
            body["endsAt"] = (begins + timedelta(hours=1)).isoformat()
