"""One HTTP call to the engine. Bodies are raw Engine API objects.

The API version is the newest that both sides know. It is asked for at the first call, and again after the connection
was lost, because the engine may have been replaced. Methods can be used from several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import field
from http.client import HTTPException
from json import dumps, loads
from random import random
from time import sleep
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote, urlencode

from reconciler.clock import steady
from reconciler.errors import EngineError, EngineUnavailable, Refused
from reconciler.records import dataclass
from reconciler.swarm import engine_errors
from reconciler.swarm.connections import Exchange, pool_to
from reconciler.swarm.endpoint import Endpoint
from reconciler.swarm.stream import Stream

OLDEST_API = "1.41"
"""API of engine 20.10, the first with jobs."""
NEWEST_API = "1.51"
"""API of engine 28.5; newer features aren't used."""
CONNECT_TIMEOUT = 5.0
WRITE_CONNECT_TIMEOUT = 2.0
"""Seconds within which a write that passed the fence must be sent."""
CALL_TIMEOUT = 30.0
LOOK_TIMEOUT = 10.0
"""Seconds for calls that a healthy Swarm answers in milliseconds. Without a leader it is silent for half a minute, and
the verdict is Unknown long before."""
SAFE = "/:@+,~"
"""Characters that stay as they are in a path, besides letters, digits and ``_.-``: images have them."""
P = ParamSpec("P")
T = TypeVar("T")
Dated = Callable[[str | None, float, float], None]
Fence = Callable[[str], None]
"""Called with what is to be done; raises an ``EngineError`` to forbid a write."""


