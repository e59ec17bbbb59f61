"""The sentences of causes: the one place where a finding becomes words. Nothing reads them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding, Hindrance

WRITE = "write"
"""The condition of a finding that keeps a service from being written."""
NAMED = 3
"""So many nodes are named of those that something is said about."""


def say(finding: Finding) -> str:
    """Return the sentence of a finding, without a full stop."""
    facts = finding.facts
    return WORDS[finding.cause](facts) if finding.cause in WORDS else _said(facts)


def held(finding: Finding) -> str:
    """Return why a difference is left alone, without a full stop."""
    return HELD.get(finding.cause, _plainly)(finding.facts)


def _plainly(facts: Facts) -> str:
    return facts.said


def _said(facts: Facts) -> str:
    if facts.condition == WRITE:
        return f"can't be written: {facts.said}"
    return f"{facts.place}: {facts.said}" if facts.place else facts.said


def _as_desired(facts: Facts) -> str:
    blind = f"; its probe can't be tried, so that age decides: {facts.said}" if facts.said else ""
    return f"{facts.ready}/{facts.desired} running{blind}"


def _completed(facts: Facts) -> str:
    if facts.object:
        return f"completed before its {facts.object} was replaced; it runs again when its file changes"
    return "ran to its end" if facts.desired is None else f"{facts.ready}/{facts.desired} completed"


def _not_created(facts: Facts) -> str:
    return f"not there yet: {facts.said}" if facts.said else "not there yet"


def _update_pending(facts: Facts) -> str:
    return f"to be updated: {', '.join(facts.fields)}{f'; {facts.said}' if facts.said else ''}"


def _counts(how: str) -> Callable[[Facts], str]:
    return lambda facts: f"{facts.running}/{facts.desired} {how}{_step(facts)}"


def _step(facts: Facts) -> str:
    """What the service waits for: a task that isn't there, or one that is young or unproved."""
    if facts.young:
        young = f", {facts.young} younger than {facts.age:g} s"
        return f"{young}{_unproved(facts)}"
    if facts.probe:
        return _unproved(facts)
    if facts.stale:
        return "; a task that says Running is stale"
    if facts.checking:
        return "; its health check hasn't passed yet"
    if facts.state:
        return f"; newest task in {facts.place} is {facts.state}{f': {facts.said}' if facts.said else ''}"
    return ""


def _unproved(facts: Facts) -> str:
    if not facts.probe:
        return ""
    return f"; the probe ({facts.probe}) of {facts.place} hasn't passed: {facts.said or 'not tried yet'}"


def _rolling_back(facts: Facts) -> str:
    return f"rolling back, {facts.running}/{facts.desired} have the old spec: {facts.hint}{_step(facts)}"


def _no_progress(facts: Facts) -> str:
    what, how = ("no step forward", "updated") if facts.condition == "rollout" else ("not ready", "running")
    return f"{what} within {facts.within:g} s: {_counts(how)(facts)}"


def _crash_loop(facts: Facts) -> str:
    return f"crash-looping in {', '.join(facts.places)}: {facts.count} ends or more within {facts.within:g} s"


def _paused(facts: Facts) -> str:
    which = "going back" if facts.condition == "rollback" else "the rollout"
    return f"{which} is paused at {facts.running}/{facts.desired}: {facts.said}"


def _probe_failing(facts: Facts) -> str:
    how = "fails" if facts.within is None else f"hasn't passed within {facts.within:g} s"
    place = f"{facts.place}: " if facts.place else ""
    return f"{place}its probe ({facts.probe}) {how}: {facts.said}"


def _unallocated(facts: Facts) -> str:
    place = f"{facts.place}: " if facts.place else ""
    return (
        f"{place}Swarm doesn't give its task what has to be there first: a published port, or an address in a network"
    )


def _network_full(facts: Facts) -> str:
    place = f"{facts.place}: " if facts.place else ""
    return f"{place}{facts.said or f'{facts.object} has no address left for its task'}"


def _on_no_node(one: Callable[[Facts], str]) -> Callable[[Facts], str]:
    """What no node has, or why each one doesn't take the task; before it, which task that is about."""

    def words(facts: Facts) -> str:
        if facts.condition == WRITE:
            return _said(facts)
        place = f"{facts.place}: " if facts.place else ""
        if facts.hindrances:
            which = f"no node that meets {facts.amount} takes tasks" if facts.amount else "no suitable node"
            return f"{place}{which}: {'; '.join(map(_hindered, facts.hindrances))}"
        return f"{place}{facts.said}" if facts.said else f"{place}{one(facts)}"

    return words


