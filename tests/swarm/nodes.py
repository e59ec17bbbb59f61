"""A Swarm of several nodes: engines in containers of a private engine, three managers and two workers.

Each engine's API is a socket in a folder of this machine, so that it answers while its network is cut.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.swarm.cli import Docker
from tests.swarm.engines import HACK, private_engine
from tests.swarm.waiting import until

NETWORK, PREFIX = "nodes", "10.77.0"
HEARTBEAT = "1s"
"""Swarm's own is 5 s: a node counts as down after three of them."""
CGROUPS = Path("/sys/fs/cgroup")
PRIVILEGES = (
    *("--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--cgroupns", "host"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--security-opt", "systempaths=unconfined", "-v", f"{CGROUPS}:{CGROUPS}:rw"),
)
"""What an engine in a container needs where the machine itself lacks CAP_SYS_RESOURCE, so that --privileged fails."""


@dataclass(frozen=True, slots=True)
class Node:
    """One engine, with a network, processes and a disk of its own."""

    name: str
    outer: Docker
    host: str

    @property
    def docker(self) -> Docker:
        return Docker(self.host)

    def start(self) -> None:
        self.outer("start", self.name)
        until(lambda: self.docker.succeeds("version"), what=f"the engine {self.name} answers")

    @contextmanager
    def killed(self) -> Iterator[None]:
        """As by a power failure: its containers die with it. Started again at the end."""
        self.outer("kill", self.name)
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Every packet from and to the other nodes is lost; what runs there runs on."""
        self._packets("--insert")
        try:
            yield
        finally:
            self._packets("--delete")

    def _packets(self, verb: str) -> None:
        for chain, device in (("INPUT", "--in-interface"), ("OUTPUT", "--out-interface")):
            self.outer("exec", self.name, "iptables", verb, chain, device, "eth0", "--jump", "DROP")


@dataclass(frozen=True, slots=True)
class Nodes:
    """``managers`` come first in ``all``."""

    managers: tuple[Node, ...]
    workers: tuple[Node, ...]

    @property
    def all(self) -> tuple[Node, ...]:
        return (*self.managers, *self.workers)

    def leader(self) -> Node:
        """The Swarm's, as the first manager that has one tells."""
        status = until(lambda: next(filter(None, map(_leader, self.managers)), ""), 60, "the Swarm has a leader")
        return next(node for node in self.managers if node.name == status)

    def well(self) -> None:
        """Returns once every node is ready and active, for every manager."""
        for manager in self.managers:
            until(partial(_well, manager, len(self.all)), 90, f"all nodes are well, as {manager.name} sees them")

    def down(self, node: Node, seen_from: Node) -> None:
        """Returns once the Swarm has noticed that ``node`` is lost."""
        until(lambda: f"{node.name} Down" in _statuses(seen_from), 60, f"{node.name} is down")

    def ready(self, seen_from: Node) -> int:
        """How many nodes the Swarm can use."""
        return sum(line.endswith(" Ready") for line in _statuses(seen_from))


def _statuses(manager: Node) -> list[str]:
    return (manager.docker.asked("node", "ls", "--format", "{{.Hostname}} {{.Status}}") or "").splitlines()


def _leader(manager: Node) -> str:
    said = manager.docker.asked("node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}") or ""
    return next((line.split()[0] for line in said.splitlines() if line.endswith("Leader")), "")


def _well(manager: Node, count: int) -> bool:
    said = manager.docker.asked("node", "ls", "--format", "{{.Status}} {{.Availability}} {{.ManagerStatus}}") or ""
    lines = said.splitlines()
    good = [line for line in lines if line.startswith("Ready Active") and not line.endswith("Unreachable")]
    return len(good) == len(lines) == count and any(line.endswith("Leader") for line in lines)


@contextmanager
def several_nodes() -> Iterator[Nodes]:
    """Five engines in one Swarm, each with ``busybox:latest``, while the block runs."""
    with private_engine("nodes") as engine:
        outer = Docker(engine.host)
        _make_image(engine.host)
        outer("network", "create", "--subnet", f"{PREFIX}.0/24", NETWORK)
        folder = Path(engine.host.removeprefix("unix://")).parent / "nodes"
        folder.mkdir()
        # No name server is there to be asked for a registry: a refusal comes at once, silence takes 20 s.
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        names = [*(f"manager{number}" for number in (1, 2, 3)), *(f"worker{number}" for number in (1, 2))]
        try:
            found = [_run(outer, name, number, folder) for number, name in enumerate(names, start=11)]
            nodes = Nodes(tuple(found[:3]), tuple(found[3:]))
            _join(nodes)
            yield nodes
        finally:
            outer("rm", "--force", "--volumes", *names)
            for name in names:
                remove_cgroups(_cgroup(name))


def _make_image(host: str) -> None:
    subprocess.run([HACK / "images", "node"], env={**os.environ, "DOCKER_HOST": host}, check=True)


def _run(outer: Docker, name: str, number: int, folder: Path) -> Node:
    outer(
        *("run", "--detach", "--name", name, "--hostname", name),
        *("--network", NETWORK, "--ip", f"{PREFIX}.{number}", *PRIVILEGES),
        *("-v", "/var/lib/docker", "--tmpfs", "/run", "-v", f"{folder}:/nodes"),
        *("-v", f"{folder}/resolv.conf:/etc/resolv.conf:ro", "reconciler-node:latest"),
        *("dockerd", "--host", f"unix:///nodes/{name}.sock", "--cgroup-parent", _cgroup(name)),
    )
    return Node(name, outer, f"unix://{folder}/{name}.sock")


def _join(nodes: Nodes) -> None:
    first = nodes.managers[0]
    for node in nodes.all:
        until(partial(node.docker.succeeds, "version"), what=f"the engine {node.name} answers")
    first.docker("swarm", "init", "--advertise-addr", f"{PREFIX}.11", "--dispatcher-heartbeat", HEARTBEAT)
    for role, joining in (("manager", nodes.managers[1:]), ("worker", nodes.workers)):
        token = first.docker("swarm", "join-token", "--quiet", role)
        for node in joining:
            node.docker("swarm", "join", "--token", token, f"{PREFIX}.11:2377")
    for node in nodes.all:
        subprocess.run([HACK / "images", "test"], env={**os.environ, "DOCKER_HOST": node.host}, check=True)
    nodes.well()


def _cgroup(name: str) -> str:
    return f"/reconciler-{os.getpid()}-{name}"


def remove_cgroups(group: str) -> None:
    """An engine in a container makes them where it is told to, and nobody else removes them. ``group`` is a path."""
    for root in CGROUPS.glob(f"*{group}"):
        for folder in sorted(root.rglob("*/"), reverse=True):
            folder.rmdir()
        root.rmdir()
