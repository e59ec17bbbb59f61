"""``reconciler status``: how every service is."""

from __future__ import annotations

from reconciler.cli.building import reconciler_of
from reconciler.cli.exit_codes import DONE, FAILED
from reconciler.cli.options import JudgingOptions
from reconciler.cli.printing import show
from reconciler.errors import BadDesired


def status(options: JudgingOptions) -> int:
    """Show how every service is, why, and how old its tasks are."""
    from reconciler.cli.text import status_text
    from reconciler.status.publishing import status_output
    from reconciler.verdict.model import Verdict

    report = reconciler_of(options).look()
    show(options.output, status_output(report), lambda: status_text(report))
    if report.faults:
        return BadDesired.exit_code
    return FAILED if report.held or report.verdict in {Verdict.DEGRADED, Verdict.ROLLED_BACK} else DONE
