"""``memswap_limit`` and ``mem_swappiness``, which Swarm takes since API 1.52 (engine 29)."""

from __future__ import annotations

from reconciler.compose import schema
from reconciler.compose.document import Path
from reconciler.compose.lowering.stack import Source
from reconciler.desired.model import Spec


def swap(service: schema.Service, path: Path, source: Source) -> Spec:
    """Return members of a task's ``Resources``. ``SwapBytes`` leaves the memory out, ``memswap_limit`` doesn't."""
    found: Spec = {}
    if service.mem_swappiness is not None:
        found["MemorySwappiness"] = service.mem_swappiness
    limit = service.memswap_limit
    if not limit:  # Compose takes 0 for no limit given
        return found
    limits = service.deploy.resources.limits
    memory = limits.memory if limits else 0
    where = (*path, "memswap_limit")
    if not memory:
        message = f"services.{path[-1]}.memswap_limit isn't honoured without a limit of memory"
        source.found.warn(where, message, "write that as deploy.resources.limits.memory", key=True)
    elif limit < 0:
        found["SwapBytes"] = -1
    elif limit < memory:
        hint = "it is memory and swap together: write as much as deploy.resources.limits.memory at least, or -1"
        source.found.fault(where, f"memswap_limit is less than the limit of memory, {memory} bytes", hint)
    else:
        found["SwapBytes"] = limit - memory
    return found
