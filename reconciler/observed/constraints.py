"""Which nodes a task template allows: constraints and platforms, by the rules of SwarmKit."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from reconciler.desired.model import Spec
from reconciler.observed.model import Node
from reconciler.records import dataclass

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""The same architectures under the names of engines and of images (SwarmKit, ``PlatformFilter``)."""


def suits(node: Node, template: Spec) -> bool:
    """Whether tasks of this template may run on nodes like this one."""
    placement = template.get("Placement") or {}
    met = all(each.met_by(node) for each in constraints(template))
    return met and of_platform(node, placement.get("Platforms") or [])


def of_platform(node: Node, platforms: list[dict[str, Any]]) -> bool:
    """Whether the node has one of an image's platforms; an image that names none runs on every node."""
    mine = (node.os, ARCHITECTURES.get(node.arch, node.arch))
    wanted = [
        (each.get("OS", ""), ARCHITECTURES.get(each.get("Architecture", ""), each.get("Architecture", "")))
        for each in platforms
    ]
    return not wanted or any(os in {"", mine[0]} and arch in {"", mine[1]} for os, arch in wanted)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint ``key==value`` or ``key!=value``. Keys and values are compared case-insensitively, names of labels
    case-sensitively (SwarmKit, ``manager/constraint``)."""

    key: str
    equal: bool
    value: str

    def met_by(self, node: Node) -> bool:
        """Whether the node meets it; no node meets a key that Swarm doesn't know."""
        if self.key.lower() == "node.ip":
            return self._at(node.address)
        found = self._of(node)
        return found is not None and (found.lower() == self.value.lower()) is self.equal

    def _at(self, address: str) -> bool:
        try:
            return (ip_address(address) in ip_network(self.value, strict=False)) is self.equal
        except ValueError:
            return False

    def _of(self, node: Node) -> str | None:
        for prefix, labels in (("node.labels.", node.labels), ("engine.labels.", node.engine_labels)):
            if self.key.lower().startswith(prefix):
                return labels.get(self.key[len(prefix) :], "")
        known = {
            "node.id": node.id,
            "node.hostname": node.hostname,
            "node.role": node.role,
            "node.platform.os": node.os,
            "node.platform.arch": node.arch,
        }
        return known.get(self.key.lower())

    @property
    def words(self) -> str:
        """Describe a node that has the value: ``has label zone=eu``."""
        for prefix, label in (("node.labels.", "label"), ("engine.labels.", "engine label")):
            if self.key.lower().startswith(prefix):
                return f"has {label} {self.key[len(prefix) :]}={self.value}"
        known = {
            "node.id": f"has the id {self.value}",
            "node.hostname": f"is named {self.value}",
            "node.ip": f"has an address of {self.value}",
            "node.role": f"is a {self.value}",
            "node.platform.os": f"runs {self.value}",
            "node.platform.arch": f"is of architecture {self.value}",
        }
        return known.get(self.key.lower(), f"can meet {self}, whose key Swarm doesn't know")

    def __str__(self) -> str:
        return f"{self.key}{'==' if self.equal else '!='}{self.value}"


def constraints(template: Spec) -> list[Constraint]:
    """Return the constraints of a task template. The engine has refused invalid ones."""
    found = []
    for text in (template.get("Placement") or {}).get("Constraints") or []:
        operator = "==" if "==" in text else "!="
        key, _, value = text.partition(operator)
        found.append(Constraint(key.strip(), operator == "==", value.strip()))
    return found
