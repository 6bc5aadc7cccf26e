"""What the operations are: for machines at `/api/openapi.json`, for people at `/api/docs`, without a line of script."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api import examples, links, manual, problems
from api.operation import Described, Operation, asks
from core.errors import DomainError, Invalid, NotFound
from core.words import LANGUAGES
from services.permissions import Access
from services.refusals import SlotTaken

INTRODUCTION = (
    "JSON in camelCase, instants in UTC. Say who you are with `Authorization: Bearer`, with `X-API-Key`, or by the"
    " cookie of our pages: one of them. What is refused is a problem as RFC 9457 describes it, with a stable `code`."
    " What changes is pushed by Socket.IO, path `/_event/`, namespace `/live`, by WebSocket only."
)

WHOM = {
    Access.OPEN: "everybody",
    Access.PUBLIC: "everybody",
    Access.KNOWN: "whoever says who he is, persons and keys",
    Access.SIGNED_IN: "persons",
    Access.PATIENT: "patients",
    Access.STAFF: "the staff",
    Access.ADMIN: "administrators",
}

SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "aarogya"},
}

WISHES = ("/holds", "/appointments", "/appointments/{appointmentId}/reschedule")
"""Where a time is wished, which somebody else may have."""

ALTERNATIVES = [
    {"startsAt": f"2026-12-01T{begins}:00Z", "endsAt": f"2026-12-01T{ends}:00Z"}
    for begins, ends in (("05:00", "05:30"), ("05:30", "06:00"), ("09:30", "10:00"))
]

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "alternatives": {"type": "array", "items": {"type": "object"}},
        "appointment": {"$ref": "#/components/schemas/Appointment"},
        "appointmentStatus": {"type": "string"},
        "why": {"type": "string"},
        "what": {"type": "string"},
        "scope": {"type": "string"},
        "most": {"type": "integer"},
    },
}


@asks(Access.OPEN)
async def schema(request: Request) -> Response:
    """OpenAPI of all this."""
    return JSONResponse(request.app.openapi())


@asks(Access.OPEN)
async def page(request: Request) -> Response:
    """The operations and the codes, to be read."""
    told = manual.page(request.app.openapi(), INTRODUCTION, {str(a): who for a, who in WHOM.items()}, codes())
    return HTMLResponse(told)


@asks(Access.OPEN)
async def style() -> Response:
    """How the page looks."""
    return Response(manual.STYLE, media_type="text/css")


OPERATIONS: list[Described] = [
    ("GET", "/openapi.json", schema, {"include_in_schema": False}),
    ("GET", "/docs", page, {"include_in_schema": False}),
    ("GET", "/docs.css", style, {"include_in_schema": False}),
]


def described(app: FastAPI) -> dict[str, Any]:
    """The schema, once; with who may call each operation, how it fails, where it leads, and what all looks like."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, servers=app.servers
        )
        components = made.setdefault("components", {})
        components["securitySchemes"] = SCHEMES
        schemas = components.setdefault("schemas", {})
        for replaced in ("HTTPValidationError", "ValidationError"):
            schemas.pop(replaced, None)
        schemas["Problem"] = PROBLEM
        for route in app.routes:
            if isinstance(route, Operation) and route.include_in_schema:
                for method in route.methods:
                    _describe(made["paths"][route.path][method.lower()], route)
        links.link(made)
        examples.describe(made)
        app.openapi_schema = made
    return app.openapi_schema


def codes() -> list[tuple[str, int, str]]:
    """Every code that a problem may have, its status and its sentence."""
    return sorted((kind.code, problems.status(kind), kind.message) for kind in kinds())


def kinds(base: type[DomainError] = DomainError) -> list[type[DomainError]]:
    """Every kind of refusal that is loaded."""
    return [each for child in base.__subclasses__() for each in (child, *kinds(child))]


def _describe(operation: dict[str, Any], route: Operation) -> None:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _likely(route)}}
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {"description": "A problem", "content": content}
    if "GET" in route.methods:
        operation["responses"]["304"] = {"description": "What `If-None-Match` names is still so"}
    operation["x-access"] = route.access
    persons: list[dict[str, list[str]]] = [{"token": []}, {"cookie": []}]
    keys: list[dict[str, list[str]]] = []
    if route.scope is not None:
        operation["x-scope"] = route.scope
        keys = [{"key": [route.scope]}]
    elif route.access is Access.KNOWN:
        keys = [{"key": []}]
    operation["security"] = ([{}] if route.access is Access.PUBLIC else []) + persons + keys


def _likely(route: Operation) -> dict[str, Any]:
    """A problem that a call of it may well be answered with."""
    if "POST" in route.methods and route.path in WISHES:
        return problems.told(SlotTaken(), LANGUAGES[0]) | {"alternatives": ALTERNATIVES}
    wrong = Invalid(field="cursor") if "GET" in route.methods else Invalid()
    return problems.told(NotFound() if route.param_convertors else wrong, LANGUAGES[0])
