"""What can't be had here: an engine of another age."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@contextmanager
def engine_of_api(version: str, path: Path) -> Iterator[Callable[[], None]]:
    """Has its socket at ``path`` while the block runs, and answers there once what it yields is called: it says its
    version, and that is all it can."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Api-Version", version)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: its client's address is none."""

    with _Server(str(path), Handler, bind_and_activate=False) as server:
        server.server_bind()
        serving = threading.Thread(target=server.serve_forever)

        def answer() -> None:
            server.server_activate()
            serving.start()

        yield answer
        if serving.is_alive():
            server.shutdown()
            serving.join()
