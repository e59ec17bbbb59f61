"""The Snapshot. Specs are Engine API objects as read back, with names in place of ids, as in ``desired``.

All times are seconds since the epoch, as floats. Times of services, tasks, nodes and the engine are by the clock of
``Snapshot.at`` (``reconciler.clock.steady``); all others are as the Swarm wrote them. Mappings are keyed by name
unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from reconciler.desired.model import Spec
from reconciler.errors import Fault
from reconciler.records import dataclass


class TaskState(StrEnum):
    """Task states of SwarmKit (``api/types.proto``), in the order that a task goes through them."""

    NEW = "new"
    ALLOCATED = "allocated"
    PENDING = "pending"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    PREPARING = "preparing"
    READY = "ready"
    STARTING = "starting"
    RUNNING = "running"
    COMPLETE = "complete"
    SHUTDOWN = "shutdown"
    FAILED = "failed"
    REJECTED = "rejected"
    REMOVE = "remove"
    ORPHANED = "orphaned"


ENDED = frozenset({TaskState.COMPLETE, TaskState.SHUTDOWN, TaskState.FAILED, TaskState.REJECTED, TaskState.ORPHANED})
"""States of a task whose container doesn't run any more, and never will again."""
ON_NODE = frozenset(
    {
        TaskState.ASSIGNED,
        TaskState.ACCEPTED,
        TaskState.PREPARING,
        TaskState.READY,
        TaskState.STARTING,
        TaskState.RUNNING,
    }
)
"""States in which a task takes up room on its node (SwarmKit, ``scheduler.setupTasksList``). A Pending task may already
have its node, but takes up no room."""


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """``Service.UpdateStatus``. It is null after a create and after label-only updates, which doesn't mean healthy."""

    state: str
    message: str = ""
    started_at: float | None = None
    completed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """An observed service. ``spec`` has network names as ``Target``; ``iteration`` counts a job's runs."""

    id: str
    name: str
    version: int
    spec: Spec
    created_at: float = 0.0
    updated_at: float = 0.0
    update: UpdateStatus | None = None
    previous_spec: Spec | None = None
    iteration: int | None = None

    @property
    def rolling(self) -> bool:
        """Whether Swarm is replacing tasks, forward or back."""
        return self.update is not None and self.update.state in {"updating", "rollback_started"}


@dataclass(frozen=True, slots=True)
class Task:
    """One task. ``slot`` is 0 for global services; ``spec`` is its ``TaskSpec``, names for ids as in a service."""

    id: str
    service_id: str
    node_id: str
    slot: int
    state: TaskState
    desired_state: TaskState
    spec: Spec = field(default_factory=dict)
    created_at: float = 0.0
    status_at: float = 0.0
    message: str = ""
    error: str = ""
    exit_code: int | None = None
    iteration: int | None = None
    container_id: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: ``state`` is ready/down/unknown/disconnected, ``availability`` active/pause/drain."""

    id: str
    hostname: str
    state: str
    availability: str
    role: str = "worker"
    labels: Mapping[str, str] = field(default_factory=dict)
    engine_labels: Mapping[str, str] = field(default_factory=dict)
    os: str = "linux"
    arch: str = ""
    address: str = ""
    resources: Mapping[str, int] = field(default_factory=dict)
    """Everything the node has: ``NanoCPUs``, ``MemoryBytes``, and the number of each kind of generic resource."""
    plugins: frozenset[tuple[str, str]] = frozenset()
    """Type and name: ``("Volume", "local")``."""
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """A Swarm-scoped network, or a predefined one (``host``, ``bridge``, ``none``). ``spec`` is the raw object."""

    id: str
    name: str
    spec: Spec
    created_at: float = 0.0
    leaving: bool = False
    """Whether it is removed from the Swarm but stays until the last container on the engine's node that uses it has
    ended. Until then the engine refuses another one of that name."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of the engine that was asked; other nodes' volumes can't be seen."""

    name: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class Config:
    """``spec`` is the ``ConfigSpec`` without ``Data``."""

    id: str
    name: str
    version: int
    spec: Spec
    data: bytes = field(default=b"", repr=False)
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret. ``spec`` is the ``SecretSpec``; nobody can read its content back."""

    id: str
    name: str
    version: int
    spec: Spec
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that was asked. ``started_at`` is None if unknown."""

    node_id: str
    version: str
    api_version: str
    started_at: float | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """Result of probing a task. ``passed`` is None if the task can't be reached from here; ``words`` say why it isn't
    True. ``ever``: it passed at some time."""

    passed: bool | None
    words: str = ""
    ever: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The Swarm at one moment. ``tasks`` is keyed by service id, newest first; tasks without a service are containers
    that somebody attached to a Swarm network.

    ``seen`` says since when (by this observer's clock) a task was seen Running without a break. ``watching_since``
    is when this observer first looked: a task that was Running then may be older than ``seen`` says.
    """

    at: float
    engine: Engine
    services: Mapping[str, Service] = field(default_factory=dict)
    tasks: Mapping[str, tuple[Task, ...]] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """Keyed by node id."""
    networks: Mapping[str, Network] = field(default_factory=dict)
    local_networks: Mapping[str, str] = field(default_factory=dict)
    """Drivers of the networks that only the asked engine has, by name: Swarm can't create a network of such a name
    there."""
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    configs: Mapping[str, Config] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    attached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of the networks that a running container is on, by task id; only for tasks of the asked engine."""
    probed: Mapping[str, Probed] = field(default_factory=dict)
    """Results by task id, for tasks whose service has a probe that was tried."""
    seen: Mapping[str, float] = field(default_factory=dict)
    out_of_memory: frozenset[str] = frozenset()
    """Ids of tasks that the kernel killed for using too much memory, as far as this engine knows."""
    watching_since: float = 0.0
    unreadable: tuple[Fault, ...] = ()
    """Objects that the engine listed in an unknown form; they are left out."""
    ourselves: str = ""
    """The service that this very process runs as; empty for none."""
