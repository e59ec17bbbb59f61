"""Configs and secrets. Swarm can't change their content, so new content is a new object.

An object that already has the content is used under whatever name it has, so adoption restarts nothing; else one is
made. ``prune`` removes objects that are no longer used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler import labels
from reconciler.desired.model import Config, Secret, Spec, Stack
from reconciler.observed import model as observed
from reconciler.observed.model import Snapshot
from reconciler.plan.content_names import by_plain_name, free_name
from reconciler.plan.content_objects import Observed, keep, make
from reconciler.plan.draft import Part, Rules
from reconciler.plan.model import Key, Kind
from reconciler.plan.ownership import owner_of
from reconciler.plan.references import Uses
from reconciler.plan.salted_hashes import Sealed, is_readable, matches, salt_for


@dataclass(slots=True)
class Placed:
    """Which object holds which content. ``names`` has the object's name by plain name. ``holds`` identifies the
    content of each object. It shows no secret content, but a guess could be checked against it, so it is only for
    slow hashes."""

    configs: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    holds: dict[Key, str] = field(default_factory=dict, repr=False)
    made: set[Key] = field(default_factory=set)
    """Objects that this plan makes."""

    def names(self, kind: Kind) -> dict[str, str]:
        return self.configs if kind is Kind.CONFIG else self.secrets

    def put(self, kind: Kind, plain: str, name: str, holds: str) -> None:
        self.names(kind)[plain] = name
        self.holds[Key(kind, name)] = holds


def plan_contents(
    stacks: Sequence[Stack], snapshot: Snapshot, uses: Uses, rules: Rules
) -> tuple[tuple[Part, Part], Placed]:
    """Return the parts for configs and for secrets."""
    configs = [config for stack in stacks for config in stack.configs]
    secrets = [secret for stack in stacks for secret in stack.secrets]
    planning = _Planning(
        snapshot,
        by_plain_name(snapshot.configs, {config.name for config in configs if not config.external}),
        by_plain_name(snapshot.secrets, {secret.name for secret in secrets if not secret.external}),
        uses,
        rules,
        {stack.name: [volume.name for volume in stack.volumes] for stack in stacks},
    )
    for config in configs:
        if not config.external:
            planning.config(config)
    for secret in secrets:
        if not secret.external:
            planning.secret(secret)
    outside: list[Config | Secret] = [*configs, *secrets]
    for each in outside:  # last: the external object may be made by another stack
        if each.external:
            planning.external(each)
    return (planning.configs, planning.secrets), planning.placed


def digests_to_match(stacks: Sequence[Stack], snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Return the labels and contents of secrets that a plan is going to compare."""
    secrets = [secret for stack in stacks for secret in stack.secrets if not secret.external]
    there = by_plain_name(snapshot.secrets, {secret.name for secret in secrets}) if secrets else {}
    for secret in secrets:
        for found in there.get(secret.name, ()) if not secret.generate else ():
            yield labels.of(found.spec, labels.DIGEST), secret.data


