"""The web surface of a loop: what the loop hands it, and how it is started and ended."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from reconciler.control.protocol import Look
from reconciler.desired.model import Stack
from reconciler.errors import UsageError
from reconciler.notes.record import Store
from reconciler.observed.model import Snapshot
from reconciler.records import dataclass
from reconciler.status.report import Report
from reconciler.threads import aside
from reconciler.web.access import Access, Rules, is_loopback
from reconciler.web.api import Looker
from reconciler.web.app import application
from reconciler.web.asking import LocalLoop, Wakes
from reconciler.web.feed import Feed
from reconciler.web.metrics import Counts, Metrics
from reconciler.web.problems import Problem
from reconciler.web.requests import Requests
from reconciler.web.server import Address, Server, listener
from reconciler.web.tokens import read
from reconciler.web.view import View

PATIENCE = 60.0
"""Seconds that the loop has to answer a command of another machine."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the surface is reached, and by whom."""

    listen: str
    owner: str
    tokens_file: Path | None = None
    ask_on_loopback: bool = False
    hosts: tuple[str, ...] = ()
    root_path: str = ""
    trusted_proxies: tuple[str, ...] = ()


class Remote(Protocol):
    """Answers commands of somebody on another machine. Raises ``ValueError`` for what is none."""

    async def __call__(self, look: Look, *, values: bool) -> Mapping[str, Any]: ...


class Surface:
    """Page, API and metrics of one loop."""

    def __init__(self, settings: WebSettings, store: Store, look: Remote) -> None:
        """``look`` answers commands of other machines, in the loop's thread.

        Raises:
            UsageError: nobody could get in safely.
        """
        self._look = look
        self._settings = settings
        self._store = store
        self._address = Address.parse(settings.listen)
        loopback = is_loopback(self._address.host)
        if not loopback and settings.tokens_file is None:
            raise UsageError(
                f"others reach {settings.listen}, and it has no tokens: name a file with `http.tokens_file` "
                "(`reconciler token add NAME` makes it), or listen on 127.0.0.1"
            )
        if settings.tokens_file is not None:
            read(settings.tokens_file)
        hosts = frozenset(host.lower() for host in settings.hosts)
        self._access = Access(Rules(loopback, settings.ask_on_loopback, hosts, settings.tokens_file))
        self._feed = Feed()
        self._counts = Counts()
        self._numbers = itertools.count(1)
        self._requests: Requests | None = None

    def show(self, report: Report, snapshot: Snapshot | None, stacks: Sequence[Stack], *, plain: bool) -> None:
        """Take the report of a pass. ``plain``: it has values that readers mustn't see."""
        number = next(self._numbers)
        self._counts.add(report)
        self._feed.publish(View(number, report, snapshot, stacks, self._settings.owner, plain=plain))
        if self._requests:
            self._requests.passed(number, forced=report.forced, error=report.engine_error)

    async def serve(self, wakes: Wakes) -> None:
        """Serve until cancelled. Raises ``OSError`` where the address can't be had."""
        made = listener(self._address)
        loop = LocalLoop(self._feed, wakes, self._store, self._settings.owner)
        self._requests = Requests(loop)
        metrics, looker = Metrics(self._feed, self._counts), _in_the_loop(self._look, asyncio.get_running_loop())
        app = application(self._feed, self._access, self._requests, metrics, looker)
        proxies = ",".join(self._settings.trusted_proxies)
        server = Server(app, made, root_path=self._settings.root_path, proxies=proxies)
        try:
            await server.serve()
        finally:
            await asyncio.shield(aside(server.stop))


def _in_the_loop(look: Remote, loop: asyncio.AbstractEventLoop) -> Looker:
    """Return what answers in the loop's thread, asked from the server's."""

    async def answer(given: dict[str, Any], *, values: bool) -> Mapping[str, Any]:
        try:
            asked = Look.of({name: value for name, value in given.items() if name != "environ"})
            async with asyncio.timeout(PATIENCE):
                return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(look(asked, values=values), loop))
        except TimeoutError as error:
            raise Problem(503, f"the loop didn't answer within {PATIENCE:g} s: try again", retry_after="5") from error
        except ValueError as error:
            raise Problem(400, str(error)) from error

    return answer
