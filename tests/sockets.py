"""Servers on sockets of their own, for as long as a test needs them."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar


class SocketServer(socketserver.ThreadingUnixStreamServer):
    """Answers each connection in a thread. ``closing`` is set at the end: whatever waits has to wait for that too."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, path: Path, handler: type[socketserver.StreamRequestHandler]) -> None:
        self.closing = threading.Event()
        super().__init__(str(path), handler)


S = TypeVar("S", bound=SocketServer)


@contextmanager
def serving(made: S) -> Iterator[tuple[str, S]]:
    """The server's address, and the server, while the block runs."""
    path = made.server_address
    with made as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"unix://{path}", server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
