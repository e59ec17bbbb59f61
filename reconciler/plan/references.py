"""Which configs and secrets the specs of services name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.desired.model import Spec
from reconciler.observed.model import Snapshot
from reconciler.plan.canonical import get
from reconciler.plan.model import Key, Kind


def named(spec: Spec) -> frozenset[Key]:
    """The configs and secrets that a service of this spec needs, a credential spec's included."""
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
    """What a spec names and isn't there: Swarm can't start a task of it, and refuses every write of it."""
    return frozenset(key for key in named(spec) if not is_there(key, snapshot))


def is_there(key: Key, snapshot: Snapshot) -> bool:
    return key.name in (snapshot.configs if key.kind is Kind.CONFIG else snapshot.secrets)


@dataclass(frozen=True, slots=True)
class Uses:
    """Names of the services that use a config or secret: by their spec, or by the one that a rollback returns to."""

    now: Mapping[Key, frozenset[str]]
    before: Mapping[Key, frozenset[str]]

    def of(self, key: Key) -> frozenset[str]:
        """Every service that needs it."""
        return self.now.get(key, frozenset()) | self.before.get(key, frozenset())


def uses(snapshot: Snapshot) -> Uses:
    """The uses by every service, whoever owns it."""
    return Uses(
        _by_key((service.name, service.spec) for service in snapshot.services.values()),
        _by_key((each.name, each.previous_spec) for each in snapshot.services.values() if each.previous_spec),
    )


def _by_key(specs: Iterator[tuple[str, Spec]]) -> dict[Key, frozenset[str]]:
    found: dict[Key, set[str]] = {}
    for service, spec in specs:
        for key in named(spec):
            found.setdefault(key, set()).add(service)
    return {key: frozenset(services) for key, services in found.items()}
