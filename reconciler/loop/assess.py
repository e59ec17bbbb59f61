"""Assess a Swarm: from desired and observed state, make a plan and judge every service. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from graphlib import TopologicalSorter

from reconciler.apply.backoff import Failure
from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.causes.words import WRITE
from reconciler.desired.model import Service, Stack
from reconciler.loop.disputed import Standing, without_disputed
from reconciler.observed.model import Network, Snapshot
from reconciler.plan.canonical import restarts
from reconciler.plan.draft import Rules, in_words, stack_of
from reconciler.plan.model import Action, Key, Kind, Plan, Verb
from reconciler.plan.networks import LEAVING
from reconciler.plan.plan_cache import Plans
from reconciler.records import dataclass
from reconciler.verdict.dependencies import unmet
from reconciler.verdict.judgement_cache import Judgements
from reconciler.verdict.model import Circumstances, Judgement, Verdict
from reconciler.verdict.since import Beginnings

_NOTHING_PENDING = Circumstances()


@dataclass(frozen=True, slots=True)
class Memory:
    """Results of earlier passes, reused where nothing changed."""

    plans: Plans = field(default_factory=Plans)
    judgements: Judgements = field(default_factory=Judgements)
    verdicts: Beginnings[str] = field(default_factory=Beginnings)
    holds: Beginnings[Key] = field(default_factory=Beginnings)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A Swarm, the plan for it, and the judgement of every service by Swarm name, in the order of the files.
    Services that no file desires, but can't be removed yet, come last."""

    snapshot: Snapshot
    plan: Plan
    judgements: Mapping[str, Judgement]


def assess(stacks: Sequence[Stack], snapshot: Snapshot, rules: Rules, standing: Standing, memory: Memory) -> Assessment:
    """Make the plan and judge every service."""
    plan = without_disputed(memory.plans.of(stacks, snapshot, rules), standing)
    memory.judgements.under(snapshot)
    suspensions = rules.suspensions.and_of(stacks)
    services = {service.name: service for stack in stacks for service in stack.services}
    actions = {action.key: action for action in plan.actions}
    judged = _leftovers(plan, snapshot, memory)
    leftovers = dict(judged)
    for service in _dependencies_first(services):
        suspension = suspensions.of_service(service.name, service.stack)
        circumstances = _circumstances(service, plan, actions, judged, standing)
        if suspension:
            hold = plan.hold(service.name)
            differs = hold.changes if hold else ()
            said = f"{suspension}, {in_words(differs)}" if differs else str(suspension)
            circumstances = replace(
                circumstances, suspended=said, restarting=circumstances.restarting or restarts(differs)
            )
        judged[service.name] = memory.judgements.of(service, snapshot, circumstances)
    everything = {**{name: judged[name] for name in services}, **leftovers}
    return _dated(Assessment(snapshot, plan, everything), memory)


def _dated(found: Assessment, memory: Memory) -> Assessment:
    """Add to verdicts and holds the time since when they stand. For a service that is judged for the first time, the
    time is unknown. A hold that is new began now."""
    now, holds = found.snapshot.at, found.plan.holds
    began = memory.verdicts.since({name: (each.verdict, each.cause) for name, each in found.judgements.items()}, now)
    held = memory.holds.since({key: hold.cause for key, hold in holds.items()}, now, new=now)
    judged = {name: replace(each, since=began[name]) for name, each in found.judgements.items()}
    plan = replace(found.plan, holds={key: replace(hold, since=held[key]) for key, hold in holds.items()})
    return Assessment(found.snapshot, plan if holds else found.plan, judged)


def _leftovers(plan: Plan, snapshot: Snapshot, memory: Memory) -> dict[str, Judgement]:
    """Return judgements of services that still run only because their removal has to wait."""
    waits = {
        Cause.AWAITING_CONSENT: Finding(Cause.AWAITING_CONSENT, Facts(said=plan.needs_consent)),
        Cause.SETTLING: Finding(Cause.SETTLING),
        Cause.FILE_BROKEN: Finding(Cause.FILE_BROKEN),
    }
    judged: dict[str, Judgement] = {}
    for key in sorted(plan.holds.keys() - plan.wanted):
        found = snapshot.services.get(key.name) if key.kind is Kind.SERVICE else None
        if found and (why := waits.get(plan.holds[key].cause)):
            service = Service(found.name, stack_of(found.spec), found.name, found.spec)
            judged[found.name] = memory.judgements.of(service, snapshot, Circumstances(waits=why))
    return judged


