"""Advice on a task that failed or can't start, by its cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from reconciler.causes.cause import Cause
from reconciler.causes.engine_words import path_in
from reconciler.desired.model import Service
from reconciler.observed.model import Snapshot, Task
from reconciler.status.patient import Patient
from reconciler.status.placement_advice import PLACEMENT_ADVICE
from reconciler.verdict.tasks import cause_of


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


def _wrong_platform(ill: Patient) -> str:
    return (
        f"The image {ill.image} isn't made for the platform of node {ill.node}. Build it for that platform "
        f"(`docker buildx build --platform`), or set `deploy.placement.constraints` in {ill.file} to nodes that it "
        "runs on. If the program is a script, check that it begins with a line such as `#!/bin/sh`"
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
        f"What `command` or `entrypoint` in {ill.file} names can't be run in the image {ill.image}. Check that its "
        f"file has the execute permission (`docker run --rm -it --entrypoint sh {ill.image}`)"
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
        "One of its networks has no free address for the task. Swarm tries again by itself. If that goes on, give the "
        f"network a larger subnet (`ipam` in {ill.wanted.at.file}), or move services to another network"
    )


def _user(ill: Patient) -> str:
    return f"The image {ill.image} has no such user or group. Check `user` and `group_add` in {ill.file}"


def advice_on(task: Task, wanted: Service, snapshot: Snapshot) -> Iterator[str]:
    """Yield advice on the cause of a task's state; nothing if it has no cause."""
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
    **PLACEMENT_ADVICE,
    Cause.IMAGE_UNAVAILABLE: _image,
    Cause.IMAGE_REFUSED: _refused,
    Cause.IMAGE_PLATFORM: _wrong_platform,
    Cause.DRIVER_MISSING: _plugin,
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
"""Advice by the cause of a task's end, or of its not starting."""
