"""What is known about a cause, as typed values. Words are made from them in ``words``, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

from reconciler.causes.cause import Cause
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Each one is empty or None where it isn't known, or doesn't apply. Spans of time in seconds."""

    place: str = ""
    """The slot or the node of a task: ``slot 2``, ``node host1``."""
    places: tuple[str, ...] = ()
    state: str = ""
    """The state of the newest task there."""
    exit_code: int | None = None
    image: str = ""
    port: str = ""
    """With its protocol: ``80/tcp``."""
    path: str = ""
    user: str = ""
    object: str = ""
    """The object that is in the way or missing, with its kind: ``network shop_net``."""
    by: tuple[str, ...] = ()
    """Who has, uses or changes it."""
    fields: tuple[str, ...] = ()
    """Field paths, as in a Compose file."""
    probe: str = ""
    condition: str = ""
    """What a dependency has to be: ``service_healthy``."""
    verdict: str = ""
    """What a dependency is."""
    said: str = ""
    """Words of an engine, of a probe, or of a check."""
    hint: str = ""
    """What to do about this very case, where it differs from the advice on the cause."""
    because: Cause | None = None
    """The cause underneath: why a task ended, or can't start."""
    desired: int | None = None
    running: int | None = None
    ready: int | None = None
    young: int = 0
    """Tasks that aren't of age yet."""
    age: float | None = None
    """The age they have to come to."""
    within: float | None = None
    """The span of time that a limit is about."""
    count: int | None = None
    """How many times, or how many nodes."""
    amount: str = ""
    """Of a resource, with its unit; or a constraint, or a platform, that isn't met."""
    stale: bool = False
    """Nobody vouches for a task that says Running."""
    checking: bool = False
    """Its health check hasn't passed yet."""
    equal: bool = True
    """Whether a constraint asks for what no node has, and not for the absence of what each has."""
    hindrances: tuple[Hindrance, ...] = ()
    """What each node lacks, the most frequent first."""

    def rewritten(self, text: Callable[[str], str]) -> Facts:
        """Return the facts with each string that may quote somebody passed through ``text``."""
        if not (self.said or self.hint or self.path):
            return self
        return replace(self, said=text(self.said), hint=text(self.hint), path=text(self.path))

    def given(self) -> dict[str, Any]:
        """Return what is known, as JSON has it."""
        found = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: _plain(value) for name, value in found if value != _DEFAULTS[name]}


NO_FACTS = Facts()
"""Where the cause says it all."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why some nodes don't take a task."""

    finding: Finding
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause and what is known about it."""

    cause: Cause
    facts: Facts = NO_FACTS


_DEFAULTS = {each.name: getattr(NO_FACTS, each.name) for each in fields(Facts)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Hindrance):
        return {"cause": str(value.finding.cause), "facts": value.finding.facts.given(), "nodes": list(value.nodes)}
    return str(value) if isinstance(value, StrEnum) else value
