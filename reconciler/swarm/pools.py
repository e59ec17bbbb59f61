"""Connections to an engine that are kept: pools of urllib3.

The Docker SDK's own client isn't used for calls: it is a session of requests, and what that does beyond the pool
(cookies, redirects, proxies) no engine needs, while it takes as much time again as the call does. Its import alone
takes longer than all calls of a pass, so it is imported only to read addresses other than a plain ``unix:///PATH``.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from reconciler.errors import UsageError
from reconciler.swarm.endpoint import Endpoint

if TYPE_CHECKING:
    from docker.tls import TLSConfig

CONNECTIONS = 16
"""Kept open: 8 workers, the event stream, and some to spare."""
_ALIVE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
_ALIVE += [
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
]
"""Over TCP a peer that died without a word is noticed within a minute, by a quiet stream too.

A write goes out as head and body, and Nagle's algorithm would keep the body back until the head was acknowledged:
40 ms each (urllib3's own options, which these take the place of, forbid it too).
"""


class _UnixConnection(HTTPConnection):
    """A connection to a Unix socket; the socket is closed when nobody listens."""

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


class _UnixPool(HTTPConnectionPool):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", maxsize=CONNECTIONS)
        self._path = path

    def _new_conn(self) -> Any:
        return _UnixConnection(self._path)


def pool_to(endpoint: Endpoint) -> tuple[HTTPConnectionPool, str]:
    """A pool of connections, none made yet, and what all paths begin with. Raises ``UsageError`` for an address that
    can't be used."""
    host, tls = endpoint.host, endpoint.tls
    address = _address(host, tls=tls is not None)
    scheme, _, rest = address.partition("://")
    if scheme == "http+unix":
        return _UnixPool(rest if rest.startswith("/") else f"/{rest}"), ""
    from urllib3.util import parse_url

    url = parse_url(address)
    settings: dict[str, Any] = {"maxsize": CONNECTIONS, "socket_options": _ALIVE}
    if scheme == "http":
        return HTTPConnectionPool(url.host or "", url.port, **settings), url.path or ""
    if scheme == "https":
        return HTTPSConnectionPool(url.host or "", url.port, **settings, **_proofs(tls)), url.path or ""
    raise UsageError(
        f"the engine {host!r} can't be used: {scheme}:// isn't spoken here, unix:// and tcp:// are. By way of SSH: "
        "`ssh -NL ./engine.sock:/var/run/docker.sock MACHINE`, and --host unix://$PWD/engine.sock."
    )


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


def _proofs(tls: TLSConfig | None) -> dict[str, Any]:
    """Who we are, and whom we believe."""
    if tls is None:
        return {}
    import ssl

    from urllib3.util.ssl_ import create_urllib3_context, resolve_cert_reqs

    certificate, key = tls.cert or (None, None)
    needed = "CERT_REQUIRED" if tls.verify else "CERT_NONE"
    context = create_urllib3_context(cert_reqs=resolve_cert_reqs(needed), verify_flags=ssl.VERIFY_DEFAULT)
    # Python 3.13 refuses authorities without a key usage, which Docker's own instructions make, and its client accepts.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return {"cert_file": certificate, "key_file": key, "ca_certs": tls.ca_cert, "ssl_context": context}
