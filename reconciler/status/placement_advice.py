"""Advice on a task that no node takes, by its cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.causes.cause import Cause
from reconciler.desired.model import Service
from reconciler.status.patient import Patient, field_of


def _constraints(ill: Patient) -> str:
    return nowhere(ill.wanted)


def nowhere(wanted: Service) -> str:
    """Return what to do about a service that no node may run."""
    constraints = field_of(wanted, "deploy.placement.constraints")
    shows = "`docker node ls` shows what is drained or down"
    if not constraints:
        return f"No node may run the service. Check that one is up, active and of the image's platform ({shows})"
    return (
        f"No node meets `deploy.placement.constraints` ({constraints}) in {wanted.at.brief}. Change them, or "
        f"label a node as they ask (`docker node update --label-add KEY=VALUE NODE`; {shows})"
    )


def _resources(ill: Patient) -> str:
    reserved = {what: ill.has(f"deploy.resources.reservations.{what}") for what in ("cpus", "memory")}
    wanted = [f"{what} {found}" for what, found in reserved.items() if found]
    return (
        f"No node has as much left as the service reserves ({', '.join(wanted) or '`generic_resources`'}). Lower "
        f"`deploy.resources.reservations` in {ill.file}, scale something down, or add a node"
    )


def _port(ill: Patient) -> str:
    if ill.beside_its_own():
        return (
            f"Another task of this service has the port, and each node has a port once (`ports` in {ill.file}). "
            "Lower `deploy.replicas`, set `deploy.mode: global` for one task on each node, add a node, or drop "
            "`mode: host`"
        )
    return (
        f"The port is taken on the node. Publish another one (`ports` in {ill.file}), or stop what has it "
        "(run `docker ps --filter publish=PORT` or `ss -ltnp` on the node)"
    )


def _platform(ill: Patient) -> str:
    constraints = field_of(ill.wanted, "deploy.placement.constraints")
    if "node.platform." in constraints.lower():
        return (
            f"No node has the platform that `deploy.placement.constraints` ({constraints}) in {ill.file} ask for. "
            "Change them, or add such a node (`docker node inspect NODE` shows the platform of one)"
        )
    return f"The image {ill.image} isn't made for the platform of any node. Build it for theirs, or use another one"


def _full(ill: Patient) -> str:
    return (
        f"Each node has as many tasks as `deploy.placement.max_replicas_per_node` in {ill.file} allows. Raise it, "
        "lower `deploy.replicas`, or add a node"
    )


def _unavailable(ill: Patient) -> str:
    return (
        "Every node that may run the service is drained, paused or down (`docker node ls`). Run `docker node update "
        f"--availability active NODE`, or change `deploy.placement.constraints` in {ill.file}"
    )


def _lost(ill: Patient) -> str:
    return (
        "The node of the service is down, or its engine was restarted (`docker node ls`). Bring it back. Swarm starts "
        "the task on another node by itself if `deploy.placement.constraints` allow one; a node that is gone for good "
        "is forgotten by `docker node rm --force NODE`"
    )


PLACEMENT_ADVICE: Mapping[Cause, Callable[[Patient], str]] = {
    Cause.CONSTRAINT_UNMET: _constraints,
    Cause.INSUFFICIENT_RESOURCES: _resources,
    Cause.PORT_TAKEN: _port,
    Cause.PLATFORM_UNSUPPORTED: _platform,
    Cause.REPLICAS_PER_NODE: _full,
    Cause.NODE_UNAVAILABLE: _unavailable,
    Cause.NODE_LOST: _lost,
}
