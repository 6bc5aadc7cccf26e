"""The slip of a token, as it is printed: on a roll of 58 mm, or on A4. assets/slip.js prints it where that is asked."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import segno
from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response

from api.charts import LOCALES, clock_time
from api.door import PREFIXES, door, known
from api.paper import Html, el, language, paper, path
from core import clock
from core.errors import DomainError, NotFound
from core.words import N_, words
from models.appointment import Status
from services import slips
from services.permissions import Access, Actor
from services.slips import Slip

PAPERS = {"58mm": N_("Roll, 58 mm"), "a4": "A4"}
"""What it can be printed on, each with a style sheet of its own; the first where nothing is chosen."""


async def slip(request: Request) -> Response:
    """The page; its query says on which paper, and whether to print at once."""
    by, now = known(request), clock.now()
    try:
        found = await slips.slip(_appointment(request), by=by, now=now)
    except DomainError as refused:
        return _refused(request, by, refused)
    return _page(request, by, found, now)


def _appointment(request: Request) -> UUID:
    try:
        return UUID(request.path_params["appointment_id"])
    except ValueError as error:
        raise NotFound from error


def _page(request: Request, by: Actor, found: Slip, now: datetime) -> Response:
    t = words(language(request)).gettext
    chosen = request.query_params.get("paper", "")
    chosen = chosen if chosen in PAPERS else next(iter(PAPERS))
    return paper(
        request,
        t("Token") + f" {found.token}",
        _choice(request, chosen),
        _slip(request, found, now),
        el("script", src="/slip.js", defer=True),
        name=f"slip on-{chosen}",
        by=by,
        sheets=["/styles/slip.css", f"/styles/slip-{chosen}.css"],
    )


def _choice(request: Request, chosen: str) -> Html:
    t = words(language(request)).gettext
    papers = [
        el(
            "a",
            t(name),
            href=f"{request.url.path}?paper={paper_name}",
            class_="quiet",
            aria_current="true" if paper_name == chosen else "false",
            data_paper=paper_name,
        )
        for paper_name, name in PAPERS.items()
    ]
    return el(
        "div",
        el("h1", t("Token slip")),
        el("p", *papers, class_="papers"),
        el("button", t("Print"), type="button", class_="primary", data_prints=True),
        class_="asks",
    )


def _slip(request: Request, found: Slip, now: datetime) -> Html:
    t, spoken = words(language(request)).gettext, language(request)
    local = now.astimezone(ZoneInfo(found.zone))
    day = format_date(local, "EEE d MMM", locale=LOCALES[spoken])
    code = segno.make(found.link, error="m", micro=False)
    return el(
        "article",
        el("p", found.clinic, class_="slip-clinic"),
        el("p", t("Token"), class_="slip-label"),
        el("p", str(found.token), class_="slip-token"),
        el("p", found.doctor, class_="slip-doctor"),
        el("p", t("Room") + " " + found.room, class_="slip-room") if found.room else "",
        _turn(request, found),
        el("figure", Html(code.svg_inline(omitsize=True, border=2)), class_="slip-code"),
        el("p", t("Scan: whose turn it is, and when yours will be"), class_="slip-small"),
        el("p", t("As of {time}").format(time=f"{day}, {clock_time(request, now, found.zone)}"), class_="slip-small"),
        el("p", found.address, " · ", found.phone, class_="slip-small"),
        class_="token-slip",
    )


def _turn(request: Request, found: Slip) -> Html:
    """Where it stands at this moment; nothing on another day, or once he is in."""
    t, turn = words(language(request)).gettext, found.turn
    if turn is None or found.status not in {Status.BOOKED, Status.CHECKED_IN}:
        return Html()
    ahead = t("{count} ahead of you").format(count=turn.ahead) if turn.ahead else t("You are next")
    if turn.expected is None:
        return el("p", ahead, class_="slip-turn")
    since, until = (clock_time(request, each, found.zone) for each in turn.expected.likely)
    told = t("expected at {since}") if since == until else t("expected {since} – {until}")
    expected = told.format(since=since, until=until)
    return el("p", el("strong", ahead), el("br"), expected, class_="slip-turn")


def _refused(request: Request, by: Actor, refused: DomainError) -> Response:
    t = words(language(request)).gettext
    status = 503 if refused.code == "unavailable" else 404
    sentence = t(refused.message) if status == 503 else t("We could not find that.")
    back = el("a", t("Back to the day"), href=path(request, "/day"), class_="primary")
    return paper(
        request, t("Token"), el("div", el("h1", sentence), back, class_="nothing"), name="chart", by=by, status=status
    )


routes = [door(f"{prefix}/slip/{{appointment_id}}", slip, Access.STAFF, ("GET",)) for prefix in PREFIXES]
