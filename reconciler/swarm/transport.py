"""One HTTP call to the engine: transport and TLS by the Docker SDK, bodies as raw Engine API objects.

The API version is the newest that both sides know, asked for at the first call, and again after the connection was
lost, for the engine may have been exchanged meanwhile. Any method may be used from several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from json import dumps, loads
from typing import Any

from docker.api import APIClient
from docker.errors import DockerException
from docker.utils import parse_host, version_lt
from requests import RequestException, Response, Timeout
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from reconciler.errors import EngineError, EngineUnavailable, Refused, UsageError
from reconciler.swarm import faults
from reconciler.swarm.adapters import KeepAlive, OnePool
from reconciler.swarm.endpoint import Endpoint
from reconciler.swarm.stream import Stream

OLDEST_API = "1.41"
"""Engine 20.10, the first with jobs."""
NEWEST_API = "1.51"
"""Engine 28.5; what a newer one adds is not asked for."""
CONNECT_TIMEOUT = 5.0
WRITE_CONNECT_TIMEOUT = 2.0
"""A write that the fence let pass goes out within this time, or not at all."""
CALL_TIMEOUT = 30.0
LOOK_TIMEOUT = 10.0
"""For what a Swarm that is well answers in milliseconds: without a leader it keeps silent for half a minute, and the
verdict is Unknown long before."""
CONNECTIONS = 16
"""Kept open: 8 workers, the event stream, and some to spare."""
AGAIN = Retrying(
    retry=retry_if_exception(lambda error: isinstance(error, EngineError) and error.passing),
    wait=wait_random_exponential(multiplier=0.05, max=0.4),
    stop=stop_after_attempt(4) | stop_after_delay(1.0),
    reraise=True,
)
"""How a read that meets a passing fault is made again at once."""


Fence = Callable[[str], None]
"""Given what is being done, raises an ``EngineError`` to keep a write from going out."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request. ``doing`` completes "can't ..." in errors; ``timeout`` is seconds of silence, None for no limit."""

    method: str
    path: str
    doing: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float | None = CALL_TIMEOUT
    again: bool = True
    """Whether a read is made again after a passing fault. A write never is, for it may have been done all the same."""

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    @property
    def has_answer(self) -> bool:
        """Whether the engine answers with a body: to reads, and where it made something."""
        return self.is_read or self.path.endswith("/create")


class Transport:
    """Calls to one engine. Making one does no I/O to the engine; raises ``UsageError`` for an address that is none."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.host = endpoint.host
        self._api_version = ""
        self._fence: Fence = lambda _: None
        try:
            self._session = APIClient(
                endpoint.host, OLDEST_API, int(CALL_TIMEOUT), endpoint.tls or False, max_pool_size=CONNECTIONS
            )
        except (DockerException, ValueError) as error:
            raise UsageError(f"the engine {endpoint.host!r} can't be used: {error}") from error
        self._session.trust_env = False  # neither proxies nor .netrc are meant for an engine
        if self._session.base_url == "http+docker://localhost":
            self._session.mount("http+docker://", OnePool(str(parse_host(endpoint.host)), CONNECTIONS))
        elif self._session.base_url.startswith("http"):
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, KeepAlive(pool_maxsize=CONNECTIONS))

    def fenced(self, fence: Fence) -> Transport:
        """The same connections, with ``fence`` asked right before each write goes out, after all that takes time."""
        other = copy(self)
        other._fence = fence
        return other

    def api_version(self, doing: str) -> str:
        """The API version to speak. Raises ``EngineUnavailable`` without an engine, ``Refused`` for an old one."""
        if not self._api_version:
            response = self._request(Call("GET", "/_ping", doing), f"{self._session.base_url}/_ping", False)
            theirs = response.headers.get("Api-Version", "")
            if not theirs:
                raise EngineUnavailable(
                    f"can't {doing}: what answers at {self.host} isn't a Docker engine. Look at --host."
                )
            if version_lt(theirs, OLDEST_API):
                raise Refused(
                    f"can't {doing}: the engine at {self.host} speaks API {theirs}, and {OLDEST_API} is the oldest "
                    "that will do. Bring it to Docker 20.10 or later."
                )
            self._api_version = theirs if version_lt(theirs, NEWEST_API) else NEWEST_API
        return self._api_version

    def json(self, call: Call) -> Any:
        """The answer's JSON, None for an empty one where the engine has nothing to say. Raises an ``EngineError``.

        An empty answer to a read would pass for a Swarm with nothing in it; it isn't what any engine says.
        """
        return AGAIN(self._json, call) if call.is_read and call.again else self._json(call)

    def _json(self, call: Call) -> Any:
        content = self.body(call)
        try:
            return loads(content) if content or call.has_answer else None
        except ValueError as error:
            raise self.no_json(call.doing) from error

    def body(self, call: Call) -> bytes:
        """The answer as it came. Raises an ``EngineError``."""
        return self.send(call).content

    def no_json(self, doing: str) -> EngineUnavailable:
        """The error for an answer that isn't JSON."""
        return EngineUnavailable(f"can't {doing}: what {self.host} answers isn't JSON. Look at --host.")

    def send(self, call: Call, stream: bool = False) -> Response:
        """The answer of 2xx or 3xx; with ``stream`` its body is still to be read. Raises an ``EngineError``."""
        response = self._request(call, f"{self._session.base_url}/v{self.api_version(call.doing)}{call.path}", stream)
        if response.status_code < 400:
            return response
        try:
            words = _words(response)
        except RequestException as error:  # of a stream, whose body is read only now
            raise faults.unreachable(call.doing, self.host, error) from error
        if "client version" in words:
            self._api_version = ""
        raise faults.refusal(call.doing, response.status_code, words)

    def stream(self, call: Call) -> Stream:
        """The answer as a stream that is still to be read, and closed. Raises an ``EngineError``."""
        return Stream(self.send(call, stream=True), call.doing, self.host)

    def ping(self, timeout: float) -> bool:
        """Whether the engine answers within ``timeout`` seconds."""
        try:
            call = Call("GET", "/_ping", "ping the engine", timeout=timeout)
            return self._request(call, f"{self._session.base_url}/_ping", False).status_code == 200
        except EngineUnavailable:
            return False

    def close(self) -> None:
        """Closes the idle connections; a stream under way ends by its own ``stop``."""
        self._session.close()

    def _request(self, call: Call, url: str, stream: bool) -> Response:
        headers = {"Content-Type": "application/json", **call.headers}
        data = None if call.body is None else dumps(call.body)
        timeout = (CONNECT_TIMEOUT, call.timeout)
        if not call.is_read:
            self._fence(call.doing)
            timeout = (WRITE_CONNECT_TIMEOUT, call.timeout)
        try:
            return self._session.request(
                call.method, url, dict(call.params), data, headers, timeout=timeout, stream=stream
            )
        except Timeout as error:
            raise faults.silent(call.doing, self.host, call.timeout or CONNECT_TIMEOUT) from error
        except RequestException as error:
            self._api_version = ""
            raise faults.unreachable(call.doing, self.host, error) from error


def _words(response: Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, LookupError, TypeError):
        return response.text
