"""Comparison of desired services with observed ones: the desired spec with real names in it, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from reconciler.desired.images import split
from reconciler.desired.model import Service, Spec
from reconciler.observed import model as observed
from reconciler.observed.parking import parked, resumed
from reconciler.plan.canonical import differences
from reconciler.plan.engine_version import Api, fitted
from reconciler.plan.model import Change
from reconciler.records import dataclass
from reconciler.spec.paths import get


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Results of the rest of the plan that specs of services need: real names of configs and secrets, and digests
    that registries gave, by policy and image name."""

    configs: Mapping[str, str]
    secrets: Mapping[str, str]
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)
    api: Api = (9,)
    """API version of the engine: fields that came later are left out of specs."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of one service. ``spec`` is the desired spec; ``changes`` is what ``base`` would have to change for
    it. ``base`` is the observed spec. For a parked service it is the spec before parking: without networks, unless
    the service is a job that had completed."""

    service: Service
    observed: observed.Service
    spec: Spec
    base: Spec
    changes: tuple[Change, ...]


class Comparisons:
    """Memory of the last comparison of each service. It is made again only if either side is another object, or the
    surroundings changed. The result is the same as without a memory."""

    def __init__(self) -> None:
        self._around = Surroundings({}, {})
        self._last: dict[str, Comparison] = {}

    def under(self, around: Surroundings) -> None:
        """Use these surroundings from now on."""
        if around != self._around:
            self._around = around
            self._last.clear()

    def wanted(self, service: Service) -> Spec:
        """Return the desired spec of a service that isn't there."""
        return _wanted(service, self._around)

    def of(self, service: Service, found: observed.Service) -> Comparison:
        last = self._last.get(service.name)
        if last is None or last.service is not service or last.observed is not found:
            spec, note = _wanted(service, self._around), parked(found.spec)
            base = resumed(found.spec, attached=note.done) if note else found.spec
            changes = differences(spec, base, service.options.ignore)
            last = self._last[service.name] = Comparison(service, found, spec, base, changes)
        return last


def _wanted(service: Service, around: Surroundings) -> Spec:
    """Return the desired spec with real names in it, and with a newer digest where one is known. Unchanged parts are
    shared with the desired spec."""
    spec = fitted(service, around.api)
    task = dict(spec["TaskTemplate"])
    container = task["ContainerSpec"] = dict(task.get("ContainerSpec") or {})
    for member, names in (("Config", around.configs), ("Secret", around.secrets)):
        if container.get(f"{member}s"):
            key = f"{member}Name"
            container[f"{member}s"] = [
                {**each, key: names.get(each[key], each[key])} for each in container[f"{member}s"]
            ]
    credentials = get(container, ("Privileges", "CredentialSpec")) or {}
    if credentials.get("Config"):
        config = around.configs.get(credentials["Config"], credentials["Config"])
        container["Privileges"] = {**container["Privileges"], "CredentialSpec": {**credentials, "Config": config}}
    image = container.get("Image") or ""
    digest = around.digests.get((service.options.image_policy, image))
    if digest and not split(image)[1]:
        container["Image"] = f"{image}@{digest}"
    return {**spec, "TaskTemplate": task}
