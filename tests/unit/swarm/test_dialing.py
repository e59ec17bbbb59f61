"""What a connection shows of a task."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat

import pytest

from reconciler.desired.model import Probe
from reconciler.swarm.dialing import ProbeAnswer, dial, judged

OK = [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]


@contextmanager
def server(answer: Callable[[], Iterator[bytes]]) -> Iterator[int]:
    """A port that answers one connection piece by piece, 20 ms apart, for as long as it stays open."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            client, _ = listening.accept()
            pause = threading.Event()
            with client, suppress(OSError):
                client.recv(4096)
                for piece in answer():
                    client.sendall(piece)
                    pause.wait(0.02)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def drips() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX: "
    yield from repeat(b"x")


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (lambda: iter(OK), True),
        (lambda: iter([b"HTTP/1.1 503 Oh\r\n\r\n"]), False),
        (lambda: iter([b"SSH-2.0-server\r\n"]), False),
        (lambda: iter([]), False),
    ],
    ids=["good", "bad", "no HTTP", "nothing"],
)
def test_answers(pieces: Callable[[], Iterator[bytes]], expected: bool) -> None:
    with server(pieces) as port:
        answer = dial("127.0.0.1", Probe(http_port=port))
    assert answer.passed is expected
    assert answer.words


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off() -> None:
    with server(drips) as port:
        assert dial("127.0.0.1", Probe(http_port=port, timeout=0.2)) == ProbeAnswer(False, "no answer within 0.2 s")


def test_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    for probe in (Probe(tcp=port), Probe(http_port=port)):
        assert dial("127.0.0.1", probe) == ProbeAnswer(False, "Connection refused")


@pytest.mark.parametrize(
    ("status", "wanted", "passed"),
    [(200, 0, True), (399, 0, True), (400, 0, False), (204, 204, True), (200, 204, False)],
)
def test_statuses(status: int, wanted: int, passed: bool) -> None:
    assert judged(status, Probe(http_port=1, http_status=wanted)).passed is passed
