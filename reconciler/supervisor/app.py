"""The app of a container. It starts once its services are Ready, starts again when it ends, and is reloaded as its
settings say. Two runs of it overlap only during a swap."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine, Mapping
from typing import Any

from reconciler.errors import CannotStart, UsageError
from reconciler.records import dataclass
from reconciler.settings.choices import Reload, Restart
from reconciler.supervisor.app_health import askable, healthy, listening
from reconciler.supervisor.child import Around
from reconciler.supervisor.process import Process, Program, in_words
from reconciler.supervisor.restarts import Restarts


@dataclass(frozen=True, slots=True)
class AppSettings:
    """Settings of the app; times are in seconds. The runs of a swap take turns with ``ports``: a run's port is
    ``{port}`` in the command and in the health URL, and ``PORT`` in the environment."""

    command: tuple[str, ...]
    restart: Restart = Restart.ALWAYS
    reload: Reload = Reload.RESTART
    reload_signal: signal.Signals = signal.SIGHUP
    stop_timeout: float = 10.0
    ports: tuple[int, ...] = ()
    health_url: str = ""
    health_timeout: float = 60.0

    def program(self, environ: Mapping[str, str], port: int | None) -> Program:
        if port is None:
            return Program("app", self.command, environ)
        command = tuple(part.replace("{port}", str(port)) for part in self.command)
        return Program("app", command, {**environ, "PORT": str(port)})

    def url(self, port: int | None) -> str:
        return self.health_url.replace("{port}", str(port))

    def check(self) -> None:
        """Check the settings before anything starts. Raises ``UsageError`` and ``CannotStart``."""
        if self.reload is Reload.SWAP:
            if not all(askable(self.url(port)) for port in self.ports or (1,)) or "{port}" not in self.health_url:
                raise UsageError(
                    "--app-health-url must be the new run's own, for example http://127.0.0.1:{port}/healthz"
                )
            if len(set(self.ports)) < 2:
                raise UsageError(
                    "--app-ports must name two ports for old and new run to use in turn, such as 3000,3001"
                )
        self.program(os.environ, self.ports[0] if self.ports else None).check()


class App:
    """One app. ``keep`` runs it from ``start`` on; everything that happens to it happens there, one step after
    another."""

    def __init__(self, settings: AppSettings, environ: Mapping[str, str], around: Around) -> None:
        self._settings = settings
        self._environ = environ
        self._around = around
        self._restarts = Restarts()
        self._turn = 0
        self._runs: list[Process] = []
        """Runs that are alive: one, or two during a swap."""
        self._may_run = asyncio.Event()
        self._reload_wanted = asyncio.Event()
        self._stop = asyncio.Event()

    def start(self) -> None:
        """Let the app run from now on."""
        self._may_run.set()

    def reload(self) -> None:
        """Reload the app as its settings say. A reload that is asked for during another one is done once more
        afterwards."""
        if self._settings.reload is not Reload.NONE:
            self._reload_wanted.set()

    async def stop(self, within: float) -> int | None:
        """Stop the app for good, and kill it after ``within`` seconds; ``keep`` then returns. Return the exit code,
        None if it didn't run."""
        self._stop.set()
        self._may_run.set()
        codes = await asyncio.gather(*(run.stop(within) for run in self._runs if run.running))
        return codes[0] if codes else None

    def kill(self) -> None:
        for run in self._runs:
            run.kill()

    async def keep(self) -> int | None:
        """Run the app until it ends for good. Return its exit code, a signal as a negative number, and None if it never
        ran."""
        code = None
        await self._may_run.wait()
        while not self._stop.is_set():
            ran, code, said = await self._live()
            if self._stop.is_set():
                break
            if not self._settings.restart.after(code):
                self._around.tell("app ended for good", why=said)
                break
            wait = self._restarts.ended(ran)
            self._around.tell("app ended and is started again", why=said, after_s=round(wait, 2))
            await first(self._stop.wait(), self._reload_wanted.wait(), within=wait)
            if self._reload_wanted.is_set():
                self._restarts.clear()
        return code

    async def _live(self) -> tuple[float, int, str]:
        """Run the app once, and the runs that reloads put in its place, until the last one ends. Return how many
        seconds that one ran, its exit code, and how it ended in words."""
        self._reload_wanted.clear()
        try:
            run = await self._begin()
            while True:
                await first(run.ended(), self._reload_wanted.wait(), self._stop.wait())
                if not run.running or self._stop.is_set():
                    code = await run.ended()
                    return run.ran, code, in_words(code)
                self._reload_wanted.clear()
                run = await self._reloaded(run)
        except CannotStart as error:
            return 0.0, error.exit_code, str(error)

    async def _begin(self) -> Process:
        """Start a run. Raises ``CannotStart``."""
        if self._stop.is_set():
            raise CannotStart("it is stopping", 1)
        port = self._port
        run = await Process.start(self._settings.program(self._environ, port), self._around.out, self._around.err)
        self._runs = [*(each for each in self._runs if each.running), run]
        self._around.tell("app started", pid=run.pid, port=port or "")
        return run

    async def _reloaded(self, run: Process) -> Process:
        """Reload ``run``, and return the run that goes on."""
        match self._settings.reload:
            case Reload.SIGNAL:
                self._around.tell("reload signal sent to app", signal=self._settings.reload_signal.name)
                run.send(self._settings.reload_signal)
                return run
            case Reload.SWAP:
                return await self._swapped(run)
            case _:
                self._around.tell("app is restarted to reload it")
                await run.stop(self._settings.stop_timeout)
                return run if self._stop.is_set() else await self._begin()

    async def _swapped(self, old: Process) -> Process:
        """Start a new run and stop the old one once the new one answers. Return the run that goes on."""
        self._turn += 1
        try:
            new = await self._well()
        except CannotStart as error:
            self._turn -= 1
            if not self._stop.is_set():
                self._around.tell("app isn't reloaded; its old run goes on", why=str(error))
            return old
        self._around.tell("app answers; its old run is stopped", pid=new.pid, url=self._settings.url(self._port))
        await old.stop(self._settings.stop_timeout)
        return new

    async def _well(self) -> Process:
        """Start a run and return it once its health URL answers. If it doesn't, stop it and raise ``CannotStart``."""
        url, within = self._settings.url(self._port), self._settings.health_timeout
        if await listening(url):
            raise CannotStart(f"port {self._port} is taken by something else, which would answer in its place", 1)
        new = await self._begin()
        well = asyncio.ensure_future(healthy(url))
        await first(well, new.ended(), self._stop.wait(), within=within)
        if well.done() and new.running:
            return new
        why = (
            f"{url} didn't answer 2xx within {within:g} s"
            if new.running
            else f"it ended: {in_words(await new.ended())}"
        )
        well.cancel()
        await new.stop(self._settings.stop_timeout)
        raise CannotStart(f"the new run isn't healthy: {why}", 1)

    @property
    def _port(self) -> int | None:
        ports = self._settings.ports
        return ports[self._turn % len(ports)] if ports else None


async def first(*awaited: Coroutine[Any, Any, object] | asyncio.Future[Any], within: float | None = None) -> None:
    """Wait until one of these is done or ``within`` seconds have passed. Coroutines are cancelled then, futures
    aren't."""
    tasks = {asyncio.ensure_future(each) for each in awaited}
    try:
        await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks.difference(awaited):
            task.cancel()
