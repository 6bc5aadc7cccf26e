"""`X-Signature`: of this body, this key and this time, or refused."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from core.signature import SignatureRefused, parse, sign, verify
from tests.people import NOW

SECRET, BODY = "a-secret", b'{"slot":1}'
TIME = int(NOW.timestamp())


def refused(header: str, *, secret: str = SECRET, body: bytes = BODY, now=NOW) -> bool:
    try:
        verify(header, secret, body, now=now)
    except SignatureRefused:
        return True
    return False


def test_the_signature_is_hmac_sha256_over_time_and_body() -> None:
    made = hmac.new(b"a-secret", b"%d." % TIME + BODY, hashlib.sha256)
    assert sign(SECRET, BODY, at=NOW) == f"t={TIME},v1={made.hexdigest()}"
    assert verify(sign(SECRET, BODY, at=NOW), SECRET, BODY, now=NOW) == made.digest()


def test_another_body_secret_or_time_is_refused() -> None:
    header = sign(SECRET, BODY, at=NOW)
    assert not refused(header)
    assert refused(header, body=BODY + b" ")
    assert refused(header, body=b"")
    assert refused(header, secret="another")
    assert refused(header.replace(f"t={TIME}", f"t={TIME + 1}"))
    # The dot keeps time and body apart.
    assert refused(sign(SECRET, b"1.x", at=NOW).replace(f"t={TIME}", f"t={TIME}1"), body=b"x")


def test_five_minutes_either_way_are_tolerated() -> None:
    header = sign(SECRET, BODY, at=NOW)
    for seconds in (-300, 0, 300):
        assert not refused(header, now=NOW + timedelta(seconds=seconds))
    for seconds in (-301, 301, 86_400):
        assert refused(header, now=NOW + timedelta(seconds=seconds))


def test_one_right_signature_among_several_is_enough_and_is_the_one_that_is_known() -> None:
    old, new = (sign(secret, BODY, at=NOW).partition(",")[2] for secret in ("old", SECRET))
    both = verify(f"t={TIME},{old},{new}", SECRET, BODY, now=NOW)
    assert both == verify(f"t={TIME},{new}", SECRET, BODY, now=NOW)
    assert refused(f"t={TIME},{old}")


GOOD = "ab" * 32


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        f"v1={GOOD}",
        f"v1={GOOD},t=1",
        f"t=1,v0={GOOD}",
        f"t=1,v1={GOOD[:-2]}",
        f"t=1,v1={GOOD}ab",
        f"t=1,v1={GOOD.upper()}",
        f"t=1,v1={GOOD},",
        f"t=1, v1={GOOD}",
        f"t=01,v1={GOOD}",
        f"t=-1,v1={GOOD}",
        f"t=+1,v1={GOOD}",
        f"t=1.0,v1={GOOD}",
        f"t=1e9,v1={GOOD}",
        f"t=१,v1={GOOD}",
        f"t={'9' * 400},v1={GOOD}",
        f"t=1,v1={GOOD}\n",
        f"t=1,t=2,v1={GOOD}",
        f"t=1,v1={GOOD},t=2",
        "t=1" + f",v1={GOOD}" * 6,
        "\x00",
    ],
)
def test_a_header_of_another_form_is_refused(header: str) -> None:
    with pytest.raises(SignatureRefused):
        parse(header)
