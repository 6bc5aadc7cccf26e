"""The doors where a code is asked for and given back: to sign in with it, and for a new password."""

from starlette.requests import Request
from starlette.responses import Response

from api import forms
from api.auth import enter, visitor
from api.door import address, door
from api.forms import awaited, awaits, go, keep, keep_typed
from core import clock
from core.errors import DomainError
from models.one_time_code import Purpose
from services import addresses, codes, tries
from services.account import code_sign_in, password
from services.permissions import Access

PAGES = {
    Purpose.SIGN_IN: "/sign-in/code",
    Purpose.RESET_PASSWORD: "/reset",
    Purpose.VERIFY_EMAIL: "/verify",
    Purpose.VERIFY_PHONE: "/account",
    Purpose.ERASE: "/account",
}
"""Where each code is typed in."""


async def ask_to_sign_in(request: Request) -> Response:
    """Send a code to sign in with, if a patient has that address; the answer is the same if not."""
    return await _ask(request, Purpose.SIGN_IN)


async def ask_to_reset(request: Request) -> Response:
    """Send a code for a new password, if anyone has that address; the answer is the same if not."""
    return await _ask(request, Purpose.RESET_PASSWORD)


async def sign_in(request: Request) -> Response:
    """Open a session for the right code."""
    form = await forms.read(request)
    try:
        asked = awaited(request, Purpose.SIGN_IN)
        opened = await code_sign_in.sign_in(asked.code_id, asked.to, form["code"], **visitor(request), now=clock.now())
        return await enter(request, form, opened, forms.safe_path(asked.kept.get("next", "")))
    except DomainError as refusal:
        return go(form.page("/sign-in/code"), refused=refusal)


async def reset(request: Request) -> Response:
    """Set a new password for the right code, and open a session."""
    form = await forms.read(request)
    try:
        asked = awaited(request, Purpose.RESET_PASSWORD)
        opened = await password.reset(
            asked.code_id, asked.to, form["code"], form["password"], **visitor(request), now=clock.now()
        )
        return await enter(request, form, opened, forms.safe_path(asked.kept.get("next", "")))
    except DomainError as refusal:
        return go(form.page("/reset"), refused=refusal)


async def again(request: Request) -> Response:
    """Send a new code in the place of the one that this browser waits for."""
    form = await forms.read(request)
    try:
        asked = awaited(request, *Purpose)
        await tries.asking_for_a_code(asked.to.text, address=address(request))
        code_id = await codes.again(asked.code_id, asked.purpose, asked.to, language=form.language, now=clock.now())
    except DomainError as refusal:
        return go(form.page("/sign-in"), refused=refusal)
    is_in_account = asked.kept.get("in") == "account"
    page = go(form.page("/account" if is_in_account else PAGES[asked.purpose]), done="code_sent")
    return keep(page, asked.kept | {"code_id": str(code_id)})


async def restart(request: Request) -> Response:
    """Wait for the code no longer: it was the wrong address."""
    form = await forms.read(request)
    return forms.forget(go(form.onward or form.page("/sign-in")))


async def _ask(request: Request, purpose: Purpose) -> Response:
    form = await forms.read(request)
    page = form.page(PAGES[purpose])
    try:
        to = addresses.either(form["address"])
        await tries.asking_for_a_code(to.text, address=address(request))
        ask = code_sign_in.ask if purpose == Purpose.SIGN_IN else password.ask_reset
        code_id = await ask(to, language=form.language, now=clock.now())
    except DomainError as refusal:
        return keep_typed(go(page, refused=refusal, onward=form.onward), form, "address")
    return keep(go(page), awaits(purpose, code_id, to, next=form.onward))


routes = [
    door("/auth/code", ask_to_sign_in, Access.PUBLIC),
    door("/auth/code/again", again, Access.PUBLIC),
    door("/auth/code/restart", restart, Access.PUBLIC),
    door("/auth/sign-in/code", sign_in, Access.PUBLIC),
    door("/auth/reset/ask", ask_to_reset, Access.PUBLIC),
    door("/auth/reset", reset, Access.PUBLIC),
]
