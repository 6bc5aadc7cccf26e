"""The second factor: asked for after the password, set up, renewed and turned off; plain forms."""

from urllib.parse import urlencode

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import forms
from api.auth import HOME, with_session
from api.door import PREFIXES, address, door, known
from api.forms import safe_path
from api.paper import Html, el, field, language, paper, path, post, refusal
from core import clock
from core.errors import DomainError, NotAllowed
from core.web_session import hash_id, session_id
from core.words import words
from services import second_factor, sessions
from services.permissions import Access, Actor
from services.sessions import PENDING, limits
from services.totp import Draft

SECURITY = "/account/security"


async def ask(request: Request) -> Response:
    """The page after the password: for the code, or where there is no second factor yet, to set one up."""
    if (user_id := await _pending(request)) is None:
        return RedirectResponse(path(request, "/sign-in"), status_code=303)
    onward = request.query_params.get("next", "")
    if (await second_factor.standing(user_id)).is_on:
        return _code_page(request, onward)
    draft = await second_factor.draw(user_id, now=clock.now())
    return _set_up_page(request, draft, action=path(request, "/second-factor"), onward=onward, is_required=True)


async def answer(request: Request) -> Response:
    """The code: a new session takes the pending one's place; a wrong one goes back to the page."""
    form = await forms.read(request)
    onward = form["next"]
    if (user_id := await _pending(request)) is None:
        return RedirectResponse(path(request, "/sign-in"), status_code=303)
    try:
        completed = await second_factor.complete(
            _session_hash(request),
            form["code"],
            address=address(request),
            user_agent=request.headers.get("user-agent"),
            now=clock.now(),
        )
    except second_factor.WrongCode as refused:
        if (await second_factor.standing(user_id)).is_on:
            return _code_page(request, onward, refused)
        here = path(request, "/second-factor")
        try:
            draft = await second_factor.drawn(user_id)
        except NotAllowed:
            return RedirectResponse(here, status_code=303)
        return _set_up_page(request, draft, action=here, onward=onward, is_required=True, refused=refused)
    except DomainError as refused:
        return RedirectResponse(path(request, "/sign-in") + "?" + urlencode({"error": refused.code}), status_code=303)
    onward = safe_path(onward) or path(request, HOME[completed.role])
    if completed.codes:
        response = _codes_page(request, completed.codes, onward=onward)
    else:
        response = RedirectResponse(onward, status_code=303)
    return with_session(response, completed.session_id, limits(completed.role).longest)


async def begin(request: Request) -> Response:
    """Set one up, for one who is signed in and gives his password once more."""
    form, by = await forms.read(request), known(request)
    try:
        draft = await second_factor.draw_for(by, form["password"], now=clock.now())
    except DomainError as refused:
        return _back(request, refused)
    return _set_up_page(request, draft, action=path(request, "/auth/second-factor/confirm"), by=by)


async def confirm(request: Request) -> Response:
    """The first code of what was set up; the codes for the paper come with the answer, and only with it."""
    form, by = await forms.read(request), known(request)
    try:
        codes = await second_factor.confirm(by, form["code"], now=clock.now())
    except second_factor.WrongCode as refused:
        try:
            draft = await second_factor.drawn(by.user_id)
        except NotAllowed:
            return _back(request, refused)
        here = path(request, "/auth/second-factor/confirm")
        return _set_up_page(request, draft, action=here, by=by, refused=refused)
    except DomainError as refused:
        return _back(request, refused)
    return _codes_page(request, codes, onward=path(request, SECURITY), by=by)


async def renew(request: Request) -> Response:
    """New codes for the paper."""
    form, by = await forms.read(request), known(request)
    try:
        codes = await second_factor.renew_codes(by, form["code"], now=clock.now())
    except DomainError as refused:
        return _back(request, refused)
    return _codes_page(request, codes, onward=path(request, SECURITY), by=by)


async def turn_off(request: Request) -> Response:
    """Do without it, or set up another where one cannot be without."""
    form, by = await forms.read(request), known(request)
    agent = request.headers.get("user-agent")
    try:
        pending = await second_factor.turn_off(by, form["code"], user_agent=agent, now=clock.now())
    except DomainError as refused:
        return _back(request, refused)
    if pending is None:
        return RedirectResponse(path(request, SECURITY), status_code=303)
    return with_session(RedirectResponse(path(request, "/second-factor"), status_code=303), pending, PENDING)


