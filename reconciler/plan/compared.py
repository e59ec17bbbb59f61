"""Desired services beside observed ones: the spec that is wanted with real names in it, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.desired.images import split
from reconciler.desired.model import Service, Spec
from reconciler.observed import model as observed
from reconciler.plan.canonical import differences, get
from reconciler.plan.fitting import Api, fitted
from reconciler.plan.model import Change
from reconciler.plan.networks import attachments


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of the plan means for services: real names of configs and secrets, networks being replaced; and
    what registries said, by policy and image name."""

    configs: Mapping[str, str]
    secrets: Mapping[str, str]
    replaced: frozenset[str] = frozenset()
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)
    api: Api = (9,)
    """Version of the engine's API: what came later is left out of specs."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``spec`` is what is wanted, ``changes`` are what ``observed`` would have to change for it."""

    service: Service
    observed: observed.Service
    spec: Spec
    changes: tuple[Change, ...]


class Comparisons:
    """Remembers the last comparison of each service, and makes it anew only where either side is another object, or
    the surroundings changed. What comes out is the same as without a memory."""

    def __init__(self) -> None:
        self._around = Surroundings({}, {})
        self._last: dict[str, Comparison] = {}

    def under(self, around: Surroundings) -> None:
        """The surroundings that count from now on."""
        if around != self._around:
            self._around = around
            self._last.clear()

    def wanted(self, service: Service) -> Spec:
        """Of a service that isn't there."""
        return _wanted(service, None, self._around)

    def of(self, service: Service, found: observed.Service) -> Comparison:
        last = self._last.get(service.name)
        if last is None or last.service is not service or last.observed is not found:
            spec = _wanted(service, found, self._around)
            changes = differences(spec, found.spec, service.options.ignore)
            last = self._last[service.name] = Comparison(service, found, spec, changes)
        return last


def _wanted(service: Service, found: observed.Service | None, around: Surroundings) -> Spec:
    """The desired spec with real names in it, a known newer digest, and without networks that are being replaced. What
    stays as it is, is shared with the desired spec."""
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
    if found and around.replaced:
        task["Networks"] = [net for net in attachments(spec) if net.get("Target") not in around.replaced]
    return {**spec, "TaskTemplate": task}
