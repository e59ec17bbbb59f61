"""Asking a running loop: one request, and its answers as they come."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.bounded import LARGEST_DIGITS, Unreadable, parsed, shaped
from reconciler.control.answers import NO_LOOP, Answer, Elsewhere, Heard, LoopStatus, Reply
from reconciler.control.protocol import Do, Look, Request
from reconciler.errors import Unreached
from reconciler.printable import printable
from reconciler.records import dataclass

if TYPE_CHECKING:
    from asyncio import StreamReader

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


@dataclass(frozen=True, slots=True)
class LoopClient:
    """Asks the loop that listens at ``path``: everything that is said to a loop is said here.

    ``answer`` are the seconds that it has for its first word. Whatever listens at ``path`` is read within bounds; what
    isn't one of our loops is ``Unreached``.
    """

    path: Path
    answer: float = ANSWER

    def status(self) -> LoopStatus:
        """Return how the loop is.

        Raises:
            Unreached: nobody answers.
            ValueError: what answers is no loop of ours.
        """
        for said in ask(self.path, Request(Do.STATUS, brief=True), first=self.answer):
            return LoopStatus.of(said)
        raise Unreached(f"what listens at {self.path} says nothing")

    def look(self, look: Look, timeout: float) -> Reply | Elsewhere:
        """Return the loop's reply to a command that only looks.

        Raises:
            Unreached: nobody answers, or a loop of a version that can't be asked this.
            TimeoutError: it took the request, and gave no reply in time.
        """
        answers = ask(self.path, Request(Do.LOOK, look=look), timeout, first=self.answer)
        last = next((each for each in answers if each["is"] != "accepted"), {})
        if last.get("is") == "elsewhere":
            return Elsewhere(printable(str(last.get("why"))[:LONGEST_WORDS]))
        if last.get("is") != "reply":
            raise Unreached(f"{NO_LOOP}: it gives no reply")
        try:
            shaped(last, {"out": str, "err": str, "code": int})
        except Unreadable as error:
            raise Unreached(f"{NO_LOOP}: its reply {error}") from error
        return Reply(last["out"], last["err"], last["code"])

    def reload(self, *, wait: bool, agreed: bool, timeout: float) -> Iterator[Heard]:
        """Ask for a forced pass and yield its report; with ``wait`` also those that follow, until it is settled.

        Raises:
            Unreached: nobody answers.
            TimeoutError: there may be more to come after ``timeout`` seconds.
        """
        for said in ask(self.path, Request(Do.RELOAD, wait=wait, agreed=agreed), timeout, first=self.answer):
            if said["is"] == "report":
                yield Heard.of(said)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[AsyncIterator[Heard]]:
        """Yield the loop's last report, if there is one, and every one from now on, until that loop is gone.

        Raises:
            Unreached: nobody listens, or what answers is no loop.
        """
        async with self._connected(Request(Do.WATCH)) as reader:
            yield self._heard(reader)

    async def answering(self) -> int:
        """Return the process id of the loop that answers.

        Raises:
            Unreached: nobody answers in time, or what answers is no loop.
        """
        import asyncio

        try:
            async with asyncio.timeout(self.answer), self._connected(Request(Do.STATUS, brief=True)) as reader:
                return LoopStatus.of(_answer(await reader.readline())).state.pid
        except TimeoutError:
            raise Unreached(f"what listens at {self.path} doesn't answer within {self.answer:g} s") from None
        except ValueError as error:
            raise Unreached(f"{NO_LOOP}: {error}") from error

    @asynccontextmanager
    async def _connected(self, request: Request) -> AsyncIterator[StreamReader]:
        import asyncio  # a health check can do without

        try:
            reader, writer = await asyncio.open_unix_connection(str(self.path), limit=LONGEST_ANSWER)
        except OSError as error:
            raise Unreached(f"nobody listens at {self.path}: {error.strerror or error}") from error
        try:
            writer.write(request.line())
            yield reader
        except OSError as error:
            raise Unreached(f"the loop that listened at {self.path} is gone: {error.strerror or error}") from error
        finally:
            writer.close()

    async def _heard(self, reader: StreamReader) -> AsyncIterator[Heard]:
        """An incomplete line was the last one of a loop that was killed."""
        try:
            while (line := await reader.readline()).endswith(b"\n"):
                yield Heard.of(_answer(line))
        except OSError as error:
            raise Unreached(f"the loop that listened at {self.path} is gone: {error.strerror or error}") from error
        except ValueError as error:  # a line beyond the limit
            raise Unreached(f"{NO_LOOP}: {error}") from error


def ask(path: Path, request: Request, timeout: float = ANSWER, *, first: float = ANSWER) -> Iterator[Answer]:
    """The answers, the first within ``first`` seconds, the others for ``timeout`` seconds.

    Raises:
        Unreached: nobody listens, or says a first word in time, or what answers is no loop.
        TimeoutError: there may be more to come after ``timeout`` seconds.
    """
    now = time.monotonic()
    ends, first_by, answered = now + timeout, now + first, False
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(first)
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
            raise Unreached(f"what listens at {path} doesn't answer within {first:g} s") from None
        except OSError as error:
            raise Unreached(f"{path} can't be asked: {error.strerror or error}") from error


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
