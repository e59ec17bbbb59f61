"""Reports as text for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.causes.cause import Cause
from reconciler.cli.grid import Cell, Grid
from reconciler.cli.shown_services import Rows
from reconciler.cli.styled import Text
from reconciler.errors import Fault
from reconciler.plan.model import Action, Change, Plan, Verb
from reconciler.status.recap import Recap
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict

SIGNS = {
    Verb.CREATE: ("+", "green"),
    Verb.UPDATE: ("~", "yellow"),
    Verb.ADOPT: ("=", "cyan"),
    Verb.REPLACE: ("±", "magenta"),
    Verb.REMOVE: ("-", "red"),
}
COLOURS = {
    Verdict.COMPLETED: "green",
    Verdict.READY: "green",
    Verdict.WAITING: "cyan",
    Verdict.PROGRESSING: "yellow",
    Verdict.MISSING: "yellow",
    Verdict.UNKNOWN: "magenta",
    Verdict.ROLLED_BACK: "red",
    Verdict.DEGRADED: "red",
}
LONGEST = 100
"""Characters of one value of a diff."""


def plan_text(report: Report) -> list[Text]:
    """Return what would change, and why."""
    plan = report.plan
    lines: list[Text] = [*remarks(report)]
    for action in plan.actions:
        lines += _action(action)
    lines += _held(plan)
    lines += _unconsented(report)
    lines += [*revision_line(report), _summary(plan, broken=bool(report.faults))]
    return lines


def _held(plan: Plan) -> Iterator[Text]:
    """Return what is left alone, first what a person has to act on. A normal later step isn't reported as trouble."""
    pending = plan.pending
    for key in sorted(pending):
        yield Text(f"  held {key}: {pending[key].words}", "bold yellow")
    for key in sorted(plan.holds.keys() - pending.keys()):
        hold = plan.holds[key]
        yield Text(f"  {'later' if hold.cause is Cause.LATER else 'held'} {key}: {hold.words}", "dim")


def _action(action: Action) -> Iterator[Text]:
    sign, colour = SIGNS[action.verb]
    ends = "ends its tasks" if action.verb is Verb.REMOVE else "restarts tasks"
    restarts = f" ({ends})" if action.restarts_tasks and action.verb is not Verb.CREATE else ""
    yield Text.assemble((f"{sign} {action.verb} {action.key}", colour), f": {action.reason}", (restarts, "yellow"))
    for change in action.changes:
        yield change_text(change)
    for effect in action.effects:
        yield Text(f"    ! {effect.words}", "yellow")
    for note in action.notes:
        yield Text(f"    {note}", "dim")


def change_text(change: Change) -> Text:
    """Describe a change; a sign shows its kind without colour: ``+`` added, ``-`` removed, ``
    `` changed."""
    added, removed = ("+", "green"), ("-", "red")
    sign, colour = added if change.before is None else removed if change.after is None else ("~", "yellow")
    text = Text.assemble("    ", (sign, colour), f" {change.path}: ")
    if change.before is not None:
        text.append(value_text(change.before), "red")
    if change.before is not None and change.after is not None:
        text.append(" → ")
    if change.after is not None:
        text.append(value_text(change.after), "green")
    if change.before is not None and change.after is not None and value_text(change.before) == value_text(change.after):
        text.append(" (changed)")  # the change is in a hidden value
    return text


def value_text(value: Any) -> str:
    text = value if isinstance(value, str) and value.isprintable() and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _summary(plan: Plan, *, broken: bool) -> Text:
    verbs = [action.verb for action in plan.actions]
    if not verbs:
        nothing = f"no file {'that loads ' if broken else ''}desires anything"
        what = f"{_counted(plan.unchanged, 'object')} as desired" if plan.unchanged else nothing
        what = what if plan.unchanged or not plan.holds else "what differs is held"
        held = sum(hold.cause is not Cause.LATER for hold in plan.holds.values())
        return Text(f"Nothing to do: {what}" + (f", {_counted(held, 'difference')} held" if held else ""))
    counts = [f"{verbs.count(verb)} to {verb}" for verb in Verb if verb in verbs]
    return Text(f"{', '.join(counts)}, {plan.unchanged} unchanged", "bold")


def _counted(number: int, what: str) -> str:
    return f"{number} {what} is" if number == 1 else f"{number} {what}s are"


def remarks(report: Report) -> Iterator[Text]:
    yield from _marked(report.faults, "error", "red")
    yield from _marked(report.warnings, "warning", "yellow")


