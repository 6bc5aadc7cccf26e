"""Every handler and every route, as each kind of person, on one's own and on another's: who gets in, and who does not.

The table is tests/matrix.txt. Whatever exists and does not stand there fails; so does whatever behaves otherwise.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
import reflex as rx
from fastapi import FastAPI
from reflex_base.registry import RegistrationContext
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from api.door import Door, door
from services.live import Live
from services.permissions import Access
from state.guard import accesses, handler, refuse_unguarded
from tests.api.socket import opened
from tests.matrix.handlers import called, handlers
from tests.matrix.rooms import PEOPLE_SHOWN, asked, rooms
from tests.matrix.routes import knocked, routes, row_of
from tests.matrix.stage import Stage, content, mark, restore, set_stage
from tests.matrix.table import PEOPLE, PLAIN, REFUSED, table
from tests.matrix.things import Things
from tests.people import Cast
from tests.state.pages import ORIGIN

pytestmark = pytest.mark.timeout(900)
"""Seconds: each of them is some thousand calls."""

BY_NUMBER = {"booking.cancel", "booking.confirm", "booking.release"}
"""Who names another's appointment is told that it is not his: its id is a random number of 122 bits, and no secret."""


@pytest.fixture(scope="session")
def app() -> Starlette:
    """The routes beside the pages, once the whole app has been made."""
    import aarogya_ui.aarogya_ui  # noqa: F401
    from api.app import app

    return app()


@pytest_asyncio.fixture
async def stage(cast: Cast, database_url: str) -> AsyncIterator[Stage]:
    with psycopg.connect(database_url, autocommit=True) as hand:
        yield await set_stage(cast, hand)


def all_routes(app: Starlette) -> list[tuple[str, str, Any]]:
    return list(routes(app.routes))


def test_all_that_exists_stands_in_the_table_and_nothing_else(app: Starlette) -> None:
    there = set(handlers()) | {row_of(method, path) for method, path, _ in all_routes(app)} | set(rooms())
    assert there == set(table())


def test_no_handler_of_the_app_is_without_an_access(app: Starlette) -> None:
    refuse_unguarded()
    assert len(accesses()) == len(handlers())


def test_every_route_tells_its_access(app: Starlette) -> None:
    assert unguarded(app) == PLAIN


def unguarded(app: Starlette) -> set[str]:
    found = all_routes(app)
    return {
        f"{method} {path}" for method, path, teller in found if not isinstance(getattr(teller, "access", None), Access)
    }


async def test_a_route_made_otherwise_is_found(app: Starlette) -> None:
    async def open_to_all(_request: Any) -> Response:
        return Response("everything")

    careless = Starlette(routes=[*app.routes, Route("/api/everything", open_to_all)])
    assert unguarded(careless) - PLAIN == {"GET /api/everything"}
    careful = Starlette(routes=[*app.routes, door("/api/everything", open_to_all, Access.ADMIN)])
    assert unguarded(careful) == PLAIN
    assert isinstance(careful.routes[-1], Door)


async def test_a_route_of_the_programs_api_is_found_with_what_its_endpoint_says(app: Starlette) -> None:
    programs = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @programs.get("/doctors/{doctorId}")
    async def doctor(doctor_id: int) -> int:
        return doctor_id

    @programs.post("/holds")
    async def hold() -> None: ...

    hold.access = Access.SIGNED_IN  # type: ignore[attr-defined]
    whole = Starlette(routes=[*app.routes, Mount("/api", programs)])
    assert {row_of(method, path) for method, path, _ in all_routes(whole)} >= {
        "GET /api/doctors/{doctorId}",
        "POST /api/holds",
    }
    assert unguarded(whole) - PLAIN == {"GET /api/doctors/{doctorId}"}


def test_the_app_does_not_start_with_a_handler_that_asks_nobody() -> None:
    with RegistrationContext():

        class Careless(rx.State):
            @rx.event
            def open_to_all(self) -> None: ...

            @handler(Access.ADMIN)
            def for_some(self) -> None: ...

        with pytest.raises(RuntimeError, match=r"without an access: .*careless\.open_to_all\.$"):
            refuse_unguarded()


