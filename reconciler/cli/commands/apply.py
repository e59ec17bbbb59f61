"""``reconciler apply``: passes until everything is settled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reconciler.cli.commands.plan import PlanOptions, reply
from reconciler.cli.from_options import parts_of
from reconciler.cli.look import answer
from reconciler.cli.options import JudgingOptions, everything, shows_values
from reconciler.cli.parameters import switch
from reconciler.errors import BadDesired, EngineUnavailable
from reconciler.exit_codes import DONE, FAILED, INTERRUPTED, TERMINATED
from reconciler.records import dataclass
from reconciler.settings.choices import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.status.recap import Recap
    from reconciler.status.report import Report


@dataclass(frozen=True, kw_only=True)
class ApplyOptions(JudgingOptions):
    """Options of ``apply``."""

    check: bool = switch("--check", "--dry-run", help="Only plan.")
    show_values: bool = shows_values()
    all: bool = everything()


def apply(options: ApplyOptions) -> int:
    """Converge, wait until every service is Ready, and give a recap."""
    if options.check:
        return answer("plan", _planning(options), reply)
    return _converge(options)


def _planning(options: ApplyOptions) -> PlanOptions:
    """Return the options of the same plan."""
    return PlanOptions(effective=options.effective, layers=options.layers, show_values=options.show_values)


def _converge(options: ApplyOptions) -> int:
    """Make passes; print progress to standard error and the result to standard output."""
    import asyncio

    from reconciler.cli.progress import JsonLines, progress_for
    from reconciler.loop.converging import converge
    from reconciler.loop.reconciler import Reconciler
    from reconciler.status.recap import Recap

    recap = Recap()
    reports: list[Report] = []

    def publish(report: Report) -> None:
        recap.add(report)
        reports[:] = [report]
        if progress is not None:
            progress.show(report, recap)

    reconciler = Reconciler(parts_of(options))
    shown = progress_for(options.output, sys.stderr)
    progress = None if options.output is Output.JSON else shown
    try:
        with shown:
            last = asyncio.run(converge(reconciler, publish, options.effective.settings.timeout))
    except asyncio.CancelledError:
        return _stopped(TERMINATED, reports)
    except KeyboardInterrupt:
        return _stopped(INTERRUPTED, reports)
    if options.output is Output.JSON:
        JsonLines().show(last, recap)
    else:
        _print(options, last, recap)
    return _code(last, recap)


def _print(options: ApplyOptions, last: Report, recap: Recap) -> None:
    from reconciler.cli.report_text import recap_text, status_text
    from reconciler.cli.shown_services import of_changes
    from reconciler.cli.styled import Screen

    screen = Screen.here()
    chosen = of_changes(last.judgements.values(), recap.changed_services, everything=options.all)
    print(screen.draw([*status_text(last, chosen, screen.width), recap_text(last, recap)]), end="")


def _stopped(code: int, reports: Sequence[Report]) -> int:
    from reconciler.cli.interrupted import tell_stopped
    from reconciler.cli.waiting import undone

    left = undone(reports[-1]) if reports else None
    return tell_stopped(code, left, "What was written goes on in the Swarm; `reconciler apply` does the rest")


def _code(last: Report, recap: Recap) -> int:
    if last.engine_error:
        return EngineUnavailable.exit_code
    if last.faults:
        return BadDesired.exit_code
    good = last.settled and not recap.failed and not recap.waiting and not last.held
    return DONE if good else FAILED
