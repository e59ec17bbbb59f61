"""One action as calls to the engine. Every write of an existing object carries the version that was observed. Swarm
takes a removal by id alone, so the object is read again right before it is removed."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from typing import Protocol

from reconciler import labels
from reconciler.desired.images import split
from reconciler.desired.model import Generate, Spec
from reconciler.errors import NotFound
from reconciler.observed import model as observed
from reconciler.plan.model import Action, Kind, Verb

Removable = observed.Service | observed.Network | observed.Config | observed.Secret


class Writer(Protocol):
    """Calls to the engine that a write needs; ``reconciler.swarm`` implements them. Every call raises
    ``EngineError``."""

    def confirm(self, found: Removable) -> None: ...
    def create_network(self, spec: Spec) -> str: ...
    def remove_network(self, identity: str) -> None: ...
    def create_config(self, spec: Spec, data: bytes) -> str: ...
    def label_config(self, config: observed.Config, labels: Mapping[str, str]) -> None: ...
    def remove_config(self, identity: str) -> None: ...
    def create_secret(self, spec: Spec, data: bytes) -> str: ...
    def label_secret(self, secret: observed.Secret, labels: Mapping[str, str]) -> None: ...
    def remove_secret(self, identity: str) -> None: ...
    def create_service(self, spec: Spec) -> str: ...
    def update_service(self, service: observed.Service, spec: Spec) -> None: ...
    def remove_service(self, identity: str) -> None: ...


Resolve = Callable[[str], str | None]
"""Function that returns the digest of an image name, or None if no registry has it."""


def write(action: Action, writer: Writer, resolve: Resolve) -> str:
    """Carry out the action. Return remarks on how it was done.

    Raises:
        EngineError: the engine refused the write, or another writer changed the object meanwhile.
    """
    if action.kind is Kind.NETWORK:
        return _write_network(action, writer)
    if action.kind is Kind.SERVICE:
        return _write_service(action, writer, resolve)
    return _write_content(action, writer)


def _write_network(action: Action, writer: Writer) -> str:
    if isinstance(action.observed, observed.Network):
        _remove(action.observed, writer, writer.remove_network)
    if action.spec is not None:
        writer.create_network(action.spec)
    return ""


def _write_content(action: Action, writer: Writer) -> str:
    found, spec = action.observed, action.sealed
    if isinstance(found, observed.Config):
        if spec is None:
            _remove(found, writer, writer.remove_config)
        else:
            writer.label_config(found, spec["Labels"])
    elif isinstance(found, observed.Secret):
        if spec is None:
            _remove(found, writer, writer.remove_secret)
        else:
            writer.label_secret(found, spec["Labels"])
    elif spec is not None and action.kind is Kind.CONFIG:
        writer.create_config(spec, action.data)
    elif spec is not None:
        writer.create_secret(spec, generated(action.generate) if action.generate else action.data)
    return ""


def _write_service(action: Action, writer: Writer, resolve: Resolve) -> str:
    found = action.observed
    service = found if isinstance(found, observed.Service) else None
    if action.spec is None or action.verb is Verb.REPLACE:
        if service:
            _remove(service, writer, writer.remove_service)
        if action.spec is None:
            return ""
        service = None
    sealed = action.sealed or action.spec
    if service and _unmarked(action, service, sealed):
        return _mark(service, sealed, writer)
    spec, said = _pinned(action, sealed, resolve)
    if service is None:
        writer.create_service(spec)
    else:
        writer.update_service(service, spec)
    return said


def _unmarked(action: Action, service: observed.Service, sealed: Spec) -> bool:
    """Say whether the update may be rolled back, and the service doesn't carry its mark yet. If a rollout is under
    way, a separate write of the mark would stop tasks before their successors run. If objects of the spec are gone,
    Swarm takes no separate write. In both cases the update itself carries the mark; if Swarm rolls it back, the
    rollback isn't recognised and the update is tried once more."""
    if labels.ATTEMPT not in action.seals or not action.marked_first or service.rolling:
        return False
    return labels.of(sealed, labels.ATTEMPT) != labels.of(service.spec, labels.ATTEMPT)


def _mark(service: observed.Service, spec: Spec, writer: Writer) -> str:
    """Note on the service which spec is about to be tried. If Swarm rolls the update back, the note stays, because
    the rollback returns to the spec that carries it (``PreviousSpec``). The next pass makes the update, over the
    version that this write makes."""
    marked = {**(service.spec.get("Labels") or {}), labels.ATTEMPT: spec["Labels"][labels.ATTEMPT]}
    writer.update_service(service, {**service.spec, "Labels": marked})
    return "noted what is about to be tried; the update follows"


def _pinned(action: Action, spec: Spec, resolve: Resolve) -> tuple[Spec, str]:
    """Return the spec with the image by digest, if the image is new to the service and a registry has it; else by
    tag."""
    new = action.verb in {Verb.CREATE, Verb.REPLACE} or any(change.path == "image" for change in action.changes)
    container = spec["TaskTemplate"].get("ContainerSpec") or {}
    image = container.get("Image") or ""
    if not new or not image or split(image)[1]:
        return spec, ""
    digest = resolve(image)
    if digest is None:
        return spec, f"no registry tells the digest of {image}: its tag is used"
    task = {**spec["TaskTemplate"], "ContainerSpec": {**container, "Image": f"{image}@{digest}"}}
    return {**spec, "TaskTemplate": task}, ""


def generated(how: Generate) -> bytes:
    """Return a new password of letters and digits, from the operating system's source of randomness."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(how.length)).encode()


def _remove(found: Removable, writer: Writer, remove: Callable[[str], None]) -> None:
    """Remove by id, if the object is still the observed one: no removal carries a version. An object that a new
    leader made has another id, and one that it changed has another version."""
    try:
        writer.confirm(found)
        remove(found.id)
    except NotFound:
        return
