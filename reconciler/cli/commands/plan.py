"""``reconciler plan``: what would change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from reconciler.cli.building import reconciler_of
from reconciler.cli.exit_codes import DONE, FAILED, PENDING
from reconciler.cli.options import PlanningOptions, ShowValues, setting
from reconciler.cli.printing import show
from reconciler.errors import BadDesired

if TYPE_CHECKING:
    from reconciler.loop.settings import Settings


@dataclass(frozen=True, kw_only=True)
class PlanOptions(PlanningOptions):
    """What ``plan`` takes."""

    detailed_exitcode: Annotated[bool, setting("--detailed-exitcode", help="Exit 2 when changes are pending.")] = False
    show_values: ShowValues = False

    def settings(self) -> Settings:
        return replace(super().settings(), show_values=self.show_values)


def plan(options: PlanOptions) -> int:
    """Show what would change and why; write nothing."""
    return look(options, detailed=options.detailed_exitcode)


def look(options: PlanningOptions, *, detailed: bool = False) -> int:
    """Print the plan."""
    from reconciler.cli.text import plan_text
    from reconciler.status.publishing import plan_output

    report = reconciler_of(options).look()
    show(options.output, plan_output(report), lambda: plan_text(report))
    if report.faults:
        return BadDesired.exit_code
    if detailed and (report.plan or report.held):
        return PENDING
    return FAILED if report.held else DONE
