"""``reconciler plan``: what would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.look import Reply, Scene, answer
from reconciler.cli.options import JudgingOptions, shows_values
from reconciler.cli.parameters import switch
from reconciler.cli.printing import written
from reconciler.errors import BadDesired
from reconciler.exit_codes import DONE, FAILED, PENDING
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.status.outputs import PlanOutput


@dataclass(frozen=True, kw_only=True)
class PlanOptions(JudgingOptions):
    """Options of ``plan``."""

    detailed_exitcode: bool = switch("--detailed-exitcode", help="Exit 2 when changes are pending.")
    show_values: bool = shows_values()


def plan(options: PlanOptions) -> int:
    """Show what would change and why; write nothing."""
    return answer("plan", options, reply)


def reply(options: PlanOptions, scene: Scene) -> Reply:
    """Return what ``plan`` prints."""
    from reconciler.cli.report_text import plan_text

    def output() -> PlanOutput:
        from reconciler.status.report_output import plan_output

        return plan_output(report, scene.source)

    report = scene.report
    out = written(options.output, scene.screen, output, lambda _: plan_text(report))
    if report.faults:
        return Reply(out, BadDesired.exit_code)
    if options.detailed_exitcode and (report.plan or report.held):
        return Reply(out, PENDING)
    return Reply(out, FAILED if report.held else DONE)
