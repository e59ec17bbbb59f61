"""A web server over a feed of the test's own, on a free port."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.desired.model import Stack
from reconciler.errors import ReconcilerError
from reconciler.observed.model import Snapshot
from reconciler.status.report import Report
from reconciler.web.access import Access, Rules
from reconciler.web.app import application
from reconciler.web.feed import Feed
from reconciler.web.metrics import Counts, Metrics
from reconciler.web.problems import Problem
from reconciler.web.requests import Requests
from reconciler.web.server import Address, Server, listener
from reconciler.web.view import View


@dataclass
class AskedLoop:
    """A loop that notes what it is asked, and refuses what the test says."""

    asked: list[str] = field(default_factory=list)
    refusal: ReconcilerError | None = None

    def force(self, actor: str, *, consent: bool) -> None:
        self._note(f"{'consent' if consent else 'reload'} by {actor}")

    def suspend(self, actor: str, target: str, reason: str) -> str:
        return self._note(f"suspend {target} by {actor}: {reason}")

    def resume(self, actor: str, target: str) -> str:
        return self._note(f"resume {target} by {actor}")

    async def look(self, given: dict[str, Any], *, values: bool) -> Mapping[str, Any]:
        if given.get("command") != "status":
            raise Problem(400, "no such command")
        return {"is": "reply", "out": f"values: {values}\n", "err": "", "code": 0}

    def _note(self, words: str) -> str:
        if self.refusal:
            raise self.refusal
        self.asked.append(words)
        return words


@dataclass(frozen=True)
class Reply:
    """An answer, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """One running server."""

    port: int
    feed: Feed
    loop: AskedLoop
    requests: Requests
    counts: Counts

    def show(
        self, report: Report, snapshot: Snapshot | None = None, stacks: Sequence[Stack] = (), *, plain: bool = True
    ) -> None:
        """Publish a report as a pass does."""
        before = self.feed.latest
        number = before.number + 1 if before else 1
        self.counts.add(report)
        self.feed.publish(View(number, report, snapshot, stacks, "reconciler", plain=plain))
        self.requests.passed(number, forced=report.forced, error=report.engine_error)

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, b"", **headers)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """Send one request; ``_`` in a header's name stands for ``-``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, given)
            found = connection.getresponse()
            return Reply(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            connection.close()


@contextmanager
def site(rules: Rules | None = None, tokens: Path | None = None) -> Iterator[Site]:
    """Serve until the test ends."""
    rules = rules or Rules(loopback=True, tokens_file=tokens)
    feed, loop, counts = Feed(), AskedLoop(), Counts()
    requests = Requests(loop)
    made = listener(Address("127.0.0.1", 0))
    server = Server(application(feed, Access(rules), requests, Metrics(feed, counts), loop.look), made)

    def serve() -> None:
        try:
            asyncio.run(server.serve())
        except RuntimeError:
            return  # it was stopped

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Site(made.getsockname()[1], feed, loop, requests, counts)
    finally:
        server.stop()
        thread.join(5)
