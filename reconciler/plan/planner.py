"""Planner: desired state and a Snapshot in, a Plan out. Pure: the same input gives the same plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.desired.model import Stack, Volume
from reconciler.errors import Fault
from reconciler.observed.model import Snapshot
from reconciler.plan.comparison import Comparisons, Surroundings
from reconciler.plan.consent import data_question, hold_for_data
from reconciler.plan.contents import Placed, plan_contents
from reconciler.plan.draft import Part, Rules, stack_of
from reconciler.plan.engine_version import api_of, left_out, refused
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Key, Kind, Plan, Verb
from reconciler.plan.network_replacement import put_back, replace_networks
from reconciler.plan.networks import plan_networks, users_of
from reconciler.plan.own_service import keep_our_networks, update_ourselves_last
from reconciler.plan.ownership import bound, owner_of
from reconciler.plan.ports import order_ports
from reconciler.plan.prune import hold_removals, hold_until_settled, prune
from reconciler.plan.references import Uses
from reconciler.plan.renamed_services import keep_until_succeeded
from reconciler.plan.services import plan_services
from reconciler.plan.side_effects import announced


def make_plan(
    stacks: Sequence[Stack], snapshot: Snapshot, rules: Rules, comparisons: Comparisons | None = None
) -> Plan:
    """Return what has to be done for the Swarm to be as ``stacks`` say, and why other differences are left alone.

    ``comparisons`` of earlier plans save work where nothing changed.
    """
    comparisons = comparisons or Comparisons()
    rules = replace(rules, suspensions=rules.suspensions.and_of(stacks))
    errors = tuple(refused(stacks, snapshot.engine))
    # A question of consent stays open while a file doesn't load.
    rules = replace(rules, settling=rules.settling and rules.complete and not errors)
    networks = plan_networks([network for stack in stacks for network in stack.networks], snapshot, rules)
    _hold_what_suspended_services_use(networks, Verb.REPLACE, snapshot, rules)
    keep_our_networks(networks, snapshot)
    volumes = _plan_volumes([volume for stack in stacks for volume in stack.volumes], snapshot)
    used = Uses(snapshot)
    (configs, secrets), placed = plan_contents(stacks, snapshot, used, rules)
    api = api_of(snapshot.engine)
    comparisons.under(Surroundings(placed.configs, placed.secrets, dict(rules.digests), api))
    wanted_services = [service for stack in stacks for service in stack.services]
    services = plan_services(wanted_services, snapshot, comparisons, placed, rules)
    update_ourselves_last(services, snapshot)
    wanted = _wanted(stacks, placed)
    named = frozenset(Key(kind, name) for kind in (Kind.CONFIG, Kind.SECRET) for name in placed.names(kind))
    pruning = replace(rules, complete=rules.complete and not errors)
    removals, consent = prune(wanted, named, snapshot, used, pruning)
    question = data_question(stacks, services, removals, snapshot)
    if consent and not rules.settling:
        hold_removals(removals, question.lost)
    elif question.lost and not rules.allow_prune_all:
        consent_to_data = {key: question.why(key) for key in question.staying}
        removals, _ = prune(wanted, named, snapshot, used, pruning, consent_to_data)
        hold_for_data(question, services, snapshot)
    if rules.settling:
        hold_until_settled(removals)
    _hold_what_suspended_services_use(removals, Verb.REMOVE, snapshot, rules)
    parts = (networks, volumes, configs, secrets, services, removals)
    _block_what_lacks_something(services, (networks, configs, secrets))
    _refuse(errors, services, parts)
    _replace_networks(stacks, networks, services, removals, snapshot, rules)
    order_ports(services, removals, snapshot)
    keep_until_succeeded(services, removals, snapshot)
    if consent:
        # New services are held: they would make removals a smaller part of the whole, and the question would go away.
        _hold(
            services,
            lambda action: action.verb is Verb.CREATE,
            "not made as long as removals wait for consent",
            Cause.SETTLING if rules.settling else Cause.AWAITING_CONSENT,
        )
    if question.lost and not rules.allow_prune_all:
        consent = "; ".join(each for each in (consent, question.words) if each)
    actions = [bound(action, rules.owner) for part in parts for action in part.actions]
    return Plan(
        actions=_in_order(announced(actions, question.lost, snapshot)),
        wanted=wanted,
        unchanged=sum(part.unchanged for part in parts),
        errors=tuple(error for _, error in errors),
        warnings=(
            *left_out(stacks, snapshot.engine),
            *(warning for part in parts for warning in part.warnings),
        ),
        holds={key: why for part in parts for key, why in part.holds.items()},
        kept=removals.kept,
        asks_later=rules.settling and bool(consent),
        needs_consent="" if rules.settling else consent,
    )


def _replace_networks(
    stacks: Sequence[Stack], networks: Part, services: Part, removals: Part, snapshot: Snapshot, rules: Rules
) -> None:
    desired = [service for stack in stacks for service in stack.services]
    there = [(service, snapshot.services[service.name]) for service in desired if service.name in snapshot.services]
    owners = {service.name: owner_of(Key(Kind.SERVICE, service.name), found.spec) for service, found in there}
    ours = {name for name, owner in owners.items() if owner in {"", rules.owner}}
    suspended = [each.name for each in desired if rules.suspensions.of_service(each.name, each.stack)]
    replace_networks(networks, services, removals, snapshot, ours)
    put_back(services, snapshot, suspended)


def _wanted(stacks: Sequence[Stack], placed: Placed) -> frozenset[Key]:
    return frozenset(
        [
            *(Key(Kind.SERVICE, service.name) for stack in stacks for service in stack.services),
            *(Key(Kind.NETWORK, network.name) for stack in stacks for network in stack.networks),
            *placed.holds,
        ]
    )


def _refuse(errors: Sequence[tuple[str, Fault]], services: Part, parts: Sequence[Part]) -> None:
    """Refuse whole stacks that ask for more than the engine has: a part of one might do harm without the rest."""
    refused = {stack: f"{fault.message}, and {fault.hint}" for stack, fault in reversed(errors)}
    for action in [each for each in services.actions if each.stack in refused]:
        services.actions.remove(action)
        services.hold(action.key, Cause.ENGINE_TOO_OLD, refused[action.stack], changes=action.changes, blocks=True)
    why = "its stack asks for more than this engine has"
    for part in parts:
        _hold(part, lambda action: action.stack in refused, why, Cause.ENGINE_TOO_OLD)


def _hold(part: Part, which: Callable[[Action], bool], reason: str, cause: Cause) -> None:
    for action in [action for action in part.actions if which(action)]:
        part.actions.remove(action)
        part.hold(action.key, cause, reason)


def _block_what_lacks_something(services: Part, parts: Sequence[Part]) -> None:
    """Block services that need a missing object: the engine would refuse them. When somebody makes the object, its
    event wakes the loop."""
    made = {action.key for part in parts for action in part.actions}
    missing = {key for part in parts for key in part.missing} - made
    holds = {key: hold for part in parts for key, hold in part.holds.items()}
    unavailable = {key: why for part in parts for key, why in part.unavailable.items()}
    for action in list(services.actions):
        if absent := sorted((missing | unavailable.keys()) & action.after):
            cause, why = Cause.OBJECT_MISSING, f"external {absent[0]} isn't there: create it, or drop `external`"
            if absent[0] in unavailable:
                cause, why = Cause.NAME_TAKEN, unavailable[absent[0]]
            elif absent[0] in holds:
                hold = holds[absent[0]]
                cause, why = hold.cause, f"{absent[0]} isn't made: {hold.words}"
            services.actions.remove(action)
            found = Finding(cause, Facts(said=why, object=str(absent[0])))
            services.holds[action.key] = Hold(found, action.changes, blocks=True)


def _hold_what_suspended_services_use(part: Part, verb: Verb, snapshot: Snapshot, rules: Rules) -> None:
    """Hold networks that a suspended service uses: they can't go while a service that may not be written is
    attached."""
    for action in [action for action in part.actions if action.kind is Kind.NETWORK and action.verb is verb]:
        users = {user.name: snapshot.services[user.name] for user in sorted(users_of(action.name, snapshot))}
        suspended = {
            name: found
            for name, user in users.items()
            if (found := rules.suspensions.of_service(name, stack_of(user.spec)))
        }
        for name, suspension in suspended.items():
            part.hold(action.key, Cause.SUSPENDED, f"used by {name}, which is {suspension}")
        if suspended:
            part.actions.remove(action)


def _plan_volumes(volumes: list[Volume], snapshot: Snapshot) -> Part:
    """Compare volumes. Engines make them from the mounts of tasks, so only a difference is reported."""
    part = Part()
    for volume in volumes:
        observed = snapshot.volumes.get(volume.name)
        if observed is None or volume.external:
            continue
        driver = volume.spec.get("Driver") or "local"
        options = volume.spec.get("DriverOpts") or {}
        if driver == observed.spec.get("Driver") and options == (observed.spec.get("Options") or {}):
            part.unchanged += 1
        else:
            reason = "has another driver or other options on this node, and a volume can't be changed"
            part.hold(Key(Kind.VOLUME, volume.name), Cause.NEEDS_REPLACEMENT, reason)
            part.warn(volume.at, f"volume {volume.name} {reason}", "move its data to a volume of another name")
    return part


def _in_order(actions: list[Action]) -> tuple[Action, ...]:
    """Return the actions with those first that others need. The sort is stable, so a plan reads like its files."""
    order: list[Action] = []
    left = {action.key: action for action in actions}
    while left:
        ready = [action for action in left.values() if not any(key in left for key in _needs(action) - {action.key})]
        for action in ready or list(left.values()):
            order.append(left.pop(action.key))
    return tuple(order)


def _needs(action: Action) -> set[Key]:
    return {*action.after, *(Key(Kind.SERVICE, dependency.service) for dependency in action.depends_on)}
