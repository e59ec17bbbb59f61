"""What the loop calls of a Swarm, as protocols: ``reconciler.swarm`` has it all, and unit tests have a small one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from reconciler.apply.writing import Writer
from reconciler.notes.record import Store

if TYPE_CHECKING:
    import threading

    from reconciler.desired.model import Probe
    from reconciler.loop.probing import Answer
    from reconciler.observed.model import Snapshot, Task
    from reconciler.triggers.engine import Event

Fence = Callable[[str], None]
"""Called right before each write with what is to be done; raises ``OutOfSequence`` to forbid it."""


class Check(Protocol):
    """The last failure of a container's health check."""

    @property
    def exit_code(self) -> int: ...
    @property
    def output(self) -> str: ...


class SwarmCalls(Writer, Store, Protocol):
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
