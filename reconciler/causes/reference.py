"""The reference of causes: what each one means, where to look, and what to do. ``explain --cause`` prints an entry, and
the documentation's page of causes is generated from this table."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.causes.cause import Cause
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """``see`` is a command or a place to look at; empty where there is nothing to see."""

    meaning: str
    action: str
    see: str = "reconciler explain SERVICE"


_PS = "docker service ps --no-trunc SERVICE"
_NODES = "docker node ls"
_LOGS = "reconciler logs SERVICE"
_PLAN = "reconciler plan"
_NOTHING = "Nothing to do."

REFERENCE: Mapping[Cause, Entry] = {
    Cause.AS_DESIRED: Entry("Every wanted slot runs a task of the desired spec, of age and healthy.", _NOTHING),
    Cause.SCALED_TO_ZERO: Entry("The file asks for no task.", "Set `deploy.replicas` to start the service."),
    Cause.COMPLETED: Entry("The job ran to its end.", "It runs again when its file changes."),
    Cause.NOT_CREATED: Entry("The service isn't in the Swarm yet.", "Wait for the next pass.", _PLAN),
    Cause.UPDATE_PENDING: Entry("The service differs from its file.", "Wait for the next pass.", _PLAN),
    Cause.STARTING: Entry("Tasks are starting, or aren't of age yet.", "Wait until `ready_timeout`.", _PS),
    Cause.ROLLING_OUT: Entry("Tasks of the new spec replace those of the old one.", "Wait for the rollout.", _PS),
    Cause.ROLLING_BACK: Entry(
        "Swarm goes back to the spec before, because a new task failed.",
        "Wait for the rollback, then fix the file.",
        _PS,
    ),
    Cause.NETWORK_REPLACEMENT: Entry(
        "The service is stopped while a network of its own is replaced.",
        "Wait: it starts again by itself.",
    ),
    Cause.ROLLOUT_PAUSED: Entry(
        "A new task failed, and Swarm stopped the rollout. Tasks of two specs may run side by side.",
        "Fix the file, or put the old value back. Set `on_failure: rollback` in `x-reconciler` to let Swarm go back.",
    ),
    Cause.ROLLED_BACK: Entry(
        "Swarm tried the desired spec, a task of it failed, and Swarm went back to the spec before.",
        "Fix the file: a new spec is tried at once. `reconciler reload` tries the same spec again.",
    ),
    Cause.NO_PROGRESS: Entry(
        "The service took no step forward within its time limit.",
        "Look at its newest tasks. Set a longer `ready_timeout` or `progress_deadline` for a slow program.",
        _PS,
    ),
    Cause.CRASH_LOOP: Entry(
        "Tasks of one slot ended three times or more within two minutes.",
        "Read the last log lines and the exit code, then fix the program or its configuration.",
        _LOGS,
    ),
    Cause.ATTEMPTS_EXHAUSTED: Entry(
        "The restart policy allows no further task.",
        "Change the file, or run `docker service update --force SERVICE`, once the reason is gone.",
        _PS,
    ),
    Cause.IMAGE_UNAVAILABLE: Entry(
        "The node has no such image and can't pull it.",
        "Check the spelling of `image`, the tag, and that the node reaches the registry. "
        "Load an image that was built by hand on each node.",
        _PS,
    ),
    Cause.IMAGE_REFUSED: Entry(
        "The registry refuses the image without valid credentials.",
        "Run `docker login REGISTRY` where reconciler runs, and check the rights of that account.",
        _PS,
    ),
    Cause.IMAGE_PLATFORM: Entry(
        "The image, or the program in it, isn't made for the node's platform (`exec format error`).",
        "Build the image for that platform, or set `deploy.placement.constraints` to nodes that it runs on. "
        "A script needs a first line such as `#!/bin/sh`.",
        _NODES,
    ),
    Cause.COMMAND_NOT_FOUND: Entry(
        "The program that `command` or `entrypoint` names isn't in the image.",
        "Check the spelling and the path: `docker run --rm -it --entrypoint sh IMAGE`.",
        _PS,
    ),
    Cause.COMMAND_NOT_EXECUTABLE: Entry(
        "The program is there but can't be executed: it has no execute permission, for example.",
        "Set the execute permission in the image.",
        _PS,
    ),
    Cause.USER_UNKNOWN: Entry("The image has no such user or group.", "Fix `user` or `group_add`.", _PS),
    Cause.MOUNT_SOURCE_MISSING: Entry(
        "The path of a bind mount doesn't exist on the node.",
        "Create it on each node that may run the service, or use a named volume.",
        _PS,
    ),
    Cause.MOUNT_FAILED: Entry("A mount of the task failed.", "Check `volumes` and the mount's options.", _PS),
    Cause.DRIVER_MISSING: Entry(
        "No suitable node has the driver of a volume, or of the log.",
        "Install the plugin on each node (`docker plugin install NAME`), or name another `driver`.",
        "docker plugin ls",
    ),
    Cause.OBJECT_MISSING: Entry(
        "A network, config or secret that the service needs isn't there.",
        "Create an external object by hand, or drop `external` so that reconciler creates it.",
        "docker network ls; docker config ls; docker secret ls",
    ),
    Cause.OBJECT_LEAVING: Entry(
        "A network of the same name was removed and still has containers.",
        "Wait: the new network is created once the last of them has ended.",
        "docker network inspect NETWORK",
    ),
    Cause.NETWORK_FULL: Entry(
        "A network had no address for the task in time.",
        "Set a larger subnet (`ipam`) where that goes on.",
        "docker network inspect NETWORK",
    ),
    Cause.UNALLOCATED: Entry(
        "Swarm gives the task no published port, or no address in a network.",
        "Free the port, or give the network more addresses.",
        _PS,
    ),
    Cause.REJECTED: Entry("The node rejected the task.", "Read the task's error.", _PS),
    Cause.EXITED: Entry(
        "The program ended by itself with an exit code that isn't 0.",
        "Read its last log lines, then fix `command`, `environment`, configs, secrets, or the image.",
        _LOGS,
    ),
    Cause.FINISHED: Entry(
        "The program ended by itself, and well, though it should stay.",
        "Set `deploy.mode: replicated-job` for a task that runs once. Keep a server in the foreground.",
        _LOGS,
    ),
    Cause.OUT_OF_MEMORY: Entry(
        "The kernel killed the task because it used more memory than its limit (exit code 137).",
        "Raise `deploy.resources.limits.memory`, or reduce what the program uses.",
        "docker inspect --format '{{.State.OOMKilled}}' CONTAINER",
    ),
    Cause.KILLED: Entry(
        "The task was killed (exit code 137). Its node may know whether it ran out of memory.",
        "Check its memory limit and who killed it.",
        "docker inspect --format '{{.State.OOMKilled}}' CONTAINER",
    ),
    Cause.CRASHED: Entry(
        "The program crashed by a memory fault (exit code 139).",
        "Use another build of the image, or one for this machine.",
        _LOGS,
    ),
    Cause.UNHEALTHY: Entry(
        "The health check fails, or hasn't passed yet.",
        "Run the check by hand in a container. Set `healthcheck.start_period` for a program that starts slowly.",
        "reconciler explain SERVICE",
    ),
    Cause.PROBE_FAILING: Entry(
        "The service runs, and its `probe` in `x-reconciler` fails.",
        "Try by hand what the probe asks, then fix the program or the probe.",
    ),
    Cause.NODE_LOST: Entry(
        "The node of a task is down or was restarted, and no other node may run the task yet.",
        "Bring the node back, or let the service run elsewhere: change `deploy.placement.constraints`.",
        _NODES,
    ),
    Cause.NO_SUITABLE_NODE: Entry(
        "No node takes the task, each for a reason of its own.",
        "Remove one of the reasons that are listed for the nodes.",
        _NODES,
    ),
    Cause.CONSTRAINT_UNMET: Entry(
        "No node meets `deploy.placement.constraints`.",
        "Change the constraints, or label a node: `docker node update --label-add KEY=VALUE NODE`.",
        _NODES,
    ),
    Cause.PLATFORM_UNSUPPORTED: Entry(
        "No node has the platform that the image is made for, or that `deploy.placement.constraints` ask for.",
        "Build the image for the nodes' platform, change the constraint, or add a node.",
        _NODES,
    ),
    Cause.INSUFFICIENT_RESOURCES: Entry(
        "No node has as much left as the service reserves.",
        "Lower `deploy.resources.reservations`, scale something down, or add a node.",
        _NODES,
    ),
    Cause.PORT_TAKEN: Entry(
        "Another service, or another program on the node, has the published port.",
        "Publish another port, or stop what has it: `docker ps --filter publish=PORT`.",
    ),
    Cause.REPLICAS_PER_NODE: Entry(
        "Each node has as many tasks as `deploy.placement.max_replicas_per_node` allows.",
        "Raise it, lower `deploy.replicas`, or add a node.",
        _NODES,
    ),
    Cause.NODE_UNAVAILABLE: Entry(
        "Every node that may run the service is drained, paused or down.",
        "Run `docker node update --availability active NODE`, or bring a node back.",
        _NODES,
    ),
    Cause.DEPENDENCY_NOT_READY: Entry(
        "The service waits for another one that `depends_on` names.",
        "Look at that service first.",
    ),
    Cause.AWAITING_CONSENT: Entry(
        "The change would remove much of what runs, or lose sight of data.",
        "Put missing files back, or agree: `reconciler reload --allow-prune-all`.",
        _PLAN,
    ),
    Cause.SETTLING: Entry(
        "The files changed a moment ago, and one of them may be half written.",
        "Wait: removals go on once the files stay unchanged.",
        _PLAN,
    ),
    Cause.FILE_BROKEN: Entry("A file doesn't load, so nothing is removed.", "Fix the file.", "reconciler validate"),
    Cause.SUSPENDED: Entry(
        "Somebody suspended the service or its stack.", "Run `reconciler resume NAME`.", "reconciler status"
    ),
    Cause.LATER: Entry("A step of the plan that comes after another one.", _NOTHING, _PLAN),
    Cause.NO_ROOM: Entry(
        "The rollout starts new tasks first, and no node has room for one more.",
        "Set `update_config.order: stop-first`, or make room.",
        _PLAN,
    ),
    Cause.RUNS_OURSELVES: Entry(
        "This reconciler runs as the service, and can't replace itself.",
        "Deploy it again from outside.",
        _PLAN,
    ),
    Cause.UNLABELLED: Entry(
        "The object is as desired but has no owner label, and can't get one without harm.",
        "Leave it, or create it again.",
        _PLAN,
    ),
    Cause.NEEDS_REPLACEMENT: Entry(
        "Swarm can't change this part of an object.",
        "Set `x-reconciler: {replace: true}` to have it removed and created again, or put the old value back.",
        _PLAN,
    ),
    Cause.IN_USE: Entry(
        "Somebody else uses an object that has to be removed or replaced.",
        "Detach or remove its other users.",
        "docker network inspect NETWORK",
    ),
    Cause.NAME_TAKEN: Entry(
        "An object of this name exists that a Swarm service can't use.", "Rename or remove it.", "docker network ls"
    ),
    Cause.OWNED_BY_ANOTHER: Entry(
        "The object belongs to another reconciler.",
        "Remove it there, or use another name here.",
        "docker service inspect SERVICE",
    ),
    Cause.ENGINE_TOO_OLD: Entry(
        "The file asks for what this engine doesn't have.", "Update the engine, or drop the key.", "docker version"
    ),
    Cause.WRITE_REFUSED: Entry(
        "The engine refused the write.", "Fix what the engine's words name.", "reconciler history SERVICE"
    ),
    Cause.DISPUTED: Entry(
        "Somebody else keeps changing the object back.",
        "Stop the other writer, or leave the fields to it with `x-reconciler: {ignore: [FIELD]}`.",
        "reconciler history SERVICE",
    ),
    Cause.DISPUTED_WITH_OURSELVES: Entry(
        "This process did and undid the same write too often, and stopped.",
        "Report it: that is a fault of reconciler. `reconciler reload` tries again.",
        "reconciler history",
    ),
    Cause.STOPPING: Entry("The loop is stopping, and begins no further write.", _NOTHING, "reconciler status"),
    Cause.UNANSWERED: Entry("The engine hasn't answered a write yet.", "Wait for the next pass.", "docker info"),
    Cause.ENGINE_UNAVAILABLE: Entry(
        "The engine can't be asked.", "Check that it runs, and that its Swarm has a leader.", "docker info"
    ),
}
