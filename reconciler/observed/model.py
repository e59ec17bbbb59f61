"""The Snapshot. Specs are Engine API objects as read back, with names in place of ids as in ``desired``.

All times are seconds since the epoch, as floats. Those of services, tasks, nodes and the engine are by the clock of
``Snapshot.at`` (``reconciler.clock.steady``), all others as the Swarm wrote them down. Mappings are keyed by name
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
    """Task states of SwarmKit (``api/types.proto``), in the order a task walks through them."""

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
"""States of a task that has no container running any more, and won't have one."""
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
"""States in which a task takes up room on its node (SwarmKit, ``scheduler.setupTasksList``). One that is Pending may
have its node, and doesn't yet."""


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """``Service.UpdateStatus``: null after a create and after label-only updates, which is not the same as healthy."""

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
        """Whether Swarm is at replacing tasks, forward or back."""
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
    """What it has in all: ``NanoCPUs``, ``MemoryBytes``, and how many of each kind of generic resource."""
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
    """Removed from the Swarm, and there until the last container on the engine's node that uses it has ended. Until
    then the engine refuses another one of that name."""


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
    """``spec`` is the ``SecretSpec``; nobody can read a secret's content back."""

    id: str
    name: str
    version: int
    spec: Spec
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that was asked. ``started_at`` is None where it can't be told."""

    node_id: str
    version: str
    api_version: str
    started_at: float | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """What probing a task told. ``passed`` is None where the task can't be reached from here; ``words`` say why it
    isn't True. ``ever`` says that it passed at some time."""

    passed: bool | None
    words: str = ""
    ever: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The Swarm at one moment. ``tasks`` is keyed by service id, newest first; those without a service are containers
    that somebody attached to a Swarm network.

    ``seen`` says since when (this observer's clock) a task has been seen Running without a break; ``watching_since``
    is when this observer first looked, so that a task already Running then can be older than ``seen`` tells.
    """

    at: float
    engine: Engine
    services: Mapping[str, Service] = field(default_factory=dict)
    tasks: Mapping[str, tuple[Task, ...]] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """Keyed by node id."""
    networks: Mapping[str, Network] = field(default_factory=dict)
    local_networks: Mapping[str, str] = field(default_factory=dict)
    """Drivers of the networks that only the asked engine has, by name: Swarm makes none of such a name there."""
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    configs: Mapping[str, Config] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    attached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of the networks that a running container is on, by task id: of the asked engine's tasks alone."""
    probed: Mapping[str, Probed] = field(default_factory=dict)
    """By task id, of tasks whose service has a probe that was tried."""
    seen: Mapping[str, float] = field(default_factory=dict)
    out_of_memory: frozenset[str] = frozenset()
    """Ids of tasks that the kernel killed for using too much memory, as far as this engine knows."""
    watching_since: float = 0.0
    unreadable: tuple[Fault, ...] = ()
    """Objects that the engine listed in another form than engines do, and that are left out."""
    ourselves: str = ""
    """The service that this very process runs as; empty for none."""
