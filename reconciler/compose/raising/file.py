"""Compose file under construction, with what it declares beside services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler import labels
from reconciler.compose.raising.table import network_keys
from reconciler.compose.raising.values import kept, labels_of
from reconciler.desired.model import Spec
from reconciler.observed.model import Config, Network, Secret


@dataclass
class Raised:
    """Compose file under construction. ``notes`` are comments, by the path that they belong to."""

    stack: str
    networks: Mapping[str, Network]
    configs: Mapping[str, Config]
    data: dict[str, Any] = field(default_factory=dict)
    notes: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add_unused(self, secrets: Mapping[str, Secret]) -> None:
        """Add configs and secrets of the stack that no service uses."""
        for name, config in self.configs.items():
            if self._owns(config.spec):
                self.config(name)
        for name, secret in secrets.items():
            if self._owns(secret.spec):
                self.secret(name)

    def _owns(self, spec: Spec) -> bool:
        return labels.of(spec, labels.STACK) == self.stack

    def key(self, name: str) -> str:
        """Return the name in the file: without the stack's prefix, if it has that."""
        return name.removeprefix(f"{self.stack}_") or name

    def declare(self, section: str, name: str, declared: Mapping[str, Any]) -> str:
        """Declare what a service uses, and return its key."""
        key = self.key(name)
        own = key if declared.get("external") else f"{self.stack}_{key}"
        given = dict(declared) if name == own else {"name": name, **declared}
        self.data.setdefault(section, {}).setdefault(key, given)
        return key

    def network(self, name: str) -> str:
        found = self.networks.get(name)
        own = found is not None and self._owns(found.spec)
        return self.declare("networks", name, _network(found.spec) if found and own else {"external": True})

    def config(self, name: str) -> str:
        found = self.configs.get(name)
        try:
            content = found.data.decode() if found else None
        except UnicodeDecodeError:
            content = None
        if content is None or found is None or not self._owns(found.spec) or found.spec.get("Templating"):
            return self.declare("configs", name, {"external": True})
        given = kept({"content": content, "labels": labels_of(found.spec)})
        return self.declare("configs", name, given)

    def secret(self, name: str) -> str:
        key = self.declare("secrets", name, {"external": True})
        self.notes["secrets", key] = "its content can't be read back; give it a `file:` to have it rotated from here"
        return key


def _network(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {**network_keys(dict(spec)), **kept({"labels": labels_of(spec)})}
