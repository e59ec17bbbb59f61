"""Tasks that the kernel killed for using too much memory, as far as this engine knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.errors import EngineError
from reconciler.observed.model import Task
from reconciler.swarm.transport import LOOK_TIMEOUT, Call, Transport

KILLED = 137
"""Exit code of a killed process: 128 + SIGKILL."""
AT_ONCE = 8
"""How many containers one look asks for; the next look goes on."""


class Killed:
    """Asks once for each container. A task doesn't say why it was killed, but its container does
    (``State.OOMKilled``)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[str, bool] = {}

    def by_memory(self, tasks: Mapping[str, Iterable[Task]], node: str) -> frozenset[str]:
        """Return the ids of such tasks on the engine's own ``node``, as far as their containers exist."""
        killed = [
            task
            for of_one in tasks.values()
            for task in of_one
            if task.exit_code == KILLED and task.node_id == node and task.container_id
        ]
        newest_first = sorted(killed, key=lambda task: task.status_at, reverse=True)
        asked = [task for task in newest_first if task.id not in self._known][:AT_ONCE]
        known = {task.id: self._known[task.id] for task in killed if task.id in self._known}
        self._known = known | {task.id: self._ask(task) for task in asked}
        return frozenset(task for task, by_memory in self._known.items() if by_memory)

    def _ask(self, task: Task) -> bool:
        container = task.container_id
        call = Call("GET", f"/containers/{container}/json", f"look at container {container[:12]}", timeout=LOOK_TIMEOUT)
        try:
            found = self._transport.json(call)
        except EngineError:
            return False  # it is gone, so nobody knows
        state = found.get("State") if isinstance(found, dict) else None
        return isinstance(state, dict) and state.get("OOMKilled") is True
