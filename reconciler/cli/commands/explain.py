"""``reconciler explain``: everything about one service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.look import Reply, Scene, answer
from reconciler.cli.options import JudgingOptions, shows_values
from reconciler.cli.parameters import TEXT, argument, option, switch
from reconciler.cli.printing import written
from reconciler.errors import EngineError, UsageError
from reconciler.exit_codes import DONE
from reconciler.records import dataclass
from reconciler.verdict.model import Verdict

if TYPE_CHECKING:
    from reconciler.loop.parts import Parts
    from reconciler.status.case import Case
    from reconciler.status.explain_output import CheckOutput, TaskLog

CHECKED = 3
"""Tasks whose containers are asked for their last health check result, newest first."""
LINES = 10
"""Lines of the failed task's log."""


@dataclass(frozen=True, kw_only=True)
class ExplainOptions(JudgingOptions):
    """Options of ``explain``."""

    service: str = argument("[SERVICE]", help="By its Swarm name, or as STACK/SERVICE.", default="")
    cause: str = option("", TEXT, help="Explain a cause that a command names.", metavar="CAUSE")
    causes: bool = switch("--causes", help="List all causes.")
    show_values: bool = shows_values()


def explain(options: ExplainOptions) -> int:
    """Explain one service on a page: how it is, why, and what to do."""
    if options.cause or options.causes:
        from reconciler.cli.cause_text import print_causes

        print_causes("" if options.causes else options.cause, options.output)
        return DONE
    if not options.service:
        raise UsageError("name a service: `reconciler explain SERVICE`; `reconciler status` lists them.")
    return answer("explain", options, reply)


def reply(options: ExplainOptions, scene: Scene) -> Reply:
    """Return what ``explain`` prints."""
    from reconciler.cli.explain_text import explanation_text
    from reconciler.status.explain import explain as explained

    case = _case(scene, options.service)
    check = _check(scene.parts, case)
    found = explained(case, _log(scene.parts, case), scene.redactor, check)
    found = found.model_copy(update={"source": scene.source})
    return Reply(written(options.output, scene.screen, lambda: found, lambda _: explanation_text(found)))


def _case(scene: Scene, text: str) -> Case:
    """Return the case of a service.

    Raises:
        UsageError: no service has this name; the message lists similar names.
    """
    from reconciler.notes.history import entries
    from reconciler.notes.lease import acting
    from reconciler.status.case import Case
    from reconciler.status.history import of_service
    from reconciler.status.service_names import find, known

    report, snapshot, parts = scene.report, scene.snapshot, scene.parts
    stacks, owner = parts.wanted.stacks, parts.settings.owner
    try:
        named = find(text, known(stacks, snapshot.services))
    except UsageError as error:
        if not report.faults:
            raise
        unread = "; ".join(map(str, report.faults))
        raise UsageError(f"{error} It may be in what doesn't load: {unread}") from error
    services = {service.name: service for stack in stacks for service in stack.services}
    history = of_service(entries(snapshot.configs, owner), named.name)
    return Case(named, services, snapshot, report, history, acting(snapshot.configs, owner))


def _log(parts: Parts, case: Case) -> TaskLog | None:
    from reconciler.status.explain_output import TaskLog

    task = case.suspect
    if task is None:
        return None
    try:
        lines = parts.swarm.logs(task.id, LINES)
    except EngineError as error:  # a node that is down never returns them
        lines = (f"(no log lines: {error})",)
    return TaskLog(task=task.id, lines=list(lines))


def _check(parts: Parts, case: Case) -> CheckOutput | None:
    """Return the last health check result of the newest task that fails it, as far as this engine knows."""
    from reconciler.status.explain_output import CheckOutput

    here = [task for task in case.tasks if task.container_id and task.node_id == case.snapshot.engine.node_id]
    if case.judgement is None or case.judgement.verdict in {Verdict.READY, Verdict.COMPLETED}:
        return None
    for task in here[:CHECKED]:
        try:
            found = parts.swarm.last_check(task.container_id)
        except EngineError:
            continue  # the container is gone; its log and exit code are shown anyway
        if found:
            return CheckOutput(task=task.id, exit_code=found.exit_code, output=found.output)
    return None
