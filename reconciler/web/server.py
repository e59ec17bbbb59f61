"""The server: uvicorn in a thread of its own, so that no client ever delays a pass."""

from __future__ import annotations

import asyncio
import concurrent.futures
import resource
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.threads import begun

HEADER_TIMEOUT = 10.0
"""Seconds that a client has for the head and the body of its request."""
LARGEST_HEAD = 16_384
"""Bytes of a request's head."""
STALL_TIMEOUT = 30.0
"""Seconds that a client may leave its answer unread."""
CLIENTS = 2000
"""Connections at the same time; more are refused with 503."""
SPARE = 64
"""Connections above that limit that may wait for their 503; more are cut off."""


def most_clients() -> int:
    """Return the limit of connections: half of the files that this process may open belong to the loop."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CLIENTS if files == resource.RLIM_INFINITY else max(1, min(CLIENTS, files // 2 - SPARE))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``HOST:PORT``, ``:PORT`` or ``[::1]:PORT``. Raises ``UsageError``."""
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
            raise UsageError(f"{text[:100]!r} is no address: write HOST:PORT, for example 127.0.0.1:9180")
        return cls(host or "0.0.0.0", int(port))  # nosec # ``:PORT`` asks for every address, and tokens are needed then


class PatientProtocol(H11Protocol):
    """Ends connections whose request doesn't come in time: uvicorn waits for ever for a head that was begun."""

    _late: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > most_clients() + SPARE:
            transport.abort()
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering() and self._late:
            self._late.cancel()
            self._late = None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._answering():
            self._wait()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(STALL_TIMEOUT, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._late, self._stalled):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def _answering(self) -> bool:
        """Whether a request is here whole, and its answer isn't. The last request of a kept connection is over."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    def _wait(self) -> None:
        if self._late:
            self._late.cancel()
        self._late = self.loop.call_later(HEADER_TIMEOUT, self._give_up)

    def _give_up(self) -> None:
        """Close; a client that doesn't read what is left for it is cut off."""
        if not self.transport.is_closing():
            self.transport.close()
            self._stalled = self.loop.call_later(STALL_TIMEOUT, self.transport.abort)


class Server:
    """Serves one application on one listening socket, until it is stopped."""

    def __init__(self, app: ASGIApp, listener: socket.socket, *, root_path: str = "", proxies: str = "") -> None:
        config = uvicorn.Config(
            app,
            http=PatientProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies or None,
            root_path=root_path,
            limit_concurrency=most_clients(),
            timeout_keep_alive=int(HEADER_TIMEOUT),
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
        self._server = uvicorn.Server(config)
        self._listener = listener
        self._going: concurrent.futures.Future[None] | None = None

    async def serve(self) -> None:
        """Serve until it is cancelled, or the server ends by itself. Raises what ended it."""
        self._going = begun(lambda: asyncio.run(self._server.serve([self._listener])))
        await asyncio.wrap_future(self._going)
        raise RuntimeError("the web server ended")

    def stop(self) -> None:
        """End within two seconds; connections that are open then are cut."""
        self._server.should_exit = True
        if self._going:
            concurrent.futures.wait([self._going], timeout=2.0)
        self._listener.close()


def listener(address: Address) -> socket.socket:
    """Return a listening socket. Raises ``OSError`` where the address is taken, or isn't ours."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address.host, address.port))
        made.listen(512)
    except OSError:
        made.close()
        raise
    return made
