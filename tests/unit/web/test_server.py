"""The server under clients that don't behave."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from reconciler.control.protocol import Look
from reconciler.errors import UsageError
from reconciler.web import server as servers
from reconciler.web.server import Address, Server, listener
from reconciler.web.surface import Surface, WebSettings
from tests.unit.loop.small_swarm import Clock, SmallSwarm
from tests.unit.web.site import Site, site


def sent(made: Site, data: bytes, timeout: float = 20.0) -> bytes:
    """Send raw bytes, and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", made.port), timeout=timeout) as connection:
        connection.sendall(data)
        found = b""
        while part := connection.recv(65_536):
            found += part
        return found


def test_a_request_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "HEADER_TIMEOUT", 0.2)
    with site() as made:
        assert sent(made, b"GET / HTTP/1.1\r\nHost: localhost\r\n") == b""
        assert sent(made, b"") == b""
        body = b"POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{"
        assert b"200" not in sent(made, body)
        assert made.get("/healthz").status == 200


def test_a_second_request_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "HEADER_TIMEOUT", 2.0)
    with site() as made, socket.create_connection(("127.0.0.1", made.port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"ok" in received(connection, b"ok\n")
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        assert received(connection) == b""


def test_a_client_that_never_reads_its_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "STALL_TIMEOUT", 0.2)
    made = listener(Address("127.0.0.1", 0))
    sending, cut = threading.Event(), threading.Event()

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        sending.set()
        await _endless(scope, receive, send)
        cut.set()

    server = Server(watched, made)

    async def go() -> None:
        serving = asyncio.ensure_future(server.serve())
        with socket.create_connection(made.getsockname(), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await asyncio.to_thread(sending.wait, 20)
            assert await asyncio.to_thread(cut.wait, 20)
        server.stop()
        await asyncio.wait([serving])

    asyncio.run(go())


async def _endless(_: Scope, receive: Receive, send: Send) -> None:
    """Send until the client is gone."""
    await receive()
    gone = asyncio.ensure_future(receive())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while not gone.done():
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})


def test_connections_are_limited_below_the_files_that_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "SPARE", 0)
    monkeypatch.setattr(servers, "CLIENTS", 3)
    with site() as made:
        held = [socket.create_connection(("127.0.0.1", made.port), timeout=20) for _ in range(3)]
        try:
            with contextlib.suppress(ConnectionResetError):
                assert sent(made, b"") == b""
        finally:
            for each in held:
                each.close()
    monkeypatch.setattr(servers, "CLIENTS", 2000)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert servers.most_clients() == 512


def received(connection: socket.socket, end: bytes = b"") -> bytes:
    """Return what comes until ``end``, or until the server closes."""
    found = b""
    while not (end and found.endswith(end)) and (part := connection.recv(65_536)):
        found += part
    return found


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 10_000_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\r\n" * 100,
    ],
)
def test_what_is_no_request_is_refused_and_the_next_one_answered(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "HEADER_TIMEOUT", 0.5)
    with site() as made:
        try:
            found = sent(made, data)
        except (ConnectionResetError, BrokenPipeError):
            found = b""
        assert b" 500 " not in found
        assert made.get("/healthz").status == 200


def test_an_address_that_is_taken_is_an_error() -> None:
    with listener(Address("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        listener(Address("127.0.0.1", taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", Address("127.0.0.1", 80)),
        (":80", Address("0.0.0.0", 80)),
        ("[::1]:80", Address("::1", 80)),
        ("board.example:0", Address("board.example", 0)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    with pytest.raises(UsageError):
        Address.parse(f"{text}x")


def test_a_surface_ends_when_its_task_is_cancelled() -> None:
    with listener(Address("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    surface = Surface(WebSettings(f"127.0.0.1:{port}", "reconciler"), SmallSwarm(Clock()), _nobody)

    async def go() -> None:
        task = asyncio.ensure_future(surface.serve(_NoWakes()))
        async with asyncio.timeout(20):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait([task])
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=1)

    asyncio.run(go())


class _NoWakes:
    def add_from_thread(self, wake: object) -> None:
        del wake


async def _nobody(look: Look, *, values: bool) -> Mapping[str, Any]:
    raise ValueError(f"nobody looks at {look.command}, {values}")
