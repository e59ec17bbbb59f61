"""Marks on a service for a spec that is tried or was rolled back, so that a later process recognises it.

Configs and secrets count by their content, never by name. Environment values, arguments, labels and contents may be
secrets, so they are only hashed slowly: before an update, those that it changes; after a rollback, all of them. Values
that both specs share can be read in the service anyway. An update that changes only public fields, such as the image,
costs no slow hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler.desired.model import Service, Spec
from reconciler.plan.canonical import canonical, differences, fingerprint
from reconciler.plan.comparison import Comparison
from reconciler.plan.contents import Placed
from reconciler.plan.draft import Rules
from reconciler.plan.model import Change, Key, Kind
from reconciler.plan.references import named
from reconciler.plan.salted_hashes import Sealed, matches, salt_for
from reconciler.spec.paths import get

_PUBLIC = frozenset(
    [
        "image",
        "deploy.replicas",
        "deploy.resources",
        "deploy.placement",
        "deploy.restart_policy",
        "deploy.update_config",
        "deploy.rollback_config",
        "deploy.endpoint_mode",
        "ports",
        "stop_grace_period",
    ]
)
"""Fields that hold no secrets."""


def attempt(service: Service, compared: Comparison, placed: Placed, rules: Rules) -> Sealed:
    """Return the mark of an update that is about to be tried. It goes on the spec that a rollback returns to."""
    private, public = _tried(service, compared, placed)
    return Sealed(salt_for(rules.salt, private or f"{service.name}\0{public}"), private, public)


def is_attempt(label: str, service: Service, compared: Comparison, placed: Placed) -> bool:
    """Say whether ``label`` marks exactly the update that ``compared`` asks for."""
    return matches(label, *_tried(service, compared, placed)) or _is_of_old(label, service, compared, placed)


def rolled_back(service: Service, compared: Comparison, placed: Placed, rules: Rules, why: str) -> Sealed:
    """Return the memory of a desired spec that was rolled back, and why."""
    content = _whole(service, compared.spec, placed)
    return Sealed(salt_for(rules.salt, service.name, content), content, note=why)


def is_rolled_back(label: str, service: Service, compared: Comparison, placed: Placed) -> bool:
    """Say whether ``label``, without its words, remembers exactly the desired spec."""
    content = _whole(service, compared.spec, placed)
    return matches(label, content) or _is_of_old(label, service, compared, placed)


def _tried(service: Service, compared: Comparison, placed: Placed) -> tuple[bytes, str]:
    """Return what the update changes: values that may be secret, and the rest."""
    wanted, there = _plain(service, compared.spec), compared.observed.spec
    changes = differences(_with_contents(wanted, placed), _with_contents(there, placed), service.options.ignore)
    private = [change for change in changes if not _is_public(change.path)]
    return _text(private).encode() if private else b"", _text([each for each in changes if _is_public(each.path)])


def _is_public(path: str) -> bool:
    return any(path == field or path.startswith(f"{field}.") for field in _PUBLIC)


def _text(changes: list[Change]) -> str:
    return json.dumps([[change.path, change.after] for change in changes], sort_keys=True, default=str)


def _whole(service: Service, spec: Spec, placed: Placed) -> bytes:
    form = canonical(_with_contents(_plain(service, spec), placed))
    return json.dumps(form, sort_keys=True, default=str).encode()


def _is_of_old(label: str, service: Service, compared: Comparison, placed: Placed) -> bool:
    """Say whether ``label`` has the old form of the desired spec. Versions up to 0.1 wrote a fast hash without salt,
    in which objects counted by name. An object that is about to be made has new content under that name, so then the
    label doesn't count."""
    if "$" in label or any(key in placed.made for key in named(compared.spec)):
        return False
    return label == fingerprint(_plain(service, compared.spec))


def _plain(service: Service, spec: Spec) -> Spec:
    """Return the spec without the digest of a tag that isn't tracked. Only a process that just asked a registry
    knows the digest, and the next process has to recognise what this one tried."""
    if service.options.image_policy == "track":
        return spec
    image = get(service.spec, ("TaskTemplate", "ContainerSpec", "Image"))
    task = spec["TaskTemplate"]
    return {**spec, "TaskTemplate": {**task, "ContainerSpec": {**task["ContainerSpec"], "Image": image}}}


def _with_contents(spec: Spec, placed: Placed) -> Spec:
    """Return the spec with the contents of configs and secrets in place of their names, where they are known."""
    container = dict(get(spec, ("TaskTemplate", "ContainerSpec")) or {})
    for kind, member in ((Kind.CONFIG, "Config"), (Kind.SECRET, "Secret")):
        if container.get(f"{member}s"):
            container[f"{member}s"] = [
                _with_content(each, kind, f"{member}Name", placed) for each in container[f"{member}s"]
            ]
    credentials = get(container, ("Privileges", "CredentialSpec")) or {}
    if credentials.get("Config"):
        named = _with_content(credentials, Kind.CONFIG, "Config", placed)
        container["Privileges"] = {**container["Privileges"], "CredentialSpec": named}
    return {**spec, "TaskTemplate": {**(spec.get("TaskTemplate") or {}), "ContainerSpec": container}}


def _with_content(reference: Mapping[str, Any], kind: Kind, member: str, placed: Placed) -> dict[str, Any]:
    name = str(reference.get(member))
    return {**reference, member: placed.holds.get(Key(kind, name), f"the object {name}")}