def unknown(stacks: Sequence[Stack], why: str) -> dict[str, Judgement]:
    """Return judgements for the time that the engine can't be reached."""
    return {
        service.name: Judgement(
            service.name, service.stack, Verdict.UNKNOWN, why, cause=Cause.ENGINE_UNAVAILABLE, facts=Facts(said=why)
        )
        for stack in stacks
        for service in stack.services
    }


def hold(plan: Plan, judged: Mapping[str, Judgement]) -> Callable[[Action], Finding | None]:
    """Return a function that says why an action has to wait: for a dependency, for a network of the same name that
    is leaving, or, if the action updates this process's own service, for every other service to settle. Each wait
    ends, because verdicts have deadlines."""
    planned = {action.name for action in plan.actions if action.kind is Kind.SERVICE}
    moving = [
        name
        for name, judgement in judged.items()
        if judgement.verdict is Verdict.PROGRESSING or (judgement.verdict is Verdict.MISSING and name in planned)
    ]

    def why(action: Action) -> Finding | None:
        if _is_taken(action):
            return Finding(Cause.OBJECT_LEAVING, Facts(said=LEAVING, object=str(action.key)))
        others = sorted(name for name in moving if name != action.name)
        if action.last and others:
            said = f"updates ourselves, and waits for {', '.join(others)} to settle"
            return Finding(Cause.LATER, Facts(said=said, by=tuple(others)))
        return unmet(action.depends_on, judged)

    return why


def _dependencies_first(services: Mapping[str, Service]) -> Iterator[Service]:
    graph = {
        name: [dependency.service for dependency in service.depends_on if dependency.service in services]
        for name, service in services.items()
    }
    return (services[name] for name in TopologicalSorter(graph).static_order())


def _circumstances(
    service: Service,
    plan: Plan,
    actions: Mapping[Key, Action],
    judged: Mapping[str, Judgement],
    standing: Standing,
) -> Circumstances:
    held = plan.hold(service.name)
    rolled_back = held.rolled_back if held else ""
    if held and held.blocks:
        facts = replace(held.finding.facts, said=held.words, condition=WRITE)
        return Circumstances(restarting=True, failure=Finding(held.cause, facts))
    action = actions.get(Key(Kind.SERVICE, service.name))
    if action is None and not rolled_back:
        consent = Finding(Cause.AWAITING_CONSENT, Facts(said=plan.needs_consent))
        return Circumstances(waits=consent) if held and held.cause is Cause.AWAITING_CONSENT else _NOTHING_PENDING
    if action is None or action.verb is Verb.ADOPT or rolled_back:
        return Circumstances(restarting=bool(rolled_back), rolled_back=rolled_back)
    blocker = _blocker(action, actions, standing)
    return Circumstances(
        pending=tuple(change.path for change in action.changes) or ("create",),
        restarting=action.restarts_tasks,
        waits=unmet(action.depends_on, judged),
        lacks=_lacks(action, actions) or _said(action, actions, standing),
        failure=blocker.finding if blocker else None,
        retry_at=blocker.retry_at if blocker else None,
    )


def _lacks(action: Action, actions: Mapping[Key, Action]) -> str:
    """Describe the network that the action needs and that can't be made yet; return an empty string if there is
    none."""
    needed = (actions[key] for key in sorted(action.after) if key in actions)
    return next((f"the old {each.key} {LEAVING}" for each in needed if _is_taken(each)), "")


def _is_taken(action: Action) -> bool:
    """Say whether the action makes a network while an old network of the same name is still leaving."""
    return action.verb is Verb.CREATE and isinstance(action.observed, Network)


def _blocker(action: Action, actions: Mapping[Key, Action], standing: Standing) -> Failure | None:
    """Return the failure of the action, or of an action that it needs (such as making its network)."""
    return next((failure for failure in _failures(action, actions, standing) if not failure.passing), None)


def _said(action: Action, actions: Mapping[Key, Action], standing: Standing) -> str:
    """Return the engine's words, from the first refusal on, even if the cause may pass by itself."""
    return next((failure.error for failure in _failures(action, actions, standing)), "")


def _failures(action: Action, actions: Mapping[Key, Action], standing: Standing) -> Iterator[Failure]:
    needed = [action, *(actions[key] for key in sorted(action.after) if key in actions)]
    return (failure for each in needed if (failure := standing(each)))
