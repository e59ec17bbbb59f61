"""Asking a running loop: one request, and its answers as they come."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from reconciler.control.protocol import Do, Request, Upshot
from reconciler.errors import Unreached
from reconciler.records import dataclass

ANSWER = 3.0
"""Seconds that a loop has for its first word: it gives it at once, also in the middle of a pass."""
LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes."""
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
        upshot = Upshot.of(answer["upshot"])
        return cls(answer["process"], answer["number"], answer["fresh"], upshot, answer["report"])


def ask(path: Path, request: Request, timeout: float = ANSWER) -> Iterator[Answer]:
    """The answers, the first within ``ANSWER`` seconds, the others for ``timeout`` seconds.

    Raises:
        Unreached: nobody listens, or says a first word in time, or what answers is no loop.
        TimeoutError: there may be more to come after ``timeout`` seconds.
    """
    ends, answered = time.monotonic() + timeout, False
    with closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(ANSWER)
        try:
            client.connect(str(path))
            client.sendall(request.line())
            with client.makefile("rb") as answers:
                for line in answers:
                    answered = True
                    yield _answer(line)
                    client.settimeout(max(ends - time.monotonic(), 0.001))
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
    except (ValueError, LookupError, TypeError) as error:
        raise Unreached(f"what listens at {path} is no loop of ours: {error}") from error
    finally:
        writer.close()


def _answer(line: bytes) -> Answer:
    try:
        answer = json.loads(line)
        kind = answer["is"]
    except (ValueError, LookupError, TypeError) as error:
        raise Unreached("what answers is no loop of ours") from error
    if kind == "error":
        raise Unreached(f"the loop refuses the request: {answer.get('error')}")
    return dict(answer)
