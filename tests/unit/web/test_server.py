"""The server under clients that don't behave."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.control.protocol import Look
from reconciler.errors import UsageError
from reconciler.web import server as servers
from reconciler.web.server import Address, listener
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
