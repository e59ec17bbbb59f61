"""Networks: made if missing, and otherwise only compared, because Swarm can't update them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from reconciler import labels
from reconciler.causes.cause import Cause
from reconciler.desired.model import Network, Spec
from reconciler.observed.model import Network as ObservedNetwork
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.plan.draft import Part, Rules, in_words
from reconciler.plan.model import Action, Change, Key, Kind, Verb
from reconciler.plan.ownership import owner_of
from reconciler.spec.network import COMPARED

_SERIAL = "com.docker.network.ipam.serial"
"""Option in which the engine notes the addresses of an overlay network."""
_ALLOCATED = ("driver", "driver_opts", "ipam")
"""Members that an engine returns for a network only once Swarm has allocated it: soon after its creation, or never
if Swarm can't."""
EXTERNAL = (
    "make one under another name by `docker network create -d overlay NAME`, or remove {0} first and use its name"
)
OURS = "`docker network rm {0}` removes it, or `name:` gives the network of this file another name"
WANTED = frozenset(list(TaskState)[: list(TaskState).index(TaskState.RUNNING) + 1])
"""States of a task for which Swarm counts a network as used (SwarmKit, ``controlapi/network.go``)."""
LEAVING = "was removed, and is there until the last container that uses it has ended"


def plan_networks(networks: list[Network], snapshot: Snapshot, rules: Rules) -> Part:
    part = Part()
    ours = {network.name for network in networks if not network.external}
    for network in networks:
        key = Key(Kind.NETWORK, network.name)
        observed = snapshot.networks.get(network.name)
        if network.external:
            if local := _local(network.name, snapshot) if network.name not in ours else "":
                _refuse(part, network, f"{network.name} is {local}; services need a network of the Swarm", EXTERNAL)
            elif (observed is None or observed.leaving) and network.name not in ours:
                part.missing.add(key)
                part.warn(network.at, f"external network {network.name} isn't there", "create it, or drop `external`")
            continue
        if suspended := rules.suspensions.of_stack(network.stack):
            part.hold(key, Cause.SUSPENDED, str(suspended))
        elif local := _local(network.name, snapshot):
            _refuse(part, network, f"network with name {network.name} already exists: it is {local}", OURS)
        elif observed is None or observed.leaving:
            part.actions.append(_create(key, network, rules, observed))
        else:
            _compare(part, network, snapshot, rules)
    return part


def _local(name: str, snapshot: Snapshot) -> str:
    """Describe the engine's local network that blocks a Swarm network of this name."""
    driver = snapshot.local_networks.get(name) if name not in snapshot.networks else None
    return f"a local {driver} network of this engine" if driver else ""


def _refuse(part: Part, network: Network, why: str, hint: str) -> None:
    key, hint = Key(Kind.NETWORK, network.name), hint.format(network.name)
    part.hold(key, Cause.NAME_TAKEN, f"{why}: {hint}")
    part.unavailable[key] = f"{why}: {hint}"
    part.warn(network.at, why, hint)


def network_changes(desired: Spec, observed: Spec) -> tuple[Change, ...]:
    """Return the fields that differ. Addresses count only if desired state names some; otherwise the engine chooses
    them."""
    want, have = _form(desired, desired), _form(observed, desired)
    untold = () if is_allocated(observed) else _ALLOCATED
    return tuple(
        Change(path, have.get(path), want.get(path))
        for path in sorted(want.keys() | have.keys())
        if want.get(path) != have.get(path) and path.partition(".")[0] not in untold
    )


def is_allocated(observed: Spec) -> bool:
    """Say whether Swarm has given the network a driver and addresses."""
    return bool(observed.get("Driver"))


def _form(spec: Spec, desired: Spec) -> dict[str, Any]:
    form: dict[str, Any] = {}
    known = {api: spec.get(api) for api in COMPARED.members}
    for path, value in COMPARED.canonical(known).items():
        form |= {f"{path}.{key}": item for key, item in value.items()} if isinstance(value, dict) else {path: value}
    wanted = desired.get("IPAM") or {}
    given = spec.get("IPAM") or {}
    if wanted.get("Config"):
        pools = [{key: item for key, item in pool.items() if item} for pool in given.get("Config") or []]
        named = {key for pool in wanted["Config"] for key in pool}
        form["ipam.config"] = [{key: item for key, item in pool.items() if key in named} for pool in pools]
    if wanted.get("Options"):
        form["ipam.options"] = {key: text for key, text in (given.get("Options") or {}).items() if key != _SERIAL}
    form["ipam.driver"] = given.get("Driver") or "default"
    return form


