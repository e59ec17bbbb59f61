"""``reconciler run``: the loop."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from reconciler.cli.from_options import parts_of, surface_of
from reconciler.cli.options import JudgingOptions
from reconciler.exit_codes import DONE
from reconciler.records import dataclass
from reconciler.settings.choices import Output

if TYPE_CHECKING:
    from reconciler.status.report import Report


@dataclass(frozen=True, kw_only=True)
class RunOptions(JudgingOptions):
    """Options of ``run``. A loop waits for a folder that doesn't exist yet."""

    NEEDS_FOLDER: ClassVar[bool] = False


def run(options: RunOptions) -> int:
    """Reconcile whenever there is a reason to, until SIGTERM or Ctrl-C."""
    import asyncio

    from reconciler.cli.look_server import Looking
    from reconciler.cli.printer import Printer
    from reconciler.cli.progress import progress_for
    from reconciler.loop.reconciler import Reconciler
    from reconciler.loop.run import run as run_loop
    from reconciler.settings.live import LiveSettings
    from reconciler.status.recap import Recap

    recap = Recap()

    def show(report: Report) -> None:
        nonlocal recap
        recap.add(report)
        progress.show(report, recap)
        if report.settled or options.output is Output.JSON:
            recap = Recap()

    parts = parts_of(options)
    reconciler = Reconciler(parts)
    looking = Looking(reconciler)
    surface = surface_of(parts, looking)
    watching = f"watching {options.desired} and the Swarm; Ctrl-C ends the loop and leaves the services running"
    with progress_for(options.output, sys.stdout, watching=watching) as progress, Printer(show) as publish:
        live = LiveSettings(options.layers, options.effective)
        asyncio.run(run_loop(reconciler, publish, looking, surface, live))
    return DONE
