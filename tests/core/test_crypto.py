"""What is sealed opens for its own row and under a key that we have, and nowhere else."""

import base64

import pytest

from core import crypto
from core.crypto import CannotOpen, lookup, seal, unseal
from core.settings import settings

FIRST, SECOND = (f"k{n}:{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
ABOUT = "users.phone:17"


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch):
    """Lays keys on the ring, the first one sealing."""

    def lay(*keys: str) -> None:
        monkeypatch.setenv("AAROGYA_ENCRYPTION_KEYS", ",".join(keys))
        settings.cache_clear()
        crypto.forget()

    lay(FIRST)
    yield lay
    monkeypatch.undo()
    settings.cache_clear()
    crypto.forget()


def test_what_was_sealed_opens() -> None:
    for text in ("", "+919812345678", "नमस्ते", "x" * 100_000):
        assert unseal(seal(text, about=ABOUT), about=ABOUT) == text


def test_two_seals_of_one_text_have_nothing_in_common_but_their_head() -> None:
    one, other = (seal("+919812345678", about=ABOUT) for _ in range(2))
    assert one != other
    assert b"9812345678" not in one


def test_moved_to_another_row_or_column_it_does_not_open() -> None:
    sealed = seal("+919812345678", about=ABOUT)
    for elsewhere in ("users.phone:18", "patients.phone:17", "users.phone:1", ""):
        with pytest.raises(CannotOpen):
            unseal(sealed, about=elsewhere)


def test_with_any_bit_changed_or_any_byte_missing_it_does_not_open() -> None:
    sealed = seal("a secret", about=ABOUT)
    changed = [
        bytes([*sealed[:n], sealed[n] ^ 1 << bit, *sealed[n + 1 :]]) for n in range(len(sealed)) for bit in (0, 7)
    ]
    shortened = [sealed[:n] for n in range(len(sealed))]
    for wrong in [*changed, *shortened, sealed + b"\0", b"\xff" * 40]:
        with pytest.raises(CannotOpen):
            unseal(wrong, about=ABOUT)


def test_an_old_key_still_opens_and_the_new_one_seals(ring) -> None:
    old = seal("a secret", about=ABOUT)
    ring(SECOND, FIRST)
    assert unseal(old, about=ABOUT) == "a secret"
    assert (crypto.key_id(old), crypto.key_id(seal("x", about=ABOUT))) == ("k1", "k2")


def test_without_its_key_it_does_not_open(ring) -> None:
    old = seal("a secret", about=ABOUT)
    ring(SECOND)
    with pytest.raises(CannotOpen):
        unseal(old, about=ABOUT)


def test_another_key_of_the_same_name_does_not_open_it_either(ring) -> None:
    old = seal("a secret", about=ABOUT)
    ring(SECOND.replace("k2", "k1"))
    with pytest.raises(CannotOpen):
        unseal(old, about=ABOUT)


@pytest.mark.parametrize("keys", ["", "k1", "k1:", "k1:c2hvcnQ=", "k1:not base64", f"k-1:{FIRST[3:]}", f"{FIRST},x"])
def test_a_ring_that_is_none_is_refused_at_the_start(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAROGYA_ENCRYPTION_KEYS", keys)
    settings.cache_clear()
    with pytest.raises(ValueError, match="32 bytes in base64"):
        settings()


def test_equal_values_are_found_by_their_hash_and_only_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lookup("phone", "+919812345678")
    assert found == lookup("phone", "+919812345678")
    assert found not in {lookup("phone", "+919812345679"), lookup("email", "+919812345678"), lookup("phon", "e+9198")}
    monkeypatch.setenv("AAROGYA_LOOKUP_KEY", "another")
    settings.cache_clear()
    assert lookup("phone", "+919812345678") != found
