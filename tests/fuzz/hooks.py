"""Often what is asked about is there: a number that would do is then that of a doctor or patient of the cast."""

import hashlib
import os
import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import schemathesis

THERE = {"doctorId": (1, 2), "patientId": (1, 2, 3)}
LARGEST = 2**31 - 1
PLAIN = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-2][0-9]:[0-5][0-9]")
"""A date, or a time of day."""
KEY, NAME = "Idempotency-Key", re.compile("[ -~]{1,200}")
IS_STAFF = os.environ.get("AAROGYA_FUZZ_CALLER") in ("desk", "doctor")


def _found(name: str, value: Any) -> Any:
    """The same kind of value: what is wrong stays wrong."""
    chance = random.Random(repr(value))
    is_there = chance.random() < 0.8
    if is_there and name in THERE and type(value) is int and 1 <= value <= LARGEST:
        return chance.choice(THERE[name])
    soon = datetime.now(UTC).date() + timedelta(days=chance.randrange(1, 14))
    if _is_instant(value) and (name in ("startsAt", "at") or not 1971 <= datetime.fromisoformat(value).year <= 9990):
        return f"{soon}T{chance.choice(('04:00', '04:30', '05:00', '10:30'))}:00Z"
    if name in ("appointmentDate", "availableOn", "from", "date", "firstDay", "lastDay") and _is_day(value):
        return str(soon)
    return value


def _is_instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).utcoffset() is not None
    except (TypeError, ValueError):
        return False


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


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


def _whole_choice(choice: Any) -> Any:
    choice = _all_found(choice)
    if not isinstance(choice, dict) or choice.get("action") != "move":
        return choice
    known = {name: value for name, value in choice.items() if value is not None}
    return {"doctorId": 1, "startsAt": "2027-01-04T04:30:00Z"} | known


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Put in what is there, and leave out what no schema can tell from what is right."""
    case.path_parameters, case.query = _all_found(case.path_parameters), _all_found(case.query)
    body = case.body = _all_found(case.body)
    if (key := (case.headers or {}).get(KEY)) is not None and NAME.fullmatch(str(key)):
        # A name that came with another request is refused, and rightly.
        asked = repr((case.operation.label, case.path_parameters, case.query, body))
        case.headers[KEY] = hashlib.sha256(asked.encode(errors="replace")).hexdigest()
    if not isinstance(body, dict):
        return
    wants_a_time = "doctorId" in body and case.operation.path in ("/holds", "/waitlist", "/appointments")
    if wants_a_time and IS_STAFF and body.get("patient") is None and body.get("patientId") is None:
        # Whoever books for others says for whom.
        body.pop("patient", None)
        body["patientId"] = 1
    if case.operation.path.endswith("/leaves") and isinstance(body.get("choices"), list):
        # To move somebody takes a time and a doctor.
        body["choices"] = [_whole_choice(each) for each in body["choices"]]
    for first, last in (("firstDay", "lastDay"), ("earliest", "latest"), ("startsAt", "endsAt")):
        begins, ends = body.get(first), body.get(last)
        if _is_instant(begins) and _is_instant(ends):
            if _moment(begins) >= _moment(ends):
                body[last] = (_moment(begins) + timedelta(hours=1)).isoformat()
        elif all(isinstance(each, str) and PLAIN.fullmatch(each) for each in (begins, ends)) and begins > ends:
            body[first], body[last] = ends, begins
