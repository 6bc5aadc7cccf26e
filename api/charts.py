"""A patient's chart, and for the administrators the charts that were opened with a reason."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import forms
from api.door import PREFIXES, door, known
from api.paper import Html, el, language, paper, path, post, refusal
from core import clock
from core.errors import DomainError
from core.settings import settings
from core.words import N_, words
from models.user import Role
from services import chart_openings, charts
from services.chart_openings import LONGEST_REASON, SHORTEST_REASON, Opening, ReasonNeeded
from services.charts import Chart, ChartVisit
from services.permissions import Access, Actor

LOCALES = {"en": "en_IN", "hi": "hi_IN"}

STATUS = {
    "booked": N_("Booked"),
    "checked_in": N_("Here"),
    "in_consultation": N_("With the doctor"),
    "completed": N_("Done"),
    "cancelled": N_("Cancelled"),
    "no_show": N_("Did not come"),
    "rescheduled": N_("Moved"),
}
MODE = {"in_person": N_("At the clinic"), "video": N_("By video")}
ROLE = {Role.DOCTOR: N_("Doctor"), Role.RECEPTIONIST: N_("Front desk"), Role.ADMIN: N_("Administrator")}


async def chart(request: Request) -> Response:
    """The chart, or the question for the reason; a reason that is given leads to the chart."""
    by, text = known(request), request.path_params["patient_id"]
    reason = (await forms.read(request))["reason"] if request.method == "POST" else None
    try:
        found = await charts.open_chart(
            by, int(text) if text.isdecimal() and len(text) <= 10 else -1, reason, now=clock.now()
        )
    except ReasonNeeded as refused:
        return _question(request, by, refused if reason is not None else None)
    except DomainError as refused:
        return _refused(request, by, refused)
    if request.method == "POST":
        return RedirectResponse(request.url.path, status_code=303)
    return _chart_page(request, by, found)


async def openings(request: Request) -> Response:
    """Who opened whose chart with which reason."""
    by = known(request)
    t = words(language(request)).gettext
    found = await chart_openings.openings(by=by, now=clock.now())
    rows = [_opening(request, each) for each in found]
    return paper(
        request,
        t("Opened charts"),
        el("h1", t("Charts opened with a reason")),
        el("p", t("Each of these was opened by someone whose patient it was not that day."), class_="hint"),
        el("ol", *rows, class_="openings") if rows else el("p", t("There are none."), class_="nothing"),
        el("a", t("Staff"), href=path(request, "/staff"), class_="quiet"),
        name="staff",
        by=by,
    )


async def mark_seen(request: Request) -> Response:
    """An administrator has looked at one."""
    try:
        identity = UUID((await forms.read(request))["opening"])
        await chart_openings.mark_seen(identity, by=known(request), now=clock.now())
    except (ValueError, DomainError):
        # Another has looked at it first, or it never was: the list says how it stands.
        pass
    return RedirectResponse(path(request, "/staff/openings"), status_code=303)


def _chart_page(request: Request, by: Actor, found: Chart) -> Response:
    t, now = words(language(request)).gettext, clock.now()
    present = [visit for visit in found.visits if visit.status in {"in_consultation", "checked_in"}]
    coming = [visit for visit in found.visits if visit.starts_at > now and visit.status == "booked"]
    earlier = [visit for visit in found.visits if visit not in present + coming]
    facts = [(t("Age"), _age(found, now)), (t("Phone"), found.phone or "")]
    return paper(
        request,
        t("Chart"),
        el("h1", found.name),
        _until(request, found) if found.until else "",
        el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in facts if value), class_="facts"),
        _visits(request, t("Now"), present),
        _visits(request, t("Coming up"), coming[::-1]),
        _visits(request, t("Earlier"), earlier),
        el("p", t("Nothing is booked."), class_="nothing") if not found.visits else "",
        name="chart",
        by=by,
    )


def _question(request: Request, by: Actor, refused: ReasonNeeded | None) -> Response:
    t = words(language(request)).gettext
    return paper(
        request,
        t("Chart"),
        el("h1", t("Why do you need this chart?")),
        el("p", t("This patient is not on your list of today. You can open the chart for an hour if you say why.")),
        el(
            "p",
            t("Your name, the time and the reason are recorded and shown to the administrators."),
            class_="warning",
        ),
        refusal(t("Please give the reason in a sentence: at least 10 characters.") if refused else ""),
        post(
            request.url.path,
            el(
                "label",
                el("span", t("Reason")),
                el(
                    "textarea",
                    name="reason",
                    required=True,
                    minlength=str(SHORTEST_REASON),
                    maxlength=str(LONGEST_REASON),
                    rows="3",
                ),
                class_="field",
            ),
            el("button", t("Open the chart"), type="submit", class_="primary"),
            el("a", t("Back to the day"), href=path(request, "/day"), class_="quiet"),
        ),
        name="sign-in",
        by=by,
        status=403,
    )


def _refused(request: Request, by: Actor, refused: DomainError) -> Response:
    t = words(language(request)).gettext
    status = {"unavailable": 503}.get(refused.code, 404)
    sentence = t(refused.message) if status == 503 else t("We could not find that.")
    back = el("a", t("Find a doctor"), href=path(request, "/"), class_="primary")
    return paper(
        request, t("Chart"), el("div", el("h1", sentence), back, class_="nothing"), name="chart", by=by, status=status
    )


def _until(request: Request, found: Chart) -> Html:
    t = words(language(request)).gettext
    assert found.until is not None
    time = clock_time(request, found.until, found.visits[0].zone if found.visits else settings().home_time_zone)
    return el(
        "p",
        t("Opened with a reason until {time}. This is recorded and shown to the administrators.").format(time=time),
        class_="warning",
        role="status",
    )


def _visits(request: Request, title: str, visits: list[ChartVisit]) -> Html:
    if not visits:
        return Html()
    return el("section", el("h2", title), el("ol", *(_visit(request, visit) for visit in visits)))


def _visit(request: Request, visit: ChartVisit) -> Html:
    t = words(language(request)).gettext
    local = visit.starts_at.astimezone(ZoneInfo(visit.zone))
    day = format_date(local, "EEE d MMM y", locale=LOCALES[language(request)])
    return el(
        "li",
        el("p", el("strong", day), " ", clock_time(request, visit.starts_at, visit.zone), class_="when"),
        el("p", visit.doctor, el("span", f" · {visit.clinic} · {t(MODE[visit.mode])}", class_="hint")),
        el("span", t(STATUS[visit.status]), class_=f"status {visit.status}"),
        el("blockquote", visit.note, class_="said") if visit.note else "",
        el("a", t("Write the note"), href=path(request, f"/notes/{visit.id}"), class_="quiet write")
        if visit.is_mine
        else "",
        class_="entry",
    )


def _opening(request: Request, each: Opening) -> Html:
    t, zone = words(language(request)).gettext, settings().home_time_zone
    local = each.opened_at.astimezone(ZoneInfo(zone))
    day = format_date(local, "EEE d MMM y", locale=LOCALES[language(request)])
    seen = (
        el("p", t("Seen by {name}").format(name=each.seen_by), class_="hint")
        if each.seen_at
        else post(
            path(request, "/staff/openings/seen"),
            el("input", type="hidden", name="opening", value=str(each.id)),
            el("button", t("Mark as seen"), type="submit", class_="quiet"),
        )
    )
    return el(
        "li",
        el(
            "p",
            el("strong", each.who),
            el("span", f" · {t(ROLE[each.role])}" if each.role in ROLE else "", class_="hint"),
        ),
        el("p", t("opened the chart of"), " ", el("strong", each.whom)),
        el(
            "p",
            f"{day}, {clock_time(request, each.opened_at, zone)} – {clock_time(request, each.expires_at, zone)}",
            class_="hint",
        ),
        el("blockquote", each.reason),
        seen,
        class_="entry" if each.seen_at else "entry unseen",
    )


def clock_time(request: Request, instant: datetime, zone: str) -> str:
    """`9:30 am` on the wall clock, as the page's language writes it."""
    said: str = format_time(instant, "h:mm a", tzinfo=ZoneInfo(zone), locale=LOCALES[language(request)])
    return said.replace("\u202f", " ")


def _age(found: Chart, now: datetime) -> str:
    if (born := found.born_on) is None:
        return ""
    today = now.date()
    return str(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


routes = [
    made
    for prefix in PREFIXES
    for made in (
        door(f"{prefix}/patient/{{patient_id}}", chart, Access.SIGNED_IN, ("GET", "POST")),
        door(f"{prefix}/staff/openings", openings, Access.ADMIN, ("GET",)),
        door(f"{prefix}/staff/openings/seen", mark_seen, Access.ADMIN),
    )
]
