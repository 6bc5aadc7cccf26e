"""A program that calls the API, and operations that only the tests have: the API itself has none yet for each case."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pydantic import Field
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

from api import programs
from api.operation import Anyone, Known, Model, asks
from core import access_token, clock, db
from core.access_token import Claims
from core.errors import DomainError
from models.api_key import Scope
from services import api_keys, families
from services.api_keys import NewKey
from services.permissions import Access, Actor

HERE = "http://clinic.test"


class Thing(Model):
    """Something with a text, a number, and more of its kind."""

    some_text: str = Field(max_length=100)
    some_number: int = 0
    parts: list[Any] = Field(default=[])


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_WRITE)
async def change(by: Known, given: Thing) -> dict[str, Any]:
    """Change something."""
    return {"by": by.user_id, "text": given.some_text, "number": given.some_number}


@asks(Access.SIGNED_IN, Scope.APPOINTMENTS_WRITE)
async def take_away(by: Known) -> None:
    """Take something away, without a body."""


@asks(Access.STAFF)
async def for_staff(by: Known) -> str:
    """What only the staff sees."""
    return by.role


@asks(Access.PUBLIC, Scope.SLOTS_READ)
async def for_all(by: Anyone, number: int = 0) -> dict[str, Any]:
    """What all see."""
    return {"by": by.user_id if by else None}


@asks(Access.PUBLIC)
async def mistake() -> None:
    """A mistake of ours."""
    raise RuntimeError("the secret reason")


@asks(Access.PUBLIC)
async def too_large_a_number() -> None:
    """What the database cannot hold."""
    async with db.snapshot() as connection:
        await connection.execute(text("SELECT CAST(99999999999 AS integer)"))


class Taken(DomainError):
    """A conflict."""

    code = "taken_in_a_test"


@asks(Access.PUBLIC)
async def conflict(request: Request) -> None:
    """A refusal that no table knows."""
    raise Taken


MORE = [
    ("POST", "/things", change, {}),
    ("DELETE", "/things", take_away, {"status_code": 204}),
    ("GET", "/staff", for_staff, {}),
    ("GET", "/all", for_all, {}),
    ("GET", "/mistake", mistake, {}),
    ("GET", "/number", too_large_a_number, {}),
    ("GET", "/conflict", conflict, {}),
]


def rest() -> FastAPI:
    """The API with the tests' operations."""
    return programs.app([*programs.OPERATIONS, *MORE])


def program(**headers: str) -> httpx.AsyncClient:
    """A program that sends these headers with each request; mistakes of ours do not reach it."""
    server = Starlette(routes=[Mount("/api", rest())])
    transport = httpx.ASGITransport(server, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url=HERE + "/api", headers=headers)


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem, which has the form of one."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert "no-store" in answer.headers["cache-control"]
    assert "Traceback" not in answer.text
    found = answer.json()
    assert found["status"] == answer.status_code
    assert found["type"] == f"/api/docs#{found['code']}"
    assert found["title"]
    return answer.status_code, found["code"]


async def log_in(by: Actor) -> str:
    """An access token, without the work of a password."""
    family, now = uuid4(), clock.now()
    async with db.transaction() as tx:
        await families.grow(tx, family, by.user_id, now=now)
    return access_token.sign(Claims(by.user_id, family), now=now)


async def key(*scopes: Scope, must_sign: bool = False, clinic_id: int | None = None, hourly_limit: int = 10) -> NewKey:
    """A key of that scopes; one to write appointments where none is named."""
    return await api_keys.create(
        "Lab",
        scopes or [Scope.APPOINTMENTS_WRITE],
        clinic_id=clinic_id,
        good_for=timedelta(days=1),
        hourly_limit=hourly_limit,
        must_sign=must_sign,
        now=clock.now(),
    )


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


async def headers_of(by: Actor) -> dict[str, str]:
    """What a program of that person sends."""
    return bearer(await log_in(by))
