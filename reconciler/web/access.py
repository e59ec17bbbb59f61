"""Who gets in, and what they may do (rule 22)."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request

from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.settings.choices import Role
from reconciler.web.problems import Problem
from reconciler.web.tokens import Token, matches, read

TRIES, WINDOW = 10, 60.0
"""Wrong tokens that one address may send in so many seconds."""
ADDRESSES = 4096
"""Addresses whose tries are counted; the oldest are forgotten."""
SESSION = 12 * 3600.0
"""Seconds that a sign-in lasts."""
SESSIONS = 1000
CHECKS, QUEUE = 2, 8
"""Slow hashes that are worked out at once (32 MB each), and requests that wait for one; more are sent away."""
COOKIE = "reconciler-session"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who got in. ``csrf`` is what each write of a session has to carry; empty for a client's token."""

    name: str
    role: Role
    csrf: str = ""

    def may_write(self) -> None:
        """Raise ``Problem`` for a viewer."""
        if self.role is not Role.OPERATOR:
            raise Problem(403, f"{self.name} may only look: this takes a token with the role operator")


@dataclass(frozen=True, slots=True)
class Rules:
    """How the server is reached. ``hosts`` are further names that it may be called by."""

    loopback: bool
    """Only this machine reaches it."""
    ask_on_loopback: bool = False
    hosts: frozenset[str] = frozenset()
    tokens_file: Path | None = None


