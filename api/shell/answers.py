"""What the shell itself answers: to programs a problem, as every refusal is, to people a sentence."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

from api.limited import WATCHED
from api.problems import problem, status
from core.errors import DomainError


def answer(scope: Scope, refusal: DomainError, said: str, headers: Mapping[str, str]) -> Response:
    """`said` is for people."""
    if scope["path"].startswith(WATCHED):
        return problem(Request(scope), refusal, headers=headers)
    return PlainTextResponse(said, status(type(refusal)), headers)
