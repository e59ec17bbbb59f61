"""Mounts of a service."""

from __future__ import annotations

from typing import ClassVar, Literal

from reconciler.compose.schema.values import Flag, Model, Size, Text, Whole


class BindOptions(Model):
    unheeded: ClassVar[dict[str, str]] = {
        "create_host_path": "Swarm never makes the folder of a bind mount",
        "recursive": "`docker stack` leaves it out too",
        "selinux": "label the folder on the nodes: chcon -t container_file_t",
    }
    propagation: Text | None = None


class VolumeOptions(Model):
    unheeded: ClassVar[dict[str, str]] = {"labels": "they are those of the volume under the top-level `volumes`"}
    nocopy: Flag = False
    subpath: Text = ""


class TmpfsOptions(Model):
    size: Size | None = None
    mode: Whole | None = None


class Mount(Model):
    unheeded: ClassVar[dict[str, str]] = {"image": "Swarm mounts no images"}
    type: Literal["volume", "bind", "tmpfs", "npipe", "cluster", "image"] = "volume"
    source: Text = ""
    target: Text
    read_only: Flag = False
    consistency: Text | None = None
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    tmpfs: TmpfsOptions | None = None
    cluster: Model | None = None