def _hindered(hindrance: Hindrance) -> str:
    names = ", ".join(hindrance.nodes[:NAMED])
    more = f" and {len(hindrance.nodes) - NAMED} more" if len(hindrance.nodes) > NAMED else ""
    return f"{say(hindrance.finding)} ({names}{more})"


def _constraint(facts: Facts) -> str:
    if facts.count is None:
        return f"{facts.amount} isn't met"
    considered = _considered(facts.count)
    if facts.equal:
        return f"no node {facts.condition}; {considered}"
    return f"every node {facts.condition}, which {facts.amount} rules out; {considered}"


def _platform(facts: Facts) -> str:
    """A constraint asks for a platform, or the image is made for others."""
    return f"the image isn't made for {facts.amount}" if facts.count is None else _constraint(facts)


def _considered(count: int) -> str:
    return f"{count} node{'' if count == 1 else 's'} considered"


def _dependency(facts: Facts) -> str:
    how = f"{facts.verdict}, {facts.said}" if facts.verdict else "no such service is desired"
    return f"{facts.object} ({facts.condition}): {how}"


def _port(facts: Facts) -> str:
    if facts.condition == "ingress":
        return f"port {facts.port} is published by {', '.join(facts.by)} already"
    return f"port {facts.port} is taken by {', '.join(facts.by)}"


WORDS: Mapping[Cause, Callable[[Facts], str]] = {
    Cause.AS_DESIRED: _as_desired,
    Cause.SCALED_TO_ZERO: lambda facts: "scaled to 0",
    Cause.COMPLETED: _completed,
    Cause.NOT_CREATED: _not_created,
    Cause.UPDATE_PENDING: _update_pending,
    Cause.STARTING: _counts("running"),
    Cause.ROLLING_OUT: _counts("updated"),
    Cause.ROLLING_BACK: _rolling_back,
    Cause.NETWORK_REPLACEMENT: lambda facts: f"stopped while its {facts.object} is replaced",
    Cause.NO_PROGRESS: _no_progress,
    Cause.CRASH_LOOP: _crash_loop,
    Cause.ROLLOUT_PAUSED: _paused,
    Cause.ROLLED_BACK: lambda facts: f"Swarm rolled this spec back: {facts.said}",
    Cause.ATTEMPTS_EXHAUSTED: lambda facts: "its restart policy allows no more tries",
    Cause.PROBE_FAILING: _probe_failing,
    Cause.UNALLOCATED: _unallocated,
    Cause.NETWORK_FULL: _network_full,
    Cause.NO_SUITABLE_NODE: _on_no_node(lambda facts: f"no node is eligible; {_considered(facts.count or 0)}"),
    Cause.CONSTRAINT_UNMET: _on_no_node(_constraint),
    Cause.PLATFORM_UNSUPPORTED: _on_no_node(_platform),
    Cause.INSUFFICIENT_RESOURCES: _on_no_node(lambda facts: f"fewer than {facts.amount} left unreserved"),
    Cause.PORT_TAKEN: _on_no_node(_port),
    Cause.REPLICAS_PER_NODE: _on_no_node(lambda facts: f"max_replicas_per_node ({facts.count}) is reached"),
    Cause.NODE_UNAVAILABLE: _on_no_node(lambda facts: facts.state),
    Cause.NODE_LOST: _on_no_node(lambda facts: facts.state),
    Cause.DRIVER_MISSING: _on_no_node(lambda facts: f"no {facts.condition} driver {facts.amount}"),
    Cause.DEPENDENCY_NOT_READY: lambda facts: f"waits for {_dependency(facts)}",
    Cause.AWAITING_CONSENT: lambda facts: "waits for consent (--allow-prune-all)",
    Cause.SETTLING: lambda facts: "waits for the files to be unchanged for a moment: none of them desires it any more",
    Cause.FILE_BROKEN: lambda facts: "waits for every file to load: no file that loads desires it",
}
"""Causes that aren't listed say what the engine said."""

HELD: Mapping[Cause, Callable[[Facts], str]] = {
    Cause.ROLLED_BACK: lambda facts: (
        f"Swarm rolled this very spec back: {facts.said}; it is tried again when the file changes or on force"
    ),
    Cause.ROLLING_BACK: lambda facts: f"Swarm is rolling this spec back: {facts.said}",
}
"""Why a difference is left alone, where the cause says more than the planner did."""
