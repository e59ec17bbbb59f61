"""The service that this very process runs as: it is written last, and the process neither removes nor recreates it."""

from __future__ import annotations

from dataclasses import replace

from reconciler.causes.cause import Cause
from reconciler.observed.model import Snapshot
from reconciler.plan.draft import Part
from reconciler.plan.model import Key, Kind, Verb
from reconciler.plan.networks import users_of

LAST = "updates ourselves: last, once everything else is settled"


def update_ourselves_last(services: Part, snapshot: Snapshot) -> None:
    """Order the update of our own service last: the write ends this process, and its successor continues from the
    Swarm's state. A change of mode is held: it takes a removal first, and then nobody could make the service again."""
    for action in [action for action in services.actions if action.name == snapshot.ourselves]:
        services.actions.remove(action)
        if action.verb is Verb.REPLACE:
            why = f"{action.reason}, and {runs_as(action.name)} before it is deployed again from outside"
            services.hold(action.key, Cause.RUNS_OURSELVES, why, changes=action.changes, blocks=True)
        elif action.verb is Verb.ADOPT:
            services.actions.append(action)
        else:
            services.actions.append(replace(action, last=True, notes=(*action.notes, LAST)))


def keep_our_networks(networks: Part, snapshot: Snapshot) -> None:
    """Hold the replacement of our own networks: it detaches services, so this process would stop half-way."""
    for action in [action for action in networks.actions if action.verb is Verb.REPLACE]:
        if Key(Kind.SERVICE, snapshot.ourselves) in users_of(action.name, snapshot):
            networks.actions.remove(action)
            networks.hold(
                action.key,
                Cause.RUNS_OURSELVES,
                f"{action.reason}; this process is attached to it, as {snapshot.ourselves}: detach that service first",
            )


def runs_as(service: str) -> str:
    """Explain why we don't remove our own service, and how a user can remove it."""
    return f"this very process runs as it: `docker service rm {service}` stops it"
