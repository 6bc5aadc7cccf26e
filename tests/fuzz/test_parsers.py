"""What strangers send to be read: whatever it is, it is read or refused, and nothing else is raised.

`AAROGYA_FUZZ` is the number of inputs a parser. Those that Hypothesis thinks of come first; then what is right is
changed at random, from a seed that is printed, and the same each time where no number was asked for.
"""

import os
import random
import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from api.bodies import parse as body
from api.credentials import given as credentials
from core import access_token, signature
from core.access_token import Claims
from core.errors import DomainError
from core.web_session import hash_id, session_id
from services.api_keys import parse as key
from state.address import day_of
from state.typed import count_of, instant_of, number_of, wall_instant_of

INPUTS = int(os.environ.get("AAROGYA_FUZZ", "20000"))
SEED = random.SystemRandom().randrange(2**32) if "AAROGYA_FUZZ" in os.environ else 108
THOUGHT_OF = 60
"""Inputs that Hypothesis makes for each parser: it looks for the strange, and is slow."""

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOKEN = access_token.sign(Claims(17, UUID(int=5)), now=NOW)
KEY = f"aar_live_{'0a' * 6}_{'Ab-_' * 10}123"


def read_token(text: str) -> object:
    return access_token.read(text, now=NOW)


def read_signature(text: str) -> object:
    return signature.verify(text, "secret", b"body", now=NOW)


def read_authorization(text: str) -> object:
    raw = [(b"authorization", text.encode("latin-1", "replace"))]  # as bytes come off the wire
    token = credentials(Headers(raw=raw)).token
    return None if token is None else access_token.read(token, now=NOW)


def read_cookie(text: str) -> object:
    identity = session_id(text.encode("latin-1", "replace").decode("latin-1"))
    return None if identity is None else hash_id(identity)


def read_key(text: str) -> object:
    return key(text)


def read_wall(text: str) -> object:
    return wall_instant_of(text, "Asia/Kolkata")


def read_body(text: str) -> object:
    return body(text.encode(errors="surrogatepass"))


PARSERS: dict[str, tuple[Callable[[str], object], list[str]]] = {
    "token": (read_token, [TOKEN]),
    "authorization": (read_authorization, [f"Bearer {TOKEN}", "Basic eDp5"]),
    "signature": (read_signature, [signature.sign("secret", b"body", at=NOW), "t=1,v1=" + "0a" * 32]),
    "key": (read_key, [KEY]),
    "cookie": (read_cookie, ["aarogya=abc; other=x", 'aarogya="a\\"b"; aarogya=c']),
    "body": (read_body, ['{"email": "a@b", "n": [1, -2.5e3, true, null, "\\u0041"]}']),
    "instant": (instant_of, ["2026-11-24T12:00:00+05:30", "2026-11-24T12:00:00Z", "20261124T120000.123456+0000"]),
    "number": (number_of, ["12345678-1234-5678-1234-567812345678", "{urn:uuid:12345678123456781234567812345678}"]),
    "count": (count_of, ["17", "-1", "1_000"]),
    "wall": (read_wall, ["2026-11-24T12:00", "2026-11-24 12:00:59"]),
    "day": (day_of, ["2026-11-24", "2026-W48-2", "20261124"]),
}
"""What reads, and what is right or nearly so."""

ALPHABET = string.printable + "\x00\x7f\x80éß१٣Ａ０\u200b\u2028\ud800\udfff\ufeff\U0001f600"


def mutated(chance: random.Random, text: str) -> str:
    """The text with some of it changed, doubled, moved or gone."""
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        here, there = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        match chance.randrange(7):
            case 0:
                text = text[:here] + chance.choice(ALPHABET) + text[here + 1 :]
            case 1:
                text = text[:here] + chance.choice(ALPHABET) + text[here:]
            case 2:
                text = text[:here] + text[min(there, here + 8) :]
            case 3:
                text = text[:there] + text[here:there][:64] + text[there:]
            case 4:
                text = text[:here] + "".join(chance.choices(ALPHABET, k=chance.choice((1, 8, 64)))) + text[here:]
            case 5:
                text = text[:here] + text[here : here + 1].swapcase() + text[here + 1 :]
            case _:
                text = (
                    text[:here]
                    + chance.choice(("9" * 400, "[" * 2000, "=", ".", "-", ":", ";", '"', "\\u"))
                    + text[here:]
                )
    return text[:4000]


def refuses_or_reads(read: Callable[[str], Any], text: str) -> None:
    try:
        read(text)
    except DomainError:
        return


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", PARSERS)
def test_what_is_nearly_right_is_read_or_refused(name: str) -> None:
    read, right = PARSERS[name]
    seed = int(os.environ.get("AAROGYA_FUZZ_SEED", SEED))
    print(f"AAROGYA_FUZZ_SEED={seed}")
    chance = random.Random(seed)
    for _ in range(INPUTS):
        text = mutated(chance, chance.choice(right))
        try:
            refuses_or_reads(read, text)
        except Exception as error:
            raise AssertionError(f"{name} {text!r} with AAROGYA_FUZZ_SEED={seed}") from error


@pytest.mark.parametrize("name", PARSERS)
def test_what_can_be_thought_of_is_read_or_refused(name: str) -> None:
    read, right = PARSERS[name]
    surroundings = st.sampled_from(right).flatmap(
        lambda one: st.tuples(st.integers(0, len(one)), st.integers(0, len(one)), st.text()).map(
            lambda cut: one[: cut[0]] + cut[2] + one[cut[1] :]
        )
    )
    anything = st.text() | st.binary().map(lambda value: value.decode("latin-1")) | surroundings

    @settings(max_examples=THOUGHT_OF, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(anything)
    def look(text: str) -> None:
        refuses_or_reads(read, text)

    look()


@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], {}, b"x", float("nan"), 10**40], ids=str)
@pytest.mark.parametrize("read", [instant_of, number_of, count_of, day_of])
def test_what_is_no_text_is_read_or_refused(read: Callable[[Any], object], value: object) -> None:
    """A raw socket sends what it likes: Reflex checks the number of arguments and, for some, their types."""
    refuses_or_reads(read, value)  # type: ignore[arg-type]
