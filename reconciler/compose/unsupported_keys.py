"""Keys that Compose has and Swarm doesn't, each with the reason and, if there is one, the Swarm way."""

from __future__ import annotations

NOT_IN_SWARM = "Swarm has no such setting"
_LIMITS = "deploy.resources.limits"
_GPUS = (
    "Swarm hands out GPUs as generic resources: list them as `node-generic-resources` in each node's daemon.json, and "
    "reserve them by deploy.resources.reservations.generic_resources"
)
MODELS = "run the model's server as a service, and name its address in `environment`"
DEVICES = _GPUS
"""Reason for ``deploy.resources.reservations.devices``."""
ATTACHMENT = {
    "ipv4_address": "Swarm chooses the addresses of tasks: reach the service by its name",
    "ipv6_address": "Swarm chooses the addresses of tasks: reach the service by its name",
    "link_local_ips": "Swarm chooses the addresses of tasks: reach the service by its name",
    "mac_address": "Swarm chooses the addresses of tasks",
    "interface_name": "Swarm names the interfaces of tasks itself: eth0, eth1 and so on",
    "priority": "Swarm attaches tasks to all their networks at once",
    "gw_priority": "Swarm chooses the gateway: a service with a single network has no choice to make",
}
"""Keys of a service's attachment to a network."""


def _in_daemon_json(setting: str) -> str:
    return f"set `{setting}` in the daemon.json of the nodes, for all their containers"


IN_SERVICE = {
    "annotations": "Swarm has no OCI annotations: `labels` go to containers, deploy.labels to the service",
    "attach": "nothing is attached: `docker service logs` shows the output",
    "blkio_config": NOT_IN_SWARM,
    "build": "Swarm runs images: build and push it beforehand, and name it in `image`",
    "cgroup": "set `default-cgroupns-mode` in the daemon.json of the nodes, for all their containers",
    "cgroup_parent": _in_daemon_json("cgroup-parent"),
    "cgroupns_mode": _in_daemon_json("default-cgroupns-mode"),
    "container_name": "Swarm names tasks itself",
    "cpu_count": f"write it as {_LIMITS}.cpus",
    "cpu_percent": f"write the share of a processor as {_LIMITS}.cpus",
    "cpu_period": f"write cpu_quota / cpu_period as {_LIMITS}.cpus",
    "cpu_quota": f"write cpu_quota / cpu_period as {_LIMITS}.cpus",
    "cpu_rt_period": NOT_IN_SWARM,
    "cpu_rt_runtime": NOT_IN_SWARM,
    "cpu_shares": "Swarm has no weights of processors: deploy.resources.reservations.cpus keeps some free",
    "cpus": f"write it as {_LIMITS}.cpus",
    "cpuset": f"Swarm binds no task to processors: {_LIMITS}.cpus says how many it may use",
    "develop": "it is for `docker compose watch`",
    "device_cgroup_rules": NOT_IN_SWARM,
    "devices": "Swarm hands no devices to tasks: a bind mount of the device may do; " + _GPUS,
    "domainname": "write the full name as `hostname`",
    "expose": "every port is open on a common network anyway",
    "external_links": "Swarm resolves service names on their common network; networks.NAME.aliases gives more names",
    "gpus": _GPUS,
    "ipc": "each task has its own: for more shared memory mount a tmpfs at /dev/shm",
    "links": "Swarm resolves service names on their common network; networks.NAME.aliases gives more names",
    "mac_address": "Swarm chooses the addresses of tasks",
    "mem_limit": f"write it as {_LIMITS}.memory",
    "mem_reservation": "write it as deploy.resources.reservations.memory",
    "models": MODELS,
    "network_mode": "Swarm has no network modes: attach the service to a network, `host` for the host's",
    "oom_kill_disable": "`oom_score_adj` makes the kernel choose other processes first",
    "pid": "each task has its own",
    "pids_limit": f"write it as {_LIMITS}.pids",
    "platform": "Swarm chooses nodes by the platforms of the image; deploy.placement.constraints narrows it down: "
    "node.platform.arch == x86_64",
    "post_start": "run it in the entrypoint of the image, or as a job that depends on this service: deploy.mode "
    "replicated-job",
    "pre_start": "run it as a service of deploy.mode replicated-job, which this one depends on by "
    "`condition: service_completed_successfully`",
    "pre_stop": "run it in the entrypoint of the image when `stop_signal` arrives, within `stop_grace_period`",
    "privileged": "Swarm has no privileged tasks: `cap_add` may do",
    "provider": "`docker compose` runs providers: run what it stands for as a service, or beside the Swarm",
    "runtime": "set `default-runtime` in the daemon.json of some nodes, and choose those by a node label in "
    "deploy.placement.constraints",
    "security_opt": "`docker stack` leaves it out; set `no-new-privileges`, `seccomp-profile` or `selinux-enabled` in "
    "the daemon.json of the nodes, for all their containers",
    "shm_size": "mount a tmpfs of that size: {type: tmpfs, target: /dev/shm, tmpfs: {size: 64m}} under `volumes`",
    "storage_opt": _in_daemon_json("storage-opts"),
    "tmpfs": "`docker stack` leaves it out; write it under `volumes` as {type: tmpfs, target: …}",
    "use_api_socket": "mount the socket: /var/run/docker.sock:/var/run/docker.sock under `volumes`, on a manager where "
    "it asks the Swarm",
    "userns_mode": _in_daemon_json("userns-remap"),
    "uts": "each task has its own: `hostname` names it",
    "volumes_from": "declare the volume under the top-level `volumes`, and mount it in both services",
}