def _code_page(request: Request, onward: str, refused: DomainError | None = None) -> Response:
    t = words(language(request)).gettext
    return paper(
        request,
        t("Second factor"),
        el("h1", t("One more code")),
        el("p", t("Type the code that your device shows now, or one of your recovery codes."), class_="hint"),
        _said(request, refused),
        post(path(request, "/second-factor"), _code(t("Code")), _next(onward), _button(t("Continue"))),
        name="sign-in",
        status=403 if refused else 200,
    )


def _set_up_page(
    request: Request,
    draft: Draft,
    *,
    action: str,
    onward: str = "",
    is_required: bool = False,
    by: Actor | None = None,
    refused: DomainError | None = None,
) -> Response:
    t = words(language(request)).gettext
    image = Html(segno.make(draft.uri, error="m", micro=False).svg_inline(scale=5, dark="#1d2620", light="#ffffff"))
    secret = " ".join(draft.secret[start : start + 4] for start in range(0, len(draft.secret), 4))
    return paper(
        request,
        t("Second factor"),
        el("h1", t("Set up your second factor")),
        el("p", t("An administrator's account opens only with a second factor."), class_="hint") if is_required else "",
        el(
            "ol",
            el("li", t("Open an authenticator app on your phone and let it read this picture.")),
            el("li", t("If it cannot, type this key into the app:"), " ", el("code", secret, class_="secret")),
            el("li", t("Then type the code that the app shows.")),
            class_="steps",
        ),
        el("figure", image, role="img", aria_label=t("Picture for the authenticator app"), class_="qr"),
        _said(request, refused),
        post(action, _code(t("Code")), _next(onward), _button(t("Turn it on"))),
        name="sign-in",
        by=by,
        status=403 if refused else 200,
    )


def _codes_page(
    request: Request, codes: list[str] | tuple[str, ...], *, onward: str, by: Actor | None = None
) -> Response:
    t = words(language(request)).gettext
    return paper(
        request,
        t("Recovery codes"),
        el("h1", t("Your recovery codes")),
        el("p", t("Keep them on paper: each opens your account once, in place of your device.")),
        el("p", t("They are shown this once only. Earlier ones are void."), class_="hint"),
        el("ol", *(el("li", el("code", code)) for code in codes), class_="codes"),
        el("a", t("I have written them down"), href=onward, class_="primary"),
        name="sign-in",
        by=by,
    )


def _code(label: str) -> Html:
    return field(
        label,
        name="code",
        required=True,
        autocomplete="one-time-code",
        autofocus=True,
        maxlength="20",
        autocapitalize="characters",
        spellcheck="false",
    )


def _next(onward: str) -> Html:
    return el("input", type="hidden", name="next", value=safe_path(onward) or "")


def _button(label: str) -> Html:
    return el("button", label, type="submit", class_="primary")


def _said(request: Request, refused: DomainError | None) -> Html:
    return refusal(words(language(request)).gettext(refused.message) if refused else "")


def _back(request: Request, refused: DomainError) -> Response:
    """To the page that the form was on; one whose session is over signs in again."""
    there = "/sign-in" if refused.code in {"not_signed_in", "too_many_tries"} else SECURITY
    return RedirectResponse(path(request, there) + "?" + urlencode({"error": refused.code}), status_code=303)


def _session_hash(request: Request) -> bytes:
    return hash_id(session_id(request.headers.get("cookie", "")) or "")


async def _pending(request: Request) -> int | None:
    return await sessions.pending(_session_hash(request), now=clock.now())


async def page(request: Request) -> Response:
    """Both ways to the page after the password."""
    return await (ask if request.method in {"GET", "HEAD"} else answer)(request)


routes = [
    made
    for prefix in PREFIXES
    for made in (
        door(f"{prefix}/second-factor", page, Access.PUBLIC, ("GET", "POST")),
        door(f"{prefix}/auth/second-factor/begin", begin, Access.STAFF),
        door(f"{prefix}/auth/second-factor/confirm", confirm, Access.STAFF),
        door(f"{prefix}/auth/second-factor/renew", renew, Access.STAFF),
        door(f"{prefix}/auth/second-factor/off", turn_off, Access.STAFF),
    )
]
