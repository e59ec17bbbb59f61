"""Context that all parts of one file's lowering share: names, labels, environment, faults, and services left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from reconciler import labels
from reconciler.compose import schema
from reconciler.compose.faults import Found
from reconciler.compose.files import Files
from reconciler.desired.model import Location, Options, Spec
from reconciler.records import dataclass
from reconciler.yaml.document import Path


@dataclass(frozen=True)
class Source:
    """One Compose file, with the files that it brings in, after it passed its schema."""

    stack: str
    name: str
    """The file's name, relative to the desired folder."""
    file: schema.File
    found: Found
    files: Files
    environ: Mapping[str, str]
    left_out: frozenset[str] = frozenset()
    """Services whose profiles aren't selected."""
    defaults: Options = field(default_factory=Options)
    """Options for services that set none, in a stack that sets none either."""

    def scoped(self, key: str) -> str:
        return f"{self.stack}_{key}"

    def labelled(self, own: Mapping[str, str]) -> dict[str, str]:
        self.files.budget.spend_values(len(own), (self.name, 1, 1))  # each mount repeats its volume's labels
        return {**own, labels.STACK: self.stack}

    def at(self, path: Path) -> Location:
        return Location(*self.found.document.key_at(path))

    def look_outside(self, kind: str, key: str, declared: schema.Network | schema.Volume | schema.Content) -> None:
        """Check the keys beside ``external``, which have no effect; docker's client refuses some of them."""
        if declared.external is None:
            return
        if declared.external.name and declared.name not in {"", declared.external.name}:
            what = f"{kind}.{key} has two names, {declared.name} and {declared.external.name}"
            self.found.fault((kind, key, "name"), what, "keep one, and say `external: true`")
        for name in sorted(declared.model_fields_set - {"external", "name", "x_reconciler"}):
            hint = f"the {kind.removesuffix('s')} is external, so whoever makes it says"
            self.found.warn((kind, key, name), f"{kind}.{key}.{name} isn't honoured", hint, key=True)

    def network_name(self, key: str) -> str:
        return _name(self.file.networks.get(key), self.scoped(key), key)

    def volume_name(self, key: str) -> str:
        return _name(self.file.volumes.get(key), self.scoped(key), key)

    def content_name(self, kind: str, key: str) -> str:
        objects: Mapping[str, schema.Content] = self.file.configs if kind == "configs" else self.file.secrets
        return _name(objects.get(key), self.scoped(key), key)


def _name(declared: schema.Network | schema.Volume | schema.Content | None, scoped: str, key: str) -> str:
    """Return the Swarm name: the given name; the key for external objects; else the key scoped by the stack."""
    if declared is None:
        return scoped
    if declared.external is not None:
        return declared.name or declared.external.name or key
    return declared.name or scoped


def kept(spec: Mapping[str, Any]) -> Spec:
    """Return the spec without empty members, which docker's client doesn't send either (``omitempty`` in moby,
    ``api/types/swarm``)."""
    return {key: value for key, value in spec.items() if value}
