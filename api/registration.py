"""The doors of a new account: register, and give back the code that came by mail."""

from starlette.requests import Request
from starlette.responses import Response

from api import forms
from api.auth import enter, visitor
from api.door import address, door
from api.forms import awaited, awaits, go, keep, keep_typed
from core import clock
from core.errors import DomainError
from models.one_time_code import Purpose
from services import addresses
from services.account import registration
from services.account.registration import Registration
from services.permissions import Access


async def register(request: Request) -> Response:
    """Write the account down and go on to the code, whether or not the address is taken."""
    form = await forms.read(request)
    try:
        email = addresses.email(form["email"])
        phone = addresses.phone(form["phone"]) if form["phone"].strip() else None
        wished = Registration(
            name=form["name"],
            email=email,
            password=form["password"],
            has_consented=form["consent"] == "yes",
            language=form.language,
        )
        code_id = await registration.begin(wished, address=address(request), now=clock.now())
    except DomainError as refusal:
        refused = go(form.page("/register"), refused=refusal, onward=form.onward)
        return keep_typed(refused, form, "name", "email", "phone")
    kept = awaits(Purpose.VERIFY_EMAIL, code_id, email, phone=phone.text if phone else None, next=form.onward)
    return keep(go(form.page("/verify")), kept)


async def verify(request: Request) -> Response:
    """Open the account's first session."""
    form = await forms.read(request)
    try:
        asked = awaited(request, Purpose.VERIFY_EMAIL)
        phone = addresses.phone(asked.kept["phone"]) if "phone" in asked.kept else None
        opened = await registration.verify(
            asked.code_id, asked.to, form["code"], phone=phone, **visitor(request), now=clock.now()
        )
        return await enter(request, form, opened, forms.safe_path(asked.kept.get("next", "")))
    except DomainError as refusal:
        return go(form.page("/verify"), refused=refusal)


routes = [
    door("/auth/register", register, Access.PUBLIC),
    door("/auth/verify", verify, Access.PUBLIC),
]
