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
        f"Node {ill.node} can't pull image {ill.image}. Check the spelling of `image` in {ill.file}, that the tag "
        f"exists, and that {ill.node} reaches the registry (see its engine's log). A private registry needs "
        "`docker login` where reconciler runs. An image that was built by hand must be loaded "
        f"{loaded} (`docker save {ill.image}`, and there `docker load`)"
    )


def _plugin(ill: Patient) -> str:
    container = ill.wanted.spec["TaskTemplate"]["ContainerSpec"]
    drivers = {
        str(driver)
        for mount in container.get("Mounts") or ()
        if (driver := ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name"))
    }
    named = ", ".join(f"`{driver}`" for driver in sorted(drivers - {"local"})) or "that the file names"
    return (
        f"No node has the driver {named}. Install its plugin on every node that may run the service (`docker plugin "
        "install NAME`; `docker plugin ls` lists them), restrict the service to nodes that have it "
        f"(`deploy.placement.constraints`), or name another `driver` in {ill.file}"
    )


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
    return f"The image {ill.image} isn't made for the platform of any node. Build it for theirs, or use another one"


def _full(ill: Patient) -> str:
    return (
        f"Each node has as many tasks as `deploy.placement.max_replicas_per_node` in {ill.file} allows. Raise it, "
        "lower `deploy.replicas`, or add a node"
    )


def _mount(ill: Patient) -> str:
    path = path_in(ill.task.error)
    what = (
        f"Create it there, or use a named volume in {ill.file}. Of several nodes each needs it, or "
        "`deploy.placement.constraints` must name those that have it"
    )
    return f"{path or 'A mount source'} doesn't exist on {ill.node}. {what}"


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
        "Its health check fails, and Swarm ends the task for that. Run the check by hand in a container of the image. "
        "If the program starts slowly, set `healthcheck.start_period` or more `retries` in "
        f"{ill.file}"
    )


def not_healthy_yet(ill: Patient) -> str:
    container = f" (`docker inspect {ill.task.container_id[:12]}` on {ill.node})" if ill.task.container_id else ""
    return (
        f"It runs, and its health check hasn't passed. Read the check's output{container} or run it by hand there, "
        f"then fix the program or `healthcheck` in {ill.file}. A program that starts slowly needs a longer "
        "`healthcheck.start_period` and `x-reconciler.ready_timeout`"
    )


def _network(ill: Patient) -> str:
    return (
        f"A network, config or secret that the task needs is missing on {ill.node} (see `docker network ls`). "
        "`reconciler reload` creates what is ours again"
    )


def _addresses(ill: Patient) -> str:
    return (
        "One of its networks had no address for the task in time. Swarm tries again by itself. If that goes on, the "
        f"network is full: give it a larger subnet (`ipam` in {ill.wanted.at.file})"
    )


def _user(ill: Patient) -> str:
    return f"The image {ill.image} has no such user or group. Check `user` and `group_add` in {ill.file}"


def advice_on(task: Task, wanted: Service, snapshot: Snapshot) -> Iterator[str]:
    """Yield what to do about the cause of a task's state; nothing where it has none."""
    cause = cause_of(task, snapshot)
    if cause:
        yield ADVICE[cause](Patient(task, wanted, snapshot))


def _killed(ill: Patient) -> str:
    return (
        f"It was killed (exit code 137{_limit(ill)}). Its node may know whether it ran out of memory "
        f"(`docker inspect --format '{{{{.State.OOMKilled}}}}' {ill.task.container_id[:12] or 'CONTAINER'}` on "
        f"{ill.node}). If it did, raise `deploy.resources.limits.memory` in {ill.file}"
    )


def _out_of_memory(ill: Patient) -> str:
    return (
        f"The kernel killed it because it ran out of memory{_limit(ill)}. Raise `deploy.resources.limits.memory` in "
        f"{ill.file}, or reduce what the program uses"
    )


def _limit(ill: Patient) -> str:
    memory = ill.has("deploy.resources.limits.memory")
    return f", its limit is {memory}" if memory else ""


def _crashed(ill: Patient) -> str:
    return f"It crashed by a memory fault (exit code 139). Image {ill.image} is broken, or not made for this machine"


def _failed(ill: Patient) -> str:
    return (
        f"The program ends by itself with exit code {ill.task.exit_code}. Its last log lines below may say why. "
        f"Fix what it needs (`command`, `environment`, configs, secrets in {ill.file}), or its image"
    )


def _done(ill: Patient) -> str:
    return (
        f"The program ends by itself with exit code 0. If it should run once, set `deploy.mode: replicated-job` in "
        f"{ill.file} (or `restart_policy.condition: on-failure`). If it should stay, keep it in the foreground"
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
