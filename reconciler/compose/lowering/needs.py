"""Keys that older engines don't know, with the version that brought them (docs.docker.com, Engine API history)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.compose.document import Path
from reconciler.compose.lowering.stack import Source
from reconciler.desired.model import Need, Spec


def needs(spec: Spec, path: Path, source: Source) -> Iterator[Need]:
    """What ``spec`` asks for that engine 20.10 (API 1.41) would leave out, or refuse."""
    container = spec["TaskTemplate"]["ContainerSpec"]

    def need(key: Path, api: tuple[int, int], engine: str) -> Need:
        name = ".".join(str(part) for part in (*path, *key))
        return Need(name, api, engine, source.at((*path, *key)))

    if (container.get("Healthcheck") or {}).get("StartInterval"):
        yield need(("healthcheck", "start_interval"), (1, 44), "25.0")
    if container.get("OomScoreAdj"):
        yield need(("oom_score_adj",), (1, 46), "27.0")
    for index, mount in enumerate(container.get("Mounts") or []):
        at = ("volumes", index)
        if mount["Type"] == "cluster":
            yield need((*at, "type"), (1, 42), "23.0")
        if (mount.get("VolumeOptions") or {}).get("Subpath"):
            yield need((*at, "volume", "subpath"), (1, 45), "26.0")
