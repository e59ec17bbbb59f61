"""A socket that answers as the test says, for answers that no real engine can be made to give."""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sockets import SocketServer, serving

Answer = Callable[[str], bytes | None]
"""Returns the raw answer to a request line's path; None to stay silent."""


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Return a whole answer with a body of known length."""
    head = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


class Listener(SocketServer):
    """Counts ``connections`` and notes the ``paths`` asked for."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.answer = answer
        self.paths: list[str] = []
        self.connections = 0
        super().__init__(path, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    server: Listener

    def handle(self) -> None:
        self.server.connections += 1
        while request := self.rfile.readline().decode():
            length = 0
            while header := self.rfile.readline().strip().lower():
                if header.startswith(b"content-length:"):
                    length = int(header.partition(b":")[2])
            self.rfile.read(length)
            path = request.split()[1]
            self.server.paths.append(path)
            answer = self.server.answer(path)
            if answer is None:
                self.server.closing.wait()
                return
            self.wfile.write(answer)
            if b"Transfer-Encoding" in answer:
                self.connection.shutdown(socket.SHUT_RDWR)
                return


@contextmanager
def listening(folder: Path, answer: Answer) -> Iterator[tuple[str, Listener]]:
    """Listen while the block runs. Gives the address, and the listener."""
    with serving(Listener(folder / "docker.sock", answer)) as served:
        yield served