def _marked(faults: Iterable[Fault], word: str, colour: str) -> Iterator[Text]:
    for fault in faults:
        hint = f"\n    {fault.hint}" if fault.hint else ""
        place = f"{fault.file}:{fault.line}:{fault.column}"
        yield Text.assemble((f"{place}: ", "bold"), (f"{word}: ", colour), f"{fault.message}{hint}")


def status_text(report: Report, chosen: Rows, width: int = 0) -> list[Text]:
    """Return the status of the chosen services, and notes beside them."""
    lines = [*remarks(report), *services_table(chosen, width)]
    if report.standby:
        lines.append(Text(f"{report.standby} holds the lease and acts; the loop that runs here stands by", "cyan"))
    lines += [*_errors(report.judgements.values()), *_suspended(report)]
    lines += [*_waiting_for_somebody(report), *_unconsented(report), *revision_line(report)]
    if report.empty and not report.engine_error:
        lines.append(Text(f"no file {'that loads ' if report.faults else ''}desires anything", "yellow"))
    lines.append(Text.assemble("verdict: ", (str(report.verdict), f"bold {COLOURS[report.verdict]}")))
    return lines


def _waiting_for_somebody(report: Report) -> Iterator[Text]:
    """Return what is held until a person acts and has no row of its own. Consent has a line of its own."""
    pending = report.plan.pending
    for key in sorted(pending):
        if pending[key].cause is not Cause.AWAITING_CONSENT:
            yield Text(f"{key}: {pending[key].words}", "yellow")


def _unconsented(report: Report) -> Iterator[Text]:
    if consent := report.plan.needs_consent:
        yield Text(f"{consent}: until then what it concerns stays as it is", "bold red")


def _suspended(report: Report) -> Iterator[Text]:
    """Return what is suspended and has no row of its own, because it is no longer desired."""
    stacks = {judgement.stack for judgement in report.judgements.values()}
    for name in sorted(report.suspensions.stacks.keys() - stacks):
        yield Text(f"stack {name}: {report.suspensions.stacks[name]}", "cyan")
    for name in sorted(report.suspensions.services.keys() - report.judgements.keys()):
        yield Text(f"service {name}: {report.suspensions.services[name]}", "cyan")


def revision_line(report: Report) -> Iterator[Text]:
    if report.revision:
        yield Text(f"desired state: {report.revision}")


def services_table(chosen: Rows, width: int = 0) -> list[Text]:
    """Return a row for each service that is shown, and a line that counts the rest."""
    cells = [_row(judgement) for judgement in chosen.shown]
    grid = Grid(("service", "verdict", "running", "age", "reason"), cells, spare=("age", "running"))
    table = list(grid.lines(width)) if cells else []
    return [*table, Text(chosen.rest, "dim")] if chosen.rest else table


def _row(judgement: Judgement) -> tuple[Cell, ...]:
    verdict = (str(judgement.verdict), COLOURS[judgement.verdict])
    return judgement.name, verdict, running(judgement), age(judgement.task_age), judgement.reason


def running(judgement: Judgement) -> str:
    """Return how many tasks run, of those wanted. A job that ended well counts as complete."""
    done = judgement.desired if judgement.verdict is Verdict.COMPLETED else judgement.running
    return f"{done}/{judgement.desired}"


def _errors(judgements: Iterable[Judgement]) -> Iterator[Text]:
    for judgement in judgements:
        if judgement.error:
            yield Text.assemble((f"{judgement.name}: ", "bold red"), judgement.error)


def age(seconds: float | None) -> str:
    """Return the two largest units of an age."""
    if seconds is None:
        return "-"
    whole = int(seconds)
    for unit, size, below in (("d", 86400, "h"), ("h", 3600, "m"), ("m", 60, "s")):
        if whole >= size:
            part = {"h": 3600, "m": 60, "s": 1}[below]
            return f"{whole // size}{unit}{whole % size // part}{below}"
    return f"{whole}s"


def recap_text(report: Report, recap: Recap) -> Text:
    colour = "red" if recap.failed else "green" if not recap.waiting else "yellow"
    return Text.assemble(("recap: ", "bold"), (counts(recap), colour), f"  verdict: {report.verdict}")


def counts(recap: Recap) -> str:
    """Return the recap in Ansible's words."""
    return f"ok={recap.ok} changed={recap.changed} failed={recap.failed} waiting={recap.waiting}"
