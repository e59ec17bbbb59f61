"""Mounts of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.compose.raising.file import Raised
from reconciler.compose.raising.values import kept, labels_of


def mount(given: Mapping[str, Any], into: Raised) -> dict[str, Any]:
    kind, options = given.get("Type", "bind"), given.get("VolumeOptions") or {}
    source = given.get("Source", "")
    if kind == "volume" and source:
        driver = options.get("DriverConfig") or {}
        named = {"driver": driver.get("Name"), "driver_opts": driver.get("Options"), "labels": labels_of(options)}
        source = into.declare("volumes", source, kept(named))
    elif kind == "cluster" and not source.startswith("group:"):
        source = into.declare("volumes", source, {"external": True})
    tmpfs = given.get("TmpfsOptions") or {}
    found = {
        "type": kind,
        "source": source,
        "target": given.get("Target"),
        "read_only": given.get("ReadOnly"),
        "bind": kept({"propagation": (given.get("BindOptions") or {}).get("Propagation")}),
        "tmpfs": kept({"size": tmpfs.get("SizeBytes"), "mode": tmpfs.get("Mode")}),
    }
    if kind == "volume" and source:
        found["volume"] = kept({"nocopy": options.get("NoCopy"), "subpath": options.get("Subpath")})
    return kept(found)
