"""What one can go on to from an answer: OpenAPI's links, from where a thing is made to what becomes of it."""

from typing import Any

ID, VERSION = "$response.body#/id", "$response.body#/version"
MOVES = ("cancel", "check-in", "start", "complete", "no-show", "recall")
OF_APPOINTMENT = {
    "look": ("get", "/appointments/{appointmentId}", {"appointmentId": ID}, None),
    "history": ("get", "/appointments/{appointmentId}/history", {"appointmentId": ID}, None),
} | {
    move: ("post", f"/appointments/{{appointmentId}}/{move}", {"appointmentId": ID}, {"version": VERSION})
    for move in MOVES
}
HELD = "$response.body#/holdId"
LINKS: dict[tuple[str, str, str], dict[str, tuple[str, str, dict[str, str], dict[str, str] | None]]] = {
    ("post", "/holds", "201"): {
        "book": ("post", "/appointments", {}, {"holdId": HELD}),
        "release": ("delete", "/holds/{holdId}", {"holdId": HELD}, None),
    },
    ("post", "/appointments", "201"): OF_APPOINTMENT,
    ("post", "/appointments/{appointmentId}/reschedule", "201"): OF_APPOINTMENT,
    **{("post", f"/appointments/{{appointmentId}}/{move}", "200"): OF_APPOINTMENT for move in MOVES},
    ("post", "/waitlist", "201"): {"leave": ("delete", "/waitlist/{entryId}", {"entryId": ID}, None)},
    ("post", "/doctors/{doctorId}/leaves", "201"): {"undo": ("post", "/leaves/{leaveId}/undo", {"leaveId": ID}, None)},
}
"""Of an operation's answer: the name of each link, the operation, its parameters, its body."""


def link(document: dict[str, Any]) -> None:
    """Put them into an OpenAPI document."""
    for (method, path, status), links in LINKS.items():
        answer = document["paths"].get(path, {}).get(method, {}).get("responses", {}).get(status)
        if answer is None:
            continue
        for name, (to_method, to_path, parameters, body) in links.items():
            if (told := document["paths"].get(to_path, {}).get(to_method)) is not None:
                made: dict[str, Any] = {"operationId": told["operationId"], "parameters": parameters}
                answer.setdefault("links", {})[name] = made | ({} if body is None else {"requestBody": body})
