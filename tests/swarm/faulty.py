"""A proxy between us and the engine, which breaks what it passes on: by seed, and each kind of fault counted."""

from __future__ import annotations

import json
import random
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedIOBase
from pathlib import Path

from tests.sockets import SocketServer, serving


class Fault(StrEnum):
    """What can go wrong with one request, and where."""

    DELAYED = "delayed before it was passed on"
    RESET = "reset before it was passed on"
    REFUSED = "500 before it was passed on"
    LEADERLESS = "503, no leader, before it was passed on"
    LATE = "done, and answered late"
    LOST = "done, then reset"
    DENIED = "done, then 500"
    TRUNCATED = "done, then reset within the body"
    HALVED = "done, and half of the body in a whole answer"
    EMPTY = "done, and an empty body"
    DRIPPED = "done, and the body in drips"
    CLOSED = "answered, then closed"
    HUNG = "done, and never answered"
    HALF_OPEN = "the stream silent and open for good"
    TORN = "the stream cut within a line"


_IN_STREAMS = (Fault.HALF_OPEN, Fault.TORN)
_ON_READS = (*(fault for fault in Fault if fault not in {Fault.HUNG, *_IN_STREAMS}),)
_ON_WRITES = (*_ON_READS, Fault.LOST, Fault.LOST, Fault.LOST, Fault.DENIED, Fault.HUNG)
"""What was done though nobody heard of it is the worst, so writes get more of it."""
_INSTEAD = {
    Fault.REFUSED: (500, "injected"),
    Fault.LEADERLESS: (503, "rpc error: code = Unknown desc = The swarm does not have a leader"),
    Fault.DENIED: (500, "injected"),
}
LONGEST_DELAY = 0.1
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: its first line, its headers with names in lower case, and its body, unframed."""

    start: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return self.start.split()[0]

    @property
    def path(self) -> str:
        """Without the version, and without a query."""
        return "/" + self.start.split()[1].partition("?")[0].lstrip("/").partition("/")[2]

    @property
    def version(self) -> str:
        """Of the object that is written over."""
        return self.start.partition("version=")[2].split("&")[0].split()[0]

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    def encoded(self, body: bytes | None = None) -> bytes:
        """As bytes, chunked if it came so, with another ``body`` if one is given."""
        sent = self.body if body is None else body
        headers = {name: text for name, text in self.headers.items() if name != "content-length"}
        if "transfer-encoding" in headers:
            sent = (b"%x\r\n%s\r\n" % (len(sent), sent) if sent else b"") + b"0\r\n\r\n"
        elif self.status not in {204, 304}:
            headers["content-length"] = str(len(sent))
        return _head(self.start, headers) + sent


@dataclass(frozen=True, slots=True)
class Denied(Exception):
    """An answer that the proxy gives in the engine's place."""

    status: int
    words: str


class Proxy(SocketServer):
    """Passes on what comes, with faults.

    ``rate`` is the share of reads that something goes wrong with; of writes it is half as much again, of events a
    tenth. Requests with ``held`` in their bodies wait until it is empty; ``holding`` is set once one does. ``faults``
    counts them by kind, ``created`` the objects that the engine made, by kind and name. ``redone`` has the updates of
    services that the engine took over the very same one.
    """

    def __init__(self, path: Path, engine: str, seed: int) -> None:
        self.engine = engine.removeprefix("unix://")
        self.rate = 0.0
        self.held = b""
        self.holding = threading.Event()
        self.faults: Counter[Fault] = Counter()
        self.created: Counter[tuple[str, str]] = Counter()
        self.redone: list[str] = []
        self._written: dict[str, tuple[str, bytes]] = {}
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        super().__init__(path, _Connection)

    def outgoing(self, request: Message) -> Message:
        """Return the request as the engine gets it. Raises ``Denied`` where it is answered here instead."""
        return request

    def incoming(self, request: Message, answer: Message) -> Message:
        """Return the engine's answer, or its head alone before a stream, as the client gets it."""
        return answer

    def told(self, chunk: bytes) -> bytes:
        """Return a chunk of the event stream as the client gets it."""
        return chunk

    def on_request(self, request: Message) -> tuple[Fault | None, float]:
        """What goes wrong with a request, if anything, and a number in [0, 1) for how much."""
        read = request.method == "GET"
        return self._drawn(_ON_READS if read else _ON_WRITES, self.rate if read else 1.5 * self.rate)

    def on_event(self) -> tuple[Fault | None, float]:
        """What goes wrong with a stream just now, if anything, and the same."""
        return self._drawn(_IN_STREAMS, self.rate / 10)

    def _drawn(self, kinds: Sequence[Fault], rate: float) -> tuple[Fault | None, float]:
        with self._lock:
            if self._random.random() >= rate:
                return None, 0.0
            fault = self._random.choice(kinds)
            self.faults[fault] += 1
            return fault, self._random.random()

    def note(self, request: Message, answer: Message) -> None:
        """What the engine did, whatever is told of it."""
        with self._lock:
            if request.path.endswith("/create") and answer.status == 201:
                self.created[(request.path.split("/")[1], json.loads(request.body)["Name"])] += 1
            elif request.path.startswith("/services/") and request.method == "POST" and answer.status == 200:
                service = request.path.split("/")[2]
                if (request.version, request.body) == self._written.get(service):
                    self.redone.append(request.start)
                with _asked(
                    self.engine, Message(f"GET /services/{service} HTTP/1.1", {"host": "engine"}, b"")
                ) as found:
                    version = json.loads(_with_body(*found).body)["Version"]["Index"]
                self._written[service] = str(version), request.body


