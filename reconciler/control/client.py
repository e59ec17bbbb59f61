"""Asking a running loop: one request, and its answers as they come."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from reconciler.bounded import LARGEST_DIGITS, Unreadable, parsed, shaped
from reconciler.control.protocol import Do, Request, Upshot
from reconciler.errors import Unreached
from reconciler.printable import printable
from reconciler.records import dataclass

ANSWER = 3.0
"""Seconds that a loop has for its first word: it gives it at once, also in the middle of a pass."""
LONGEST_ANSWER = 32 * 1024 * 1024
"""Bytes. A report of 1,000 services takes half a MB."""
DEEPEST = 64
"""Levels of values in an answer."""
LONGEST_WORDS = 500
"""Characters of an error that are shown."""
PIECE = 64 * 1024
"""Bytes that are read at once."""
NO_LOOP = "what answers is no loop of ours"
_REMARK = {"file": str, "line": int, "column": int, "message": str}
_REPORT = {
    "actions": [{"kind": str, "name": str, "result": str}],
    "services": [{"name": str, "verdict": str, "reason": str}],
    "errors": [_REMARK],
    "warnings": [_REMARK],
}
_ANSWER = {"process": str, "number": int, "fresh": bool, "upshot": dict, "report": _REPORT}
_HELD = [{"kind": str, "name": str, "reason": str, "pending": bool, "why": str}]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A report of a running loop. ``process`` and ``number`` tell it from every other; ``fresh`` is False for one that
    was there before it was asked for."""

    process: str
    number: int
    fresh: bool
    upshot: Upshot
    report: dict[str, Any]
    """As ``run --output json`` prints it."""

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Raises ``Unreached`` for what is no report of a loop."""
        try:
            shaped(answer, _ANSWER)
            shaped(answer["report"].get("held", []), _HELD)
            upshot = Upshot.of(answer["upshot"])
        except ValueError as error:
            raise Unreached(f"{NO_LOOP}: its report {error}") from error
        return cls(answer["process"], answer["number"], answer["fresh"], upshot, answer["report"])


def ask(path: Path, request: Request, timeout: float = ANSWER) -> Iterator[Answer]:
    """The answers, the first within ``ANSWER`` seconds, the others for ``timeout`` seconds.

    Raises:
        Unreached: nobody listens, or says a first word in time, or what answers is no loop.
        TimeoutError: there may be more to come after ``timeout`` seconds.
    """
    now = time.monotonic()
    ends, first_by, answered = now + timeout, now + ANSWER, False
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(ANSWER)
        try:
            client.connect(str(path))
            client.sendall(request.line())
            lines = Lines()
            while data := _received(client, ends if answered else first_by):
                for line in lines.take(data):
                    answered = True
                    yield _answer(line)
        except FileNotFoundError:
            raise Unreached(f"nothing listens at {path}") from None
        except ConnectionRefusedError:
            raise Unreached(f"nobody listens at {path} any more") from None
        except TimeoutError:
            if answered:
                raise
            raise Unreached(f"what listens at {path} doesn't answer within {ANSWER:g} s") from None
        except OSError as error:
            raise Unreached(f"{path} can't be asked: {error.strerror or error}") from error


def status(path: Path, *, brief: bool = False) -> Answer:
    """How the loop is. Raises ``Unreached``."""
    for answer in ask(path, Request(Do.STATUS, brief=brief)):
        return answer
    raise Unreached(f"what listens at {path} says nothing")


async def watch(path: Path) -> AsyncIterator[Heard]:
    """The loop's last report, if there is one, and every one from now on; ends when the loop does.

    Raises:
        Unreached: nobody listens, or what answers is no loop.
    """
    import asyncio  # a health check can do without

    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=LONGEST_ANSWER)
    except OSError as error:
        raise Unreached(f"nobody listens at {path}: {error.strerror or error}") from error
    try:
        writer.write(Request(Do.WATCH).line())
        while line := await reader.readline():
            yield Heard.of(_answer(line))
    except OSError as error:
        raise Unreached(f"the loop that listened at {path} is gone: {error.strerror or error}") from error
    except ValueError as error:  # a line beyond the limit
        raise Unreached(f"{NO_LOOP}: {error}") from error
    finally:
        writer.close()


class Lines:
    """Cuts what comes into lines, none of them longer than ``LONGEST_ANSWER``."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Return the lines that are whole now. Raises ``Unreached`` for one that is too long."""
        if b"\n" not in data:
            whole: list[bytes] = []
            self._begun += data
        else:
            first, *whole, rest = data.split(b"\n")
            whole.insert(0, bytes(self._begun) + first)
            self._begun = bytearray(rest)
        if len(self._begun) > LONGEST_ANSWER:
            raise Unreached(f"{NO_LOOP}: a line of it has more than {LONGEST_ANSWER // 1024**2} MB")
        return whole


def _received(client: socket.socket, by: float) -> bytes:
    """Return what comes next, nothing at the end. Raises ``TimeoutError``, however slowly something trickles in."""
    left = by - time.monotonic()
    if left <= 0:
        raise TimeoutError
    client.settimeout(left)
    return client.recv(PIECE)


def _answer(line: bytes) -> Answer:
    try:
        answer: Answer = shaped(parsed(line, LONGEST_ANSWER, DEEPEST, LARGEST_DIGITS), {"is": str})
    except Unreadable as error:
        raise Unreached(NO_LOOP) from error
    if answer["is"] == "error":
        raise Unreached(f"the loop refuses the request: {printable(str(answer.get('error'))[:LONGEST_WORDS])}")
    return answer
