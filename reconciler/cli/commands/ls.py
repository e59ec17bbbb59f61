"""``reconciler ls``: a list of stacks and services."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from reconciler.cli.look import Reply, Scene, answer
from reconciler.cli.options import JudgingOptions
from reconciler.cli.parameters import switch
from reconciler.cli.printing import written
from reconciler.cli.survey import survey_of
from reconciler.exit_codes import DONE
from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.cli.grid import Cell
    from reconciler.cli.styled import Text
    from reconciler.status.listing import ListedService, LsOutput


@dataclass(frozen=True, kw_only=True)
class LsOptions(JudgingOptions):
    """Options of ``ls``."""

    NEEDS_FOLDER: ClassVar[bool] = False

    all_: bool = switch("--all", "-a", help="Also services that no file desires and we don't own.")


def ls(options: LsOptions) -> int:
    """List stacks and services at a glance."""
    return answer("ls", options, reply)


def reply(options: LsOptions, scene: Scene) -> Reply:
    """Return what ``ls`` prints."""
    from reconciler.status.listing import listed

    survey = survey_of(options, scene)
    ours = survey.named if options.all_ else survey.ours
    output = listed(ours, survey.report, survey.snapshot, survey.specs).model_copy(update={"source": scene.source})
    hidden = len(survey.named) - len(ours)
    out = written(options.output, scene.screen, lambda: output, lambda screen: _text(output, hidden, screen.width))
    return Reply(out, DONE, survey.note)


def _text(output: LsOutput, hidden: int, width: int) -> list[Text]:
    from reconciler.cli.grid import Grid
    from reconciler.cli.styled import Text

    rows = [_row(each) for each in output.services]
    header = ("stack", "service", "verdict", "running", "ports", "image")
    more = [Text(f"{hidden} services of others: --all shows them", "dim")] if hidden else []
    return [*Grid(header, rows, spare=("ports", "stack", "running")).lines(width), *more]


def _row(service: ListedService) -> tuple[Cell, ...]:
    from reconciler.cli.report_text import COLOURS

    verdict = (str(service.verdict), COLOURS[service.verdict]) if service.verdict else "-"
    wanted = "" if service.desired is None else f"/{service.desired}"
    running = "-" if service.running is None else f"{service.running}{wanted}"
    return service.stack or "-", service.name, verdict, running, ", ".join(service.ports) or "-", service.image
