"""What the doors for forms share: the fields, the way back with what was wrong, and what is kept until the next try."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import cookies
from core import clock, half_done
from core.errors import DomainError
from core.web_session import form_cookie_name
from core.words import LANGUAGES
from models.one_time_code import Purpose
from services import addresses
from services.addresses import Address
from services.codes import WrongCode

LONGEST_FORM = 8 * 1024


@dataclass(frozen=True)
class Form:
    """The fields of a post, and the language of the page that it came from."""

    fields: dict[str, str]
    language: str

    def __getitem__(self, name: str) -> str:
        """A field; empty where it was not sent."""
        return self.fields.get(name, "")

    def page(self, path: str) -> str:
        """A page's address in the language of the form."""
        prefix = "" if self.language == LANGUAGES[0] else f"/{self.language}"
        return prefix + path

    @property
    def onward(self) -> str | None:
        """Where to go on to."""
        return safe_path(self["next"])


@dataclass(frozen=True)
class Awaited:
    """The code that this browser asked for: what it is good for, where it went, and what else was typed with it."""

    purpose: Purpose
    code_id: UUID
    to: Address
    kept: dict[str, str]


async def read(request: Request) -> Form:
    """The form that was posted."""
    posted = await request.form(max_files=0, max_fields=20, max_part_size=LONGEST_FORM)
    fields = {name: value for name, value in posted.items() if isinstance(value, str)}
    language = fields.get("language", "")
    return Form(fields, language if language in LANGUAGES else LANGUAGES[0])


def awaited(request: Request, *purposes: Purpose) -> Awaited:
    """The code that this browser waits for. Raises WrongCode where it waits for none, or for another purpose's."""
    return awaited_by(request.cookies.get(form_cookie_name()), *purposes)


def awaited_by(sealed: str | None, *purposes: Purpose) -> Awaited:
    """The same by what was sealed, wherever it was kept meanwhile."""
    kept = half_done.read(sealed, clock.now())
    if kept.get("step") not in purposes:
        raise WrongCode
    return Awaited(Purpose(kept["step"]), UUID(kept["code_id"]), addresses.either(kept["to"]), kept)


def awaits(purpose: Purpose, code_id: UUID, to: Address, **more: str | None) -> dict[str, str]:
    """What to keep until the code comes back."""
    known = {name: value for name, value in more.items() if value}
    return known | {"step": purpose, "code_id": str(code_id), "to": to.text}


def go(path: str, *, refused: DomainError | None = None, done: str = "", onward: str | None = None) -> RedirectResponse:
    """Go to a page, which says what was wrong, and for how long, or what was done."""
    error, wait = (refused.code, refused.data.get("retry_after", "")) if refused else ("", "")
    said = {"error": error, "wait": str(wait), "done": done, "next": onward or ""}
    query = urlencode({name: value for name, value in said.items() if value})
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=303)


def keep(response: Response, values: dict[str, str]) -> Response:
    """Keep these with the browser for a while."""
    cookies.put(response, form_cookie_name(), half_done.written(values, clock.now()), half_done.KEPT_FOR)
    return response


def keep_typed(response: Response, form: Form, *names: str) -> Response:
    """Keep what was typed, so that nobody types it again; never a secret."""
    return keep(response, {name: form[name][:400] for name in names if form[name]})


def forget(response: Response) -> Response:
    """The form is done."""
    cookies.take(response, form_cookie_name())
    return response


def safe_path(path: str) -> str | None:
    """`path` if it leads to a page of ours and nowhere else."""
    # Browsers read a backslash as a slash, and leave out control characters before they read.
    is_safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_safe else None