def again(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``read``, and again after a temporary error: at most four times, within about a second."""
    try:
        return read(*args, **kwargs)
    except EngineError as error:
        if not error.passing:
            raise
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, EngineError) and error.passing),
        wait=wait_random_exponential(multiplier=0.05, max=0.4),
        stop=stop_after_attempt(3) | stop_after_delay(1.0),
        reraise=True,
    )
    sleep(random() * 0.05)  # nosec # a jitter, not a secret
    return retrying(read, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class Call:
    """A request. ``doing`` completes "can't ..." in errors; ``timeout`` is in seconds of silence, None for no limit.

    A body of bytes is sent as it is, any other as JSON.
    """

    method: str
    path: str
    doing: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float | None = CALL_TIMEOUT
    again: bool = True
    """Whether to repeat the call after a temporary error. Writes are never repeated: they may have been carried out."""

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    @property
    def has_answer(self) -> bool:
        """Whether the engine answers with a body: to reads, and after creating something."""
        return self.is_read or self.path.endswith("/create")


class Transport:
    """Calls to one engine. Making one does no I/O to the engine; raises ``UsageError`` for an invalid address."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.host = endpoint.host
        self._api_version = ""
        self._fence: Fence = lambda _: None
        self.dated: Dated = lambda date, asked, answered: None
        """Called with the ``Date`` of each answer, and the moments of ``steady`` between which it was given."""
        self._pool = pool_to(endpoint)

    def fenced(self, fence: Fence) -> Transport:
        """Return the same connections; ``fence`` is called right before each write is sent, after everything that takes
        time."""
        other = copy(self)
        other._fence = fence
        return other

    def api_version(self, doing: str) -> str:
        """Return the API version to speak. Raises ``EngineUnavailable`` without an engine, ``Refused`` if it is too
        old."""
        if not self._api_version:
            exchange = self._request(Call("GET", "/_ping", doing), "/_ping")
            theirs = exchange.answer.headers.get("Api-Version", "")
            self._read(exchange, doing)
            if not theirs:
                raise EngineUnavailable(
                    f"can't {doing}: what answers at {self.host} isn't a Docker engine. Look at --host."
                )
            if _number(theirs) < _number(OLDEST_API):
                raise Refused(
                    f"can't {doing}: the engine at {self.host} speaks API {theirs}, and {OLDEST_API} is the oldest "
                    "that will do. Bring it to Docker 20.10 or later."
                )
            self._api_version = theirs if _number(theirs) < _number(NEWEST_API) else NEWEST_API
        return self._api_version

    def json(self, call: Call) -> Any:
        """Return the answer's JSON, None for an empty answer that may be empty. Raises an ``EngineError``.

        An empty answer to a read would look like an empty Swarm, and no engine gives one.
        """
        return again(self._json, call) if call.is_read and call.again else self._json(call)

    def _json(self, call: Call) -> Any:
        content = self.body(call)
        try:
            return loads(content) if content or call.has_answer else None
        except ValueError as error:
            raise self.no_json(call.doing) from error

    def body(self, call: Call) -> bytes:
        """Return the body of the answer as it came. Raises an ``EngineError``."""
        return self._read(self._send(call), call.doing)

    def no_json(self, doing: str) -> EngineUnavailable:
        """Return the error for an answer that isn't JSON."""
        return EngineUnavailable(f"can't {doing}: what {self.host} answers isn't JSON. Look at --host.")

    def stream(self, call: Call) -> Stream:
        """Return the answer as a stream, which is still to be read and closed. Raises an ``EngineError``."""
        return Stream(self._send(call), call.doing, self.host)

    def ping(self, timeout: float) -> bool:
        """Whether the engine answers within ``timeout`` seconds."""
        call = Call("GET", "/_ping", "ping the engine", timeout=timeout)
        try:
            exchange = self._request(call, "/_ping")
            self._read(exchange, call.doing)
        except EngineUnavailable:
            return False
        return exchange.answer.status == 200

    def close(self) -> None:
        """Close the idle connections; a stream under way ends by its own ``stop``."""
        self._pool.close()

    def _send(self, call: Call) -> Exchange:
        """Send the request and return the answer (2xx or 3xx) with its body unread. Raises an ``EngineError``."""
        exchange = self._request(call, f"/v{self.api_version(call.doing)}{quote(call.path, SAFE)}")
        if exchange.answer.status < 400:
            return exchange
        words = _words(self._read(exchange, call.doing))
        if "client version" in words:
            self._api_version = ""
        raise engine_errors.refusal(call.doing, exchange.answer.status, words)

    def _request(self, call: Call, path: str) -> Exchange:
        url = f"{path}?{urlencode(call.params)}" if call.params else path
        body = call.body if call.body is None or isinstance(call.body, bytes) else dumps(call.body).encode()
        headers = {"Content-Type": "application/json", **call.headers}
        within = CONNECT_TIMEOUT
        if not call.is_read:
            self._fence(call.doing)
            within = WRITE_CONNECT_TIMEOUT
        asked = steady()
        try:
            exchange = self._pool.request(call.method, url, body, headers, within=within, silence=call.timeout)
        except TimeoutError as error:
            raise engine_errors.silent(call.doing, self.host, call.timeout or CONNECT_TIMEOUT) from error
        except (OSError, HTTPException) as error:
            self._api_version = ""
            raise engine_errors.unreachable(call.doing, self.host, error) from error
        self.dated(exchange.answer.headers.get("Date"), asked, steady())
        return exchange

    def _read(self, exchange: Exchange, doing: str) -> bytes:
        """Read the whole body; the connection can be used again afterwards."""
        try:
            content = exchange.answer.read()
        except (OSError, HTTPException) as error:
            exchange.close()
            if isinstance(error, TimeoutError):
                raise engine_errors.silent(doing, self.host, exchange.sock.gettimeout() or CONNECT_TIMEOUT) from error
            self._api_version = ""
            raise engine_errors.unreachable(doing, self.host, error) from error
        self._pool.give_back(exchange)
        return content


def _words(content: bytes) -> str:
    try:
        return str(loads(content)["message"])
    except (ValueError, LookupError, TypeError):
        return content.decode(errors="replace")


def _number(version: str) -> tuple[int, ...]:
    """Return ``1.41`` as comparable numbers; a part that isn't a number counts as 0."""
    return tuple(
        int(part) if part.isdecimal() and part.isascii() and len(part) < 10 else 0 for part in version.split(".")
    )
