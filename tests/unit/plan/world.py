"""Small desired worlds for planning, and the Swarm that a plan would leave behind."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from reconciler import labels
from reconciler.desired.model import Config, Network, Options, Secret, Service, Spec, Stack
from reconciler.observed import model as observed
from reconciler.plan.draft import Rules
from reconciler.plan.model import Action, Kind, Plan, Verb
from reconciler.plan.planner import make_plan

RULES = Rules(owner="reconciler", salt="pepper")
ENGINE = observed.Engine("node1", "20.10.24", "1.41")
EMPTY = observed.Snapshot(1000.0, ENGINE)


def spec(name: str = "app_web", **container: Any) -> Spec:
    return {
        "Name": name,
        "Labels": {"com.docker.stack.namespace": "app"},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "web:1", "Env": ["A=1", "B=2"], **container},
            "Networks": [{"Target": "app_default", "Aliases": ["web"]}],
        },
        "Mode": {"Replicated": {"Replicas": 1}},
        "EndpointSpec": {"Ports": [{"TargetPort": 80, "PublishedPort": _port(name)}, {"TargetPort": 81}]},
    }


def _port(name: str) -> int:
    """A port of its own for each service: Swarm publishes none twice by ingress."""
    return 8080 if name == "app_web" else 10_000 + zlib.crc32(name.encode()) % 20_000


def service(name: str = "app_web", options: Options | None = None, **container: Any) -> Service:
    return Service(name, "app", name.removeprefix("app_"), spec(name, **container), options=options or Options())


def stack(*services: Service, **parts: Any) -> Stack:
    network = Network("app_default", "app", {"Name": "app_default", "Driver": "overlay"})
    return Stack("app", "app.yaml", services=services, networks=parts.pop("networks", (network,)), **parts)


def config(data: bytes, name: str = "app_conf") -> Config:
    return Config(name, "app", {"Name": name, "Labels": {"com.docker.stack.namespace": "app"}}, data)


def secret(data: bytes, name: str = "app_key", **options: Any) -> Secret:
    return Secret(name, "app", {"Name": name, "Labels": {"com.docker.stack.namespace": "app"}}, data, **options)


def after(plan: Plan, before: observed.Snapshot) -> observed.Snapshot:
    """The Swarm when every action of ``plan`` has been done."""
    services, networks = dict(before.services), dict(before.networks)
    configs, secrets = dict(before.configs), dict(before.secrets)
    tables: dict[Kind, dict[str, Any]] = {
        Kind.SERVICE: services,
        Kind.NETWORK: networks,
        Kind.CONFIG: configs,
        Kind.SECRET: secrets,
    }
    for action in plan.actions:
        table = tables[action.kind]
        if action.verb is Verb.REMOVE:
            del table[action.name]
        else:
            table[action.name] = _written(action)
    return replace(before, services=services, networks=networks, configs=configs, secrets=secrets)


def _written(action: Action) -> observed.Service | observed.Network | observed.Config | observed.Secret:
    assert action.sealed is not None
    spec = copy.deepcopy(action.sealed)
    version = getattr(action.observed, "version", 0) + 1
    if action.kind is Kind.SERVICE:
        before = action.observed.spec if isinstance(action.observed, observed.Service) else None
        return observed.Service(f"id-{action.name}", action.name, version, spec, previous_spec=before)
    if action.kind is Kind.NETWORK:
        return observed.Network(f"id-{action.name}", action.name, spec)
    if action.kind is Kind.CONFIG:
        data = action.observed.data if isinstance(action.observed, observed.Config) else action.data
        return observed.Config(f"id-{action.name}", action.name, version, spec, data)
    return observed.Secret(f"id-{action.name}", action.name, version, spec)


def planned(stacks: Iterable[Stack], snapshot: observed.Snapshot = EMPTY, rules: Rules = RULES) -> Plan:
    return make_plan(list(stacks), snapshot, rules)


def running(*stacks: Stack) -> observed.Snapshot:
    """The Swarm after a first convergence of ``stacks``."""
    return after(planned(stacks), EMPTY)


def unowned(snapshot: observed.Snapshot) -> observed.Snapshot:
    """The same Swarm, made by ``docker stack deploy``: without any label of ours."""

    def stripped(item: Any) -> Any:
        kept = {key: text for key, text in item.spec.get("Labels", {}).items() if not key.startswith("io.reconciler.")}
        return replace(item, spec={**item.spec, "Labels": kept})

    return replace(
        snapshot,
        services={name: stripped(item) for name, item in snapshot.services.items()},
        networks={name: stripped(item) for name, item in snapshot.networks.items()},
        configs={name: stripped(item) for name, item in snapshot.configs.items()},
        secrets={name: stripped(item) for name, item in snapshot.secrets.items()},
    )


def summary(plan: Plan) -> list[str]:
    return [f"{action.verb} {action.key}" for action in plan.actions]


def by_hand(swarm: observed.Snapshot, spec: Spec) -> observed.Snapshot:
    """The same Swarm, after somebody gave ``app_web``, which is ours, another spec."""
    ours = {**spec, "Labels": {**spec["Labels"], labels.OWNER: RULES.owner}}
    return replace(swarm, services={**swarm.services, "app_web": replace(swarm.services["app_web"], spec=ours)})
