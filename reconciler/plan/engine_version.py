"""Keys that the connected engine is too old for: left out where the service runs without them, refused elsewhere."""

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
    """Return the service's spec without what this engine would drop: compared as it is, it would differ for ever."""
    spec = service.spec
    for need in unmet(service, api):
        spec = _without(spec, need.without) if need.without else spec
    return spec


def refused(stacks: Sequence[Stack], engine: Engine) -> Iterator[tuple[str, Fault]]:
    """Yield, by stack, the keys that change what runs when they are left out."""
    for stack, need in _unmet(stacks, engine):
        if not need.without:
            hint = f"the engine here is {engine.version}: bring it up, or leave the key out"
            yield stack.name, need.at.fault(f"{need.key} needs engine {need.engine}", hint)


def left_out(stacks: Sequence[Stack], engine: Engine) -> Iterator[Fault]:
    """Yield a warning for each key that the services run without, as under ``docker stack``."""
    for _, need in _unmet(stacks, engine):
        if need.without and not need.accepted:
            message = f"{need.key} isn't honoured: it needs engine {need.engine}"
            yield need.at.fault(message, f"the engine here is {engine.version}, and the service runs without it")


def _unmet(stacks: Sequence[Stack], engine: Engine) -> Iterator[tuple[Stack, Need]]:
    api = api_of(engine)
    return ((stack, need) for stack in stacks for service in stack.services for need in unmet(service, api))


def _without(spec: Mapping[str, Any], path: Sequence[str]) -> Spec:
    """Copy as much of ``spec`` as changes. An object that has nothing else in it goes with its last member."""
    first, *rest = path
    other = {member: value for member, value in spec.items() if member != first}
    inner = _without(spec.get(first) or {}, rest) if rest else None
    return {**other, first: inner} if inner else other
