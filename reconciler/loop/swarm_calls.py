"""Calls that the loop makes of a Swarm, as protocols: ``reconciler.swarm`` implements them, and unit tests have a
small implementation."""

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
"""Function called right before each write with a description of it; it raises ``OutOfSequence`` to forbid the write."""


class Check(Protocol):
    """Last failure of a container's health check."""

    @property
    def exit_code(self) -> int: ...
    @property
    def output(self) -> str: ...


class SwarmCalls(Writer, Store, Protocol):
    """Calls that a pass makes. Every call blocks, and raises ``EngineError`` and nothing else."""

    @property
    def host(self) -> str:
        """Return the address of the engine."""
        ...

    def fenced(self, fence: Fence) -> SwarmCalls:
        """Return the same Swarm for a writer that may lose its right to write."""
        ...

    def observe(self) -> Snapshot: ...
    def digest(self, image: str) -> str | None: ...
    def probe(self, task: Task, probe: Probe, *, here: bool) -> Answer: ...
    def logs(self, task_id: str, lines: int = ...) -> tuple[str, ...]: ...
    def last_check(self, container: str) -> Check | None: ...
    def remove_volume(self, name: str) -> None: ...
    def events(self, stop: threading.Event) -> Iterator[Event]: ...
