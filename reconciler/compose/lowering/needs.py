"""Needs of a service that older engines don't meet."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.compose.lowering.stack import Source
from reconciler.desired.model import Need, Spec
from reconciler.spec.beside import CLUSTER, SUBPATH
from reconciler.spec.fields import VERSIONED
from reconciler.spec.key import Since
from reconciler.spec.paths import Api, get
from reconciler.yaml.document import Path


def needs(spec: Spec, path: Path, source: Source) -> Iterator[Need]:
    """Yield what ``spec`` asks for that engine 20.10 (API 1.41) would leave out, or refuse."""

    def need(key: Path, since: Since, without: Api = ()) -> Need:
        where = (*path, *key)
        name = ".".join(map(str, where))
        return Need(name, since.api, since.engine, source.at(where), without, source.found.accepted.covers(where))

    for key, api, since in VERSIONED:
        if get(spec, api) is not None:
            yield need(tuple(key.split(".")), since, api)
    for index, mount in enumerate(spec["TaskTemplate"]["ContainerSpec"].get("Mounts") or []):
        at = ("volumes", index)
        if mount["Type"] == "cluster":
            yield need((*at, "type"), CLUSTER)
        if (mount.get("VolumeOptions") or {}).get("Subpath"):
            yield need((*at, "volume", "subpath"), SUBPATH)
