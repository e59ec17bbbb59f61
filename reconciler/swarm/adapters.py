"""How connections to an engine are made, where the Docker SDK's own way falls short."""

from __future__ import annotations

import socket
from typing import Any

from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool
from requests.adapters import HTTPAdapter


class _Connection(UnixHTTPConnection):
    """The SDK's leaves the socket open when nobody listens."""

    def connect(self) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(self.timeout)
        try:
            sock.connect(self.unix_socket)
        except OSError:
            sock.close()
            raise
        self.sock = sock


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:
        return _Connection(self.base_url, self.socket_path)


class OnePool(UnixHTTPAdapter):
    """For engines behind a unix socket. The SDK's keeps a pool per URL, and so connects anew for most calls."""

    def __init__(self, url: str, connections: int) -> None:
        super().__init__(url, max_pool_size=connections)
        self._pool = _Pool("http+docker://localhost", self.socket_path, maxsize=connections)

    def get_connection(self, url: bytes | str, proxies: Any = None) -> _Pool:
        return self._pool

    def close(self) -> None:
        super().close()
        self._pool.close()


class KeepAlive(HTTPAdapter):
    """For engines over TCP: a peer that died without a word is noticed within a minute, by a quiet stream too.

    A write goes out as head and body, and Nagle's algorithm would keep the body back until the head was acknowledged:
    40 ms each (urllib3's own options, which these take the place of, forbid it too).
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        probes = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        options += [
            (socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in probes if hasattr(socket, name)
        ]
        super().init_poolmanager(*args, socket_options=options, **kwargs)
