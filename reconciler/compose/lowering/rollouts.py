"""``update_config`` and ``rollback_config``: as the file has them, or chosen if it only sets ``on_failure``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from reconciler.compose import schema
from reconciler.compose.lowering.stack import Source
from reconciler.desired.model import Spec
from reconciler.spec.paths import get
from reconciler.yaml.document import Path

MONITOR = 10.0
"""Seconds for which a new task is watched in a rollout that was chosen here, or ``min_task_age`` if that is longer.
The engine's own 5 s are only as long as its pause before a restart."""
OnFailure = Literal["rollback", "pause", "continue"]


def choose(spec: Spec, on_failure: OnFailure, min_task_age: float) -> str:
    """Choose rollouts of one task at a time if ``spec`` has none, and return what was chosen, and why.

    With ``start-first`` no request is lost. It is right for services whose old and new tasks can run side by side.
    """
    against = next(_against_two(spec), "")
    order = "stop-first" if against else "start-first"
    monitor = round(max(MONITOR, min_task_age) * 1e9)
    chosen = {"Parallelism": 1, "FailureAction": on_failure, "Monitor": monitor, "Order": order}
    spec["UpdateConfig"] = chosen
    if on_failure == "rollback" and "RollbackConfig" not in spec:
        spec["RollbackConfig"] = {**chosen, "FailureAction": "pause"}
    why = against or "nothing stands against two tasks side by side: no port of the host, no volume that is written"
    when = f"{on_failure} when a new task fails within {monitor / 1e9:g} s"
    return f"update_config chosen by on_failure: {order}, {when} ({why})"


def _against_two(spec: Spec) -> Iterator[str]:
    """Yield reasons why an old and a new task can't run side by side."""
    for port in spec["EndpointSpec"].get("Ports") or ():
        if port["PublishMode"] == "host" and port.get("PublishedPort"):
            yield f"one task at a time can hold port {port['PublishedPort']} of the host"
    for mount in spec["TaskTemplate"]["ContainerSpec"].get("Mounts") or ():
        if _is_written(mount):
            yield f"one task at a time should write {mount['Source']}"
    most = (spec["TaskTemplate"].get("Placement") or {}).get("MaxReplicas")
    if most:
        yield f"max_replicas_per_node, {most}, may leave no room for one more"


def _is_written(mount: Spec) -> bool:
    """Say whether two tasks would write the same data. A socket holds no data, and an anonymous volume belongs to
    one task."""
    kept = mount["Type"] in {"volume", "bind", "cluster"} and mount.get("Source")
    return bool(kept) and not mount.get("ReadOnly") and not str(mount["Source"]).endswith(".sock")


def warn_of_deadlock(service: schema.Service, spec: Spec, path: Path, source: Source) -> None:
    """Warn of a ``start-first`` rollback with a host-mode port: the new task waits for a port that the old one holds
    until the new one runs. For updates, the plan checks whether a node has the port free."""
    if not any(port.mode == "host" and port.published for ports in service.ports for port in ports):
        return
    if get(spec, ("RollbackConfig", "Order")) == "start-first":
        source.found.warn(
            (*path, "deploy", "rollback_config", "order"),
            "start-first with a host-mode port may never end: a task that runs holds the port that the next one needs",
            "say `order: stop-first`",
        )
