"""Salted slow hashes for labels: they show whether content changed, but readers of labels can't guess the content.

A label is ``scrypt15$SALT$HASH``: scrypt (RFC 7914) with N = 2^15 and r = 8, which takes 32 MiB and some 0.1 s. Results
are remembered while the process lives. Versions up to 0.1 wrote ``scrypt$SALT$HASH`` for secrets, with N = 2^12.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import field
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from reconciler.records import dataclass

_SLOW, _OLD, _CLEAR = "scrypt15", "scrypt", "sha256"
_COST = {_SLOW: 2**15, _OLD: 2**12}
_LONGEST_SALT = 64
"""Characters of a salt; a label with a longer salt isn't ours."""
_VALUE = re.compile(r"[0-9a-f]{32}")
PARALLEL = 4
"""Number of hashes computed at once: 128 MiB."""
REMEMBERED = 4096
"""Number of hashes whose results are kept."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A label that is computed when it is written, because that is slow if ``content`` isn't empty.

    ``content`` may hold secrets. ``clear`` holds none, and is hashed fast. ``note`` follows the hash, after a blank.
    """

    salt: str
    content: bytes = field(default=b"", repr=False)
    clear: str = field(default="", repr=False)
    note: str = ""

    @property
    def text(self) -> str:
        """Return the label's value."""
        scheme = _SLOW if self.content else _CLEAR
        text = f"{scheme}${self.salt}${_hash(scheme, self.salt, self.content, self.clear)}"
        return f"{text} {self.note}" if self.note else text


def salt_for(key: str, *parts: bytes | str) -> str:
    """Return a salt for one content. It is the same again in one process, and random to anybody who doesn't know
    ``key``."""
    mac = hmac.new(key.encode(), digestmod=hashlib.sha256)
    for part in parts:
        mac.update(hashlib.sha256(part.encode() if isinstance(part, str) else part).digest())
    return mac.hexdigest()[:32]


def matches(label: str, content: bytes, clear: str = "") -> bool:
    """Say whether ``label`` was made from this content. False for a label that isn't ours."""
    scheme, _, rest = label.partition("$")
    salt, _, value = rest.partition("$")
    known = scheme in _COST or (scheme == _CLEAR and not content)
    if not known or not value or len(salt) > _LONGEST_SALT or not label.isascii():
        return False
    return hmac.compare_digest(value, _hash(scheme, salt, content, clear))


def is_readable(label: str) -> bool:
    """Say whether a label has the form of a slow hash, of any version."""
    scheme, _, rest = label.partition("$")
    salt, _, value = rest.partition("$")
    return scheme in _COST and 0 < len(salt) <= _LONGEST_SALT and bool(_VALUE.fullmatch(value)) and label.isascii()


def is_current(label: str) -> bool:
    """Say whether a label has the form of a slow hash of the current version."""
    return is_readable(label) and label.startswith(f"{_SLOW}$")


def prepare(pairs: Iterable[tuple[str, bytes]]) -> None:
    """Compute ``matches`` for labels and contents in parallel; later calls find the results at once."""
    due: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
    for label, content in pairs:
        scheme, _, rest = label.partition("$")
        if scheme in _COST and _memory.lacks(scheme, rest.partition("$")[0], content):
            due.put((label, content))
    if due.empty():
        return
    threads = [Thread(target=_work_off, args=(due,), daemon=True) for _ in range(min(PARALLEL, due.qsize()))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work_off(due: SimpleQueue[tuple[str, bytes]]) -> None:
    while True:
        try:
            label, content = due.get_nowait()
        except Empty:
            return
        matches(label, content)


def _hash(scheme: str, salt: str, content: bytes, clear: str) -> str:
    if scheme == _OLD:
        return _memory.slow(scheme, salt, content)
    slow = _memory.slow(scheme, salt, content) if scheme == _SLOW else salt
    return hashlib.sha256(f"{slow}\0{clear}".encode()).hexdigest()[:32]


class _Memory:
    """Results by scheme, salt and content. Each is computed once, and at most ``PARALLEL`` at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, bytes], str] = {}
        self._turns = [Lock() for _ in range(PARALLEL)]

    def lacks(self, scheme: str, salt: str, content: bytes) -> bool:
        return _key(scheme, salt, content) not in self._known

    def slow(self, scheme: str, salt: str, content: bytes) -> str:
        key = _key(scheme, salt, content)
        with self._turns[hash(key) % PARALLEL]:
            if (known := self._known.get(key)) is not None:
                return known
            password = content if scheme == _OLD else key[2]
            found = hashlib.scrypt(
                password, salt=salt.encode(), n=_COST[scheme], r=8, p=1, maxmem=64 * 2**20, dklen=16
            ).hex()
            self._keep(key, found)
        return found

    def _keep(self, key: tuple[str, str, bytes], found: str) -> None:
        self._known[key] = found
        for old in list(self._known)[: max(0, len(self._known) - REMEMBERED)]:
            self._known.pop(old, None)


def _key(scheme: str, salt: str, content: bytes) -> tuple[str, str, bytes]:
    return scheme, salt, hashlib.sha256(content).digest()


_memory = _Memory()
