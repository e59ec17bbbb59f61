"""One service as a ServiceSpec (docker/cli, ``convert/service.go``), with its dependencies and options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler import labels
from reconciler.compose import schema
from reconciler.compose.document import Path
from reconciler.compose.files import Refused, env_file
from reconciler.compose.lowering import deploy, rollouts
from reconciler.compose.lowering.mounts import mount
from reconciler.compose.lowering.needs import needs
from reconciler.compose.lowering.objects import DEFAULT, attached
from reconciler.compose.lowering.stack import Source
from reconciler.desired.images import familiar
from reconciler.desired.model import Dependency, Options, Service, Spec

_SERVICE_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9])*\Z")
"""SwarmKit, ``manager/controlapi/common.go``: a name has to do as a part of a DNS name."""
LONGEST_NAME = 63


def services(source: Source) -> Iterator[Service]:
    for key, service in source.file.services.items():
        path = ("services", key)
        rollouts.refuse_deadlock(service, path, source)
        if not service.image and not source.found.faulty((*path, "image")):
            source.found.fault((*path, "image"), f"service {key} has an empty image", "name one")
        name = swarm_name(source, key)
        fits = _SERVICE_NAME.match(name) and len(name) <= LONGEST_NAME
        if not fits and not source.found.faulty(("name",)):
            hint = f"letters, digits, - and _ with a letter or digit at both ends, {LONGEST_NAME} in all"
            source.found.fault(path, f"Swarm takes no service of the name {name}", hint, key=True)
        spec, own = _spec(name, key, service, source), _options(service, source)
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
        )


def swarm_name(source: Source, key: str) -> str:
    service = source.file.services.get(key)
    return (service.x_reconciler.name if service else None) or source.scoped(key)


def _spec(name: str, key: str, service: schema.Service, source: Source) -> Spec:
    path = ("services", key)
    task: Spec = {
        "ContainerSpec": _container(service, path, source),
        "Resources": deploy.resources(service.deploy.resources),
        "Placement": deploy.placement(service.deploy.placement),
        "Networks": _networks(key, service, source),
    }
    if policy := deploy.restart_policy(service, path, source):
        task["RestartPolicy"] = policy
    if service.logging:
        options = {option: value or "" for option, value in service.logging.options.items()}
        task["LogDriver"] = {"Name": service.logging.driver, **({"Options": options} if options else {})}
    spec: Spec = {
        "Name": name,
        "Labels": {**source.labelled(service.deploy.labels), labels.IMAGE: service.image},
        "TaskTemplate": task,
        "Mode": deploy.mode(service, path, source),
        "EndpointSpec": deploy.endpoint(service),
    }
    for member, given in (
        ("UpdateConfig", service.deploy.update_config),
        ("RollbackConfig", service.deploy.rollback_config),
    ):
        if (rollout := rollouts.rollout(given)) is not None:
            spec[member] = rollout
    return spec


def _container(service: schema.Service, path: Path, source: Source) -> Spec:
    added = _capabilities(service.cap_add)
    dropped = _capabilities(service.cap_drop) - added
    spec = {
        "Image": familiar(service.image) if service.image else "",
        "Command": service.entrypoint,
        "Args": service.command,
        "Hostname": service.hostname,
        "Env": _environment(service, path, source),
        "Labels": source.labelled(service.labels),
        "Dir": service.working_dir,
        "User": service.user,
        "Groups": list(service.group_add),
        "StopSignal": service.stop_signal,
        "TTY": service.tty,
        "OpenStdin": service.stdin_open,
        "ReadOnly": service.read_only,
        "Isolation": service.isolation,
        "Mounts": [mount(given, (*path, "volumes", index), source) for index, given in enumerate(service.volumes)],
        "Hosts": [f"{address} {host}" for host, address in service.extra_hosts],
        "DNSConfig": _kept({"Nameservers": list(service.dns), "Search": list(service.dns_search)}),
        "Configs": _configs(service, path, source),
        "Secrets": _references("Secret", service.secrets, path, source),
        "Privileges": _privileges(service, path, source),
        "Sysctls": dict(service.sysctls),
        "CapabilityAdd": sorted(added),
        "CapabilityDrop": sorted(dropped),
        "OomScoreAdj": service.oom_score_adj,
        "Ulimits": [
            {"Name": name, "Hard": limit.hard, "Soft": limit.soft} for name, limit in sorted(service.ulimits.items())
        ],
        "Healthcheck": _health(service, path, source),
    }
    kept = _kept(spec)
    if service.stop_grace_period is not None:
        kept["StopGracePeriod"] = service.stop_grace_period
    if service.init is not None:
        kept["Init"] = service.init
    return kept


def _environment(service: schema.Service, path: Path, source: Source) -> list[str]:
    """``env_file`` first, ``environment`` over it. What has no value, or an empty one, takes that of the process where
    it has one (docker/cli, ``loader.updateEnvironment``); without, a bare name stays bare."""
    values: dict[str, str | None] = {}
    for index, given in enumerate(service.env_file):
        try:
            values |= env_file(source.files.text(given.path), source.environ)
        except Refused as error:
            if given.required or "isn't there" not in str(error):
                source.found.fault((*path, "env_file", index), str(error), error.hint)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            source.found.fault((*path, "env_file", index), f"{given.path}: {message}", hint)
    for name, value in service.environment.items():
        values[name] = value
    values = {name: value or source.environ.get(name, value) for name, value in values.items()}
    return sorted(name if value is None else f"{name}={value}" for name, value in values.items())


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
        if target not in {"host", "bridge", "none"}:
            # A service that was made by hand answers to its own name without an alias.
            spec["Aliases"] = [*given.aliases, *([key] if swarm_name(source, key) != key else [])]
        if given.driver_opts:
            spec["DriverOpts"] = dict(given.driver_opts)
        found.append(spec)
    return sorted(found, key=lambda spec: str(spec["Target"]))


def _references(kind: str, given: list[schema.FileReference], path: Path, source: Source) -> list[Spec]:
    plural = f"{kind.lower()}s"
    declared = source.file.configs if kind == "Config" else source.file.secrets
    found = []
    for index, reference in enumerate(given):
        if reference.source not in declared:
            source.found.fault(
                (*path, plural, index),
                f"{kind.lower()} {reference.source} isn't declared",
                f"add `{reference.source}:` under the top-level `{plural}`",
            )
            continue
        file = {
            "Name": reference.target or reference.source,
            "UID": reference.uid,
            "GID": reference.gid,
            "Mode": 0o444 if reference.mode is None else reference.mode,
        }
        found.append({f"{kind}Name": source.content_name(plural, reference.source), "File": file})
    return sorted(found, key=lambda spec: str(spec[f"{kind}Name"]))


def _configs(service: schema.Service, path: Path, source: Source) -> list[Spec]:
    """Those that become files, and the one that is a credential spec, which the engine reads itself."""
    found = _references("Config", service.configs, path, source)
    given = service.credential_spec.config if service.credential_spec else ""
    if given and given not in source.file.configs:
        hint = f"add `{given}:` under the top-level `configs`"
        source.found.fault((*path, "credential_spec", "config"), f"config {given} isn't declared", hint)
    elif given:
        found.append({"ConfigName": source.content_name("configs", given), "Runtime": {}})
    return sorted(found, key=lambda spec: str(spec["ConfigName"]))


def _privileges(service: schema.Service, path: Path, source: Source) -> Spec:
    """A credential spec's config is named here by its Swarm name; where it is written, its id takes the place."""
    given = service.credential_spec
    if given is None:
        return {}
    config = source.content_name("configs", given.config) if given.config else ""
    kept = _kept({"Config": config, "File": given.file, "Registry": given.registry})
    if len(kept) > 1:
        hint = "say config, file or registry"
        source.found.fault((*path, "credential_spec"), "a credential spec comes from one place", hint)
    return {"CredentialSpec": kept} if kept else {}


