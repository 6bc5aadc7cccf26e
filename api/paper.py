"""Pages that hold a secret or a chart: whole, as HTML, and nowhere else.

What a page of Reflex shows is kept in its state, in Redis. A chart, the reason for opening it, a second factor's secret
and the codes for it are written here for one answer, which nobody stores.
"""

from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.words import LANGUAGES, words
from models.user import Role
from services.permissions import Actor

NAMES = {"en": "English", "hi": "हिन्दी"}

_sheets = [f"/styles/{name}.css" for name in ("tokens", "base", "frame", "visits", "staff")]
VOID = {"br", "input", "link", "meta", "img"}


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def el(name: str, /, *children: str, **attributes: str | bool) -> Html:
    """An element; whatever is not Html is text. A trailing `_` of an attribute's name goes, the others are dashes."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    inner = "".join(child if isinstance(child, Html) else escape(child) for child in children)
    return Html(f"<{name}{said}>" if name in VOID else f"<{name}{said}>{inner}</{name}>")


def post(action: str, /, *children: str, **attributes: str | bool) -> Html:
    """A form posted to `action`."""
    return el("form", *children, action=action, method="post", **attributes)


def field(label: str, /, **attributes: str | bool) -> Html:
    """An input under its label."""
    return el("label", el("span", label), el("input", **attributes), class_="field")


def refusal(sentence: str) -> Html:
    """What was wrong at the last try; nothing where nothing was."""
    return el("p", sentence, class_="refusal", role="alert") if sentence else Html()


def language(request: Request) -> str:
    """The language of the page's address."""
    first = request.url.path.strip("/").partition("/")[0]
    return first if first in LANGUAGES[1:] else LANGUAGES[0]


def path(request: Request, address: str) -> str:
    """The address of a page, in the language of the page that leads there."""
    spoken = language(request)
    return address if spoken == LANGUAGES[0] else f"/{spoken}{address}".rstrip("/")


def paper(
    request: Request,
    title: str,
    *content: str,
    name: str,
    by: Actor | None = None,
    status: int = 200,
    sheets: Sequence[str] = (),
) -> HTMLResponse:
    """A whole page that no cache keeps; `name` is its class, `by` who reads it, `sheets` are styles of its own."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="robots", content="noindex"),
        el("title", f"{title} · Aarogya Setu"),
        el("link", rel="icon", href="/mark.svg", type="image/svg+xml"),
        *(el("link", rel="stylesheet", href=sheet) for sheet in (*_sheets, *sheets)),
    )
    body = el("body", el("div", _header(request, by), el("main", *content, id="content", class_=name), class_="page"))
    whole = "<!doctype html>" + el("html", head, body, lang=language(request))
    return HTMLResponse(whole, status, {"Cache-Control": "no-store"})


def dress(sheets: list[str]) -> None:
    """Use these style sheets, the built pages' own with their typefaces; none: ours as they are."""
    if sheets:
        _sheets[:] = sheets


def _header(request: Request, by: Actor | None) -> Html:
    t = words(language(request)).gettext
    brand = el(
        "a",
        el("img", src="/mark.svg", alt="", width="32", height="32"),
        el("span", "Aarogya Setu"),
        href=path(request, "/"),
        aria_label="Aarogya Setu",
        class_="brand",
    )
    links: list[Html] = []
    if by is not None and by.role != Role.PATIENT:
        is_doctor = by.role == Role.DOCTOR
        links.append(
            el("a", t("The day") if is_doctor else t("The desk"), href=path(request, "/day" if is_doctor else "/desk"))
        )
    if by is not None and by.role == Role.ADMIN:
        links.append(el("a", t("Staff"), href=path(request, "/staff")))
    if by is not None and by.patient_ids:
        links.append(el("a", t("My appointments"), href=path(request, "/appointments")))
    if request.method == "GET":
        links += [_in(request, spoken) for spoken in LANGUAGES if spoken != language(request)]
    if by is not None:
        links.append(el("span", by.name, class_="who wide-only"))
    out = post("/auth/sign-out", el("button", t("Sign out"), type="submit", class_="quiet"), class_="account")
    return el("header", brand, el("nav", *links, out, aria_label=t("Main")), class_="header")


def _in(request: Request, spoken: str) -> Html:
    """The way to the same page in another language."""
    here = request.url.path.removeprefix("" if language(request) == LANGUAGES[0] else f"/{language(request)}")
    there = here if spoken == LANGUAGES[0] else f"/{spoken}{here}"
    return el("a", NAMES[spoken], href=there, lang=spoken, class_="language")
