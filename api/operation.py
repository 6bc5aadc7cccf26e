"""The one way to make an operation for programs: it says who may call it, and is not built without.

@asks(Access.SIGNED_IN, scope=Scope.APPOINTMENTS_READ)
async def appointments(by: Known) -> ...
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api import bodies, gone, problems
from api.credentials import who
from api.model import Model as Model
from api.overload import load
from api.types import IdempotencyKey
from core.errors import DomainError, NotSignedIn
from core.idempotency import Again, Once
from models.api_key import Scope
from services.permissions import Access, Actor, admit

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Described = tuple[str, str, Callable[..., Any], dict[str, Any]]
"""Method, path, endpoint, and what else FastAPI is to know."""


def asks(access: Access, scope: Scope | None = None) -> Callable[[Endpoint], Endpoint]:
    """Say who may call an operation: persons by their role, keys by their scope; without a scope no key may."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.access = access  # type: ignore[attr-defined]
        endpoint.scope = scope  # type: ignore[attr-defined]
        return endpoint

    return declare


async def _actor(request: Request) -> Actor | None:
    found: Actor | None = request.state.actor
    return found


async def _known(request: Request) -> Actor:
    if (found := await _actor(request)) is None:
        raise NotSignedIn
    return found


Anyone = Annotated[Actor | None, Depends(_actor)]
"""Who calls, or nobody: for what is public."""

Known = Annotated[Actor, Depends(_known)]
"""Who calls."""


@dataclass(frozen=True)
class Asking:
    """A POST that creates, which may be sent again under its key; see `Asked`."""

    owner: str
    key: str | None
    request: Any

    def once(self, told: Callable[[Any], BaseModel]) -> Once | None:
        """For the service; `told` puts what it makes on the wire. None where the request has no key."""
        if self.key is None:
            return None
        return Once(owner=self.owner, key=self.key, request=self.request, write=lambda made: written(told(made)))


async def _asked(request: Request, key: IdempotencyKey = None) -> Asking:
    by = await _actor(request)
    address = request.client.host if request.client else "unknown"
    owner = f"address:{address}" if by is None else f"key:{by.api_key_id}" if by.api_key_id else f"user:{by.user_id}"
    body = await request.json() if key is not None and await request.body() else None
    return Asking(owner, key, [request.method, request.url.path, request.url.query, body])


Asked = Annotated[Asking, Depends(_asked)]
"""Of an operation that creates: pass `asked.once(…)` to the service, and answer with what `told` makes."""


def written(model: BaseModel) -> str:
    """A model as it goes over the wire."""
    return model.model_dump_json(by_alias=True)


class Operation(APIRoute):
    """Asks who calls and whether he may, before anything of the request is looked at; every failure is a problem."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        access = getattr(endpoint, "access", None)
        if not isinstance(access, Access):
            raise RuntimeError(f"{path} does not say who may call it: see asks.")
        self.access: Access = access
        self.scope: Scope | None = getattr(endpoint, "scope", None)
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        """The handler, guarded."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            answer = await self._answer(handle, request)
            answer.headers.setdefault("Cache-Control", problems.PRIVATE)
            return _unless_known(request, answer)

        return guarded

    async def _answer(self, handle: Handler, request: Request) -> Response:
        try:
            read = await bodies.read(request)
            request.state.actor = await who(request, read.body_bytes)
            admit(request.state.actor, self.access, self.scope)
            if load.is_crowded:
                await gone.refuse_gone(request)
            return await handle(read)
        except Again as done:
            return Response(done.answer, self.status_code or 200, media_type="application/json")
        except DomainError as refusal:
            return await problems.of_refusal(request, refusal)
        except RequestValidationError as invalid:
            return await problems.of_validation(request, invalid)
        except HTTPException as refused:
            return await problems.of_http(request, refused)
        except ClientDisconnect as hung_up:
            return await gone.nobody(request, hung_up)
        except Exception as mistake:  # noqa: BLE001  (logged there, and told as a problem)
            return await problems.of_mistake(request, mistake)


def _unless_known(request: Request, answer: Response) -> Response:
    """The answer to a read with its ETag; 304 and nothing more where the caller has just that."""
    if request.method != "GET" or answer.status_code != 200 or not hasattr(answer, "body"):
        return answer
    if (tag := answer.headers.get("etag")) is None:
        # Weak: on the way it may be compressed.
        tag = answer.headers["ETag"] = f'W/"{blake2b(answer.body, digest_size=12).hexdigest()}"'
    known = [each.strip() for each in ",".join(request.headers.getlist("if-none-match")).split(",")]
    if tag not in known and "*" not in known:
        return answer
    kept = {name: answer.headers[name] for name in ("etag", "cache-control") if name in answer.headers}
    return Response(status_code=304, headers=kept)


def refuse_unguarded(app: FastAPI) -> None:
    """Raise RuntimeError where a route is not an operation: then nobody would be asked for."""
    if strange := [getattr(route, "path", "?") for route in app.routes if not isinstance(route, Operation)]:
        raise RuntimeError(f"Routes that are no operations: {', '.join(strange)}.")
