"""Configs and secrets. Swarm can't change their content, so other content is another object.

The plain name is used where it is free or already has the content (which is what makes adoption free), else
``NAME-HASH``. What is no longer used is collected by ``prune``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from reconciler import labels
from reconciler.desired.model import Config, Secret, Spec
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot
from reconciler.plan.draft import Part, Rules, label_changes, owner_change, owner_of
from reconciler.plan.model import Action, Change, Key, Kind, Verb
from reconciler.plan.secrecy import digest, matches, suffix

Found = TypeVar("Found", observed.Config, observed.Secret)

Names = dict[str, str]
"""Plain name → name of the object that has the content."""


def plan_configs(configs: list[Config], snapshot: Snapshot, rules: Rules) -> tuple[Part, Names]:
    part, names = Part(), Names()
    for config in configs:
        names[config.name] = config.name
        if config.external:
            _expect(part, Kind.CONFIG, config, snapshot.configs)
            continue
        match = next(
            (
                found
                for found in _candidates(config.name, snapshot.configs)
                if found.data == config.data and _template(found.spec) == _template(config.spec)
            ),
            None,
        )
        if match:
            names[config.name] = match.name
            _keep(part, Kind.CONFIG, config, match, rules)
            continue
        name = config.name
        if name in snapshot.configs:
            name = f"{name}-{_content_hash(config)}"
        names[config.name] = name
        _make(part, Kind.CONFIG, config, name, rules)
    return part, names


def plan_secrets(secrets: list[Secret], snapshot: Snapshot, rules: Rules) -> tuple[Part, Names]:
    part, names = Part(), Names()
    for secret in secrets:
        names[secret.name] = secret.name
        if secret.external:
            _expect(part, Kind.SECRET, secret, snapshot.secrets)
        elif secret.generate:
            _plan_generated(part, secret, snapshot, rules)
        else:
            names[secret.name] = _plan_given(part, secret, snapshot, rules)
    return part, names


def _plan_generated(part: Part, secret: Secret, snapshot: Snapshot, rules: Rules) -> None:
    """Made once and kept for good, whatever its length says later."""
    found = snapshot.secrets.get(secret.name)
    if found:
        _keep(part, Kind.SECRET, secret, found, rules, {labels.GENERATED: "true"})
    else:
        _make(part, Kind.SECRET, secret, secret.name, rules, {labels.GENERATED: "true"})


def _plan_given(part: Part, secret: Secret, snapshot: Snapshot, rules: Rules) -> str:
    for found in _candidates(secret.name, snapshot.secrets):
        note = labels.of(found.spec, labels.DIGEST)
        if note and matches(secret.data, note):
            _keep(part, Kind.SECRET, secret, found, rules)
            return found.name
    plain = snapshot.secrets.get(secret.name)
    note = digest(secret.data, rules.salt)
    if plain and not labels.of(plain.spec, labels.DIGEST) and not labels.of(plain.spec, labels.GENERATED):
        message = f"secret {secret.name} is there already; nobody can read it back, so its content is taken on trust"
        part.warn(secret.at, message, "the next change of the file rotates it")
        _keep(part, Kind.SECRET, secret, plain, rules, {labels.DIGEST: note})
        return secret.name
    name = f"{secret.name}-{suffix(note)}" if plain else secret.name
    _make(part, Kind.SECRET, secret, name, rules, {labels.DIGEST: note})
    return name


def _candidates(name: str, objects: Mapping[str, Found]) -> list[Found]:
    """The object of the plain name, then those of a rotation."""
    names = [
        other for other in objects if other == name or (other.startswith(f"{name}-") and len(other) == len(name) + 9)
    ]
    return [objects[found] for found in sorted(names)]


def _content_hash(config: Config) -> str:
    return hashlib.sha256(json.dumps(_template(config.spec)).encode() + config.data).hexdigest()[:8]


def _template(spec: Spec) -> Any:
    return spec.get("Templating") or None


def _make(
    part: Part, kind: Kind, wanted: Config | Secret, name: str, rules: Rules, notes: Mapping[str, str] | None = None
) -> None:
    key = Key(kind, name)
    if suspended := rules.suspensions.of_stack(wanted.stack):
        part.hold(key, str(suspended))
        return
    generate = wanted.generate if isinstance(wanted, Secret) else None
    reason = "not there" if name == wanted.name else f"the content of {wanted.name} changed"
    if generate:
        reason = "not there; generated once and kept for good"
    spec = {**wanted.spec, "Name": name}
    spec["Labels"] = {**(spec.get("Labels") or {}), labels.OWNER: rules.owner, **(notes or {})}
    action = Action(key, wanted.stack, Verb.CREATE, reason, spec=spec, data=wanted.data, generate=generate)
    part.actions.append(action)


def _keep(
    part: Part,
    kind: Kind,
    wanted: Config | Secret,
    found: observed.Config | observed.Secret,
    rules: Rules,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Labels are all that can be updated, and an update of them touches no task."""
    key = Key(kind, found.name)
    owner = owner_of(found.spec)
    present = found.spec.get("Labels") or {}
    given = wanted.spec.get("Labels") or {}
    changes: tuple[Change, ...] = label_changes(given, present)
    bookkeeping = {labels.OWNER: rules.owner, **(notes or {})}
    missing = {label: text for label, text in bookkeeping.items() if label not in present}
    if owner not in {"", rules.owner}:
        part.hold(key, f"belongs to {owner}")
    elif not changes and not missing:
        part.unchanged += 1
    elif suspended := rules.suspensions.of_stack(wanted.stack):
        part.hold(key, str(suspended))
    else:
        ours = {label: text for label, text in present.items() if label.startswith(labels.OURS)}
        spec = {**found.spec, "Labels": {**given, **ours, **missing}}
        verb = Verb.UPDATE if owner else Verb.ADOPT
        reason = "its labels differ" if owner else "has the content already; only our labels are missing"
        if not owner:
            changes = (*changes, owner_change(rules.owner))
        part.actions.append(Action(key, wanted.stack, verb, reason, changes=changes, spec=spec, observed=found))


def _expect(part: Part, kind: Kind, wanted: Config | Secret, objects: Mapping[str, object]) -> None:
    if wanted.name not in objects:
        part.missing.add(Key(kind, wanted.name))
        part.warn(wanted.at, f"external {kind} {wanted.name} isn't there", "create it, or drop `external`")