async def test_each_handler_lets_in_whom_the_table_says(app: Starlette, stage: Stage) -> None:
    wrong: list[str] = []
    for short in sorted(handlers()):
        for who in PEOPLE:
            for things in (stage.own, stage.other):
                await compare(stage, short, who, things, lambda s=short, w=who, t=things: called(stage, w, s, t), wrong)
    assert not wrong, "\n".join(wrong)


async def test_each_route_lets_in_whom_the_table_says(app: Starlette, stage: Stage) -> None:
    wrong: list[str] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clinic.test") as web:
        for method, path, _ in all_routes(app):
            for who in PEOPLE:
                for things in (stage.own, stage.other):

                    async def call(m: str = method, p: str = path, w: str = who, t: Things = things) -> str:
                        return await knocked(web, stage, w, m, p, t)

                    await compare(stage, row_of(method, path), who, things, call, wrong)
    assert not wrong, "\n".join(wrong)


async def test_each_room_of_the_live_socket_lets_in_whom_the_table_says(stage: Stage) -> None:
    wrong: list[str] = []
    async with opened(Live()) as house:
        for who in PEOPLE:
            cookie = {"Cookie": f"aarogya={stage.sessions[who]}"} if who in stage.sessions else {}
            program = await house.program(None, Origin=ORIGIN, Host="clinic.test", **cookie)
            for row in rooms():
                for things in (stage.own, stage.other):
                    await compare(stage, row, who, things, lambda p=program, r=row, t=things: asked(p, r, t), wrong)
                if table()[row][who] == "own" and not row.endswith(PEOPLE_SHOWN):
                    others, nobodys = [await asked(program, row, t) for t in (stage.other, stage.other.unknown())]
                    wrong += [f"{row} as {who}: {others}, {nobodys}"] if others != nobodys else []
    assert not wrong, "\n".join(wrong)


async def compare(
    stage: Stage, row: str, who: str, things: Things, call: Callable[[], Awaitable[str]], wrong: list[str]
) -> None:
    """Call once; what is not as the table says goes to `wrong`. One who is refused must have changed nothing."""
    is_own = things is stage.own
    cell = table()[row][who]
    may = cell == "yes" or (cell == "own" and is_own)
    before = stage.mark or mark(stage)
    said = await call()
    stage.mark = mark(stage)
    has_written = stage.mark != before
    if (said not in REFUSED) != may:
        wrong.append(f"{row} as {who} on {'his own' if is_own else 'another'}: {said}, and the table says {cell}")
    if not has_written:
        return
    if not may:
        # Perhaps another database of the server, perhaps only the trail: look closely.
        whole = await content()
        await call()
        if await content() != whole:
            wrong.append(f"{row} as {who}: refused, and it has changed something")
    await restore(stage)
    stage.mark = 0


async def test_anothers_is_as_unknown_as_what_never_was(app: Starlette, stage: Stage) -> None:
    told = []
    written = table()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clinic.test") as web:
        for who in PEOPLE:
            for short in set(handlers()) - BY_NUMBER:
                # The front desk books for whoever stands there: no patient is unknown to it.
                is_public = short == "booking.hold" and who != "patient"
                if written[short][who] == "own" and not is_public:
                    others, nobodys = [await called(stage, who, short, t) for t in (stage.other, stage.other.unknown())]
                    told += [f"{short} as {who}: {others}, {nobodys}"] if others != nobodys else []
            for method, path, _ in all_routes(app):
                if written[row_of(method, path)][who] == "own":
                    others, nobodys = [
                        await knocked(web, stage, who, method, path, t) for t in (stage.other, stage.other.unknown())
                    ]
                    told += [f"{method} {path} as {who}: {others}, {nobodys}"] if others != nobodys else []
    assert not told, "\n".join(told)
