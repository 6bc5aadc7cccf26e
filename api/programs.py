"""What programs see, under `/api`: the operations of all parts. FastAPI, with our own guard around each."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import (
    appointments,
    doctors,
    holds,
    leaves,
    moves,
    newcomers,
    problems,
    queue,
    reference,
    slots,
    tokens,
    waitlist,
)
from api.heads import Heads
from api.operation import Described, Operation, refuse_unguarded

PARTS = (tokens, newcomers, doctors, slots, holds, appointments, moves, queue, leaves, waitlist, reference)
"""Each has its OPERATIONS: method, path, endpoint, and what else FastAPI is to know."""

OPERATIONS: list[Described] = [operation for part in PARTS for operation in part.OPERATIONS]


def app(operations: list[Described] = OPERATIONS) -> FastAPI:
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
    made.add_middleware(Heads)
    made.add_exception_handler(HTTPException, problems.of_http)
    made.add_exception_handler(RequestValidationError, problems.of_validation)
    for method, path, endpoint, more in operations:
        made.add_api_route(path, endpoint, methods=[method], response_model_by_alias=True, **more)
    refuse_unguarded(made)
    made.openapi = lambda: reference.described(made)  # type: ignore[method-assign]
    return made
