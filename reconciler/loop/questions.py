"""Questions that a loop asks beside its passes: of registries, probes and the logs of tasks. A pass takes the
answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reconciler.loop.digests import Digests
from reconciler.loop.log_tails import Tails
from reconciler.loop.probing import Probing

if TYPE_CHECKING:
    from reconciler.desired.model import Service
    from reconciler.loop.swarm_calls import SwarmCalls


class Questions:
    """Questions of one process."""

    def __init__(self, swarm: SwarmCalls, registry_patience: float) -> None:
        self.digests = Digests(swarm.digest, registry_patience)
        self.probing = Probing(swarm.probe)
        self.tails = Tails(swarm.logs)

    @property
    def awaits(self) -> bool:
        """Say whether log lines, or a registry's answer, are still pending."""
        return bool(self.tails) or self.digests.awaits

    def due_at(self, services: Iterable[Service]) -> float:
        """Return when the next pass has something to ask or to take, by ``steady``; infinity for never."""
        return 0.0 if self.awaits else self.digests.due_at(services)
