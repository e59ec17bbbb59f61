"""Keys that are too new for the connected engine: left out if the service runs without them, refused otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.desired.model import Need, Service, Spec, Stack
from reconciler.errors import Fault
from reconciler.observed.model import Engine

Api = tuple[int, ...]


def api_of(engine: Engine) -> Api:
    """Return the engine's API version as numbers, which compare."""
    return tuple(int(number) for number in engine.api_version.split("."))


def unmet(service: Service, api: Api) -> list[Need]:
    """Return what ``service`` asks for that came after ``api``."""
    return [need for need in service.needs if api < need.api]


def fitted(service: Service, api: Api) -> Spec:
    """Return the service's spec without what this engine would drop. With it, the spec would always differ."""
    spec = service.spec
    for need in unmet(service, api):
        spec = _without(spec, need.without) if need.without else spec
    return spec


def refused(stacks: Sequence[Stack], engine: Engine) -> Iterator[tuple[str, Fault]]:
    """Yield, by stack, the keys that change what runs if they are left out."""
    for stack, need in _unmet(stacks, engine):
        if not need.without:
            hint = f"the engine here is {engine.version}: bring it up, or leave the key out"
            yield stack.name, need.at.fault(f"{need.key} needs engine {need.engine}", hint)


def left_out(stacks: Sequence[Stack], engine: Engine) -> Iterator[Fault]:
    """Yield a warning for each key that is left out because the services run without it, as under ``docker stack``."""
    for _, need in _unmet(stacks, engine):
        if need.without and not need.accepted:
            message = f"{need.key} isn't honoured: it needs engine {need.engine}"
            yield need.at.fault(message, f"the engine here is {engine.version}, and the service runs without it")


def _unmet(stacks: Sequence[Stack], engine: Engine) -> Iterator[tuple[Stack, Need]]:
    api = api_of(engine)
    return ((stack, need) for stack in stacks for service in stack.services for need in unmet(service, api))


def _without(spec: Mapping[str, Any], path: Sequence[str]) -> Spec:
    """Return ``spec`` without ``path``, copying only what changes. An object that becomes empty is removed too."""
    first, *rest = path
    other = {member: value for member, value in spec.items() if member != first}
    inner = _without(spec.get(first) or {}, rest) if rest else None
    return {**other, first: inner} if inner else other
