"""ServiceSpec of one service (docker/cli, ``convert/service.go``), with its dependencies and options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler import labels
from reconciler.compose import schema
from reconciler.compose.lowering import deploy, rollouts
from reconciler.compose.lowering.container import container, settle
from reconciler.compose.lowering.memory import put_swap
from reconciler.compose.lowering.needs import needs
from reconciler.compose.lowering.objects import DEFAULT, attached
from reconciler.compose.lowering.refusals import LONGEST_NAME, NAME, name_limits, refusals
from reconciler.compose.lowering.stack import Source
from reconciler.compose.lowering.table import put_keys
from reconciler.compose.lowering.tracking import tracking
from reconciler.desired.model import PREDEFINED, Dependency, Options, Service, Spec
from reconciler.yaml.document import Path


def services(source: Source) -> Iterator[Service]:
    for key, service in source.file.services.items():
        path: Path = ("services", key)
        if not service.image and not source.found.faulty((*path, "image")):
            source.found.fault((*path, "image"), f"service {key} has an empty image", "name one")
        name = swarm_name(source, key)
        fits = NAME.match(name) and len(name) <= LONGEST_NAME
        if not fits and not source.found.faulty(("name",)):
            where: Path = (*path, "x-reconciler", "name") if service.x_reconciler.name else path
            message = f"Swarm takes no service of the name {name}"
            source.found.fault(where, message, name_limits(name), key=not service.x_reconciler.name)
        spec, own = _spec(name, key, service, source), _options(service, path, source)
        rollouts.warn_of_deadlock(service, spec, path, source)
        for where, message, hint in refusals(service, spec):
            source.found.fault((*path, *where), message, hint)
        yield Service(
            name,
            source.stack,
            key,
            spec,
            _dependencies(key, service, source),
            own,
            source.at(path),
            tuple(needs(spec, path, source)),
            tuple(_choices(service, spec, own, path, source)),
            source.found.accepted.of_service(key),
        )


def swarm_name(source: Source, key: str) -> str:
    service = source.file.services.get(key)
    return (service.x_reconciler.name if service else None) or source.scoped(key)


def _spec(name: str, key: str, service: schema.Service, source: Source) -> Spec:
    path = ("services", key)
    task: Spec = {
        "ContainerSpec": container(service, path, source),
        "Resources": deploy.resources(service.deploy.resources),
        "Placement": deploy.placement(service.deploy.placement),
        "Networks": _networks(key, service, source),
    }
    if policy := deploy.restart_policy(service, path, source):
        task["RestartPolicy"] = policy
    spec: Spec = {
        "Name": name,
        "Labels": {**source.labelled(service.deploy.labels), labels.IMAGE: service.image},
        "TaskTemplate": task,
        "Mode": deploy.mode(service, path, source),
        "EndpointSpec": deploy.endpoint(service),
    }
    put_keys(spec, service)
    settle(task["ContainerSpec"], service, path, source)
    put_swap(spec, service, path, source)
    return spec


def _networks(key: str, service: schema.Service, source: Source) -> list[Spec]:
    found = []
    for network in attached(service):
        path = ("services", key, "networks", network)
        if network != DEFAULT and network not in source.file.networks:
            source.found.fault(
                path, f"network {network} isn't declared", f"add `{network}: {{}}` under the top-level `networks`"
            )
        given = (service.networks or {}).get(network) or schema.Attachment()
        target = source.network_name(network)
        spec: Spec = {"Target": target}
        if target not in PREDEFINED:
            # A service that was made by hand already answers to its own name and needs no alias.
            spec["Aliases"] = [*given.aliases, *([key] if swarm_name(source, key) != key else [])]
        if given.driver_opts:
            spec["DriverOpts"] = dict(given.driver_opts)
        found.append(spec)
    return sorted(found, key=lambda spec: str(spec["Target"]))


def _dependencies(key: str, service: schema.Service, source: Source) -> tuple[Dependency, ...]:
    found = []
    for other, given in service.depends_on.items():
        if other in source.left_out:
            if given is None or given.required:
                hint = "ask for one of them with COMPOSE_PROFILES, or say `required: false`"
                message = f"service {other} is left out, for none of its profiles is asked for"
                source.found.fault(("services", key, "depends_on", other), message, hint)
            continue
        if other not in source.file.services:
            hint = "name a service of this file; those of other stacks go under x-reconciler.depends_on"
            path = ("services", key, "depends_on", other)
            source.found.warn(path, f"service {other} isn't in this file, so nothing waits for it", hint)
            continue
        needs = given or schema.DependsOn()
        found.append(Dependency(swarm_name(source, other), needs.condition, needs.required))
    for other, across in service.x_reconciler.depends_on.items():
        found.append(Dependency(other, across.condition, across.required))
    return tuple(found)


def _choices(service: schema.Service, spec: Spec, options: Options, path: Path, source: Source) -> Iterator[str]:
    """Yield what ``on_failure`` chose in ``spec``. Jobs have no rollouts, and take no ``update_config``."""
    own = service.x_reconciler.on_failure
    on_failure = own or source.file.x_reconciler.on_failure
    unused = ""
    if "UpdateConfig" in spec:
        unused = "deploy.update_config says how"
    elif service.deploy.mode.endswith("-job"):
        unused = "a job isn't rolled out: a new spec runs it again"
    if own and unused:
        message = f"services.{path[-1]}.x-reconciler.on_failure isn't honoured"
        source.found.warn((*path, "x-reconciler", "on_failure"), message, unused, key=True)
    elif on_failure and not unused:
        yield rollouts.choose(spec, on_failure, options.min_task_age)


def _options(service: schema.Service, path: Path, source: Source) -> Options:
    """Return the options: the service's own, then those that its ``pull_policy`` implies, its stack's, the loop's."""
    stack, own = source.file.x_reconciler, service.x_reconciler
    pulled = tracking(service, path, source)
    given = {**stack.model_dump(exclude_unset=True), **pulled, **own.model_dump(exclude_unset=True)}
    given["suspend"] = stack.suspend or own.suspend
    source.files.budget.spend_values(len(stack.ignore), (source.name, 1, 1))
    given["ignore"] = (*stack.ignore, *own.ignore)
    given["probe"] = own.probe.lowered() if own.probe else None
    known: dict[str, Any] = {name: given[name] for name in Options.__dataclass_fields__ if name in given}
    return replace(source.defaults, **known)