def _health(service: schema.Service, path: Path, source: Source) -> Spec:
    check = service.healthcheck
    if check is None:
        return {}
    if check.disable:
        if check.test:
            source.found.fault(
                (*path, "healthcheck", "test"), "the check is disabled and has a test", "keep one of the two"
            )
        return {"Test": ["NONE"]}
    test = check.test
    if test and test[0] not in {"NONE", "CMD", "CMD-SHELL"}:
        hint = f"write [CMD, {', '.join(test)}]"
        source.found.fault((*path, "healthcheck", "test"), "a test begins with CMD, CMD-SHELL or NONE", hint)
    return _kept(
        {
            "Test": test,
            "Interval": check.interval,
            "Timeout": check.timeout,
            "StartPeriod": check.start_period,
            "StartInterval": check.start_interval,
            "Retries": check.retries,
        }
    )


def _capabilities(names: list[str]) -> set[str]:
    """The form that the engine stores: upper case, with ``CAP_``; ALL swallows the others."""
    upper = {name.strip().upper() for name in names}
    full = {name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in upper}
    return {"ALL"} if "ALL" in full else full


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
    """What of ``spec`` is chosen by ``on_failure``, in words. Jobs have no rollouts, and take no ``update_config``."""
    own = service.x_reconciler.on_failure
    on_failure = own or source.file.x_reconciler.on_failure
    unused = ""
    if "UpdateConfig" in spec:
        unused = "deploy.update_config says how"
    elif service.deploy.mode.endswith("-job"):
        unused = "a job isn't rolled out: a new spec runs it anew"
    if own and unused:
        message = f"services.{path[-1]}.x-reconciler.on_failure isn't honoured"
        source.found.warn((*path, "x-reconciler", "on_failure"), message, unused, key=True)
    elif on_failure and not unused:
        yield rollouts.choose(spec, on_failure, options.min_task_age)


def _options(service: schema.Service, source: Source) -> Options:
    """The service's own, over those of its stack, over those of the loop."""
    stack, own = source.file.x_reconciler, service.x_reconciler
    given = {**stack.model_dump(exclude_unset=True), **own.model_dump(exclude_unset=True)}
    given["suspend"] = stack.suspend or own.suspend
    given["ignore"] = (*stack.ignore, *own.ignore)
    given["probe"] = own.probe.lowered() if own.probe else None
    known: dict[str, Any] = {name: given[name] for name in Options.__dataclass_fields__ if name in given}
    return replace(source.defaults, **known)


def _kept(spec: dict[str, Any]) -> Spec:
    return {key: value for key, value in spec.items() if value}
