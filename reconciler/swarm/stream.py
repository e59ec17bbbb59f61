"""An answer that is read while it arrives, and can be cut off from another thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from reconciler.swarm import faults


class Stream:
    """The chunks of an answer's body, as they arrive. Reading raises ``EngineUnavailable`` when the engine is lost."""

    def __init__(self, response: BaseHTTPResponse, doing: str, host: str) -> None:
        self._response = response
        self._doing = doing
        self._host = host

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._response.stream(None)
        except HTTPError as error:
            raise faults.unreachable(self._doing, self._host, error) from error

    def cut(self) -> None:
        """Ends a read that another thread is blocked in; that one closes the stream."""
        with contextlib.suppress(RuntimeError, OSError):  # it ended by itself just now
            self._response.shutdown()

    def close(self) -> None:
        """Drops the connection, read or not."""
        self._response.close()
