"""An answer that is read while it arrives, and that another thread can cut off."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from http.client import HTTPException

from reconciler.swarm import engine_errors
from reconciler.swarm.connections import Exchange

MOST = 1 << 16
"""Most bytes of one chunk."""


class Stream:
    """The chunks of an answer's body as they arrive. Reading raises ``EngineUnavailable`` when the engine is lost."""

    def __init__(self, exchange: Exchange, doing: str, host: str) -> None:
        self._exchange = exchange
        self._doing = doing
        self._host = host

    def __iter__(self) -> Iterator[bytes]:
        try:
            while chunk := self._exchange.answer.read1(MOST):
                yield chunk
        except (OSError, HTTPException) as error:
            raise engine_errors.unreachable(self._doing, self._host, error) from error

    def cut(self) -> None:
        """End a read that another thread is blocked in; that thread then closes the stream."""
        with contextlib.suppress(OSError):  # it has just ended by itself
            self._exchange.sock.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Drop the connection, whether all was read or not."""
        self._exchange.close()
