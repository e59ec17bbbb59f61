"""Salted digests of secrets: they tell a change of content, and can't be guessed back."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

_SCHEME = "scrypt"


def digest(data: bytes, salt: str) -> str:
    """``scrypt$SALT$HASH`` for a label."""
    return f"{_SCHEME}${salt}${_hash(data, salt)}"


def matches(data: bytes, label: str) -> bool:
    """Whether a secret that carries ``label`` was made from ``data``."""
    scheme, _, rest = label.partition("$")
    salt, _, value = rest.partition("$")
    return scheme == _SCHEME and hmac.compare_digest(value, _hash(data, salt))


def suffix(label: str) -> str:
    """The part of a digest that goes into the name of a rotated secret."""
    return label.rpartition("$")[2][:8]


@lru_cache(maxsize=1024)
def _hash(data: bytes, salt: str) -> str:
    """Slow on purpose (RFC 7914; 4 MiB, some 10 ms), hence remembered while the process lives."""
    return hashlib.scrypt(data, salt=salt.encode(), n=2**12, r=8, p=1, dklen=16).hex()
