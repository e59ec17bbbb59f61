"""Logs of services and tasks, with the place and time of each line, read whole or followed.

A line comes as ``TIME DETAILS TEXT``; frames are those of ``logs``. Everything is bounded: longer lines are cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from urllib.parse import unquote

from reconciler.errors import EngineError, EngineUnavailable
from reconciler.records import dataclass
from reconciler.swarm.stream import Stream
from reconciler.swarm.transport import Call, Transport

SILENCE = 5.0
"""Seconds of silence: the engine waits for a node that is down, which never answers."""
LONGEST_LINE, LONGEST_FRAME = 16 * 1024, 1024 * 1024
"""Most characters of a line, and most bytes of a frame; anything longer isn't a frame."""
STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}
_TASK, _NODE = "com.docker.swarm.task.id", "com.docker.swarm.node.id"
_HEADER, _TIME = 8, 30
"""Bytes of a frame's header; characters of a time, with nanoseconds, which sorts as text."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What to read: the log of a service, or of one task. ``tail`` lines of each task, None for all; ``since`` in
    seconds since the epoch."""

    kind: str
    id: str
    tail: int | None = None
    since: float | None = None

    def call(self, *, follow: bool) -> Call:
        params = {"stdout": "1", "stderr": "1", "timestamps": "1", "details": "1"}
        params["tail"] = "all" if self.tail is None else str(self.tail)
        if self.since is not None:
            params["since"] = f"{self.since:.9f}"
        if follow:
            params["follow"] = "1"
        doing = f"read the logs of {self.kind} {self.id}"
        return Call("GET", f"/{self.kind}s/{self.id}/logs", doing, params, timeout=None if follow else SILENCE)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a task wrote. ``at`` is a time as the engine writes it: UTC, nanoseconds, sorts as text."""

    at: str
    task: str
    node: str
    stream: str
    text: str


def read(wanted: LogQuery, transport: Transport, most: int) -> Iterator[LogLine]:
    """Yield the lines written until now in the engine's order, at most ``most`` bytes. Raises an ``EngineError``, also
    when only one node of many doesn't answer."""
    with closing(transport.stream(wanted.call(follow=False))) as chunks:
        yield from parsed(_at_most(most, chunks))


def follow(wanted: LogQuery, transport: Transport) -> Stream:
    """Open the stream of lines written from now on; ``parsed`` reads it. Raises an ``EngineError``."""
    return transport.stream(wanted.call(follow=True))


def parsed(chunks: Iterable[bytes]) -> Iterator[LogLine]:
    """Yield the lines of a stream. Raises ``EngineUnavailable`` if it is malformed."""
    for kind, data in _messages(chunks):
        for line in data.split(b"\n"):
            if line:
                yield _line(line, STREAMS[kind])


def _line(raw: bytes, stream: str) -> LogLine:
    """Return the line; text without details is kept as it is."""
    at, _, rest = raw[: LONGEST_LINE * 4].decode(errors="replace").rstrip("\r").partition(" ")
    details, _, text = rest.partition(" ")
    if len(at) != _TIME or not at.endswith("Z") or "=" not in details:
        return LogLine("", "", "", stream, f"{at} {rest}".strip()[:LONGEST_LINE])
    said = dict(part.partition("=")[::2] for part in details.split(","))
    task, node = unquote(said.get(_TASK, "")), unquote(said.get(_NODE, ""))
    return LogLine(at, task, node, stream, text[:LONGEST_LINE])


def _messages(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield messages as they arrive: a frame, or a line of a task with a terminal, which sends no frames."""
    data, raw = bytearray(), False
    for chunk in chunks:
        data += chunk
        raw = raw or (bool(data) and not _is_header(data))
        ends = _lines_end(data) if raw else 0
        while not raw and len(data) - ends >= _HEADER:
            length = int.from_bytes(data[ends + 4 : ends + _HEADER])
            if not _is_header(data[ends : ends + _HEADER]) or length > LONGEST_FRAME:
                raise EngineUnavailable("the log from the engine is malformed: read it again")
            if len(data) - ends < _HEADER + length:
                break
            yield data[ends], bytes(data[ends + _HEADER : ends + _HEADER + length])
            ends += _HEADER + length
        if raw and ends:
            yield 1, bytes(data[:ends])
        del data[:ends]
    if raw and data:
        yield 1, bytes(data)


def _lines_end(data: bytearray) -> int:
    """Return where the last whole line ends; a line longer than the largest frame may be cut anywhere."""
    return len(data) if len(data) > LONGEST_FRAME else data.rfind(b"\n") + 1


def _is_header(data: bytes | bytearray) -> bool:
    return data[0] in STREAMS and not any(data[1:4])


def _at_most(most: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = most
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            raise EngineError(f"it is longer than {most // 2**20} MiB: use a smaller --tail or --since")
