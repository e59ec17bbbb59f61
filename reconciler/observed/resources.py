"""Amounts that nodes have and tasks reserve, in one form for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CPUS, MEMORY = "NanoCPUs", "MemoryBytes"


def resources(raw: Mapping[str, Any]) -> dict[str, int]:
    """Return the amounts in ``Resources`` of a node's description, or ``Reservations`` of a task, by kind: billionths
    of CPUs, bytes, and numbers of generic resources, whose named ones count one each."""
    found = {kind: int(raw.get(kind) or 0) for kind in (CPUS, MEMORY)}
    for generic in raw.get("GenericResources") or ():
        for form in ("NamedResourceSpec", "DiscreteResourceSpec"):
            if spec := generic.get(form):
                amount = 1 if form == "NamedResourceSpec" else int(spec.get("Value") or 0)
                found[spec["Kind"]] = found.get(spec["Kind"], 0) + amount
    return found


def in_words(kind: str, amount: int) -> str:
    """Say an amount: ``0.5 CPUs``, ``512 MiB of memory``, ``2 gpu``."""
    if kind == CPUS:
        return f"{amount / 1e9:g} CPUs"
    if kind == MEMORY:
        return f"{amount / 2**30:.3g} GiB of memory" if amount >= 2**30 else f"{amount / 2**20:.3g} MiB of memory"
    return f"{amount} {kind}"
