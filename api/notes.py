"""The doctor's note of a visit: a page that assets/notes.js saves while it is written."""

import base64
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.charts import LOCALES, clock_time
from api.door import PREFIXES, door, known
from api.paper import Html, el, language, paper, path
from core import clock
from core.crypto import lookup
from core.errors import DomainError, NotFound
from core.words import words
from services import visit_notes
from services.permissions import Access, Actor
from services.visit_notes import LONGEST, Note, NoteChanged, Sheet

STATUS = {"invalid": 422, "not_found": 404, "unavailable": 503}


async def note(request: Request) -> Response:
    """The page of one visit's note."""
    by = known(request)
    try:
        sheet = await visit_notes.read(_visit(request), by=by, now=clock.now())
    except DomainError as refused:
        return _refused(request, by, refused)
    return _page(request, by, sheet)


async def keep(request: Request) -> Response:
    """Save it; 409 with what stands there where another window saved first."""
    by = known(request)
    try:
        visit = _visit(request)
        text, version = _given(await request.body())
        try:
            kept = await visit_notes.keep(visit, text, by=by, now=clock.now(), version=version)
        except NoteChanged as refused:
            standing = (await visit_notes.read(visit, by=by, now=clock.now())).note
            return JSONResponse({"code": refused.code, "text": standing.text} | _stands(request, standing), 409)
    except DomainError as refused:
        return JSONResponse({"code": refused.code}, STATUS.get(refused.code, 409))
    return JSONResponse(_stands(request, kept))


def _visit(request: Request) -> UUID:
    try:
        return UUID(request.path_params["appointment_id"])
    except ValueError as error:
        raise NotFound from error


def _given(body: bytes) -> tuple[Any, Any]:
    """The text and the version that are sent, whatever they are: the service asks first who sends them."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None
    return (given.get("text"), given.get("version")) if isinstance(given, dict) else (None, None)


def _stands(request: Request, standing: Note) -> dict[str, Any]:
    at = standing.written_at
    return {"version": standing.version, "at": clock_time(request, at, standing.zone) if at else ""}


def _page(request: Request, by: Actor, sheet: Sheet) -> Response:
    t = words(language(request)).gettext
    local = sheet.starts_at.astimezone(ZoneInfo(sheet.note.zone))
    day = format_date(local, "EEE d MMM", locale=LOCALES[language(request)])
    facts = [
        (t("Time"), f"{day}, {clock_time(request, sheet.starts_at, sheet.note.zone)}"),
        (t("Token"), str(sheet.token or "")),
        (t("Reason for the visit"), sheet.reason or ""),
    ]
    return paper(
        request,
        t("Notes of the visit"),
        el("h1", sheet.patient),
        el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in facts if value), class_="facts"),
        _editor(request, by, sheet),
        el(
            "noscript",
            el("p", t("The note cannot be saved without JavaScript. Please switch it on."), class_="warning"),
        ),
        el(
            "p",
            el("a", t("Open the chart"), href=path(request, f"/patient/{sheet.patient_id}"), class_="quiet"),
            " ",
            el("a", t("Back to the day"), href=path(request, "/day"), class_="quiet"),
            class_="ways",
        ),
        el("script", src="/note-draft.js", defer=True),
        el("script", src="/notes.js", defer=True),
        name="chart note",
        by=by,
    )


def _editor(request: Request, by: Actor, sheet: Sheet) -> Html:
    """The element that assets/notes.js makes live; it says what these attributes say.

    With `data-seal` the browser seals what it keeps until that is saved: a key of this note and this person.
    """
    t, standing = words(language(request)).gettext, sheet.note
    at = clock_time(request, standing.written_at, standing.zone) if standing.written_at else ""
    return el(
        "visit-note",
        el(
            "label",
            el("span", t("What you find, what you advise")),
            # A browser leaves out the first line where it is empty.
            el("textarea", "\n" + standing.text, rows="12", maxlength=str(LONGEST), autocomplete="off", autofocus=True),
            class_="field",
        ),
        el(
            "p",
            t("Saved {time}").format(time=at) if at else t("Nothing is written yet."),
            class_="saved",
            role="status",
        ),
        _conflict(request),
        # assets/notes.js shows it where it is so.
        el(
            "p",
            t(
                "This page did not come over a secure connection, so this browser keeps nothing of what is not saved"
                " yet. Do not close it before it says that it is saved."
            ),
            class_="warning unkept",
            hidden=True,
        ),
        el(
            "p",
            t("Only you and other doctors who may open this chart read it. It is saved while you write."),
            class_="hint",
        ),
        data_action=request.url.path,
        data_version=str(standing.version),
        data_note=str(sheet.appointment_id),
        data_seal=base64.b64encode(lookup("note-draft", f"{by.user_id}:{sheet.appointment_id}")).decode(),
        data_saved=t("Saved {time}"),
        data_saving=t("Saving …"),
        data_waiting=t("Not saved yet"),
        data_failed=t("Not saved, trying again"),
        data_out=t("You are signed out. Your words are still here: sign in in another window, and they are saved."),
        data_refused=t("This note can no longer be saved here. Copy what you wrote."),
    )


def _conflict(request: Request) -> Html:
    t = words(language(request)).gettext
    return el(
        "section",
        el("h2", t("This note was changed in another window. Which one is right?")),
        el(
            "div",
            el("div", el("h3", t("What you wrote here")), el("blockquote", class_="mine")),
            el("div", el("h3", t("What is saved")), el("blockquote", class_="theirs")),
            class_="both",
        ),
        el(
            "p",
            el("button", t("Keep both"), type="button", value="both", class_="primary"),
            el("button", t("Keep mine"), type="button", value="mine", class_="quiet"),
            el("button", t("Take what is saved"), type="button", value="theirs", class_="quiet"),
            class_="choose-note",
        ),
        class_="conflict",
        role="alert",
        hidden=True,
    )


def _refused(request: Request, by: Actor, refused: DomainError) -> Response:
    t = words(language(request)).gettext
    status = STATUS.get(refused.code, 404)
    sentence = t(refused.message) if status == 503 else t("We could not find that.")
    back = el("a", t("Back to the day"), href=path(request, "/day"), class_="primary")
    return paper(
        request, t("Note"), el("div", el("h1", sentence), back, class_="nothing"), name="chart", by=by, status=status
    )


routes = [
    made
    for prefix in PREFIXES
    for made in (
        door(f"{prefix}/notes/{{appointment_id}}", note, Access.STAFF, ("GET",)),
        door(f"{prefix}/notes/{{appointment_id}}", keep, Access.STAFF),
    )
]
