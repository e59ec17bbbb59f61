"""Whoever else listens at the socket can't hold a command up, fill its memory or crash it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from reconciler.control import client
from reconciler.control.client import ask
from reconciler.control.health import health
from reconciler.control.protocol import Do, Request
from reconciler.control.reloading import BySocket
from reconciler.control.state import Place
from reconciler.errors import Unreached
from tests.unit.control.world import state

UPSHOT = {"number": 1, "verdict": "Ready", "settled": True}
BODY: dict[str, object] = {"actions": [], "services": [], "errors": [], "warnings": []}
HEAD = {"is": "report", "process": "x", "number": 1, "fresh": True}
Say = Callable[[socket.socket], None]


@contextmanager
def listening(place: Place, say: Say) -> Iterator[None]:
    """Somebody who answers each request by ``say``."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place.socket))
    listener.listen()
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError), listener.accept()[0] as one:
                one.recv(65536)
                say(one)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def without_end(one: socket.socket) -> None:
    while True:
        one.sendall(b"a" * 1_000_000)


def drop_by_drop(one: socket.socket) -> None:
    over = threading.Event()
    while not over.wait(0.02):
        one.sendall(b" ")


def over_and_over(one: socket.socket) -> None:
    while True:
        one.sendall(b'{"is": "accepted"}\n' * 100)


def says(*lines: object) -> Say:
    data = b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in lines)
    return lambda one: one.sendall(data)


def report(**other: object) -> Say:
    return says({**HEAD, "upshot": UPSHOT, "report": BODY, **other})


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, "reconciler")


SPOILT = [
    without_end,
    drop_by_drop,
    says(b"[" * 100_000 + b"\n"),
    says(b'{"is": "report", "upshot": ' + b"[" * 50 + b"]" * 50 + b"}\n"),
    says(b"[" + b"{}," * 3_000_000 + b"1]\n"),
    says(b'{"is": NaN}\n'),
    says(b'{"is": ' + b"9" * 5000 + b"}\n"),
    says(b'{"is": "error", "error": "\xff"}\n'),
    says({"is": "error", "error": [["no"]]}),
    says({"is": ["report"]}, {"is": None}),
    says("is"),
    says([1]),
    report(upshot=5),
    report(upshot={**UPSHOT, "failed": "x"}),
    report(upshot={**UPSHOT, "settled": 1}),
    report(upshot={**UPSHOT, "number": True}),
    report(report=5),
    report(report={}),
    report(report={**BODY, "services": [5]}),
    report(report={**BODY, "actions": {"kind": "service"}}),
    report(report={**BODY, "errors": [{"file": 1, "line": 1, "column": 1, "message": ""}]}),
    report(report={**BODY, "held": [{}]}),
    report(process=5),
]


@pytest.mark.parametrize("say", SPOILT)
def test_no_loop_of_ours_is_unreached(say: Say, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER", 1.0)
    with listening(place, say):
        with pytest.raises(Unreached):
            list(BySocket(place).steps(3.0, wait=True))
        assert not health(place).good


def test_answers_without_end_end_when_the_time_is_over(place: Place) -> None:
    with listening(place, over_and_over), pytest.raises(TimeoutError):
        list(ask(place.socket, Request(Do.WATCH), 0.5))


def test_an_error_is_shown_without_what_moves_a_terminal(place: Place) -> None:
    hostile = says({"is": "error", "error": "\x1b[2J\n" + "a" * 10_000})
    with listening(place, hostile), pytest.raises(Unreached) as raised:
        list(ask(place.socket, Request(Do.STATUS)))
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("since", ["x", {}, [1], True])
def test_a_health_check_takes_times_only(since: object, place: Place) -> None:
    said = {"is": "status", "state": state().json(), "since_began": since, "since_ended": 1.0, "report": None}
    with listening(place, says(said)):
        assert "no loop of ours" in health(place).words
