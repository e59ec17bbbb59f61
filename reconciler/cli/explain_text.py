"""Text that `reconciler explain` prints: the state of a service, what to do, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from reconciler.cli.history_text import entry_lines
from reconciler.cli.report_text import COLOURS, age, value_text
from reconciler.cli.styled import Text
from reconciler.commits.model import Revision
from reconciler.moments import date_and_time

if TYPE_CHECKING:
    from reconciler.status.explain_output import DependencyState, Difference, ExplainOutput, TaskLine

MAIN = 12
"""Fields of the desired spec that are shown."""


def explanation_text(found: ExplainOutput) -> list[Text]:
    parts = [_head(found)]
    parts += _section("what to do", [Text(f"- {said}") for said in found.what_to_do])
    parts += _section("next", [Text(f"- {said}") for said in found.next])
    parts += _section("differs", list(_differences(found.differences)))
    parts += _section("tasks", list(_tasks(found.tasks)) if found.tasks else [])
    if found.check:
        title = f"health check of task {found.check.task[:12]}, exit code {found.check.exit_code}"
        parts += _section(
            title, [Text(line) for line in found.check.output.splitlines()] or [Text("(it said nothing)")]
        )
    if found.log:
        parts += _section(f"log of task {found.log.task[:12]}", [Text(line) for line in found.log.lines])
    parts += _section("depends on", [_edge(each) for each in found.depends_on])
    parts += _section("needed by", [_edge(each) for each in found.dependents])
    parts += _section("desired", list(_desired(found)))
    parts += _section("observed", list(_observed(found)))
    parts += _section("history", [line for entry in found.history for line in entry_lines(entry)])
    return parts


def _head(found: ExplainOutput) -> Text:
    if found.state is None:
        return Text.assemble((found.name, "bold"), ": no file desires it")
    verdict = (found.state.verdict, f"bold {COLOURS[found.state.verdict]}")
    head = Text.assemble((found.name, "bold"), ": ", verdict, f": {found.state.reason}")
    if found.state.error and found.state.error not in {found.state.reason, found.state.facts.get("said")}:
        head.append(f"\n{found.state.error}", "red")
    return head


def _section(title: str, lines: Sequence[Text]) -> Iterator[Text]:
    if lines:
        yield Text(f"\n{title}", "bold")
        yield from (Text.assemble("  ", line) for line in lines)


def _differences(differences: Iterable[Difference]) -> Iterator[Text]:
    why = ""
    for each in differences:
        said = f"{each.standing}: {each.why}"
        if said != why:
            yield Text(said, "dim")
        why = said
        before, after = ("-" if value is None else value_text(value) for value in (each.before, each.after))
        yield Text.assemble(f"  {each.path}: ", (before, "red"), " → ", (after, "green"))


def _tasks(tasks: Sequence[TaskLine]) -> Iterator[Text]:
    """Return the tasks in columns of their own width, and the error in full at the end."""
    rows = [("slot", "task", "node", "state", "since", "exit", "spec")]
    rows += [
        (
            task.place,
            task.id[:12],
            task.node or "-",
            f"{task.state}, to stop" if task.stopping else task.state,
            age(task.since_s),
            "-" if task.exit_code is None else str(task.exit_code),
            "this" if task.current else "older",
        )
        for task in tasks
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    errors = ["", *(task.error for task in tasks)]
    for row, error in zip(rows, errors, strict=True):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        style = "dim" if row is rows[0] else ""
        yield Text.assemble((line, style), "  ", (error, "red")) if error else Text(line.rstrip(), style)


def _edge(edge: DependencyState) -> Text:
    met = ("met", "green") if edge.met else ("not met", "yellow")
    return Text.assemble(f"{edge.service} ({edge.condition}): ", met, f"; {edge.verdict or '?'}: {edge.reason}")


def _desired(found: ExplainOutput) -> Iterator[Text]:
    if found.desired is None:
        return
    read = found.revision
    commit = f" at {Revision(read.commit, read.dirty, read.during)}" if read else ""
    yield Text(f"{found.desired.file}:{found.desired.line}{commit}")
    fields = sorted(found.desired.fields.items(), key=lambda item: item[0] != "image")
    for path, value in fields[:MAIN]:
        yield Text(f"  {path}: {value_text(value)}")
    if len(fields) > MAIN:
        yield Text(f"  and {len(fields) - MAIN} more: `reconciler render`, or --output json", "dim")
    for name, value in found.desired.options.items():
        yield Text(f"  x-reconciler.{name}: {value_text(value)}")
    yield from (Text(f"  {note}", "dim") for note in found.desired.notes)


def _observed(found: ExplainOutput) -> Iterator[Text]:
    seen = found.observed
    if seen is None:
        return
    yield Text(f"id {seen.id}, version {seen.version}, owner {seen.owner or '-'}, {seen.mode}")
    yield Text(f"image {seen.image}{f'@{seen.digest}' if seen.digest else ', by its tag'}")
    yield Text(f"made {date_and_time(seen.created_at)}, last written {date_and_time(seen.updated_at)}")
    if seen.rollout:
        yield Text(f"rollout {seen.rollout.state}: {seen.rollout.message}")
