"""The cookie at the door: what goes on to Reflex, and into its state in Redis, opens nothing."""

import pytest
from starlette.types import Receive, Scope, Send

from core.settings import settings
from core.web_session import FORM_HEADER, HEADER, SessionHeader, cookie_name, form_cookie_name, hash_id, session_id

OURS = "aarogya"


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AAROGYA_PUBLIC_URL", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


async def inwards(*headers: tuple[str, str], kind: str = "websocket") -> dict[str, list[str]]:
    """What the app behind the door is given."""
    given: dict[str, list[str]] = {}

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        for name, value in scope.get("headers", []):
            given.setdefault(name.decode(), []).append(value.decode("latin-1"))

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": kind, "path": "/"} | ({"headers": raw} if kind != "lifespan" else {})
    before = repr(scope)
    await SessionHeader(app)(scope, None, None)  # type: ignore[arg-type]
    assert repr(scope) == before
    return given


async def test_a_socket_goes_on_with_the_hash_and_without_the_cookie() -> None:
    given = await inwards(("host", "clinic.example"), ("cookie", f"theme=dark; {OURS}=opaque"))
    assert given == {"host": ["clinic.example"], HEADER: [hash_id("opaque").hex()]}


async def test_no_cookie_token_or_key_goes_on_where_there_is_no_session() -> None:
    secrets = ("cookie", "theme=dark"), ("authorization", "Bearer secret"), ("x-api-key", "aar_live_x")
    given = await inwards(*secrets, ("user-agent", "x"))
    assert given == {"user-agent": ["x"]}


async def test_a_half_done_form_goes_on_sealed_as_it_is() -> None:
    assert await inwards(("cookie", f"{form_cookie_name()}=sealed")) == {FORM_HEADER: ["sealed"]}
    for kind in ("websocket", "http"):
        assert await inwards((FORM_HEADER, "forged"), kind=kind) == {}


async def test_a_hash_from_outside_is_thrown_away() -> None:
    forged = hash_id("someone-elses").hex()
    assert await inwards((HEADER, forged)) == {}
    assert await inwards((HEADER, forged), ("cookie", f"{OURS}=mine")) == {HEADER: [hash_id("mine").hex()]}
    assert await inwards((HEADER, forged), kind="http") == {}


async def test_a_plain_request_keeps_its_cookie_for_the_forms_and_the_api() -> None:
    given = await inwards(("cookie", f"{OURS}=opaque"), ("authorization", "Bearer x"), kind="http")
    assert given == {"cookie": [f"{OURS}=opaque"], "authorization": ["Bearer x"]}


async def test_the_life_of_the_server_passes_untouched() -> None:
    assert await inwards(kind="lifespan") == {}


async def test_several_cookie_headers_are_read_as_one() -> None:
    given = await inwards(("cookie", "theme=dark"), ("cookie", f"{OURS}=opaque"))
    assert given == {HEADER: [hash_id("opaque").hex()]}


@pytest.mark.parametrize(
    "header",
    ['prefs={"a": 1}; aarogya=opaque', "a b=c; aarogya=opaque", "=; ;; aarogya=opaque", "émoji=ü; aarogya=opaque"],
)
def test_a_neighbours_odd_cookie_does_not_sign_anybody_out(header: str) -> None:
    """Cookies do not know ports: on one host everybody's come along."""
    assert session_id(header) == "opaque"


@pytest.mark.parametrize("header", ["", ";", "aarogya", "aarogya=", "notaarogya=x", "aarogya2=x", "x" * 100_000])
def test_what_is_no_session_is_none(header: str) -> None:
    assert session_id(header) is None


def test_with_tls_the_cookie_is_kept_to_this_very_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cookie_name() == "aarogya"
    monkeypatch.setenv("AAROGYA_PUBLIC_URL", "https://clinic.example/")
    settings.cache_clear()
    assert cookie_name() == "__Host-aarogya"
    assert session_id("aarogya=opaque") is None
    assert session_id("__Host-aarogya=opaque") == "opaque"
