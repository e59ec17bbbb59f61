"""Connections to an engine, which are kept open.

Calls use neither the Docker SDK's client (a session of requests) nor urllib3's pools: no engine needs what they add
to ``http.client`` (cookies, redirects, proxies), and importing them takes longer than all calls of a pass. Docker's
package is imported only to read addresses other than a plain ``unix:///PATH``.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.swarm.endpoint import Endpoint

if TYPE_CHECKING:
    from ssl import SSLContext

    from docker.tls import TLSConfig

CONNECTIONS = 16
"""How many are kept open: 8 workers, the event stream, and some spare."""
_ALIVE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
_ALIVE += [
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
]
"""Options of TCP connections. A peer that died silently is noticed within a minute, also on a quiet stream.

A write goes out as head and body. Nagle's algorithm would hold the body back until the head is acknowledged: 40 ms
each.
"""


class _UnixConnection(HTTPConnection):
    """A connection to a Unix socket. The socket is closed if nobody listens."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(self.timeout)
        try:
            sock.connect(self._path)
        except OSError:
            sock.close()
            raise
        self.sock = sock


class _TcpConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _keep_alive(self.sock)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _keep_alive(self.sock)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the head of its answer; the body, if any, is still to be read."""

    connection: HTTPConnection
    sock: socket.socket
    answer: HTTPResponse

    def close(self) -> None:
        """Drop the connection."""
        self.answer.close()
        self.connection.close()


class ConnectionPool:
    """Connections to one engine, made by ``connect`` when they are needed. Can be used from several threads."""

    def __init__(self, connect: Callable[[], HTTPConnection], base: str = "") -> None:
        self.connect = connect
        self.base = base
        """Prefix of all paths."""
        self._idle: list[HTTPConnection] = []
        self._closed = False
        self._turn = threading.Lock()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        within: float,
        silence: float | None,
    ) -> Exchange:
        """Send a request and wait for the head of its answer. Give the connection back after reading the body to its
        end.

        ``within``: seconds for connecting; ``silence``: seconds without a byte.

        Raises:
            OSError, HTTPException: there is no answer; a ``TimeoutError`` after silence.
        """
        connection = self._taken() or self.connect()
        try:
            if connection.sock is None:
                connection.timeout = within
                connection.connect()
            sock: socket.socket = connection.sock
            sock.settimeout(silence)
            connection.request(method, f"{self.base}{path}", body, dict(headers))
            return Exchange(connection, sock, connection.getresponse())
        except BaseException:
            connection.close()
            raise

    def give_back(self, exchange: Exchange) -> None:
        """Keep the connection for the next request, unless the engine closes it."""
        connection = exchange.connection
        with self._turn:
            if connection.sock is not None and not self._closed and len(self._idle) < CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the idle connections now, and the others when they are given back."""
        with self._turn:
            self._closed, idle, self._idle = True, self._idle, []
        for connection in idle:
            connection.close()

    def _taken(self) -> HTTPConnection | None:
        """Return the connection that was used last and is still open."""
        while True:
            with self._turn:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            poll = select.poll()
            poll.register(connection.sock, select.POLLIN)
            if not poll.poll(0):
                return connection
            connection.close()  # the engine closed it: before a request there is nothing else to read


def pool_to(endpoint: Endpoint) -> ConnectionPool:
    """Return a pool without connections yet. Raises ``UsageError`` for an address that can't be used."""
    host, tls = endpoint.host, endpoint.tls
    address = _address(host, tls=tls is not None)
    scheme, _, rest = address.partition("://")
    if scheme == "http+unix":
        path = rest if rest.startswith("/") else f"/{rest}"
        return ConnectionPool(lambda: _UnixConnection(path))
    url = urlsplit(address)
    name, port, base = url.hostname or "", url.port, url.path
    if scheme == "http":
        return ConnectionPool(lambda: _TcpConnection(name, port), base)
    if scheme == "https":
        return ConnectionPool(lambda: _TlsConnection(name, port, context=_proofs(tls)), base)
    raise UsageError(
        f"the engine {host!r} can't be used: {scheme}:// isn't supported; use unix:// or tcp://. Over SSH: "
        "`ssh -NL ./engine.sock:/var/run/docker.sock MACHINE`, and --host unix://$PWD/engine.sock."
    )


def _keep_alive(sock: socket.socket) -> None:
    for option in _ALIVE:
        sock.setsockopt(*option)


def _address(host: str, *, tls: bool) -> str:
    """Return the address as the Docker SDK understands it, with the scheme of the transport."""
    path = host.removeprefix("unix://")
    if path != host and path.startswith("/") and not set(path) & set("?#;%") and path == path.rstrip("/ "):
        return f"http+unix://{path}"
    from docker.errors import DockerException
    from docker.utils import parse_host

    try:
        return str(parse_host(host, tls=tls))
    except (DockerException, ValueError) as error:
        raise UsageError(f"the engine {host!r} can't be used: {error}") from error


def _proofs(tls: TLSConfig | None) -> SSLContext:
    """Return our certificate and the authorities that we trust. Raises ``OSError`` if they can't be used."""
    import ssl

    context = ssl.create_default_context(cafile=tls.ca_cert if tls else None)
    # Python 3.13 refuses authorities without a key usage. Docker's instructions make such; its client accepts them.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.hostname_checks_common_name = False
    if tls and not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls and tls.cert:
        context.load_cert_chain(*tls.cert)
    return context
