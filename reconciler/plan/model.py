"""Model of a plan: actions with reasons and field changes, in an order given by a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Finding
from reconciler.desired.model import Dependency, Generate, Spec
from reconciler.errors import Fault
from reconciler.observed import model as observed
from reconciler.plan.change import Change
from reconciler.plan.holds import Hold
from reconciler.plan.salted_hashes import Sealed
from reconciler.records import dataclass

__all__ = ["Change"]

Observed = observed.Service | observed.Network | observed.Volume | observed.Config | observed.Secret


class Kind(StrEnum):
    """Kinds of objects, in the order that plans list them."""

    NETWORK = "network"
    VOLUME = "volume"
    CONFIG = "config"
    SECRET = "secret"  # nosec B105 # the name of a kind
    SERVICE = "service"


class Verb(StrEnum):
    """Change of an object. ``adopt`` changes labels only and restarts no task."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Identity of the object that an action is about."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Effect(StrEnum):
    """Side effect of an action."""

    JOB_RUN = "JobRun"
    DOWNTIME = "Downtime"
    DATA_LEFT = "DataLeft"
    """A volume stays behind, and no service uses it any more."""
    DATA_EMPTY = "DataEmpty"
    """A volume is new, and begins empty."""


@dataclass(frozen=True, slots=True)
class SideEffect:
    """A side effect of an action, with its description."""

    effect: Effect
    words: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. ``spec`` is what to write, with labels of our own; None when removing.

    ``after`` names actions of this plan that have to end first. ``depends_on`` names services that have to be in some
    condition first. ``repr`` leaves out everything that may hold secrets.
    """

    key: Key
    stack: str
    verb: Verb
    reason: str
    restarts_tasks: bool = False
    changes: tuple[Change, ...] = field(default=(), repr=False)
    spec: Spec | None = field(default=None, repr=False)
    data: bytes = field(default=b"", repr=False)
    generate: Generate | None = None
    observed: Observed | None = field(default=None, repr=False)
    after: frozenset[Key] = frozenset()
    depends_on: tuple[Dependency, ...] = ()
    notes: tuple[str, ...] = ()
    """Choices made here that aren't in the file, and why."""
    effects: tuple[SideEffect, ...] = ()
    last: bool = False
    """Whether to do it once every other action of the plan has ended, well or not, except those that come ``after``
    it."""
    seals: Mapping[str, Sealed] = field(default_factory=dict)
    """Labels of ``spec`` that are slow to compute, and so are computed only when it is written."""
    marked_first: bool = True
    """Whether an update that may be rolled back is noted on the service before it is made."""

    @property
    def sealed(self) -> Spec | None:
        """Return ``spec`` with its slow labels."""
        if self.spec is None or not self.seals:
            return self.spec
        slow = {label: seal.text for label, seal in self.seals.items()}
        return {**self.spec, "Labels": {**(self.spec.get("Labels") or {}), **slow}}

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def kind(self) -> Kind:
        return self.key.kind


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change, and why other differences are left alone (suspended, rolled back, guards)."""

    actions: tuple[Action, ...] = ()
    wanted: frozenset[Key] = frozenset()
    """Every object that desired state describes, except volumes."""
    unchanged: int = 0
    warnings: tuple[Fault, ...] = ()
    errors: tuple[Fault, ...] = ()
    """Requests that this engine can't fulfil: nothing of such a stack is written."""
    holds: Mapping[Key, Hold] = field(default_factory=dict)
    """Why differences are left alone, by object."""
    kept: Mapping[Key, str] = field(default_factory=dict)
    """Objects that are no longer desired, but kept for a rollback. They are no fault."""
    asks_later: bool = False
    """Whether a question of consent isn't asked yet, because the files changed a moment ago."""
    needs_consent: str = ""
    """Why the removals in this plan wait for ``--allow-prune-all``; empty if they don't."""

    def __bool__(self) -> bool:
        return bool(self.actions)

    def hold(self, name: str) -> Hold | None:
        """Return why a difference of a service is left alone."""
        return self.holds.get(Key(Kind.SERVICE, name))

    @property
    def settling(self) -> bool:
        """Say whether something is held only until the files were unchanged for a moment."""
        return self.asks_later or any(hold.cause is Cause.SETTLING for hold in self.holds.values())

    @property
    def needed_consent(self) -> bool:
        """Say whether an action may be here only because consent was given."""
        effects = (effect.effect for action in self.actions for effect in action.effects)
        return Effect.DATA_LEFT in effects or any(action.verb is Verb.REMOVE for action in self.actions)

    @property
    def pending(self) -> Mapping[Key, Hold]:
        """Return what stays held until a person acts, and why."""
        return {key: hold for key, hold in self.holds.items() if hold.needs_somebody}


class Result(StrEnum):
    """Result of one action in a pass."""

    CHANGED = "changed"
    FAILED = "failed"
    WAITING = "waiting"
    """Held by a dependency, by another action, by backoff, or because another writer changed the object meanwhile."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one action. ``took`` is in seconds; ``retry_at`` is by the clock of the walk."""

    action: Action
    result: Result
    detail: str = ""
    """Description of the outcome."""
    took: float = 0.0
    retry_at: float | None = None
    passing: bool = False
    """Whether the obstacle passes by itself within seconds: an object still in use, another writer."""
    finding: Finding | None = None
    """Why it failed or waits."""
    since: float | None = None
    """Time when that began, by the clock of the walk; None if this process didn't see it begin."""
