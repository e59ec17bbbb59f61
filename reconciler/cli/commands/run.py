"""``reconciler run``: the loop."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from reconciler.cli.exit_codes import DONE
from reconciler.cli.from_options import parts_of
from reconciler.cli.options import Output, PlanningOptions, RemovalDelay, Trigger
from reconciler.cli.parameters import time_option
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.loop.settings import Settings
    from reconciler.status.report import Report


@dataclass(frozen=True, kw_only=True)
class RunOptions(PlanningOptions):
    """What ``run`` takes. A loop waits for a folder that isn't there yet."""

    NEEDS_FOLDER: ClassVar[bool] = False

    trigger: Trigger = None
    interval: Annotated[
        float, time_option(envvar="RECONCILER_INTERVAL", least=1, help="Longest time between passes. [1m]")
    ] = 60.0
    removal_delay: RemovalDelay = 2.0

    def settings(self) -> Settings:
        return replace(
            super().settings(), removal_delay=self.removal_delay, trigger=self.trigger, interval=self.interval
        )


def run(options: RunOptions) -> int:
    """Reconcile whenever there is a reason to, until SIGTERM or Ctrl-C."""
    import asyncio

    from reconciler.cli.look_server import Looking
    from reconciler.cli.printer import Printer
    from reconciler.cli.progress import progress_for
    from reconciler.loop.reconciler import Reconciler
    from reconciler.loop.run import run as run_loop
    from reconciler.status.recap import Recap

    recap = Recap()

    def show(report: Report) -> None:
        nonlocal recap
        recap.add(report)
        progress.show(report, recap)
        if report.settled or options.output is Output.JSON:
            recap = Recap()

    reconciler = Reconciler(parts_of(options))
    watching = f"watching {options.desired} and the Swarm; Ctrl-C ends the loop and leaves the services running"
    with progress_for(options.output, sys.stdout, watching=watching) as progress, Printer(show) as publish:
        asyncio.run(run_loop(reconciler, publish, Looking(reconciler)))
    return DONE
