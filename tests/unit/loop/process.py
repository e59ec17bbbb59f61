"""A process that makes passes over a ``SmallSwarm``, with clocks that only the test moves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler.clock import Clocks
from reconciler.loop.history import History
from reconciler.loop.leadership import Leadership
from reconciler.loop.parts import Parts
from reconciler.loop.reconciler import Reconciler
from reconciler.loop.settings import Settings
from reconciler.notes.lease import Lease
from reconciler.process_identity import Identity
from reconciler.status.report import Report
from tests.unit.loop.small_swarm import Clock, SmallSwarm

ME = Identity.current()
OTHER = replace(ME, host="other", boot="other-boot")


@dataclass
class Process:
    """One process: its desired folder, its Swarm, and its passes."""

    desired: Path
    swarm: SmallSwarm
    reconciler: Reconciler

    def write(self, name: str, text: str) -> None:
        """Write a stack file; it was written long ago, as far as removals ask."""
        (self.desired / f"{name}.yaml").write_text(text)

    def passes(self, number: int = 1, **how: Any) -> Report:
        """Make passes, one second apart; return the last report."""
        return asyncio.run(self._passes(number, how))

    async def _passes(self, number: int, how: dict[str, Any]) -> Report:
        for _ in range(number):
            report = await self.reconciler.one_pass(("test",), **how)
            self.swarm.state.clock.now += 1.0
        return report

    @property
    def parts(self) -> Parts:
        return self.reconciler.parts


def process(desired: Path, swarm: SmallSwarm | None = None, me: Identity = ME, **settings: Any) -> Process:
    """A process with a lease, a history and a memory of its own."""
    desired.mkdir(exist_ok=True)
    swarm = swarm or SmallSwarm(Clock())
    clock = swarm.state.clock
    given = Settings(desired, **{"min_task_age": 0.0, "removal_delay": 0.0, **settings})
    leadership = Leadership(Lease(swarm, given.owner, me, clock), clock, clock)
    history = History(swarm, given.owner, "a test", lambda: leadership.held, given.redact)
    clocks = Clocks(clock, clock, lambda moment: moment)
    return Process(desired, swarm, Reconciler(Parts.of(given, swarm, leadership, history, clocks)))
