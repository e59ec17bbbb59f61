"""Types that the planners of the single kinds share: the rules they plan under, and the parts they return."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.desired.model import Location, Spec
from reconciler.desired.suspension import Suspensions
from reconciler.errors import Fault
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Change, Key
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Inputs of a plan besides desired and observed state.

    ``salt`` is a key that only this process knows, for the salts of new labels. ``digests`` has, by policy and image
    name, the answers of registries.
    """

    owner: str = "reconciler"
    salt: str = ""
    complete: bool = True
    """Whether every file of desired state loads. If not, nothing is pruned."""
    asked: str = ""
    """Why removals waited for consent when every file last loaded. The question stands while a file doesn't load."""
    settling: bool = False
    """Whether files of desired state changed so recently that one of them may be half written."""
    allow_prune_all: bool = False
    forced: bool = False
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)
    suspensions: Suspensions = field(default_factory=Suspensions)


@dataclass(slots=True)
class Part:
    """Result of one planner; it changes only while that planner runs."""

    actions: list[Action] = field(default_factory=list)
    unchanged: int = 0
    warnings: list[Fault] = field(default_factory=list)
    holds: dict[Key, Hold] = field(default_factory=dict)
    kept: dict[Key, str] = field(default_factory=dict)
    """Objects that are no longer desired, but needed for a rollback."""
    missing: set[Key] = field(default_factory=set)
    """Objects that don't exist, because they are external or held back."""
    unavailable: dict[Key, str] = field(default_factory=dict)
    """Objects that can't be made or used, and why. Services that need them aren't written."""

    def hold(
        self, key: Key, cause: Cause, said: str, *, changes: tuple[Change, ...] = (), blocks: bool = False
    ) -> None:
        """Leave a difference alone; ``said`` is the reason in this case."""
        self.holds[key] = Hold(Finding(cause, Facts(said=said, object=str(key))), changes, blocks)

    def warn(self, at: Location, message: str, hint: str = "") -> None:
        self.warnings.append(at.fault(message, hint))


def label_changes(wanted: Mapping[str, str], present: Mapping[str, str], path: str = "labels") -> tuple[Change, ...]:
    """Return the differences of labels, except labels of our own."""
    names = sorted(name for name in {*wanted, *present} if not name.startswith(labels.OURS))
    return tuple(
        Change(f"{path}.{name}", present.get(name), wanted.get(name))
        for name in names
        if wanted.get(name) != present.get(name)
    )


def labelled(spec: Spec, marks: Mapping[str, str], drop: Collection[str] = ()) -> Spec:
    """Return the spec with our own labels ``marks``, and without the labels in ``drop``."""
    kept = {label: text for label, text in (spec.get("Labels") or {}).items() if label not in drop}
    return {**spec, "Labels": {**kept, **marks}}


def stack_of(spec: Mapping[str, Any]) -> str:
    return labels.of(spec, labels.STACK) or labels.of(spec, labels.STACK_OF_SECRET)


def owner_change(owner: str, path: str = "labels") -> Change:
    return Change(f"{path}.{labels.OWNER}", None, owner)


def in_words(changes: Sequence[Change]) -> str:
    """Describe changes: ``image, environment.LEVEL and 2 more differ``."""
    return f"{paths(changes)} {'differs' if len(changes) == 1 else 'differ'}"


def paths(changes: Sequence[Change], limit: int = 3) -> str:
    """List paths: ``image, environment.LEVEL, user and 2 more``."""
    more = f" and {len(changes) - limit} more" if len(changes) > limit else ""
    return f"{', '.join(change.path for change in changes[:limit])}{more}"
