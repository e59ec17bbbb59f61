"""Keys that older engines don't know, with the version that brought them (docs.docker.com, Engine API history)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.compose.document import Path
from reconciler.compose.lowering.stack import Source
from reconciler.desired.model import Need, Spec

_CONTAINER = ("TaskTemplate", "ContainerSpec")
_RESOURCES = ("TaskTemplate", "Resources")
OPTIONAL: tuple[tuple[Path, tuple[str, ...], tuple[int, int], str], ...] = (
    (("healthcheck", "start_interval"), (*_CONTAINER, "Healthcheck", "StartInterval"), (1, 44), "25.0"),
    (("oom_score_adj",), (*_CONTAINER, "OomScoreAdj"), (1, 46), "27.0"),
    (("memswap_limit",), (*_RESOURCES, "SwapBytes"), (1, 52), "29.0"),
    (("mem_swappiness",), (*_RESOURCES, "MemorySwappiness"), (1, 52), "29.0"),
)
"""Key, API path, API version and engine of what a service runs without on older engines, as ``docker stack`` has it."""


def needs(spec: Spec, path: Path, source: Source) -> Iterator[Need]:
    """Yield what ``spec`` asks for that engine 20.10 (API 1.41) would leave out, or refuse."""

    def need(key: Path, api: tuple[int, int], engine: str, without: tuple[str, ...] = ()) -> Need:
        name = ".".join(str(part) for part in (*path, *key))
        where = (*path, *key)
        return Need(name, api, engine, source.at(where), without, source.found.accepted.covers(where))

    for key, where, api, engine in OPTIONAL:
        if _has(spec, where):
            yield need(key, api, engine, where)
    for index, mount in enumerate(spec["TaskTemplate"]["ContainerSpec"].get("Mounts") or []):
        at = ("volumes", index)
        if mount["Type"] == "cluster":
            yield need((*at, "type"), (1, 42), "23.0")
        if (mount.get("VolumeOptions") or {}).get("Subpath"):
            yield need((*at, "volume", "subpath"), (1, 45), "26.0")


def _has(spec: Spec, where: tuple[str, ...]) -> bool:
    found = spec
    for member in where[:-1]:
        found = found.get(member) or {}
    return where[-1] in found
