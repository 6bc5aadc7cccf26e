"""What is sealed opens in its own row, under a key of the ring, unaltered; and in no other case."""

import base64

import pytest

from core.crypto import CannotOpen, key_id, lookup, resealed, seal, unseal
from core.settings import settings
from tests.core.key_rings import NEW, OLD

ABOUT = "users.phone:17"


def test_what_is_sealed_opens_again(ring) -> None:
    for text in ("", "+91 98765 43210", "मीरा", "a" * 10_000, "\x00"):
        assert unseal(seal(text, about=ABOUT), about=ABOUT) == text


def test_nothing_of_the_text_is_to_be_seen(ring) -> None:
    assert b"98765" not in seal("98765", about=ABOUT)


@pytest.mark.parametrize("about", ["users.phone:18", "users.totp:17", "patients.phone:17", "users.phone:1", ""])
def test_moved_to_another_row_or_column_it_does_not_open(ring, about: str) -> None:
    with pytest.raises(CannotOpen):
        unseal(seal("secret", about=ABOUT), about=about)


def test_with_any_bit_altered_it_does_not_open(ring) -> None:
    sealed = seal("secret", about=ABOUT)
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            unseal(bytes(altered), about=ABOUT)


def test_cut_short_or_made_longer_it_does_not_open(ring) -> None:
    sealed = seal("secret", about=ABOUT)
    for wrong in (*(sealed[:length] for length in range(len(sealed))), sealed + b"\x00", b"\x01\xff", b"\x01\x04k\xff"):
        with pytest.raises(CannotOpen):
            unseal(wrong, about=ABOUT)


def test_two_seals_of_a_text_differ(ring) -> None:
    assert len({seal("secret", about=ABOUT) for _ in range(100)}) == 100


def test_an_old_key_still_opens_and_the_first_seals(ring) -> None:
    before = seal("secret", about=ABOUT)
    ring(f"{NEW},{OLD}")
    assert unseal(before, about=ABOUT) == "secret"
    after = resealed(before, about=ABOUT)
    assert (key_id(before), key_id(after)) == ("k001", "k002")
    assert unseal(after, about=ABOUT) == "secret"


def test_under_a_key_that_is_not_on_the_ring_nothing_opens(ring) -> None:
    sealed = seal("secret", about=ABOUT)
    ring(NEW)
    with pytest.raises(CannotOpen):
        unseal(sealed, about=ABOUT)
    # Nor under another key of the same name.
    ring(f"k001:{base64.b64encode(b'x' * 32).decode()}")
    with pytest.raises(CannotOpen):
        unseal(sealed, about=ABOUT)


def test_equal_texts_are_found_by_their_kind_and_not_without_the_key(ring, monkeypatch: pytest.MonkeyPatch) -> None:
    found = lookup("phone", "+919876543210")
    assert found == lookup("phone", "+919876543210")
    assert found not in {lookup("phone", "+919876543211"), lookup("email", "+919876543210"), lookup("phon", "e+919")}
    monkeypatch.setenv("AAROGYA_LOOKUP_KEY", "another-key-of-32-characters-and-more")
    settings.cache_clear()
    assert lookup("phone", "+919876543210") != found


def test_a_lookup_does_not_change_with_the_encryption_keys(ring) -> None:
    before = lookup("phone", "+919876543210")
    ring(NEW)
    assert lookup("phone", "+919876543210") == before
