"""Who is signed in, in which language, and what went wrong: what every page needs."""

import reflex as rx

from core.errors import DomainError, NotSignedIn
from core.log import logger
from core.words import LANGUAGES, N_, words
from services import chart_openings
from services.permissions import Access
from state import live
from state.guard import actor, handler, is_over

AGAIN_IN = N_("You can try again in {minutes} min.")

log = logger(__name__)


def language(state: rx.State) -> str:
    """The language of the page that the event came from."""
    first = state.router.url.path.strip("/").split("/")[0]
    return first if first in LANGUAGES[1:] else LANGUAGES[0]


def localised(state: rx.State, path: str) -> str:
    """`path` among the pages of the language that the event came from."""
    spoken = language(state)
    return path if spoken == LANGUAGES[0] else f"/{spoken}{path}"


class Session(rx.State):
    """Whose screen this is. The browser's copy is for show: every handler asks `actor` anew."""

    name: str = ""
    role: str = ""
    has_account: bool = False
    unseen: int = 0
    is_known: bool = False
    is_over: bool = False

    @handler(Access.PUBLIC)
    async def load(self):
        """First on every page: leave the last page's rooms, find out who this is, and watch his own appointments."""
        await live.leave_all(self)
        found = await actor(self)
        self.is_over = found is None and await is_over(self)
        self.name = found.name if found else ""
        self.role = found.role if found else ""
        self.has_account = bool(found and found.patient_ids)
        self.unseen = await chart_openings.unseen(found) if found else 0
        self.is_known = True
        if found and found.patient_ids:
            async for _ in live.watch(self, f"account:{found.user_id}", language(self)):
                yield
        else:
            await live.forget(self, "account")


class Notice(rx.State):
    """One sentence across the top of the page, until it is put away."""

    text: str = ""
    asks_sign_in: bool = False

    @handler(Access.PUBLIC)
    def tell(self, code: str):
        """Say what a refusal of that code means."""
        refusal = refusals().get(code, DomainError)
        self.text = words(language(self)).gettext(refusal.message)
        self.asks_sign_in = refusal is NotSignedIn

    @handler(Access.PUBLIC)
    def put_away(self):
        """Close it."""
        self.text = ""


def said(state: rx.State) -> str:
    """What the address says went wrong with the form that came back, and when to try again."""
    asked, gettext = state.router.url.query_parameters, words(language(state)).gettext
    if not (code := asked.get("error", "")):
        return ""
    sentence = gettext(refusals().get(code, DomainError).message)
    if (wait := asked.get("wait", "")).isdecimal() and len(wait) < 6:
        sentence += " " + gettext(AGAIN_IN).format(minutes=max(1, -(-int(wait) // 60)))
    return sentence


def refusals() -> dict[str, type[DomainError]]:
    """Every refusal of the domain by its code."""
    found: dict[str, type[DomainError]] = {}
    waiting = [DomainError]
    while waiting:
        kind = waiting.pop()
        found[kind.code] = kind
        waiting += kind.__subclasses__()
    return found


def refused(exception: Exception):
    """The pages' one error handler: a refusal becomes a sentence on the page, anything else a line in the log too."""
    if not isinstance(exception, DomainError):
        identity = getattr(exception, "request_id", None)
        log.error("event_failed", request_id=identity, error=type(exception).__name__, exc_info=exception)
    return Notice.tell(getattr(exception, "code", DomainError.code))


def page_failed(exception: Exception) -> None:
    """A page's script failed in a browser. What it says of itself anybody can make up, so it is counted, not quoted."""
    log.warning("page_failed", error=type(exception).__name__)
