"""``reconciler ps``: tasks of services, each with its place, state, age and error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from reconciler.cli.look import Reply, Scene, answer
from reconciler.cli.options import JudgingOptions
from reconciler.cli.parameters import argument, switch
from reconciler.cli.printing import written
from reconciler.cli.survey import survey_of
from reconciler.exit_codes import DONE
from reconciler.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.grid import Cell
    from reconciler.cli.styled import Text
    from reconciler.status.explain_output import TaskLine
    from reconciler.status.listing import PsOutput, ServiceTasks


@dataclass(frozen=True, kw_only=True)
class PsOptions(JudgingOptions):
    """Options of ``ps``."""

    NEEDS_FOLDER: ClassVar[bool] = False

    target: str = argument("[STACK[/SERVICE]]", help="Or a service's Swarm name. [all of ours]", default="")
    all_: bool = switch("--all", "-a", help="Also tasks that ended before the newest of their slot.")


def ps(options: PsOptions) -> int:
    """List the tasks of services, with slot, node, state, age and error."""
    return answer("ps", options, reply)


def reply(options: PsOptions, scene: Scene) -> Reply:
    """Return what ``ps`` prints."""
    from reconciler.status.listing import PsOutput, tasks_listed

    survey = survey_of(options, scene)
    chosen = survey.chosen(options.target) if options.target else survey.ours
    found = tasks_listed(chosen, survey.report, survey.snapshot, every=options.all_)
    output = PsOutput(services=[survey.redacted(each) for each in found.services], source=scene.source)
    out = written(options.output, scene.screen, lambda: output, lambda screen: _text(output, screen.width))
    return Reply(out, DONE, survey.note)


def _text(output: PsOutput, width: int) -> list[Text]:
    from reconciler.cli.grid import Grid

    header = ("service", "verdict", "slot", "node", "state", "age", "image", "error")
    rows = [row for service in output.services for row in _rows(service)]
    return list(Grid(header, rows, spare=("image", "age", "node")).lines(width))


def _rows(service: ServiceTasks) -> Iterator[tuple[Cell, ...]]:
    """Return one row for each task; the first one has the verdict."""
    from reconciler.cli.report_text import COLOURS

    verdict: Cell = (str(service.verdict), COLOURS[service.verdict]) if service.verdict else "-"
    if not service.tasks:
        yield service.name, verdict, "-", "-", "no task", "-", "-", service.reason
    for task in service.tasks:
        yield service.name, verdict, *_task(task)
        verdict = ""


def _task(task: TaskLine) -> tuple[Cell, ...]:
    from reconciler.cli.report_text import age

    state = f"{task.state}, to stop" if task.stopping else task.state
    colour = {"running": "green", "complete": "green", "failed": "red", "rejected": "red"}.get(task.state, "")
    older = "" if task.current else " (older spec)"
    error: Cell = (task.error, "red")
    return task.place, task.node or "-", (state, colour), age(task.since_s), f"{task.image}{older}", error