class Access:
    """Lets requests in, or raises a ``Problem``."""

    def __init__(self, rules: Rules, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._right: dict[bytes, tuple[str, str]] = {}
        """Tokens that were right, by a fast hash that only this process can make: name and kept hash."""
        self._lock = threading.Lock()
        """Guards what follows: requests come in many threads."""
        self._queue = threading.BoundedSemaphore(CHECKS + QUEUE)
        self._checks = threading.BoundedSemaphore(CHECKS)
        self._sessions: dict[str, tuple[str, str, str, float]] = {}
        """By cookie: the token's name and kept hash, the CSRF token, and when it ends."""
        self._wrong: dict[str, list[float]] = {}
        self._tokens: tuple[tuple[int, int], dict[str, Token]] = ((0, 0), {})

    def visitor(self, request: Request) -> Visitor:
        """Return who asks.

        Raises:
            Problem: the host isn't ours, the token is wrong, or there is none and one is needed.
        """
        self.check_host(request)
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            token = self._by_token(given.strip(), _address(request))
            return Visitor(token.name, token.role)
        if (cookie := request.cookies.get(COOKIE)) and (visitor := self._by_session(cookie)):
            return visitor
        if self._rules.loopback and not self._rules.ask_on_loopback:
            return Visitor("somebody on this machine", Role.VIEWER)
        raise Problem(
            401, "a token is needed: `Authorization: Bearer TOKEN`, or sign in at the page", www_authenticate="Bearer"
        )

    @property
    def can_sign_in(self) -> bool:
        """Whether there are tokens to sign in with."""
        return self._rules.tokens_file is not None

    def sign_in(self, given: str, address: str) -> tuple[str, Visitor]:
        """Return a cookie for a token, and who that is. Raises ``Problem`` for a wrong one."""
        token = self._by_token(given.strip(), address)
        now = self._clock()
        cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        with self._lock:
            self._sessions = {key: each for key, each in self._sessions.items() if each[3] > now}
            while len(self._sessions) >= SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[self._fast(cookie).hex()] = token.name, token.hash, csrf, now + SESSION
        return cookie, Visitor(token.name, token.role, csrf)

    def sign_out(self, cookie: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(self._fast(cookie).hex(), None)

    def check_write(self, request: Request, visitor: Visitor, csrf: str) -> None:
        """Raise ``Problem`` for a viewer, and for a write that isn't from a page of this session."""
        visitor.may_write()
        self.check_session(request, visitor, csrf)

    def check_session(self, request: Request, visitor: Visitor, csrf: str) -> None:
        """Raise ``Problem`` for what isn't from a page of this session. A client with a token has none."""
        if not visitor.csrf:
            return
        self.check_origin(request)
        if not secrets.compare_digest(csrf.encode(errors="replace"), visitor.csrf.encode()):
            raise Problem(403, "the form is too old, or comes from another page: load the page again")

    def check_origin(self, request: Request) -> None:
        """Raise ``Problem`` for a form that a page of another site sent, and for another host."""
        self.check_host(request)
        origin = request.headers.get("origin", "")
        if origin and origin != f"{request.scope['scheme']}://{request.headers.get('host', '')}":
            raise Problem(403, f"the request comes from {origin[:200]}, which isn't this page")

    def check_host(self, request: Request) -> None:
        """A name that somebody else points at us must not read what loopback may (DNS rebinding)."""
        name = _host(request.headers.get("host", ""))
        known = LOCAL_HOSTS | self._rules.hosts
        if (self._rules.loopback or self._rules.hosts) and name not in known:
            raise Problem(421, f"{name[:200]!r} isn't a name of this server: `http.hosts` lists further names")

    def _by_session(self, cookie: str) -> Visitor | None:
        name, kept, csrf, ends = self._sessions.get(self._fast(cookie).hex(), ("", "", "", 0.0))
        token = self._known().get(name)
        return Visitor(name, token.role, csrf) if token and token.hash == kept and self._clock() < ends else None

    def _by_token(self, given: str, address: str) -> Token:
        name, _, secret = given[:512].partition(".")
        token = self._known().get(name)
        fast = self._fast(given)
        if token and self._right.get(fast) == (token.name, token.hash):
            return token
        if not self._is_right(token, secret, address):
            raise Problem(401, "this token isn't known here", www_authenticate="Bearer")
        assert token is not None
        with self._lock:
            self._wrong[address] = self._wrong.get(address, [])[:-1]
            self._right = {**dict(list(self._right.items())[-SESSIONS:]), fast: (token.name, token.hash)}
        return token

    def _count(self, address: str) -> None:
        """Count a try before it is checked, so that many at once are no more than others. Raises ``Problem``."""
        now = self._clock()
        with self._lock:
            recent = [at for at in self._wrong.pop(address, []) if now - at < WINDOW]
            late = len(recent) >= TRIES
            self._wrong[address] = recent if late else [*recent, now]
            while len(self._wrong) > ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
        if late:
            raise Problem(429, "too many wrong tokens: try again in a minute", retry_after=str(int(WINDOW)))

    def _is_right(self, token: Token | None, secret: str, address: str) -> bool:
        """Work out the slow hash, in turn: many wrong tokens must not take all threads and all memory."""
        if not self._queue.acquire(blocking=False):
            raise Problem(503, "too many tokens are being checked: try again in a second", retry_after="1")
        try:
            self._count(address)
            with self._checks:
                return matches(token, secret)
        finally:
            self._queue.release()

    def _known(self) -> Mapping[str, Token]:
        """The tokens of the file, read again when it changed. A broken file keeps the last good ones; one that is gone
        has none."""
        file = self._rules.tokens_file
        if file is None:
            return {}
        try:
            found = file.stat()
            stamp = (found.st_mtime_ns, found.st_ino)
            if stamp != self._tokens[0]:
                self._tokens = stamp, read(file)
        except FileNotFoundError:
            self._tokens = (0, 0), {}
        except (OSError, UsageError):
            return self._tokens[1]
        return self._tokens[1]

    def _fast(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), key=self._salt).digest()


def _address(request: Request) -> str:
    """Whose tries are counted together: an address, or the network of 64 bits that one IPv6 client has to itself."""
    given = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(given)
    except ValueError:
        return given[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def _host(given: str) -> str:
    """The name in a ``Host`` header, without its port."""
    if given.startswith("["):
        return given[1:].partition("]")[0].lower()
    return given.rpartition(":")[0].lower() if given.count(":") == 1 else given.lower()


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
