"""The supervisor. It starts an engine of our own if there is one, then the loop, then the app, and stops them in
reverse order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.settings.live import LiveSettings
from reconciler.supervisor.app import App, AppSettings, first
from reconciler.supervisor.child import Around, Child
from reconciler.supervisor.gate import Gate, Pass
from reconciler.supervisor.hangups import Hangups
from reconciler.supervisor.loop_reports import connections
from reconciler.supervisor.process import Program, in_words
from reconciler.supervisor.settings_watch import watch_settings
from reconciler.supervisor.shutdown import Deadlines, exit_code
from reconciler.supervisor.signal_mask import let_go
from reconciler.supervisor.watchdog import Watchdog

LAST_WORDS = 1.5
"""Seconds to wait until the end of a stopped app is noted: longer than its last lines may take."""
SILENT = 10.0
"""Seconds without word of a first pass after which the socket is reported as the problem; the loop's own warnings say
why."""
REMIND = 60.0
"""Seconds between reminders of what the app waits for."""


class Daemon(Protocol):
    """An engine of our own."""

    @property
    def child(self) -> Child: ...


class SupervisedEngine(Protocol):
    """The engine that everything in the container talks to."""

    @property
    def environ(self) -> Mapping[str, str]:
        """Environment of programs that talk to it."""

    @property
    def daemon(self) -> Daemon | None:
        """Its program, if it is an engine of our own."""

    async def ready(self) -> object:
        """Return once it can be used. Raises a ``ReconcilerError`` if it never can."""


@dataclass(frozen=True, slots=True)
class SupervisorSettings:
    """Settings of the supervisor. ``loop`` is its command, ``socket`` where its reports come from, ``grace`` the
    seconds of an ordered stop, ``loop_timeout`` the seconds without an answer after which the loop is restarted."""

    loop: tuple[str, ...]
    socket: Path
    app: AppSettings | None = None
    after: tuple[str, ...] = ()
    grace: float = 9.0
    loop_timeout: float = 30.0
    live: LiveSettings | None = None
    """The settings that all of this was made from; None without a file of them."""


class Supervisor:
    """One life of the container."""

    def __init__(self, settings: SupervisorSettings, engine: SupervisedEngine, around: Around) -> None:
        self._settings = settings
        self._engine = engine
        self._around = around
        self._daemon = engine.daemon.child if engine.daemon else None
        loop = Program("loop", settings.loop, engine.environ)
        self._loop = Child(loop, around, for_good=lambda code: code == UsageError.exit_code and not self._met)
        self._watchdog = Watchdog(self._loop, settings.socket, settings.loop_timeout, around.tell)
        self._met = False
        """Whether the loop ever reported a pass."""
        self._app = App(settings.app, engine.environ, around) if settings.app else None
        self._gate = Gate(settings.after)
        self._hangups = Hangups()
        self._hung_up = asyncio.Event()
        self._up = asyncio.Event()
        self._told = ("", 0.0)
        self._over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why everything ends."""
        self._asked = False
        """Whether a signal asked us to end."""
        self._app_over = asyncio.Event()
        self._code: int | None = None

    async def run(self) -> int:
        """Run until everything has ended, and return the exit code of the container.

        Raises:
            ReconcilerError: it can't start.
        """
        self._take_signals()
        tasks = [asyncio.ensure_future(each) for each in self._work()]
        try:
            await first(self._over, *tasks)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            await self._leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        code = exit_code(self._code, asked=self._asked)
        self._around.tell("stopped", exit=code)
        return code

    def _work(self) -> Iterator[Coroutine[Any, Any, None]]:
        if self._daemon:
            yield self._keep_daemon(self._daemon)
        yield self._keep_ready()
        yield self._keep_loop()
        yield self._watch()
        yield self._watchdog.watch()
        yield self._pass_hangups_on()
        if self._settings.live:
            yield watch_settings(self._settings.live, self._around.tell)
        if self._app:
            yield self._keep_app(self._app)

    async def _keep_daemon(self, daemon: Child) -> None:
        await daemon.keep()

    async def _keep_ready(self) -> None:
        """Wait until the engine is ready. After each restart of an engine of our own, make it ready again: its address
        may have changed."""
        while True:
            await self._engine.ready()
            self._up.set()
            if self._daemon is None:
                await asyncio.wait([self._over])
                return
            if self._daemon.process:
                await self._daemon.process.ended()

    async def _keep_loop(self) -> None:
        """Keep the loop running. A loop that never worked because its options are wrong won't work after a restart, so
        it ends the container."""
        await self._up.wait()
        self._say_what_lacks()
        asyncio.get_running_loop().call_later(SILENT, self._say_if_silent)
        code = await self._loop.keep()
        if not self._over.done():
            self._code = code
            self._over.set_result("the loop can't be started like that")

    def _say_if_silent(self) -> None:
        if not self._met and self._loop.process:
            self._around.tell("the loop can't be watched yet", socket=str(self._settings.socket))

    async def _keep_app(self, app: App) -> None:
        """Keep the app running; its exit code is the container's. If the app never ran, the code of whatever ended the
        container stays."""
        code = await app.keep()
        self._code = self._code if code is None else code
        self._app_over.set()
        if not self._over.done():
            self._over.set_result("the app ended for good")

    async def _watch(self) -> None:
        async for passes in connections(self._settings.socket):
            self._hangups.loop_came(time.monotonic())
            self._hung_up.set()
            async for seen in passes:
                self._note(seen)
            self._hangups.loop_went()

    def _note(self, seen: Pass) -> None:
        self._met = True
        if seen.forced and not seen.engine_error:
            self._hangups.done()
        self._gate.seen(seen)
        if self._app and self._gate.open:
            self._app.start()
        if self._app and self._gate.take_reload():
            self._app.reload()
        self._say_what_lacks()

    def _say_what_lacks(self) -> None:
        """Log what the app waits for: once, when it changes, and as a reminder."""
        if self._app is None:
            return
        waits = "app waits to be reloaded" if self._gate.reload_due else "" if self._gate.open else "app waits"
        said, now = f"{waits} {self._gate.lacking}" if waits else "", time.monotonic()
        if said and (said != self._told[0] or now >= self._told[1] + REMIND):
            self._around.tell(waits, for_="; ".join(self._gate.lacking))
            self._told = said, now
        if not said:
            self._told = "", now

    async def _pass_hangups_on(self) -> None:
        while True:
            now, due = time.monotonic(), self._hangups.due
            if due is not None and due <= now:
                self._hangups.passed_on(now)
                self._loop.send(signal.SIGHUP)
                continue
            self._hung_up.clear()
            await first(self._hung_up.wait(), within=None if due is None else due - now)

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._on_hangup)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop, number)
        let_go()

    def _on_hangup(self) -> None:
        self._hangups.came(time.monotonic())
        self._hung_up.set()

    def _on_stop(self, number: signal.Signals) -> None:
        """Stop in order; exit at once on a second signal."""
        if self._asked:
            for each in (self._loop, self._app, self._daemon):
                if each:
                    each.kill()
            os._exit(128 + number)
        self._asked = True
        if not self._over.done():
            self._over.set_result(number.name)

    async def _leave(self) -> None:
        deadlines = Deadlines(time.monotonic(), self._settings.grace, self._daemon is not None)
        why = self._over.result() if self._over.done() else ""
        self._around.tell("stopping", why=why, within_s=self._settings.grace)
        await self._stopped("loop", self._loop.stop(deadlines.loop - time.monotonic()))
        if self._app and self._settings.app:
            within = min(self._settings.app.stop_timeout, deadlines.app - time.monotonic())
            await self._stopped("app", self._app.stop(within))
            await first(self._app_over.wait(), within=LAST_WORDS)
        if self._daemon:
            await self._stopped("engine", self._daemon.stop(deadlines.everything - time.monotonic()))

    async def _stopped(self, name: str, stopping: Coroutine[Any, Any, int | None]) -> None:
        code = await stopping
        if code is not None:
            self._around.tell(f"{name} stopped", why=in_words(code))
