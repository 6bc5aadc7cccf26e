"""What the operations are: for machines at `/api/openapi.json`, for people at `/api/docs`, without a line of script."""

import re
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api import problems
from api.operation import Described, Operation, asks
from core.errors import DomainError
from services.permissions import Access

INTRODUCTION = (
    "JSON in camelCase, instants in UTC. Say who you are with `Authorization: Bearer`, with `X-API-Key`, or by the"
    " cookie of our pages: one of them. What is refused is a problem as RFC 9457 describes it, with a stable `code`."
)

WHOM = {
    Access.PUBLIC: "everybody",
    Access.KNOWN: "whoever says who he is, persons and keys",
    Access.SIGNED_IN: "persons",
    Access.PATIENT: "patients",
    Access.STAFF: "the staff",
    Access.ADMIN: "administrators",
}

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 52rem; margin: 0 auto; padding: 1rem }
h3 { margin: 1.5rem 0 0 }
p { margin: .25rem 0 }
code { overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8886 }
tr:target { background: #fc63 }
"""

SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "aarogya"},
}

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
        "most": {"type": "integer"},
    },
}


@asks(Access.PUBLIC)
async def schema(request: Request) -> Response:
    """OpenAPI of all this."""
    return JSONResponse(request.app.openapi(), headers={"Cache-Control": "no-cache"})


@asks(Access.PUBLIC)
async def page(request: Request) -> Response:
    """The operations and the codes, to be read."""
    return HTMLResponse(_page(request.app.openapi()), headers={"Cache-Control": "no-cache"})


@asks(Access.PUBLIC)
async def style() -> Response:
    """How the page looks."""
    return Response(STYLE, headers={"Cache-Control": "no-cache"}, media_type="text/css")


OPERATIONS: list[Described] = [
    ("GET", "/openapi.json", schema, {"include_in_schema": False}),
    ("GET", "/docs", page, {"include_in_schema": False}),
    ("GET", "/docs.css", style, {"include_in_schema": False}),
]


def described(app: FastAPI) -> dict[str, Any]:
    """The schema, once; with who may call each operation, and the problems that each may answer."""
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
        app.openapi_schema = made
    return app.openapi_schema


def codes() -> list[tuple[str, int, str]]:
    """Every code that a problem may have, its status and its sentence."""
    return sorted((kind.code, problems.status(kind), kind.message) for kind in kinds())


def kinds(base: type[DomainError] = DomainError) -> list[type[DomainError]]:
    """Every kind of refusal that is loaded."""
    return [each for child in base.__subclasses__() for each in (child, *kinds(child))]


def _describe(operation: dict[str, Any], route: Operation) -> None:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {"description": "A problem", "content": content}
    operation["x-access"] = route.access
    persons: list[dict[str, list[str]]] = [{"token": []}, {"cookie": []}]
    keys: list[dict[str, list[str]]] = []
    if route.scope is not None:
        operation["x-scope"] = route.scope
        keys = [{"key": [route.scope]}]
    elif route.access is Access.KNOWN:
        keys = [{"key": []}]
    operation["security"] = ([{}] if route.access is Access.PUBLIC else []) + persons + keys


def _page(schema: dict[str, Any]) -> str:
    operations = "".join(
        f"<h3><code>{method.upper()} /api{escape(path)}</code></h3><p>{_with_code(escape(found['description']))}</p>"
        f"<p>For {escape(_for(found))}.</p>"
        for path, methods in schema["paths"].items()
        for method, found in methods.items()
    )
    rows = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{status}</td><td>{escape(sentence)}</td></tr>'
        for code, status, sentence in codes()
    )
    title = escape(schema["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/api/docs.css"><main>'
        f"<h1>{title} API</h1><p>{_with_code(escape(INTRODUCTION))}</p>"
        '<p><a href="/api/openapi.json">OpenAPI for machines</a></p>'
        f"<h2>Operations</h2>{operations}"
        f"<h2>Codes of problems</h2><table><tr><th>Code</th><th>Status</th><th>Sentence</th></tr>{rows}</table>"
        "</main></html>"
    )


def _for(operation: dict[str, Any]) -> str:
    whom = WHOM[operation["x-access"]]
    return f"{whom}, and keys for {operation['x-scope']}" if "x-scope" in operation else whom


def _with_code(text: str) -> str:
    """What stands between backticks set as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", text)
