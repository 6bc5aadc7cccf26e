"""The doors of one's own account: its family, addresses, password, sessions, its data, and its end."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api import cookies, forms
from api.auth import leave
from api.door import actor, door
from api.forms import Form, awaited, awaits, go, keep, keep_typed
from core import clock
from core.errors import DomainError, NotSignedIn
from core.web_session import device_cookie_name
from models.one_time_code import Purpose
from services import accounts, addresses
from services.account import address_change, erasure, export, family, password
from services.permissions import Access, Actor

Work = Callable[[Request, Form, Actor], Awaitable[Response]]


def _of_account(work: Work, *typed: str) -> Callable[[Request], Awaitable[Response]]:
    """A door's endpoint: whoever is signed in does it to his own account; a refusal goes back to the page."""

    async def endpoint(request: Request) -> Response:
        form = await forms.read(request)
        try:
            if (by := actor(request)) is None:
                raise NotSignedIn
            return await work(request, form, by)
        except DomainError as refusal:
            back = go(form.page("/account"), refused=refusal)
            return keep_typed(back, form, *typed) if typed else back

    return endpoint


async def _add_to_family(_request: Request, form: Form, by: Actor) -> Response:
    await family.add(form["name"], form["born_on"], by=by, now=clock.now())
    return forms.forget(go(form.page("/account"), done="family_changed"))


async def _change_family(_request: Request, form: Form, by: Actor) -> Response:
    number = int(form["patient_id"]) if form["patient_id"].isascii() and form["patient_id"].isdigit() else -1
    await family.change(number, form["name"], form["born_on"], by=by, now=clock.now())
    return go(form.page("/account"), done="family_changed")


async def _change_password(_request: Request, form: Form, by: Actor) -> Response:
    await password.change(form["present"], form["password"], by=by, now=clock.now())
    return go(form.page("/account"), done="password_changed")


async def _ask_address(_request: Request, form: Form, by: Actor) -> Response:
    to = addresses.either(form["address"])
    code_id = await address_change.ask(to, form["present"], by=by, language=form.language, now=clock.now())
    purpose = address_change.PURPOSES[to.channel]
    return keep(go(form.page("/account")), awaits(purpose, code_id, to, **{"in": "account"}))


async def _verify_address(request: Request, form: Form, by: Actor) -> Response:
    asked = awaited(request, *address_change.PURPOSES.values())
    await address_change.verify(asked.code_id, asked.to, form["code"], by=by, now=clock.now())
    return forms.forget(go(form.page("/account"), done="address_changed"))


async def _sign_out(request: Request, form: Form, by: Actor) -> Response:
    everywhere = form["everywhere"] == "yes"
    if not everywhere and not form["reference"]:
        return go(form.page("/account"))
    await accounts.sign_out_of(None if everywhere else form["reference"], by=by, now=clock.now())
    # Where it was this very session, the page that comes next finds that out by itself.
    return leave(request, go(form.page("/sign-in"))) if everywhere else go(form.page("/account"), done="signed_out")


async def _export(_request: Request, _form: Form, by: Actor) -> Response:
    whole = await export.export(by=by, now=clock.now())
    return Response(
        orjson.dumps(whole, default=str, option=orjson.OPT_INDENT_2),
        media_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="aarogya-setu.json"',
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _ask_erasure(_request: Request, form: Form, by: Actor) -> Response:
    code_id, to = await erasure.ask(by=by, language=form.language, now=clock.now())
    return keep(go(form.page("/account")), awaits(Purpose.ERASE, code_id, to, **{"in": "account"}))


async def _erase(request: Request, form: Form, by: Actor) -> Response:
    if form["code"]:
        asked = awaited(request, Purpose.ERASE)
        await erasure.erase(by=by, now=clock.now(), code=form["code"], code_id=asked.code_id)
    else:
        await erasure.erase(by=by, now=clock.now(), password=form["present"])
    left = leave(request, go(form.page("/sign-in"), done="erased"))
    # Nor does the browser remember that it was ever signed in.
    cookies.take(left, device_cookie_name(), same_site="strict")
    return left


routes = [
    door("/auth/account/family", _of_account(_add_to_family, "name"), Access.PATIENT),
    door("/auth/account/family/change", _of_account(_change_family), Access.PATIENT),
    door("/auth/account/password", _of_account(_change_password), Access.SIGNED_IN),
    door("/auth/account/address", _of_account(_ask_address, "address"), Access.SIGNED_IN),
    door("/auth/account/address/verify", _of_account(_verify_address), Access.SIGNED_IN),
    door("/auth/account/sign-out", _of_account(_sign_out), Access.SIGNED_IN),
    door("/auth/account/export", _of_account(_export), Access.SIGNED_IN),
    door("/auth/account/erase/ask", _of_account(_ask_erasure), Access.PATIENT),
    door("/auth/account/erase", _of_account(_erase), Access.PATIENT),
]
