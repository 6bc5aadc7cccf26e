"""`/api/auth`: how a program of a person logs in, goes on, and logs out."""

from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.requests import Request

from api.door import address
from api.model import Body, Model
from api.operation import Described, Known, asks
from core import clock
from core.access_token import GOOD_FOR
from core.passwords import LONGEST as LONGEST_PASSWORD
from models.api_key import Scope
from models.user import Role
from services import tokens
from services.accounts import LONGEST_EMAIL
from services.permissions import Access

Token = Annotated[
    str, StringConstraints(max_length=200), Field(examples=["Zk9vX2Jhcl9iYXpfcXV4X3F1dXhfY29yZ2VfZ3JhdWx0"])
]


class Login(Body):
    """Who logs in, by address and password, and `code` where the account has a second factor."""

    email: Annotated[str, StringConstraints(max_length=LONGEST_EMAIL), Field(examples=["asha@example.org"])]
    password: Annotated[str, StringConstraints(max_length=LONGEST_PASSWORD), Field(examples=["correct horse battery"])]
    code: Annotated[str, StringConstraints(max_length=40)] = ""


class RefreshToken(Body):
    """The refresh token, which is good once."""

    refresh_token: Token


class Tokens(Model):
    """What a program goes on with; `expiresIn` is the access token's life in seconds."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiI1In0.Qm9v"])
    refresh_token: Token
    expires_in: int = int(GOOD_FOR.total_seconds())
    token_type: str = "Bearer"  # noqa: S105


class Me(Model):
    """Who calls; `scopes` and `hourlyLimit` where it is a key."""

    id: int = Field(examples=[5])
    name: str = Field(examples=["Asha Kulkarni"])
    role: Role
    language: str = Field(examples=["en"])
    doctor_id: int | None = Field(examples=[None])
    clinic_id: int | None = Field(examples=[None])
    patient_ids: list[int] = Field(examples=[[17, 18]])
    scopes: list[Scope] | None = Field(default=None, examples=[None])
    hourly_limit: int | None = Field(default=None, examples=[None])


def told(pair: tokens.Pair) -> Tokens:
    """A pair as it goes to the program."""
    return Tokens(access_token=pair.access, refresh_token=pair.refresh)


@asks(Access.PUBLIC)
async def login(request: Request, given: Login) -> Tokens:
    """Log in with e-mail address and password, and the code of the second factor where there is one."""
    now = clock.now()
    pair = await tokens.login(given.email, given.password, code=given.code, address=address(request), now=now)
    return told(pair)


@asks(Access.PUBLIC)
async def refresh(request: Request, given: RefreshToken) -> Tokens:
    """Change a refresh token for the next pair; it is used once, and using it twice ends all that came of the login."""
    pair = await tokens.refresh(given.refresh_token, address=address(request), now=clock.now())
    return told(pair)


@asks(Access.PUBLIC)
async def logout(request: Request, given: RefreshToken) -> None:
    """End all tokens that came of the same login."""
    await tokens.logout(given.refresh_token, address=address(request), now=clock.now())


@asks(Access.KNOWN)
async def me(by: Known) -> Me:
    """Who calls, as we know him."""
    return Me(
        id=by.user_id,
        name=by.name,
        role=by.role,
        language=by.language,
        doctor_id=by.doctor_id,
        clinic_id=by.clinic_id,
        patient_ids=sorted(by.patient_ids),
        scopes=None if by.scopes is None else sorted(Scope(scope) for scope in by.scopes),
        hourly_limit=by.hourly_limit,
    )


OPERATIONS: list[Described] = [
    ("POST", "/auth/login", login, {}),
    ("POST", "/auth/refresh", refresh, {}),
    ("POST", "/auth/logout", logout, {"status_code": 204}),
    ("GET", "/auth/me", me, {}),
]
