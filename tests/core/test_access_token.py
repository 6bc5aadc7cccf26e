"""Access tokens: ours, of this time, under a key of ours, and nothing that looks like one."""

import base64
import hmac
import json
from datetime import timedelta
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey, RSAKey

from core import access_token
from core.access_token import Claims, TokenRefused, read, sign
from core.settings import settings
from tests.people import NOW

OURS = Claims(17, UUID(int=5))
FIRST, SECOND = "first:" + "1" * 32, "second:" + "2" * 32


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch):
    """Lets the test choose the keys."""

    def choose(keys: str) -> None:
        monkeypatch.setenv("AAROGYA_TOKEN_KEYS", keys)
        settings.cache_clear()
        access_token.forget()

    choose(FIRST)
    yield choose
    monkeypatch.undo()
    settings.cache_clear()
    access_token.forget()


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parts(token: str) -> tuple[dict, dict]:
    """Header and claims, unverified."""
    head, body, _ = (base64.urlsafe_b64decode(each + "==") for each in token.split("."))
    return json.loads(head), json.loads(body)


def forged(secret: str = "1" * 32, header: dict | None = None, **claims: object) -> str:
    """A token like ours, signed with `secret`, with other headers or claims; those that are None are left out."""
    head, body = parts(sign(OURS, now=NOW))
    body = {name: value for name, value in (body | claims).items() if value is not None}
    head = {name: value for name, value in (head | (header or {})).items() if value is not None}
    signed = f"{part(head)}.{part(body)}"
    mac = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def refused(token: str, *, now=NOW) -> bool:
    try:
        read(token, now=now)
    except TokenRefused:
        return True
    return False


def test_what_was_signed_is_read() -> None:
    assert read(sign(OURS, now=NOW), now=NOW) == OURS
    assert read(forged(), now=NOW) == OURS, "the forger of these tests can do it right"
    header, claims = parts(sign(OURS, now=NOW))
    assert header == {"alg": "HS256", "kid": "first", "typ": "at+jwt"}
    assert claims["exp"] - claims["iat"] == 900
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    assert claims["jti"] != parts(sign(OURS, now=NOW))[1]["jti"]


def test_it_ends_after_fifteen_minutes_and_does_not_begin_before_its_time() -> None:
    token = sign(OURS, now=NOW)
    assert not refused(token, now=NOW + timedelta(minutes=14, seconds=59))
    assert refused(token, now=NOW + timedelta(minutes=15))
    assert refused(token, now=NOW - timedelta(seconds=1))
    assert refused(forged(nbf=int(NOW.timestamp()) + 1))


def test_the_first_key_signs_and_all_verify(ring) -> None:
    before = sign(OURS, now=NOW)
    ring(f"{SECOND},{FIRST}")
    after = sign(OURS, now=NOW)
    assert (parts(before)[0]["kid"], parts(after)[0]["kid"]) == ("first", "second")
    assert read(before, now=NOW) == read(after, now=NOW) == OURS
    ring(SECOND)
    assert refused(before)
    assert not refused(after)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS384"},
        {"alg": "RS256"},
        {"alg": "ES256"},
        {"alg": ["HS256"]},
        {"alg": None},
        {"kid": None},
        {"kid": "second"},
        {"kid": ""},
        {"kid": "../../../../dev/null"},
        {"kid": "/etc/passwd"},
        {"kid": "first' OR '1'='1"},
        {"kid": "http://evil.example/key"},
        {"kid": ["first"]},
        {"kid": {"first": 1}},
        {"kid": 1},
        {"typ": None},
        {"typ": "JWT"},
        {"typ": "rt+jwt"},
        {"typ": 1},
        {"crit": ["exp"]},
        {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"},
    ],
)
def test_a_header_that_is_not_ours_is_refused(header: dict) -> None:
    assert refused(forged(header=header))


def test_a_key_that_a_token_brings_along_counts_for_nothing() -> None:
    own = OctKey.import_key("3" * 32)
    for header in ({"jwk": own.as_dict(private=True)}, {"jku": "http://evil.example"}, {"x5u": "http://evil.example"}):
        assert refused(forged("3" * 32, header | {"kid": None}))
        assert refused(forged("3" * 32, header))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": "http://evil.example"},
        {"aud": None},
        {"aud": "aarogya-web"},
        {"aud": []},
        {"sub": None},
        {"sub": 17},
        {"sub": "017"},
        {"sub": "१७"},
        {"sub": " 17"},
        {"sub": "17\x00"},
        {"sub": "x"},
        {"sub": "9" * 5000},
        {"sid": None},
        {"sid": "x"},
        {"sid": 5},
        {"sid": str(UUID(int=5))},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": {}},
        {"iat": None},
        {"iat": 9999999999},
        {"iat": "x"},
        {"jti": None},
        {"jti": 1},
        {"nbf": "x"},
    ],
)
def test_claims_that_are_not_ours_are_refused(claims: dict) -> None:
    assert refused(forged(**claims))


def test_another_secret_signs_nothing() -> None:
    for secret in ("3" * 32, "1" * 31, "1" * 33, "first", "x"):
        assert refused(forged(secret))


def test_a_token_without_a_signature_is_refused() -> None:
    head, body, signature = sign(OURS, now=NOW).split(".")
    none = part({"alg": "none", "kid": "first", "typ": "at+jwt"})
    for token in (
        f"{none}.{body}.",
        f"{none}.{body}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{none}.{body}.{signature}",
    ):
        assert refused(token)


def test_a_public_key_is_no_secret() -> None:
    public = RSAKey.generate_key(2048).as_pem(private=False).decode()
    assert refused(forged(public, {"alg": "HS256"}))
    assert refused(forged(public, {"alg": "RS256"}))


def test_any_character_changed_is_refused() -> None:
    token = sign(OURS, now=NOW)
    head, _, signature = token.split(".")
    changed = part(parts(token)[1] | {"sub": "1"})
    assert refused(f"{head}.{changed}.{signature}")
    for place in range(len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        assert refused(token[:place] + other + token[place + 1 :]), place


def test_rubbish_is_refused() -> None:
    deep = "[" * 50_000
    for text in ("", ".", "..", "...", "a.b.c", "\x00", "é.é.é", f"{part(deep)}.{part(deep)}.x", "a" * 10_000_000):
        assert refused(text)
    assert refused(f"{part({'alg': 'HS256', 'kid': 'first', 'typ': 'at+jwt'})}.{part('[]')}.x")


def test_an_encrypted_token_is_none_of_ours() -> None:
    key = OctKey.import_key("1" * 32)
    direct = JWERegistry(algorithms=["dir", "A256GCM"])
    header = {"alg": "dir", "enc": "A256GCM", "kid": "first"}
    assert refused(jwt.encode(header, {"sub": "17"}, key, registry=direct))