def _create(key: Key, network: Network, rules: Rules, leaving: ObservedNetwork | None) -> Action:
    reason = LEAVING if leaving else "not there"
    return Action(key, network.stack, Verb.CREATE, reason, spec=_owned(network, rules), observed=leaving)


def _owned(network: Network, rules: Rules) -> Spec:
    return {**network.spec, "Labels": {**(network.spec.get("Labels") or {}), labels.OWNER: rules.owner}}


def _compare(part: Part, network: Network, snapshot: Snapshot, rules: Rules) -> None:
    key = Key(Kind.NETWORK, network.name)
    observed = snapshot.networks[network.name]
    changes = network_changes(network.spec, observed.spec)
    if not changes:
        part.unchanged += 1
        if not is_allocated(observed.spec):
            part.warn(network.at, f"network {network.name} has no addresses yet", _why_none(network.spec))
        return
    reason = f"Swarm can't update a network, and {in_words(changes)}"
    if not network.replace:
        hint = "say `x-reconciler: {replace: true}` in the network to have it replaced"
        part.hold(key, Cause.NEEDS_REPLACEMENT, f"needs replacing: {reason}; {hint}")
        part.warn(network.at, f"network {network.name} needs replacing: {reason}", hint)
    elif owner_of(key, observed.spec) not in {"", rules.owner}:
        part.hold(key, Cause.OWNED_BY_ANOTHER, f"belongs to {owner_of(key, observed.spec)}")
    else:
        part.actions.append(
            Action(
                key,
                network.stack,
                Verb.REPLACE,
                reason,
                restarts_tasks=True,
                changes=changes,
                spec=_owned(network, rules),
                observed=observed,
            )
        )


def _why_none(spec: Spec) -> str:
    """Return a hint why Swarm gives a network no addresses."""
    pools = (spec.get("IPAM") or {}).get("Config") or []
    if any(":" in str(pool.get("Subnet")) for pool in pools):
        return "if that lasts, this engine can't serve its subnets: those of 28 give Swarm's networks no IPv6 ones"
    return (
        "if that lasts, another network has its subnet, or no subnet is left: `docker network inspect` shows theirs; "
        "choose another one"
    )


def leaving(snapshot: Snapshot) -> frozenset[Key]:
    """Return the networks that have left the Swarm, but whose names aren't free yet."""
    return frozenset(Key(Kind.NETWORK, name) for name, network in snapshot.networks.items() if network.leaving)


def users_of(network: str, snapshot: Snapshot) -> frozenset[Key]:
    """Return the services attached to ``network`` now."""
    return frozenset(
        Key(Kind.SERVICE, service.name)
        for service in snapshot.services.values()
        if any(attached.get("Target") == network for attached in attachments(service.spec))
    )


def others_on(network: str, users: Collection[str], ours: Collection[str], snapshot: Snapshot) -> Iterator[str]:
    """Describe every user of a network besides the services that may be parked: services, containers, tasks."""
    yield from (f"service {name}" for name in sorted(set(users) - set(ours)))
    names = {service.id: service.name for service in snapshot.services.values()}
    for service_id, tasks in sorted(snapshot.tasks.items()):
        name = names.get(service_id, "")
        if name in users:
            continue
        for task in tasks:
            if task.desired_state in WANTED and task.state in WANTED and _is_on(task, network):
                yield _named(task, name, snapshot)


def _named(task: Task, service: str, snapshot: Snapshot) -> str:
    node = snapshot.nodes.get(task.node_id)
    place = f" on node {node.hostname or node.id}" if node else ""
    container = (task.spec.get("NetworkAttachmentSpec") or {}).get("ContainerID")
    if container:
        return f"container {str(container)[:12]}{place}"
    return f"task {task.id}{f' of service {service}' if service else ''}{place}"


def _is_on(task: Task, network: str) -> bool:
    return any(each.get("Target") == network for each in task.spec.get("Networks") or ())


def attachments(spec: Spec) -> list[dict[str, Any]]:
    """Return the network attachments of a service, wherever its API version keeps them."""
    return list((spec.get("TaskTemplate") or {}).get("Networks") or spec.get("Networks") or [])
