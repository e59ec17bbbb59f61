"""Turns of a loop: one pass after another, whatever goes wrong in one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Protocol

from reconciler.clock import on_the_wall, steady
from reconciler.control.server import Control
from reconciler.desired.model import Stack
from reconciler.errors import Fault
from reconciler.loop.background_tasks import Keeper
from reconciler.loop.converging import Publish
from reconciler.loop.reconciler import Reconciler
from reconciler.loop.settings import Settings
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Result
from reconciler.redaction import Redact
from reconciler.settings.live import LiveSettings
from reconciler.status.report import Report
from reconciler.threads import aside
from reconciler.triggers.wakes import TIMER, Wake, Wakes
from reconciler.unforeseen import in_words


class Surface(Protocol):
    """Surface that shows reports to readers over the network. It never blocks a pass."""

    def show(self, report: Report, snapshot: Snapshot | None, stacks: Sequence[Stack], *, plain: bool) -> None:
        """Take a report; ``plain`` is the report with values that readers mustn't see."""
        ...

    async def serve(self, wakes: Wakes) -> None:
        """Serve until cancelled."""
        ...


@dataclass
class Turns:
    """Loop body: it makes a pass for each batch of wake-ups, and reports it to ``control`` and ``publish``."""

    reconciler: Reconciler
    wakes: Wakes
    publish: Publish
    control: Control
    keeper: Keeper
    surface: Surface | None = None
    live: LiveSettings | None = None
    """Settings that follow their file; None for a loop without a settings file."""
    _failures: int = 0
    """Passes in a row that couldn't reach the engine."""
    _read_at: float = -inf
    _settling: bool = False
    _forced: bool = False
    _trouble: dict[str, Fault] = field(default_factory=dict)

    def warnings(self) -> tuple[Fault, ...]:
        """Return warnings about what fails beside the passes: the socket, sources, and printing of reports."""
        return (*self.control.warnings, *self.keeper.warnings, *self._trouble.values())

    async def for_ever(self) -> None:
        """Make passes until the reconciler is stopping."""
        batch: tuple[Wake, ...] = (Wake("start"),)
        while not self.reconciler.parts.memory.stopping:
            try:
                until = await self._turn(batch)
                self._trouble.pop("loop", None)
            except Exception as error:
                self._trouble["loop"] = Fault("loop", 0, 0, in_words(error))
                until = steady() + self.reconciler.parts.settings.engine_retry_cap
            batch = await self.wakes.next(until)

    async def _turn(self, batch: tuple[Wake, ...]) -> float:
        """Make a pass and report it. Return when the next one is due, by ``steady``."""
        reasons = tuple(wake.reason for wake in batch)
        taken = await self._take_over()
        reasons = (*reasons, f"settings taken over: {', '.join(taken)}") if taken else reasons
        parts = self.reconciler.parts
        self._forced = forced = self._forced or any(wake.forced for wake in batch)
        if any(wake.agreed for wake in batch):
            parts.memory.consent.give()
        began = steady()
        reread = reasons != (TIMER,) or self._settling or began - self._read_at >= parts.settings.interval
        self._try("control", lambda: self.control.began(forced=forced))
        report = await self._pass(reasons, forced=forced, reread=reread)
        report = replace(report, warnings=(*report.warnings, *self.warnings()), settings_taken=taken)
        self._read_at = began if reread else self._read_at
        self._settling = report.plan.settling
        self._try("control", lambda: self.control.ended(report, awaits=parts.questions.awaits))
        self._try("output", lambda: self.publish(report))
        self._try("web server", lambda: self._show(report))
        self._failures = self._failures + 1 if report.engine_error else 0
        # A request counts as done only once the engine can be reached again.
        self._forced = forced and bool(report.engine_error)
        look = _next_look(report, began + report.took, self._failures, parts.settings)
        return min(look, max(parts.questions.due_at(parts.wanted.services), began + parts.settings.poll))

    def _show(self, report: Report) -> None:
        if self.surface:
            parts = self.reconciler.parts
            plain = parts.settings.redact is Redact.NONE
            self.surface.show(report, self.reconciler.snapshot, parts.wanted.stacks, plain=plain)

    async def _take_over(self) -> tuple[str, ...]:
        """Take over what changed in the settings file; return the names of settings that changed."""
        try:
            taken = await aside(self.live.look) if self.live else None
            self._trouble.pop("settings", None)
        except Exception as error:
            self._trouble["settings"] = Fault("settings", 0, 0, in_words(error))
            return ()
        if taken is None or self.live is None:
            return ()
        await self.reconciler.under(self.live)
        settings = self.live.settings
        self.control.under(settings.interval, settings.pass_timeout)
        return taken

    async def _pass(self, reasons: tuple[str, ...], *, forced: bool, reread: bool) -> Report:
        """Make one pass. A bug of ours ends the pass, not the loop: it is reported, and the pass is tried again with
        backoff."""
        try:
            report = await self.reconciler.one_pass(reasons, forced=forced, reread=reread)
            self.reconciler.parts.history.note(report)
            return report
        except Exception as error:
            return Report(0, on_the_wall(steady()), reasons, forced, engine_error=in_words(error))

    def _try(self, name: str, doing: Callable[[], None]) -> None:
        """Do something for readers. A report that can't be delivered doesn't stop the next pass."""
        try:
            doing()
            self._trouble.pop(name, None)
        except Exception as error:
            self._trouble[name] = Fault(name, 0, 0, f"a report can't be written: {in_words(error)}", "")


def _next_look(report: Report, now: float, failures: int, settings: Settings) -> float:
    """Return when to make the next pass if nothing happens; it and ``now`` are by ``steady``."""
    if failures:
        return now + min(settings.engine_retry_first * 2.0 ** min(failures - 1, 20), settings.engine_retry_cap)
    if (
        report.moving
        or report.plan.settling
        or any(outcome.passing or outcome.result is Result.CHANGED for outcome in report.outcomes)
    ):
        return now + settings.poll
    rechecks = [judgement.recheck_at for judgement in report.judgements.values()]
    retries = [outcome.retry_at for outcome in report.outcomes]
    times: list[float] = [moment for moment in (*rechecks, *retries) if moment is not None]
    return max(now + settings.poll, min((*times, now + settings.interval)))
