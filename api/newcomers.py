"""`/api/auth/register`: a new account by a program, in two steps: who he is, and the code that came by mail."""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request

from api.door import address
from api.forms import awaited_by, awaits
from api.model import Body, Model
from api.operation import Described, asks
from api.tokens import Tokens, told
from api.types import Flag, text
from core import clock, half_done
from core.passwords import LONGEST as LONGEST_PASSWORD
from core.words import LANGUAGES
from models.one_time_code import Purpose
from services import addresses
from services.account import registration
from services.account.names import LONGEST as LONGEST_NAME
from services.account.registration import Registration
from services.addresses import LONGEST_EMAIL
from services.permissions import Access


class NewAccount(Body):
    """Who registers; `consent` to our keeping what he tells us; `phone` is whom the clinic may ring."""

    name: Annotated[str, text(LONGEST_NAME), Field(examples=["Asha Kulkarni"])]
    email: Annotated[str, text(LONGEST_EMAIL), Field(examples=["asha@example.org"])]
    password: Annotated[str, text(LONGEST_PASSWORD), Field(examples=["a long sentence of mine"])]
    consent: Flag = Field(examples=[True])
    phone: Annotated[str | None, text(40), Field(examples=["+919800000001"])] = None
    language: Annotated[str, text(10), Field(examples=list(LANGUAGES))] = LANGUAGES[0]


class RegistrationBegun(Model):
    """What `verify` wants beside the code; the same whether or not the address has an account."""

    ticket: str = Field(examples=["AQRrMDAx…"])
    expires_in: int = Field(examples=[900])


class AccountProof(Body):
    """The ticket of the registration, and the code of six digits that came by mail."""

    ticket: Annotated[str, text(half_done.LONGEST), Field(examples=["AQRrMDAx…"])]
    code: Annotated[str, text(40), Field(examples=["123456"])]


@asks(Access.PUBLIC)
async def register(request: Request, given: NewAccount) -> RegistrationBegun:
    """Write a new account down and mail a code; the answer does not tell whether the address has one already."""
    email, phone = addresses.email(given.email), addresses.phone(given.phone) if given.phone else None
    wished = Registration(
        name=given.name,
        email=email,
        password=given.password,
        has_consented=given.consent,
        language=given.language,
    )
    now = clock.now()
    code_id = await registration.begin(wished, address=address(request), now=now)
    kept = awaits(Purpose.VERIFY_EMAIL, code_id, email, phone=phone.text if phone else None)
    return RegistrationBegun(ticket=half_done.written(kept, now), expires_in=int(half_done.KEPT_FOR.total_seconds()))


@asks(Access.PUBLIC)
async def verify(request: Request, given: AccountProof) -> Tokens:
    """Prove the address with the code, and log in."""
    asked = awaited_by(given.ticket, Purpose.VERIFY_EMAIL)
    phone = addresses.phone(asked.kept["phone"]) if "phone" in asked.kept else None
    return told(
        await registration.verify_for_program(
            asked.code_id, asked.to, given.code, phone=phone, address=address(request), now=clock.now()
        )
    )


OPERATIONS: list[Described] = [
    ("POST", "/auth/register", register, {"status_code": 201}),
    ("POST", "/auth/register/verify", verify, {}),
]
