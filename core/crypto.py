"""What is encrypted at rest: AES-256-GCM with key ids, and a keyed hash that makes a phone number findable.

A sealed value is bound to its row by what it is `about`: moved to another row or column it does not open.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.settings import pairs, settings

FORM = 1
"""The first byte of a sealed value; then the length of the key's id, the id, the nonce, the ciphertext with its tag."""

NONCE = 12
"""Bytes; random for each value, as NIST SP 800-38D allows for 2^32 values under one key."""


class CannotOpen(Exception):
    """The value was altered, moved from its row, or sealed under a key that is not on the ring."""


@dataclass(frozen=True)
class Keyring:
    """The keys by id; the first seals, all open."""

    keys: dict[str, bytes]

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))


def seal(text: str, *, about: str) -> bytes:
    """Encrypt under the current key; `about` names table, column and row, `users.phone:17`."""
    begin, nonce = head(), os.urandom(NONCE)
    return begin + nonce + _cipher(keyring().current).encrypt(nonce, text.encode(), begin + about.encode())


def unseal(sealed: bytes, *, about: str) -> str:
    """What was sealed about the same row. Raises CannotOpen."""
    try:
        identity = key_id(sealed)
        begin, rest = sealed[: 2 + len(identity)], sealed[2 + len(identity) :]
        return _cipher(identity).decrypt(rest[:NONCE], rest[NONCE:], begin + about.encode()).decode()
    except (InvalidTag, KeyError, ValueError, IndexError) as error:
        raise CannotOpen from error


def resealed(sealed: bytes, *, about: str) -> bytes:
    """The same under the current key. Raises CannotOpen."""
    return seal(unseal(sealed, about=about), about=about)


def head() -> bytes:
    """How every value under the current key begins."""
    identity = keyring().current.encode()
    return bytes([FORM, len(identity)]) + identity


def key_id(sealed: bytes) -> str:
    """The id of the key that a value was sealed under. Raises CannotOpen."""
    if len(sealed) < 2 or sealed[0] != FORM:
        raise CannotOpen
    try:
        return sealed[2 : 2 + sealed[1]].decode("ascii")
    except UnicodeDecodeError as error:
        raise CannotOpen from error


def lookup(kind: str, text: str) -> bytes:
    """A keyed hash by which equal values are found; without the key it cannot be tried out. That key stays."""
    key = hashlib.sha256(settings().lookup_key.get_secret_value().encode()).digest()
    return hmac.digest(key, f"{kind}\0{text}".encode(), "sha256")


@lru_cache
def keyring() -> Keyring:
    """The ring of `AAROGYA_ENCRYPTION_KEYS`."""
    ring = pairs(settings().encryption_keys)
    return Keyring({identity: base64.b64decode(key, validate=True) for identity, key in ring})


@lru_cache
def _cipher(identity: str) -> AESGCM:
    return AESGCM(keyring().keys[identity])


def forget() -> None:
    """Read the keys anew."""
    keyring.cache_clear()
    _cipher.cache_clear()