@dataclass
class _Planning:
    snapshot: Snapshot
    configs_there: Mapping[str, Sequence[observed.Config]]
    secrets_there: Mapping[str, Sequence[observed.Secret]]
    """Objects by plain name, newest first."""
    uses: Uses
    rules: Rules
    volumes: Mapping[str, Sequence[str]]
    """Names of the volumes that a stack declares."""
    configs: Part = field(default_factory=Part)
    secrets: Part = field(default_factory=Part)
    placed: Placed = field(default_factory=Placed)

    def config(self, config: Config) -> None:
        holds = _content_hash(config.spec, config.data)
        there = self.configs_there.get(config.name, ())
        match = next((found for found in there if _content_hash(found.spec, found.data) == holds), None)
        if match:
            self._keep(config, match, {})
            name = match.name
        else:
            name = self._free(Kind.CONFIG, config.name, holds, first=not there)
            self._make(config, name, {})
        self.placed.put(Kind.CONFIG, config.name, name, holds)

    def secret(self, secret: Secret) -> None:
        name, holds = self._generated(secret) if secret.generate else self._given(secret)
        self.placed.put(Kind.SECRET, secret.name, name, holds)

    def _generated(self, secret: Secret) -> tuple[str, str]:
        """Plan a generated secret. It is made once and kept for good, even if its length in the file changes. An
        object that the secret had before it was generated stays in use."""
        notes = {labels.GENERATED: "true", labels.STACK_OF_SECRET: secret.stack}
        there = self.secrets_there.get(secret.name, ())
        made = next((each for each in there if labels.of(each.spec, labels.GENERATED)), None)
        if found := made or self._in_use(Kind.SECRET, there):
            self._keep(secret, found, notes)
            return found.name, f"generated {found.id}"
        name = self._free(Kind.SECRET, secret.name, "", first=True)
        self._make(secret, name, notes)
        volumes = sorted(name for name in self.volumes.get(secret.stack, ()) if name in self.snapshot.volumes)
        if volumes:
            message = f"secret {secret.name} is missing and gets a new value, but volume {volumes[0]} exists already"
            hint = "if its data was made under the old value, restore that as the secret's content, or reset the data"
            self.secrets.warn(secret.at, message, hint)
        return name, "generated"

    def _given(self, secret: Secret) -> tuple[str, str]:
        shape = _shape(secret.spec)
        holds = hashlib.sha256(shape.encode() + secret.data).hexdigest()
        sealed = Sealed(salt_for(self.rules.salt, secret.name, shape, secret.data), secret.data)
        there = self.secrets_there.get(secret.name, ())
        alike = [found for found in there if _shape(found.spec) == shape]
        for found in alike:
            if matches(labels.of(found.spec, labels.DIGEST), secret.data):
                self._keep(secret, found, {}, sealed)
                return found.name, holds
        if trusted := next((found for found in alike if _is_unread(found, secret.name)), None):
            why = "is there already; nobody can read it back"
            if labels.of(trusted.spec, labels.DIGEST):
                why = f"has a label {labels.DIGEST} that can't be read"
            message = f"secret {trusted.name} {why}, so its content is taken on trust"
            self.secrets.warn(secret.at, message, "the next change of the file rotates it")
            self._keep(secret, trusted, {}, sealed)
            return trusted.name, holds
        name = self._free(Kind.SECRET, secret.name, sealed.salt, first=not there)
        self._make(secret, name, {}, sealed)
        return name, holds

    def external(self, wanted: Config | Secret) -> None:
        """Plan an external object: find the name that another stack gave it, or use an object of that exact name."""
        kind, part, _ = self._of(wanted)
        if wanted.name in self.placed.names(kind):
            return
        found = self._outside(wanted)
        if found is None:
            part.missing.add(Key(kind, wanted.name))
            part.warn(wanted.at, f"external {kind} {wanted.name} isn't there", "create it, or drop `external`")
            self.placed.put(kind, wanted.name, wanted.name, "")
            return
        holds = _content_hash(found.spec, found.data) if isinstance(found, observed.Config) else found.id
        self.placed.put(kind, wanted.name, found.name, holds)

    def _outside(self, wanted: Config | Secret) -> Observed | None:
        """Return the object of that exact name. If it is an old object of ours, return the object that services use
        now."""
        kind, part, objects = self._of(wanted)
        there: Sequence[Observed] = self.configs_there.get(wanted.name, ())
        if kind is Kind.SECRET:
            there = self.secrets_there.get(wanted.name, ())
        found = objects.get(wanted.name)
        if found is None or owner_of(Key(kind, found.name), found.spec) == self.rules.owner:
            return self._in_use(kind, there)
        if there and there[0].created_at > found.created_at:
            newer = there[0].name
            message = (
                f"external {kind} {wanted.name} has newer content, in {newer}; services of this stack keep the old"
            )
            part.warn(wanted.at, message, f"name {newer}, or let its owner and this stack be kept by one reconciler")
        return found

    def _in_use(self, kind: Kind, there: Sequence[Observed]) -> Observed | None:
        """Return the object that services use now, else the newest."""
        return next((each for each in there if Key(kind, each.name) in self.uses.now), next(iter(there), None))

    def _of(
        self, wanted: Config | Secret
    ) -> tuple[Kind, Part, Mapping[str, observed.Config] | Mapping[str, observed.Secret]]:
        if isinstance(wanted, Config):
            return Kind.CONFIG, self.configs, self.snapshot.configs
        return Kind.SECRET, self.secrets, self.snapshot.secrets

    def _make(self, wanted: Config | Secret, name: str, notes: Mapping[str, str], digest: Sealed | None = None) -> None:
        kind, part, _ = self._of(wanted)
        if make(part, wanted, name, notes, self.rules, digest):
            self.placed.made.add(Key(kind, name))

    def _keep(
        self, wanted: Config | Secret, found: Observed, notes: Mapping[str, str], digest: Sealed | None = None
    ) -> None:
        keep(self._of(wanted)[1], wanted, found, notes, self.rules, digest)

    def _free(self, kind: Kind, plain: str, content: str, *, first: bool) -> str:
        objects = self.snapshot.configs if kind is Kind.CONFIG else self.snapshot.secrets
        named = {key.name for key in (*self.uses.now, *self.uses.before) if key.kind is kind}
        return free_name(plain, content, objects.keys() | named, first=first)


def _is_unread(found: observed.Secret, plain: str) -> bool:
    """Say whether the content of a secret can't be known: it was made elsewhere under the plain name, or its digest
    is damaged."""
    digest = labels.of(found.spec, labels.DIGEST)
    if labels.of(found.spec, labels.GENERATED) or is_readable(digest):
        return False
    return bool(digest) or found.name == plain


def _content_hash(spec: Spec, data: bytes) -> str:
    return hashlib.sha256(_shape(spec).encode() + data).hexdigest()


def _shape(spec: Spec) -> str:
    """Return what changes the meaning of the data: a template driver, or a driver that holds the data itself."""
    drivers = {member: spec.get(member) or {} for member in ("Templating", "Driver")}
    given = {member: [each.get("Name"), each.get("Options") or {}] for member, each in drivers.items() if each}
    return json.dumps(given, sort_keys=True)
