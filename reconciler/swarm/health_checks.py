"""The last output of a container's health check, as ``docker inspect`` shows it."""

from __future__ import annotations

from typing import Any

from reconciler.records import dataclass
from reconciler.swarm.transport import LOOK_TIMEOUT, Call, Transport

LONGEST = 2000
"""Characters of the output that are kept."""


@dataclass(frozen=True, slots=True)
class Check:
    """One failed run of a health check."""

    exit_code: int
    output: str


def last_failure(container: str, transport: Transport) -> Check | None:
    """Return the last failure that the engine remembers, or None. Raises ``NotFound`` if the container is gone or on
    another node, and other ``EngineError``s."""
    call = Call("GET", f"/containers/{container}/json", f"look at container {container[:12]}", timeout=LOOK_TIMEOUT)
    state = transport.json(call).get("State")
    health = state.get("Health") if isinstance(state, dict) else None
    runs = health.get("Log") if isinstance(health, dict) else None
    told: list[Any] = runs if isinstance(runs, list) else []
    for run in reversed(told):
        if isinstance(run, dict) and isinstance(run.get("ExitCode"), int) and run["ExitCode"]:
            return Check(run["ExitCode"], str(run.get("Output") or "").strip()[-LONGEST:])
    return None
