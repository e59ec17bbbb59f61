"""The Desired model: frozen, free of engine ids, of clocks and of I/O.

Specs are Engine API objects (a ``ServiceSpec``, the body of ``/networks/create`` …) as plain JSON data, with
*names* where the engine has ids: a network attachment's ``Target`` is the network's Swarm name, a config or
secret reference has ``ConfigName``/``SecretName`` and no id. They carry the labels that ``docker stack deploy``
sets and none of our own bookkeeping; that is added where a spec is written.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Any, Literal

from reconciler.errors import Fault
from reconciler.records import dataclass

Spec = dict[str, Any]
SECOND = 10**9
"""Nanoseconds, which is what times in specs are counted in."""
PREDEFINED = ("host", "bridge", "none")
"""Networks that each engine has of its own: services are attached to them without aliases, and nobody makes them."""


class Condition(StrEnum):
    """What a dependency must have reached (Compose Specification, ``depends_on``)."""

    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file below the desired folder; ``line`` and ``column`` count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def brief(self) -> str:
        """``file:line``, for the middle of a sentence."""
        return f"{self.file}:{self.line}"

    def fault(self, message: str, hint: str = "") -> Fault:
        """A fault, or a warning, at this place."""
        return Fault(self.file, self.line, self.column, message, hint)


@dataclass(frozen=True, slots=True)
class Dependency:
    """One edge of the start-up graph; ``service`` is a Swarm name, of this stack or another."""

    service: str
    condition: Condition = Condition.STARTED
    required: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """How a task without a health check shows that it serves: one of ``tcp``, ``http_port`` and ``exec`` is given.

    Times in seconds. A task fails its probe when ``retries`` tries in a row failed.
    """

    tcp: int = 0
    http_port: int = 0
    http_path: str = "/"
    http_status: int = 0
    """The status that is right; 0 for any of 200 to 399."""
    exec: tuple[str, ...] = ()
    interval: float = 5.0
    timeout: float = 3.0
    retries: int = 3

    def __str__(self) -> str:
        if self.tcp:
            return f"tcp {self.tcp}"
        return f"http {self.http_port}{self.http_path}" if self.http_port else f"exec {' '.join(self.exec)}"


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one service: its own ``x-reconciler``, over its stack's, over those of the loop. Times in seconds.

    ``ready_timeout`` is for a slot without a task that runs: from its first task, or the loss of the last one, until
    one is Running. ``progress_deadline`` is for a rollout, whose old tasks may serve meanwhile: how long it may go
    without a step forward, the pause between two steps (``update_config.delay``) aside.
    """

    min_task_age: float = 5.0
    ready_timeout: float = 300.0
    progress_deadline: float = 600.0
    probe: Probe | None = None
    ignore: tuple[str, ...] = ()
    suspend: bool = False
    replace: bool = False
    image_policy: Literal["pin", "track"] = "pin"
    track_interval: float = 300.0


@dataclass(frozen=True, slots=True)
class Need:
    """A key that older engines don't know: which API version has it, and the engine that came with it."""

    key: str
    api: tuple[int, int]
    engine: str
    at: Location
    without: tuple[str, ...] = ()
    """What is left out of the spec where the engine is too old for it. Empty where that would change what runs: then
    the stack is refused."""
    accepted: bool = False
    """Nobody wants to hear that it is left out."""


@dataclass(frozen=True, slots=True)
class Service:
    """One Swarm service. ``name`` is its Swarm name, ``key`` its name in the file."""

    name: str
    stack: str
    key: str
    spec: Spec
    depends_on: tuple[Dependency, ...] = ()
    options: Options = Options()
    at: Location = Location("")
    needs: tuple[Need, ...] = ()
    notes: tuple[str, ...] = ()
    """What of ``spec`` was chosen here and not in the file, and why."""
    accepts: frozenset[str] = frozenset()
    """Keys whose warnings nobody wants to read (``x-reconciler.accept``)."""


@dataclass(frozen=True, slots=True)
class Network:
    """A Swarm network; ``spec`` is the body of ``/networks/create``, empty for an external one."""

    name: str
    stack: str
    spec: Spec = field(default_factory=dict)
    external: bool = False
    replace: bool = False
    at: Location = Location("")


@dataclass(frozen=True, slots=True)
class Volume:
    """A named volume; engines make it from the mounts of the tasks that use it. ``spec``: ``/volumes/create``."""

    name: str
    stack: str
    spec: Spec = field(default_factory=dict)
    external: bool = False
    at: Location = Location("")


@dataclass(frozen=True, slots=True)
class Config:
    """A config by its plain name; ``spec`` is a ``ConfigSpec`` without ``Data``. ``data`` stays out of ``repr``."""

    name: str
    stack: str
    spec: Spec = field(default_factory=dict)
    data: bytes = field(default=b"", repr=False)
    external: bool = False
    at: Location = Location("")


@dataclass(frozen=True, slots=True)
class Generate:
    """How to make a secret that is made once: ``length`` characters out of letters and digits."""

    length: int = 32


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by its plain name; ``spec`` is a ``SecretSpec`` without ``Data``. ``data`` stays out of ``repr``."""

    name: str
    stack: str
    spec: Spec = field(default_factory=dict)
    data: bytes = field(default=b"", repr=False)
    external: bool = False
    generate: Generate | None = None
    at: Location = Location("")


@dataclass(frozen=True, slots=True)
class Stack:
    """All that one top-level file (or folder with a ``compose.yaml``) wants. ``source`` is that file."""

    name: str
    source: str
    services: tuple[Service, ...] = ()
    networks: tuple[Network, ...] = ()
    volumes: tuple[Volume, ...] = ()
    configs: tuple[Config, ...] = ()
    secrets: tuple[Secret, ...] = ()
    suspend: bool = False
    depends_on: tuple[Dependency, ...] = ()
    """Other stacks, by name: each service of this one waits for each of theirs."""
    at: Location = Location("")
    accepts: frozenset[str] = frozenset()
    """Keys whose warnings nobody wants to read, in the whole stack."""
