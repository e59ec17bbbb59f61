"""The last lines of a task, from the engine's log endpoint.

Frames are described in https://docs.docker.com/reference/api/engine/ (attach): one byte 0-2 for the stream, three
zeros, four bytes of length, then that many bytes. A task with a terminal sends plain text instead.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import closing

from reconciler.swarm.transport import Call, Transport

LOGS_TIMEOUT = 3.0
"""Seconds of silence: a node that is down never answers, and the engine waits for it."""
MOST_BYTES = 256 * 1024
"""Bytes that are read of a task's log, frames included."""
LONGEST_LINE = 500
"""Characters of a line that are kept."""
_HEADER = struct.Struct(">BxxxL")


def tail(task_id: str, lines: int, transport: Transport) -> tuple[str, ...]:
    """Return the last ``lines`` lines of stdout and stderr, in the engine's order. Raises an ``EngineError``.

    Long lines are cut, and at most 256 KiB are read.
    """
    params = {"stdout": "1", "stderr": "1", "tail": str(lines)}
    call = Call("GET", f"/tasks/{task_id}/logs", f"read the logs of task {task_id}", params, timeout=LOGS_TIMEOUT)
    with closing(transport.stream(call)) as chunks:
        data = _at_most(MOST_BYTES, chunks)
    text = b"".join(demux(data)).decode(errors="replace")
    return tuple(line[:LONGEST_LINE] for line in text.splitlines()[-lines:])


def _at_most(most: int, chunks: Iterable[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) >= most:
            break
    return bytes(data[:most])


def frames(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the frames of a stream as they arrive, each with its stream: 1 is stdout, 2 stderr."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        while len(data) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(data)
            if len(data) < _HEADER.size + length:
                break
            yield kind, bytes(data[_HEADER.size : _HEADER.size + length])
            del data[: _HEADER.size + length]


def demux(data: bytes) -> Iterator[bytes]:
    """Yield the contents of the frames; without frames, all the data."""
    at = 0
    while at < len(data):
        if data[at] > 2 or data[at + 1 : at + 4] != b"\0\0\0" or len(data) - at < _HEADER.size:
            yield data[at:]
            return
        _, length = _HEADER.unpack_from(data, at)
        yield data[at + _HEADER.size : at + _HEADER.size + length]
        at += _HEADER.size + length
