"""What programs see, under `/api`: each operation with its path. FastAPI, with our own guard around each."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import problems, reference, tokens
from api.operation import Operation, refuse_unguarded

OPERATIONS: list[tuple[str, str, Callable[..., Any], dict[str, Any]]] = [
    ("POST", "/auth/login", tokens.login, {}),
    ("POST", "/auth/refresh", tokens.refresh, {}),
    ("POST", "/auth/logout", tokens.logout, {"status_code": 204}),
    ("GET", "/auth/me", tokens.me, {}),
    ("GET", "/openapi.json", reference.schema, {"include_in_schema": False}),
    ("GET", "/docs", reference.page, {"include_in_schema": False}),
    ("GET", "/docs.css", reference.style, {"include_in_schema": False}),
]
"""Method, path, endpoint, and what else FastAPI is to know."""


def app(operations: list[tuple[str, str, Callable[..., Any], dict[str, Any]]] = OPERATIONS) -> FastAPI:
    """The application. Raises RuntimeError where an operation does not say who may call it."""
    made = FastAPI(
        title="Aarogya Setu",
        version="1",
        description=reference.INTRODUCTION,
        servers=[{"url": "/api"}],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    made.router.route_class = Operation
    made.add_exception_handler(HTTPException, problems.of_http)
    made.add_exception_handler(RequestValidationError, problems.of_validation)
    for method, path, endpoint, more in operations:
        made.add_api_route(path, endpoint, methods=[method], response_model_by_alias=True, **more)
    refuse_unguarded(made)
    made.openapi = lambda: reference.described(made)  # type: ignore[method-assign]
    return made
