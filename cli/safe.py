"""What keeps a production from starting: all of it at once, a sentence each, with what to do."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from core.errors import StartFailed
from core.settings import DEMO_KEYS, DEMO_SECRET, Environment, Settings


def require_safe(chosen: Settings) -> None:
    """Raises StartFailed where a production would run on what everybody knows, or in the open."""
    if chosen.environment is Environment.PRODUCTION and (wrong := list(unsafe(chosen))):
        raise StartFailed("\n  ".join([f"production does not start like this ({len(wrong)} to mend):", *wrong]))


def unsafe(chosen: Settings) -> Iterator[str]:
    """Each thing that is wrong."""
    if DEMO_KEYS.partition(":")[2] in chosen.encryption_keys.get_secret_value():
        yield "AAROGYA_ENCRYPTION_KEYS has the demo's key, which everybody knows; make 32 random bytes in base64."
    if chosen.lookup_key.get_secret_value() == DEMO_SECRET or len(chosen.lookup_key.get_secret_value()) < 32:
        yield "AAROGYA_LOOKUP_KEY is the demo's, or under 32 characters; make a random one, and keep it for good."
    if DEMO_SECRET in chosen.token_keys.get_secret_value():
        yield "AAROGYA_TOKEN_KEYS has the demo's secret, which everybody knows; make a random one."
    if chosen.metrics_token is not None and len(chosen.metrics_token.get_secret_value()) < 32:
        yield "AAROGYA_METRICS_TOKEN is under 32 characters; make a random one, or leave it out to close /metrics."
    yield from _address(chosen)
    if "*" in chosen.trusted_proxies or "0.0.0.0/0" in chosen.trusted_proxies or "::/0" in chosen.trusted_proxies:
        yield "AAROGYA_TRUSTED_PROXIES believes everybody; name the proxies."
    for name, url in (("DATABASE", chosen.database_url), ("REDIS", chosen.redis_url)):
        if url is not None and not _is_near(url) and not _has_password(url):
            yield f"AAROGYA_{name}_URL goes to another machine without a password; give it one."


def _address(chosen: Settings) -> Iterator[str]:
    parts = urlsplit(chosen.public_url or "")
    if not chosen.public_url:
        yield "AAROGYA_PUBLIC_URL is missing; set it to the address in people's browsers, https://…"
    elif "*" in chosen.public_url:
        yield "AAROGYA_PUBLIC_URL has a `*`; name the one address whose pages are ours."
    elif parts.scheme != "https":
        yield "AAROGYA_PUBLIC_URL is not https://: cookies would go over the network in the clear."
    elif not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        yield "AAROGYA_PUBLIC_URL is more than scheme, host and port."


def _has_password(url: str) -> bool:
    return bool(urlsplit(url).password)


def _is_near(url: str) -> bool:
    name = urlsplit(url).hostname or "localhost"
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
