"""Mounts of a service (docker/cli, ``convert/volume.go``)."""

from __future__ import annotations

from typing import Any

from reconciler.compose import schema
from reconciler.compose.lowering.stack import Source, kept
from reconciler.compose.short import options_left_out
from reconciler.compose.unsupported_keys import NOT_IN_SWARM
from reconciler.yaml.document import Path


def mount(given: schema.Mount, path: Path, source: Source) -> dict[str, Any]:
    spec: dict[str, Any] = {"Type": given.type, "Target": given.target}
    if given.read_only:
        spec["ReadOnly"] = True
    if given.consistency:
        spec["Consistency"] = given.consistency
    _misplaced(given, path, source)
    for option in options_left_out(source.found.document.value(path)):
        hint = f"{NOT_IN_SWARM}; `docker stack` leaves it out too"
        source.found.warn(path, f"the option {option!r} of a mount isn't honoured", hint)
    ways = {"volume": _volume, "bind": _bind, "tmpfs": _tmpfs, "npipe": _pipe, "cluster": _cluster, "image": _image}
    spec.update(ways[given.type](given, path, source))
    return spec


def _misplaced(given: schema.Mount, path: Path, source: Source) -> None:
    for kind in ("volume", "bind", "tmpfs", "cluster"):
        pipe = kind == "bind" and given.type == "npipe"
        if kind != given.type and not pipe and getattr(given, kind) is not None:
            source.found.fault(
                (*path, kind), f"`{kind}` options in a mount of type {given.type}", f"say type: {kind}", key=True
            )


def _volume(given: schema.Mount, path: Path, source: Source) -> dict[str, Any]:
    if not given.source:
        return {}  # docker stack leaves the options of anonymous volumes out too
    options: dict[str, Any] = {}
    if given.volume and given.volume.nocopy:
        options["NoCopy"] = True
    if given.volume and given.volume.subpath:
        options["Subpath"] = given.volume.subpath
    if given.source not in source.file.volumes:
        source.found.fault(
            (*path, "source"),
            f"volume {given.source} isn't declared",
            f"add `{given.source}: {{}}` under the top-level `volumes`",
        )
        return {}
    declared = source.file.volumes[given.source] or schema.Volume()
    name = source.volume_name(given.source)
    if declared.external is not None:
        return {"Source": name, **({"VolumeOptions": options} if options else {})}
    options["Labels"] = source.labelled(declared.labels)
    if declared.driver or declared.driver_opts:
        options["DriverConfig"] = kept({"Name": declared.driver, "Options": dict(declared.driver_opts)})
    return {"Source": name, "VolumeOptions": options}


def _cluster(given: schema.Mount, path: Path, source: Source) -> dict[str, Any]:
    """Return the mount of a CSI driver's volume, or of one in a group of them: ``group:NAME``."""
    if given.source.startswith("group:"):
        return {"Source": given.source, "ClusterOptions": {}}
    if given.source not in source.file.volumes:
        hint = "declare it under the top-level `volumes`, or name a group: `group:NAME`"
        source.found.fault((*path, "source"), f"volume {given.source or '(none)'} isn't declared", hint)
    return {"Source": source.volume_name(given.source), "ClusterOptions": {}}


def _image(given: schema.Mount, path: Path, source: Source) -> dict[str, Any]:
    """Return an image mount. Engines mount images in containers since 28.0, but refuse them in services: 28.5 does,
    and SwarmKit's issue 3198, which asks for it, is open."""
    hint = "build what it holds into the image of the service, or bring it in as a config"
    source.found.fault((*path, "type"), "Swarm mounts no images", hint)
    return {"Source": given.source}


def _bind(given: schema.Mount, path: Path, source: Source) -> dict[str, Any]:
    if not given.source:
        source.found.fault(path, "a bind mount needs a `source`", "name the folder or file on the node")
    spec: dict[str, Any] = {"Source": source.files.absolute(given.source)}
    if given.bind and given.bind.propagation:
        spec["BindOptions"] = {"Propagation": given.bind.propagation}
    return spec


def _tmpfs(given: schema.Mount, path: Path, source: Source) -> dict[str, Any]:
    if given.source:
        source.found.fault((*path, "source"), "a tmpfs mount has no `source`", "drop it")
    if given.tmpfs is None:
        return {}
    options = {"SizeBytes": given.tmpfs.size, "Mode": given.tmpfs.mode}
    return {"TmpfsOptions": {key: value for key, value in options.items() if value is not None}}


def _pipe(given: schema.Mount, path: Path, source: Source) -> dict[str, Any]:
    if not given.source:
        source.found.fault(path, "a named pipe needs a `source`", "name the pipe on the node")
    bind = {"BindOptions": {"Propagation": given.bind.propagation}} if given.bind and given.bind.propagation else {}
    return {"Source": given.source, **bind}
