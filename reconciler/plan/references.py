"""Configs and secrets that the specs of services name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from reconciler.desired.model import Spec
from reconciler.observed.model import Snapshot
from reconciler.plan.model import Key, Kind
from reconciler.spec.paths import get


def named(spec: Spec) -> frozenset[Key]:
    """Return the configs and secrets that a service of this spec needs, including those of a credential spec."""
    container = get(spec, ("TaskTemplate", "ContainerSpec")) or {}
    credentials = get(container, ("Privileges", "CredentialSpec", "Config"))
    return frozenset(
        [
            *(Key(Kind.CONFIG, str(each.get("ConfigName"))) for each in container.get("Configs") or []),
            *(Key(Kind.SECRET, str(each.get("SecretName"))) for each in container.get("Secrets") or []),
            *([Key(Kind.CONFIG, str(credentials))] if credentials else []),
        ]
    )


def lost(spec: Spec, snapshot: Snapshot) -> frozenset[Key]:
    """Return what a spec names and is missing: Swarm starts no task of such a spec, and refuses every write of it."""
    return frozenset(key for key in named(spec) if not is_there(key, snapshot))


def is_there(key: Key, snapshot: Snapshot) -> bool:
    return key.name in (snapshot.configs if key.kind is Kind.CONFIG else snapshot.secrets)


class Uses:
    """Names of the services, whoever owns them, that use a config or secret. Computed when first asked for: where
    nothing changes, nobody asks."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._services = snapshot.services.values()

    @cached_property
    def now(self) -> Mapping[Key, frozenset[str]]:
        """Return the users by the current spec."""
        return _by_key((each.name, each.spec) for each in self._services)

    @cached_property
    def before(self) -> Mapping[Key, frozenset[str]]:
        """Return the users by the spec that a rollback returns to."""
        return _by_key((each.name, each.previous_spec) for each in self._services if each.previous_spec)

    def of(self, key: Key) -> frozenset[str]:
        """Return every service that needs the object."""
        return self.now.get(key, frozenset()) | self.before.get(key, frozenset())


def _by_key(specs: Iterator[tuple[str, Spec]]) -> dict[Key, frozenset[str]]:
    found: dict[Key, set[str]] = {}
    for service, spec in specs:
        for key in named(spec):
            found.setdefault(key, set()).add(service)
    return {key: frozenset(services) for key, services in found.items()}
