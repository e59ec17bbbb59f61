"""What to do about a task that failed or can't start, by its cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from reconciler.causes.cause import Cause
from reconciler.causes.engine_words import path_in
from reconciler.desired.images import split
from reconciler.desired.model import Service
from reconciler.observed.model import Snapshot, Task, TaskState
from reconciler.plan.canonical import canonical
from reconciler.records import dataclass
from reconciler.verdict.tasks import cause_of


@dataclass(frozen=True, slots=True)
class Patient:
    """A task that is not as it should be."""

    task: Task
    wanted: Service
    snapshot: Snapshot

    @property
    def node(self) -> str:
        node = self.snapshot.nodes.get(self.task.node_id)
        return (node.hostname or node.id) if node else "its node"

    @property
    def image(self) -> str:
        container = self.task.spec.get("ContainerSpec") or {}
        return split(str(container.get("Image") or ""))[0]

    @property
    def file(self) -> str:
        return self.wanted.at.brief

    def has(self, path: str) -> str:
        return field_of(self.wanted, path)

    def beside_its_own(self) -> bool:
        """Whether another task of the service is what stands in the way: one runs on each node that takes any."""
        tasks = self.snapshot.tasks.get(self.task.service_id, ())
        placed = {task.node_id for task in tasks if task.state is TaskState.RUNNING}
        free = {
            node.id for node in self.snapshot.nodes.values() if node.state == "ready" and node.availability == "active"
        }
        return not self.task.node_id and bool(placed) and free <= placed


def field_of(service: Service, path: str) -> str:
    """A field of the desired spec, as Compose writes it; empty where there is none."""
    form = canonical(service.spec)
    value = form.get(path) or (form.get(path.rpartition(".")[0]) or {}).get(path.rpartition(".")[2])
    if path.endswith(".memory") and value:
        return f"{value / 2**30:g} GiB" if value >= 2**30 else f"{value / 2**20:g} MiB"
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _image(ill: Patient) -> str:
    loaded = "on each node" if len(ill.snapshot.nodes) > 1 else f"on {ill.node}"
    return (
        f"The image {ill.image} can't be had on {ill.node}: see that `image` in {ill.file} is spelled right, that the "
        f"tag is there, and that {ill.node} reaches the registry (its engine's log tells). A private registry needs a "
        "`docker login` where reconciler runs; an image that was built by hand has to be loaded "
        f"{loaded} (`docker save {ill.image}`, and there `docker load`)"
    )


def _plugin(ill: Patient) -> str:
    container = ill.wanted.spec["TaskTemplate"]["ContainerSpec"]
    drivers = {
        str(driver)
        for mount in container.get("Mounts") or ()
        if (driver := ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name"))
    }
    named = ", ".join(f"`{driver}`" for driver in sorted(drivers - {"local"})) or "that it names"
    return (
        f"A node misses the driver {named}: install its plugin on every node that may run the service (`docker plugin "
        "install NAME`; `docker plugin ls` shows what is there), bind the service to the nodes that have it "
        f"(`deploy.placement.constraints`), or name another `driver` in {ill.file}"
    )


def _constraints(ill: Patient) -> str:
    return nowhere(ill.wanted)


def nowhere(wanted: Service) -> str:
    """Of a service that no node is meant for."""
    constraints = field_of(wanted, "deploy.placement.constraints")
    shows = "`docker node ls` shows what is drained or down"
    if not constraints:
        return f"No node meets what it asks for: see that one is up, active and of the image's platform ({shows})"
    return (
        f"No node meets `deploy.placement.constraints` ({constraints}) in {wanted.at.brief}: change them, or "
        f"give a node what they ask for (`docker node update --label-add KEY=VALUE NODE`; {shows})"
    )


def _resources(ill: Patient) -> str:
    reserved = {what: ill.has(f"deploy.resources.reservations.{what}") for what in ("cpus", "memory")}
    wanted = [f"{what} {found}" for what, found in reserved.items() if found]
    return (
        f"No node has as much left as is reserved ({', '.join(wanted) or 'by `generic_resources`'}): lower "
        f"`deploy.resources.reservations` in {ill.file}, scale something down, or add a node"
    )


def _port(ill: Patient) -> str:
    if ill.beside_its_own():
        return (
            f"A task of the same service has the port already, and a node has each port once (`ports` in {ill.file}): "
            "lower `deploy.replicas`, say `deploy.mode: global` for one task on each node, add a node, or leave "
            "`mode: host` out"
        )
    return (
        f"A port of the host is taken: publish another one (`ports` in {ill.file}), or stop what has it "
        "(`docker ps --filter publish=PORT`, or `ss -ltnp`, tells on the node)"
    )


def _platform(ill: Patient) -> str:
    return f"The image {ill.image} isn't made for the platform of any node: build it for theirs, or use another one"


def _full(ill: Patient) -> str:
    return (
        f"Each node has as many tasks as `deploy.placement.max_replicas_per_node` in {ill.file} lets it: raise it, "
        "lower `deploy.replicas`, or add a node"
    )


def _mount(ill: Patient) -> str:
    path = path_in(ill.task.error)
    what = (
        f"make it there, or use a named volume in {ill.file}; on several nodes it has to be on each, or the service "
        "bound to one by `deploy.placement.constraints`"
    )
    return f"{path or 'What it mounts'} isn't there on {ill.node}: {what}"


def _no_command(ill: Patient) -> str:
    return (
        f"The image {ill.image} has no such program as `command` or `entrypoint` in {ill.file} names. Check its name "
        f"and path (`docker run --rm -it --entrypoint sh {ill.image}`)"
    )


def _command(ill: Patient) -> str:
    return (
        f"What `command` or `entrypoint` in {ill.file} names can't be run in the image {ill.image}. Check that it may "
        f"be executed and is made for this machine (`docker run --rm -it --entrypoint sh {ill.image}`)"
    )


def _refused(ill: Patient) -> str:
    return (
        f"The registry refuses the image {ill.image} without valid credentials: run `docker login` where reconciler "
        "runs, and check what that account may read"
    )


def _unhealthy(ill: Patient) -> str:
    return (
        "Its health check fails, and Swarm kills it for that: run the check by hand in a container of the image; if "
        "the program needs longer to come up, give `healthcheck.start_period` or more `retries` in "
        f"{ill.file}"
    )


def not_healthy_yet(ill: Patient) -> str:
    container = f" (`docker inspect {ill.task.container_id[:12]}` on {ill.node})" if ill.task.container_id else ""
    return (
        f"It runs, and its health check hasn't passed: see what that says{container}, or run it by hand in there, and "
        f"fix the program or `healthcheck` in {ill.file}; one that needs longer to come up gets a longer "
        "`healthcheck.start_period` and `x-reconciler.ready_timeout`"
    )


def _network(ill: Patient) -> str:
    return (
        f"A network, config or secret that the task needs isn't there on {ill.node}: `docker network ls` tells; "
        "`reconciler reload` makes what is ours again"
    )


def _addresses(ill: Patient) -> str:
    return (
        "A network of it had no address for the task in time: Swarm tries again by itself; where that goes on, the "
        f"network is full: give it a larger subnet (`ipam` in {ill.wanted.at.file})"
    )


def _user(ill: Patient) -> str:
    return f"The image {ill.image} knows no such user or group: see `user` and `group_add` in {ill.file}"


def advice_on(task: Task, wanted: Service, snapshot: Snapshot) -> Iterator[str]:
    """What its cause asks for; at most one sentence."""
    cause = cause_of(task, snapshot)
    if cause:
        yield ADVICE[cause](Patient(task, wanted, snapshot))


def _killed(ill: Patient) -> str:
    return (
        f"It was killed (exit code 137{_limit(ill)}). Its node may know whether it ran out of memory "
        f"(`docker inspect --format '{{{{.State.OOMKilled}}}}' {ill.task.container_id[:12] or 'CONTAINER'}` on "
        f"{ill.node}): raise `deploy.resources.limits.memory` in {ill.file} then"
    )


def _out_of_memory(ill: Patient) -> str:
    return (
        f"It ran out of memory{_limit(ill)}, and the kernel killed it: raise `deploy.resources.limits.memory` in "
        f"{ill.file}, or reduce what it uses"
    )


def _limit(ill: Patient) -> str:
    memory = ill.has("deploy.resources.limits.memory")
    return f", its limit is {memory}" if memory else ""


def _crashed(ill: Patient) -> str:
    return f"It crashed by a memory fault (exit code 139): {ill.image} is broken, or not made for this machine"


def _failed(ill: Patient) -> str:
    return (
        f"The program ends by itself with exit code {ill.task.exit_code}: its last log lines below say why, if any "
        f"do. Fix what it misses (`command`, `environment`, configs, secrets in {ill.file}), or its image"
    )


def _done(ill: Patient) -> str:
    return (
        f"The program ends by itself, and well. If it is to run once, say `deploy.mode: replicated-job` in {ill.file} "
        "(or `restart_policy.condition: on-failure`); if it is to stay, it must not go to the background"
    )


ADVICE: Mapping[Cause, Callable[[Patient], str]] = {
    Cause.IMAGE_UNAVAILABLE: _image,
    Cause.IMAGE_REFUSED: _refused,
    Cause.IMAGE_PLATFORM: _platform,
    Cause.DRIVER_MISSING: _plugin,
    Cause.CONSTRAINT_UNMET: _constraints,
    Cause.INSUFFICIENT_RESOURCES: _resources,
    Cause.PORT_TAKEN: _port,
    Cause.PLATFORM_UNSUPPORTED: _platform,
    Cause.REPLICAS_PER_NODE: _full,
    Cause.MOUNT_SOURCE_MISSING: _mount,
    Cause.MOUNT_FAILED: _mount,
    Cause.USER_UNKNOWN: _user,
    Cause.NETWORK_FULL: _addresses,
    Cause.COMMAND_NOT_FOUND: _no_command,
    Cause.COMMAND_NOT_EXECUTABLE: _command,
    Cause.UNHEALTHY: _unhealthy,
    Cause.OBJECT_MISSING: _network,
    Cause.KILLED: _killed,
    Cause.OUT_OF_MEMORY: _out_of_memory,
    Cause.CRASHED: _crashed,
    Cause.EXITED: _failed,
    Cause.FINISHED: _done,
}
"""By the cause of a task's end, or of its not starting."""
