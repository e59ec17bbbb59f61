"""``reconciler status``: the state of every service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.look import Reply, Scene, answer
from reconciler.cli.options import JudgingOptions, everything
from reconciler.cli.parameters import switch
from reconciler.cli.printing import written
from reconciler.errors import BadDesired
from reconciler.exit_codes import DONE, FAILED
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.status.outputs import StatusOutput


@dataclass(frozen=True, kw_only=True)
class StatusOptions(JudgingOptions):
    """Options of ``status``."""

    all: bool = everything()
    watch: bool = switch("--watch", "-w", help="Go on, and show what changes, until Ctrl-C.")


def status(options: StatusOptions) -> int:
    """Show how every service is, why, and how old its tasks are."""
    if options.watch:
        from reconciler.cli.status_watch import watch

        return watch(options, reply)
    return answer("status", options, reply)


def reply(options: StatusOptions, scene: Scene) -> Reply:
    """Return what ``status`` prints."""
    from reconciler.cli.report_text import status_text
    from reconciler.cli.shown_services import of_status
    from reconciler.verdict.model import Verdict

    def output() -> StatusOutput:
        from reconciler.status.report_output import status_output

        return status_output(report, scene.source)

    report = scene.quoted
    chosen = of_status(report.judgements.values(), everything=options.all)
    out = written(
        options.output,
        scene.screen,
        output,
        lambda screen: status_text(report, chosen, screen.width),
    )
    if report.faults:
        return Reply(out, BadDesired.exit_code)
    failed = report.held or report.verdict in {Verdict.DEGRADED, Verdict.ROLLED_BACK}
    return Reply(out, FAILED if failed else DONE)
