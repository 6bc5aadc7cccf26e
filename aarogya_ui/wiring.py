"""Wires the app: pages, the pushes' sink, the routes beside the pages. Nothing else.

The server imports this before it has processes (`cli/preload.py`): what is one process's own is made in `wired`.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import reflex as rx
from reflex.utils.prerequisites import get_web_dir
from reflex_base.constants import Dirs

from aarogya_ui import theme
from aarogya_ui.pages import PAGES, not_found
from aarogya_ui.pages.page import Page
from aarogya_ui.words import speaking
from api import live as programs
from api.app import app as api
from api.live.notice import told_too_much
from api.paper import dress
from api.shell import shell
from core import counting, db
from core.lines import wait_by_themselves
from core.log import configure_logging
from core.web_session import SessionHeader
from core.words import LANGUAGES
from services.live import live
from services.presence import presence
from state.flood import too_fast
from state.guard import refuse_unguarded
from state.live import members, wire
from state.lock import return_locks
from state.measured import measured
from state.session import Session, page_failed, refused
from state.snapshot import leave_out, ours


def wired() -> rx.App:
    """The app of this process, whole."""
    configure_logging()
    app = rx.App(
        stylesheets=theme.STYLES,
        head_components=theme.head(),
        app_wraps={},
        # Ours is in the frame; Reflex's brings a style along that the pages' policy would have to allow.
        toaster=None,
        html_lang=LANGUAGES[0],
        api_transformer=[api(), SessionHeader, partial(shell, pages=get_web_dir() / Dirs.STATIC, notice=notice)],
        backend_exception_handler=refused,
        frontend_exception_handler=page_failed,
    )
    app.register_lifespan_task(push_changes)
    wire(app)
    programs.wire(app.sio)
    dress([f"/assets/{sheet.name}" for sheet in get_web_dir().glob("build/client/assets/__reflex_global_styles-*.css")])
    return_locks(app)
    wait_by_themselves()
    leave_out(*ours())
    for language in LANGUAGES:
        for page in PAGES:
            add(app, page, language)
    add(app, not_found.page, LANGUAGES[0])
    refuse_unguarded()
    return app


@asynccontextmanager
async def push_changes(app: rx.App) -> AsyncIterator[None]:
    """The one subscriber of this process, for as long as it serves."""
    counting.begin()
    # What is there by now stays: the collector, which stops everything else, need not look through it again and again.
    gc.collect()
    gc.freeze()
    tasks = [asyncio.create_task(each) for each in (live.run(), presence.run(members), measured(app))]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await db.close()


def notice(frame: str) -> str:
    """What is told to whom such a frame is one too many: a page or a program."""
    return told_too_much(frame) or too_fast(frame)


def add(app: rx.App, page: Page, language: str) -> None:
    """Give the app a page of that language; it is made only where pages are built: who serves them needs its route."""

    def make() -> rx.Component:
        with speaking(language):
            return page.make()

    prefix = "" if language == LANGUAGES[0] else f"/{language}"
    with speaking(language):
        app.add_page(
            make,
            route=(prefix + page.route) or "/",
            title=page.title(),
            description=page.description(),
            on_load=[Session.load, *page.on_load],
        )
