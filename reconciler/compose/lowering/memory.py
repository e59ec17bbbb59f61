"""Lowering of ``memswap_limit``, which Swarm takes since API 1.52 (engine 29)."""

from __future__ import annotations

from reconciler.compose import schema
from reconciler.compose.lowering.stack import Source
from reconciler.desired.model import Spec
from reconciler.spec.paths import get, put
from reconciler.yaml.document import Path

_RESOURCES = ("TaskTemplate", "Resources")


def put_swap(spec: Spec, service: schema.Service, path: Path, source: Source) -> None:
    """Put the limit into the spec. ``memswap_limit`` includes the memory, ``SwapBytes`` doesn't."""
    limit = service.memswap_limit
    if not limit:  # in Compose, 0 means that no limit is given
        return
    memory = get(spec, (*_RESOURCES, "Limits", "MemoryBytes")) or 0
    where = (*path, "memswap_limit")
    if not memory:
        message = f"services.{path[-1]}.memswap_limit isn't honoured without a limit of memory"
        source.found.warn(where, message, "write that as deploy.resources.limits.memory", key=True)
    elif limit < 0:
        put(spec, (*_RESOURCES, "SwapBytes"), -1)
    elif limit < memory:
        hint = "it is memory and swap together: write as much as deploy.resources.limits.memory at least, or -1"
        source.found.fault(where, f"memswap_limit is less than the limit of memory, {memory} bytes", hint)
    else:
        put(spec, (*_RESOURCES, "SwapBytes"), limit - memory)
