"""Tokens: made once, shown once, kept as slow hashes in a file.

A line of the file is ``NAME ROLE HASH``. A token is ``NAME.SECRET``, so that one slow hash tells whether it is right.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.settings.choices import Role

COST = 2**15
"""Of scrypt: about 50 ms and 32 MB for each try (RFC 7914)."""
MOST = 1000
"""Tokens in a file, which has 1 MB at most."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_HASH = re.compile(r"scrypt:([0-9]{1,2}):([A-Za-z0-9_-]{22,44}=*):([A-Za-z0-9_-]{43}=?)")


@dataclass(frozen=True, slots=True)
class Token:
    """One line of the file."""

    name: str
    role: Role
    hash: str


def made(name: str, role: Role) -> tuple[str, Token]:
    """Return a new token as its owner gets it, and as the file keeps it. Raises ``UsageError`` for a bad name."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:64]!r} is no name of a token: use letters, digits, - and _, at most 63")
    secret = secrets.token_urlsafe(32)
    return f"{name}.{secret}", Token(name, role, _hashed(secret, secrets.token_bytes(16)))


def matches(token: Token | None, secret: str) -> bool:
    """Whether a secret is the token's. Takes as long where there is no such token."""
    found = _HASH.fullmatch(token.hash) if token else None
    salt = urlsafe_b64decode(found.group(2)) if found else b"no such token at all"
    right = hmac.compare_digest(_hashed(secret, salt), token.hash if token and found else "")
    return bool(found) and right


def _hashed(secret: str, salt: bytes) -> str:
    key = hashlib.scrypt(secret.encode(), salt=salt, n=COST, r=8, p=1, maxmem=2**26, dklen=32)
    return f"scrypt:15:{urlsafe_b64encode(salt).decode()}:{urlsafe_b64encode(key).decode()}"


def read(file: Path) -> dict[str, Token]:
    """Return the tokens of a file, by name.

    Raises:
        UsageError: the file can't be read, or a line of it is no token.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(1_000_001)
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it isn't text"
        raise UsageError(f"{file} can't be read: {why}. `reconciler token add NAME` makes it") from error
    tokens: dict[str, Token] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            token = _parsed(line, f"{file}:{number}")
            tokens[token.name] = token
    if len(content) > 1_000_000 or len(tokens) > MOST:
        raise UsageError(f"{file} is too long: {MOST} tokens are the most")
    return tokens


def _parsed(line: str, place: str) -> Token:
    match line.split():
        case [name, ("viewer" | "operator") as role, hashed] if _NAME.fullmatch(name) and _HASH.fullmatch(hashed):
            return Token(name, Role(role), hashed)
        case _:
            raise UsageError(
                f"{place}: this is no token. A line is `NAME viewer|operator HASH`, by `reconciler token add`"
            )


@contextmanager
def changing(file: Path) -> Iterator[dict[str, Token]]:
    """Give the tokens of a file, none where it isn't there, to be changed and written by one process at a time.

    Raises:
        UsageError: the file or its folder can't be read.
    """
    try:
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UsageError(f"the folder of {file} can't be opened: {error.strerror or error}") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield read(file) if file.exists() else {}
    finally:
        os.close(folder)


def write(file: Path, tokens: dict[str, Token]) -> None:
    """Write a file whole or not at all. A new one is for its owner only; an old one keeps its owner and its mode, so
    that the loop goes on reading it whoever changes it. Raises ``UsageError`` where that fails."""
    text = "".join(f"{each.name} {each.role} {each.hash}\n" for each in tokens.values())
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(opened, "w") as out:
            if file.exists():
                before = file.stat()
                os.fchown(out.fileno(), before.st_uid, before.st_gid)
                os.fchmod(out.fileno(), before.st_mode & 0o660)
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{file} can't be written: {error.strerror or error}") from error
