"""Redaction of reports before they are shown and written down: hide values by their paths, and mask them in engines'
words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.desired.model import Stack
from reconciler.masks import Masks
from reconciler.observed.model import Snapshot
from reconciler.passwords import HIDDEN
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Change, Kind, Outcome, Result
from reconciler.redaction import Redact, Redaction
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict

if TYPE_CHECKING:
    from reconciler.status.history import HistoryEntry
    from reconciler.status.outputs import FieldChange

LONGEST = 200
"""Characters of one text that the history keeps."""
SILENT = frozenset({Verdict.READY, Verdict.COMPLETED})
"""Verdicts that quote no task."""
Known = dict[str, tuple[tuple[object, ...], Judgement]]
"""Memory by service: the input of a redacted judgement, and the result. If no input changed, the result is used
again: masking a thousand services takes a second."""


class Redactor:
    """Redactor that knows the secrets of some stacks and of existing services; it works them out when asked.
    ``secrets`` has contents of secrets by their names in the files, including earlier contents: tasks that still
    have those may print them."""

    def __init__(
        self,
        redaction: Redaction,
        stacks: Sequence[Stack] = (),
        snapshot: Snapshot | None = None,
        secrets: Collection[tuple[str, bytes]] = (),
        known: Known | None = None,
    ) -> None:
        self._redaction = redaction
        self._secrets = secrets
        self._stacks = stacks
        self._snapshot = snapshot
        self._masks: dict[str, Masks] = {}
        self._known: Known = {} if known is None else known

    def report(self, report: Report) -> Report:
        """Return the report redacted. A pass in which nothing differed and all is well costs next to nothing."""
        if self._redaction.level is Redact.NONE:
            return report
        plan = report.plan
        for gone in self._known.keys() - report.judgements.keys():
            del self._known[gone]
        plan = replace(
            plan,
            actions=tuple(map(self._action, plan.actions)),
            holds={key: self._hold(hold, key.name) for key, hold in plan.holds.items()},
        )
        return replace(
            report,
            plan=plan,
            outcomes=tuple(map(self._outcome, report.outcomes)),
            judgements={name: self._judgement(each) for name, each in report.judgements.items()},
            engine_error=self.text(report.engine_error),
        )

    def change(self, change: Change) -> Change:
        path, shown = change.path, self._redaction.value
        return replace(change, before=shown(path, change.before), after=shown(path, change.after))

    def value(self, path: str, value: Any) -> Any:
        return self._redaction.value(path, value)

    def text(self, text: str, service: str = "") -> str:
        """Return words without the secrets of a service, or of all services."""
        if not text or self._redaction.level is Redact.NONE:
            return text
        if service not in self._masks:
            self._masks[service] = self._masks_of(service)
        return self._masks[service].over(text)

    def words(self, said: Any, service: str) -> Any:
        """Return plain data of an output, with secrets masked in every string."""
        if isinstance(said, Mapping):
            return {key: self.words(each, service) for key, each in said.items()}
        if isinstance(said, list):
            return [self.words(each, service) for each in said]
        return self.text(said, service) if type(said) is str else said

    def entry(self, entry: HistoryEntry) -> HistoryEntry:
        """Return an entry of the history redacted, whatever version and setting wrote it."""
        if self._redaction.level is Redact.NONE:
            return entry
        actions = [
            past.model_copy(
                update={
                    "changes": [self._past(change) for change in past.changes],
                    "detail": self.text(past.detail, past.name),
                }
            )
            for past in entry.actions
        ]
        verdicts = [
            each.model_copy(
                update={"reason": self.text(each.reason, each.service), "error": self.text(each.error, each.service)}
            )
            for each in entry.verdicts
        ]
        return entry.model_copy(update={"actions": actions, "verdicts": verdicts})

    def _past(self, change: FieldChange) -> FieldChange:
        """A mapping that was shortened to a text may have anything in it. Older entries don't say so: their text begins
        like one, and is longer than a text may be."""
        shown = {
            side: self._redaction.whole(value) if _cut(change, value) else self._redaction.value(change.path, value)
            for side, value in (("before", change.before), ("after", change.after))
        }
        return change.model_copy(update={**shown, "redacted": HIDDEN in f"{shown}"})

    def _hold(self, hold: Hold, name: str) -> Hold:
        facts = hold.finding.facts.rewritten(lambda said: self.text(said, name))
        return replace(hold, finding=replace(hold.finding, facts=facts), changes=self._changes(hold.changes))

    def _action(self, action: Action) -> Action:
        return replace(action, changes=self._changes(action.changes)) if action.changes else action

    def _changes(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        return tuple(map(self.change, changes))

    def _outcome(self, outcome: Outcome) -> Outcome:
        """Return an outcome redacted. The engine's words, which need masking, are only in outcomes that failed or
        wait."""
        if outcome.result is Result.CHANGED:
            return replace(outcome, action=self._action(outcome.action))
        detail = self.text(outcome.detail, outcome.action.name if outcome.action.kind is Kind.SERVICE else "")
        found = outcome.finding
        if found:
            found = replace(found, facts=found.facts.rewritten(lambda said: self.text(said, outcome.action.name)))
        return replace(outcome, action=self._action(outcome.action), detail=detail, finding=found)

    def _judgement(self, judgement: Judgement) -> Judgement:
        if judgement.verdict in SILENT:
            return judgement
        basis = (judgement, *self._basis(judgement.name))
        before = self._known.get(judgement.name)
        if before is None or before[0] != basis:
            before = self._known[judgement.name] = basis, self._shown(judgement)
        return before[1]

    def _basis(self, service: str) -> tuple[object, ...]:
        """Return the inputs that the masks of a service are made from."""
        found = self._snapshot.services.get(service) if self._snapshot else None
        tasks = self._snapshot.tasks.get(found.id, ()) if self._snapshot and found else ()
        return self._redaction, self._stacks, found, tasks, self._secrets

    def _shown(self, judgement: Judgement) -> Judgement:
        reason, error = self.text(judgement.reason, judgement.name), judgement.error
        facts = judgement.facts.rewritten(lambda said: self.text(said, judgement.name))
        return replace(judgement, reason=reason, facts=facts, error=error and self.text(error, judgement.name))

    def _masks_of(self, service: str) -> Masks:
        specs = list(self._specs(service))
        names = {reference for spec in specs for reference in _secrets(spec)}
        read = ((secret.name, secret.data) for stack in self._stacks for secret in stack.secrets)
        contents = {
            data
            for wanted, data in (*read, *self._secrets)
            if not service or any(_holds(name, wanted) for name in names)
        }
        return Masks.of(specs, self._redaction.level, contents)

    def _specs(self, service: str) -> Iterator[Mapping[str, Any]]:
        """Return the desired, observed and previous specs of a service, and those that its tasks were made from."""
        yield from (each.spec for stack in self._stacks for each in stack.services if service in {"", each.name})
        there = self._snapshot.services if self._snapshot else {}
        for found in there.values() if not service else filter(None, [there.get(service)]):
            yield found.spec
            yield found.previous_spec or {}
            tasks = self._snapshot.tasks.get(found.id, ()) if self._snapshot else ()
            yield from ({"TaskTemplate": task.spec} for task in tasks)


def _secrets(spec: Mapping[str, Any]) -> Iterator[str]:
    container = (spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    yield from (each.get("SecretName", "") for each in container.get("Secrets") or ())


def _holds(name: str, wanted: str) -> bool:
    """Say whether an object of this name may hold a content of the secret ``wanted``; long names are shortened."""
    short, _, mark = name.rpartition("-")
    return name == wanted or bool(short and mark and wanted.startswith(short))


def _cut(change: FieldChange, value: Any) -> bool:
    return isinstance(value, str) and (change.shortened or (value[:1] in {"{", "["} and len(value) > LONGEST))