class _Connection(socketserver.StreamRequestHandler):
    """One of the client's, each request of it on a connection to the engine of its own."""

    server: Proxy

    def handle(self) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # the client had enough
            while request := _read_head(self.rfile):
                try:
                    request = self.server.outgoing(_with_body(request, self.rfile))
                except Denied as denied:
                    self._say(_refusal(denied.status, denied.words))
                    continue
                fault, much = self.server.on_request(request)
                if not self._pass_on(request, fault, much):
                    return

    def _pass_on(self, request: Message, fault: Fault | None, much: float) -> bool:
        """Whether the connection lives on."""
        while self.server.held and self.server.held in request.body:
            self.server.holding.set()
            self.server.closing.wait(0.05)
        if fault is Fault.DELAYED:
            self.server.closing.wait(much * LONGEST_DELAY)
        if fault is Fault.RESET:
            return False
        if fault in {Fault.REFUSED, Fault.LEADERLESS}:
            return self._say(_refusal(*_INSTEAD[fault]))
        with _asked(self.server.engine, request) as (head, rest):
            if request.path == "/events" and head.status == 200:
                return self._stream(self.server.incoming(request, head), rest)
            answer = self.server.incoming(request, _with_body(head, rest))
        self.server.note(request, answer)
        return self._answer(answer, fault, much)

    def _answer(self, answer: Message, fault: Fault | None, much: float) -> bool:
        whole = answer.encoded()
        said = {
            Fault.LOST: b"",
            Fault.HUNG: b"",
            Fault.DENIED: _refusal(*_INSTEAD[Fault.DENIED]),
            Fault.TRUNCATED: whole[: int(len(whole) * much)],
            Fault.HALVED: answer.encoded(answer.body[: int(len(answer.body) * much)]),
            Fault.EMPTY: answer.encoded(b""),
        }
        if fault is Fault.LATE:
            self.server.closing.wait(much * LONGEST_DELAY)
        if fault is Fault.DRIPPED:
            self._drip(whole, much)
        else:
            self._say(said.get(fault, whole) if fault else whole)
        if fault is Fault.HUNG:
            self._wait_for_the_client()
        return fault not in {Fault.LOST, Fault.TRUNCATED, Fault.CLOSED, Fault.HUNG}

    def _drip(self, data: bytes, much: float) -> None:
        step = max(1, len(data) // 5)
        for at in range(0, len(data), step):
            self._say(data[at : at + step])
            self.server.closing.wait(much * LONGEST_DELAY / 5)

    def _wait_for_the_client(self) -> None:
        """Until it gives up."""
        self.rfile.read(1)

    def _stream(self, head: Message, chunks: BufferedIOBase) -> bool:
        """Chunk by chunk, as they come."""
        self._say(_head(head.start, head.headers))
        for chunk in map(self.server.told, _chunks(chunks)):
            framed = b"%x\r\n%s\r\n" % (len(chunk), chunk)
            fault, much = self.server.on_event()
            if fault is Fault.HALF_OPEN:
                self._wait_for_the_client()
            if fault:
                return self._say(framed[: int(len(framed) * much)], alive=False)
            self._say(framed)
        return False

    def _say(self, data: bytes, *, alive: bool = True) -> bool:
        """Whether the connection lives on afterwards: ``alive``."""
        self.connection.sendall(data)
        return alive


@contextmanager
def _asked(engine: str, request: Message) -> Iterator[tuple[Message, BufferedIOBase]]:
    """The head of the engine's answer, and where the rest of it comes from."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(engine)
        connection.sendall(_head(request.start, {**request.headers, "connection": "close"}) + request.body)
        with connection.makefile("rb") as answers:
            head = _read_head(answers)
            if head is None:
                raise ConnectionResetError(engine)
            yield head, answers


def _read_head(stream: BufferedIOBase) -> Message | None:
    """The first line and the headers; None where the other side has nothing more to say."""
    start = stream.readline().decode().strip()
    if not start:
        return None
    headers = {}
    while line := stream.readline().decode().strip():
        name, _, text = line.partition(":")
        headers[name.lower()] = text.strip()
    return Message(start, headers, b"")


def _with_body(head: Message, stream: BufferedIOBase) -> Message:
    if "transfer-encoding" in head.headers:
        return Message(head.start, head.headers, b"".join(_chunks(stream)))
    return Message(head.start, head.headers, stream.read(int(head.headers.get("content-length", "0"))))


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while size := int(stream.readline() or b"0", 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


def _head(start: str, headers: Mapping[str, str]) -> bytes:
    return "\r\n".join([start, *(f"{name}: {text}" for name, text in headers.items()), "", ""]).encode()


def _refusal(status: int, words: str) -> bytes:
    headers = {"content-type": "application/json"}
    return Message(f"HTTP/1.1 {status} Injected", headers, json.dumps({"message": words}).encode()).encoded()


@contextmanager
def faulty(folder: Path, engine: str, seed: int) -> Iterator[tuple[str, Proxy]]:
    """The address of a proxy to the engine, and the proxy, while the block runs."""
    with serving(Proxy(folder / "faulty.sock", engine, seed)) as served:
        yield served
