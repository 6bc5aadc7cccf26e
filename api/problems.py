"""What went wrong, as RFC 9457 says it: a stable `code`, a sentence, never a trace of the inside."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Match

from api.facts import facts
from api.types import FORM
from core.access_token import TokenRefused
from core.db import Unavailable
from core.errors import DomainError, Invalid, NotAllowed, NotFound, NotSignedIn
from core.idempotency import KeyReused
from core.limits import TooMany
from core.log import logger
from core.passwords import Busy
from core.signature import SignatureRefused
from core.words import LANGUAGES, N_, words
from services.accounts import WrongCredentials
from services.api_keys import KeyRefused
from services.permissions import ScopeMissing
from services.second_factor import TooManyTries
from services.second_factor import WrongCode as WrongSecondFactor
from services.tokens import SecondFactorNeeded

log = logger(__name__)

MEDIA_TYPE = "application/problem+json"

PRIVATE = "no-store, no-transform"
"""Kept by nobody on the way, and not compressed: what is secret must not stand beside what a stranger chose."""


class TooLarge(DomainError):
    """The body is longer than any that we have use for."""

    code = "too_large"
    message = N_("This request is too large.")


class TooSlow(DomainError):
    """The body did not arrive in time."""

    code = "too_slow"
    message = N_("This request took too long to arrive.")


class Unclear(DomainError):
    """The request says in two ways, or in none that is a number, how long it is."""

    code = "unclear"
    message = N_("We cannot tell how long this request is.")


class NotJson(DomainError):
    """The body is of another type than JSON."""

    code = "not_json"
    message = N_("Send JSON, with the content type application/json.")


class MethodNotAllowed(DomainError):
    """The path is there, for other methods."""

    code = "method_not_allowed"
    message = N_("This address does not know that method.")


class TooManyCredentials(DomainError):
    """Two things say who this is; which one is meant we do not guess."""

    code = "too_many_credentials"
    message = N_("Send a token, a key or a cookie: one of them, once.")


class ForeignOrigin(DomainError):
    """The cookie of a browser that was on someone else's page."""

    code = "foreign_origin"
    message = N_("This request was not sent from our own pages.")


class TooManyRooms(DomainError):
    """One connection of the live socket watches as much as it may."""

    code = "too_many_rooms"
    message = N_("This connection watches as many rooms as it may. Leave one first.")


class Overloaded(DomainError):
    """There is more in hand here than could be answered soon."""

    code = "overloaded"
    message = N_("Very much is being asked of us right now. Please try again in a moment.")


class Broken(DomainError):
    """A mistake of ours; the log has it."""

    code = "internal"


STATUS: dict[type[DomainError], int] = {
    Broken: 500,
    Unavailable: 503,
    Invalid: 422,
    KeyReused: 422,
    NotFound: 404,
    NotAllowed: 403,
    ScopeMissing: 403,
    ForeignOrigin: 403,
    NotSignedIn: 401,
    TokenRefused: 401,
    KeyRefused: 401,
    SignatureRefused: 401,
    WrongCredentials: 401,
    SecondFactorNeeded: 401,
    WrongSecondFactor: 401,
    TooManyCredentials: 400,
    TooMany: 429,
    TooManyTries: 429,
    TooManyRooms: 429,
    Busy: 503,
    Overloaded: 503,
    MethodNotAllowed: 405,
    TooLarge: 413,
    TooSlow: 408,
    Unclear: 400,
    NotJson: 415,
}
"""What is not here is a conflict: what was asked is right, and the state of things forbids it."""

MOST_ERRORS = 20
"""Wrong fields that one refusal names."""

CHALLENGES = {TokenRefused: 'Bearer error="invalid_token"'}
"""What a 401 asks for, where it is not `Bearer` alone (RFC 9110, 15.5.2: each asks for something)."""


def status(kind: type[DomainError]) -> int:
    """The status of a kind of refusal, or of the nearest that it is a kind of."""
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS), 409)


def told(refusal: DomainError, language: str, *, errors: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """What a refusal says, by REST and on the live socket."""
    content: dict[str, Any] = {
        "type": f"/api/docs#{refusal.code}",
        "title": words(language).gettext(refusal.message),
        "status": status(type(refusal)),
        "code": refusal.code,
    }
    if isinstance(field := refusal.data.get("field"), str):
        errors = [{"field": field}]
    if isinstance(refusal, ScopeMissing) and refusal.data.get("scope"):
        content["scope"] = refusal.data["scope"]
    if errors:
        content["errors"] = list(errors)
    return content | facts(refusal)


def problem(
    request: Request,
    refusal: DomainError,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer that tells of a refusal, in the language of the request."""
    kind, spoken = type(refusal), language(request.headers.get("accept-language", ""))
    content = told(refusal, spoken, errors=errors)
    said = {"Cache-Control": PRIVATE, "Content-Language": spoken}
    if status(kind) == HTTPStatus.UNAUTHORIZED:
        said["WWW-Authenticate"] = CHALLENGES.get(kind, "Bearer")
    if (seconds := refusal.data.get("retry_after")) is not None:
        said["Retry-After"] = str(seconds)
    return JSONResponse(content, status(kind), said | dict(headers or {}), MEDIA_TYPE)


async def of_refusal(request: Request, error: Exception) -> JSONResponse:
    """A refusal of the domain."""
    assert isinstance(error, DomainError)
    return problem(request, error)


async def of_validation(request: Request, error: Exception) -> JSONResponse:
    """A body or a parameter that is not what the operation takes. What was sent is not sent back: it may be secret."""
    assert isinstance(error, RequestValidationError)
    return problem(request, Invalid(), errors=fields((found["loc"][1:], found["type"]) for found in error.errors()))


def fields(found: Iterable[tuple[Sequence[Any], str]]) -> list[dict[str, str]]:
    """Which fields are wrong, by where they stand, and why."""
    return [{"field": _named(place), "reason": why} for place, why in islice(found, MOST_ERRORS)]


def _named(place: Sequence[Any]) -> str:
    """Where that is; which of several forms the body has is no part of it."""
    return ".".join(str(part) for part in place if not str(part).startswith(FORM))[:100]


async def of_http(request: Request, error: Exception) -> JSONResponse:
    """What the routing refuses."""
    assert isinstance(error, HTTPException)
    kinds: dict[int, type[DomainError]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}
    kind = kinds.get(error.status_code, Broken if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else Invalid)
    headers = dict(error.headers or {})
    if kind is MethodNotAllowed:
        # The routing knows one route at a time, and a path may have one for each method.
        matching = (route for route in request.app.routes if route.matches(request.scope)[0] != Match.NONE)
        methods = {method for route in matching for method in route.methods}
        headers["Allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    return problem(request, kind(), headers=headers)


async def of_mistake(request: Request, error: Exception) -> JSONResponse:
    """A mistake of ours."""
    log.error("request_failed", path=request.scope["path"], error=type(error).__name__, exc_info=error)
    return problem(request, Broken())


def language(accepted: str) -> str:
    """The language of an `Accept-Language`."""
    wished = accepted[:2].lower()
    return wished if wished in LANGUAGES else LANGUAGES[0]
