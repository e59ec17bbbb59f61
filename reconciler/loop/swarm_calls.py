"""What the loop calls of a Swarm, as protocols: ``reconciler.swarm`` has it all, and unit tests have a small one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from reconciler.apply.writing import Writer

if TYPE_CHECKING:
    import threading

    from reconciler.desired.model import Probe, Spec
    from reconciler.loop.probing import Answer
    from reconciler.observed.model import Config, Snapshot, Task
    from reconciler.triggers.engine import Event

Fence = Callable[[str], None]
"""Called right before each write with what is to be done; raises ``OutOfSequence`` to forbid it."""


class Notebook(Protocol):
    """The configs that the lease, the suspensions and the history are kept in. Every call raises ``EngineError``."""

    def config(self, name: str) -> Config | None: ...
    def configs(self, prefix: str) -> dict[str, Config]: ...
    def create_config(self, spec: Spec, data: bytes) -> str: ...
    def label_config(self, config: Config, labels: Mapping[str, str]) -> None: ...
    def remove_config(self, identity: str) -> None: ...


class Check(Protocol):
    """The last failure of a container's health check."""

    @property
    def exit_code(self) -> int: ...
    @property
    def output(self) -> str: ...


class SwarmCalls(Writer, Notebook, Protocol):
    """What a pass calls. Every call blocks, and raises ``EngineError`` and nothing else."""

    @property
    def host(self) -> str:
        """The address of the engine."""
        ...

    def fenced(self, fence: Fence) -> SwarmCalls:
        """Return the same Swarm for a writer that may lose its leave to write."""
        ...

    def observe(self) -> Snapshot: ...
    def digest(self, image: str) -> str | None: ...
    def probe(self, task: Task, probe: Probe, *, here: bool) -> Answer: ...
    def logs(self, task_id: str, lines: int = ...) -> tuple[str, ...]: ...
    def last_check(self, container: str) -> Check | None: ...
    def remove_volume(self, name: str) -> None: ...
    def events(self, stop: threading.Event) -> Iterator[Event]: ...
