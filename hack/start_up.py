"""How long the image takes from container start to the shipped platform Ready, in both modes, and what it weighs.

    PYTHONPATH=. .venv/bin/python hack/start_up.py [TURNS]

Each turn begins with nothing but images: no Swarm in an engine of its own, no service, no volume. Times are by the
engine's own note of when it started the container, and of when the image said what; what is printed are medians.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAME, VOLUME, ENGINE = "start-up", "start-up-engine", "start-up"
IMAGE = "reconciler:latest"
PRIVILEGES = (
    *("--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--cgroupns=host", "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw"),
    *(
        "--security-opt=seccomp=unconfined",
        "--security-opt=apparmor=unconfined",
        "--security-opt=systempaths=unconfined",
    ),
)
"""In place of --privileged, which fails where the machine itself lacks CAP_SYS_RESOURCE."""
LEFT = "swarm volumes network containers"
"""What an engine keeps besides images."""
PATIENCE = 180.0
Said = dict[str, Any]


def succeeds(*arguments: str) -> bool:
    return subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode == 0


def docker(*arguments: str, stdin: int | None = None) -> str:
    done = subprocess.run(["docker", *arguments], stdin=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        done.check_returncode()
    return done.stdout.strip()


@dataclass
class Start:
    """One start: seconds since the container started, by what had been reached."""

    reached: dict[str, float] = field(default_factory=dict)

    @property
    def ready(self) -> float:
        return self.reached["all Ready"]


@contextmanager
def running(*options: str) -> Iterator[float]:
    """The container, and when it started, in seconds since the epoch."""
    docker("create", "--name", NAME, "--env", "RECONCILER_OUTPUT=json", *options, IMAGE)
    try:
        docker("start", NAME)
        yield _started()
    finally:
        docker("rm", "--force", NAME)


def _started() -> float:
    said = docker("inspect", "--format", "{{.State.StartedAt}}", NAME)
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*Z$", r"\1+00:00", said)).timestamp()


def lines(began: float) -> list[tuple[float, Said]]:
    """What it said since it began, as JSON, by seconds since then."""
    said = docker("logs", "--timestamps", "--since", f"{began:.6f}", NAME)
    found = []
    for line in said.splitlines():
        at, _, text = line.partition(" ")
        if text.startswith("{"):
            moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d*Z$", r"\1+00:00", at)).timestamp()
            found.append((moment - began, json.loads(text)))
    return found


def ready(began: float) -> Start:
    """Waits for the platform to be Ready."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        start = _read(lines(began))
        if "all Ready" in start.reached:
            return start
        time.sleep(0.5)
    raise SystemExit(f"not Ready within {PATIENCE:g} s:\n{docker('logs', NAME)}")


def _read(said: Sequence[tuple[float, Said]]) -> Start:
    reached: dict[str, float] = {}
    for at, each in said:
        if message := each.get("message"):
            reached.setdefault(str(message), at)
            continue
        for action in each.get("actions", ()):
            if action["kind"] == "service" and action["action"] == "create" and action["result"] == "changed":
                reached.setdefault(f"{action['name']} created", at)
        for service in each.get("services", ()):
            if service["verdict"] == "Ready":
                reached.setdefault(f"{service['name']} Ready", at)
        if each.get("services") and each["verdict"] == "Ready":
            reached.setdefault("all Ready", at)
    return Start(reached)


def in_socket_mode(turns: int) -> list[Start]:
    socket = os.environ["DOCKER_HOST"].removeprefix("unix://")
    mounts = (f"--volume={socket}:/var/run/docker.sock", f"--volume={ROOT / 'desired'}:/app/desired:ro")
    starts = []
    for _ in range(turns):
        with running(*mounts, f"--env=DOCKER_SOCKET={socket}") as began:
            starts.append(ready(began))
            memory("socket mode, idle")
        clear()
    return starts


def in_dind_mode(turns: int) -> tuple[list[Start], list[Start]]:
    """From nothing, and again by `docker restart`, with Swarm and data there."""
    options = (*PRIVILEGES, f"--volume={VOLUME}:/var/lib/docker", f"--volume={ROOT / 'desired'}:/app/desired:ro")
    first, again = [], []
    load(*options)
    for _ in range(turns):
        within(f"cd /data && rm -rf {LEFT}")
        with running(*options, "--hostname=start-up") as began:
            first.append(ready(began))
            memory("DinD mode, idle")
            docker("restart", NAME)
            again.append(ready(_started()))
    return first, again


def load(*options: str) -> None:
    """The platform's images, into the volume of an engine of its own."""
    with running(*options, "--env=RECONCILER_DESIRED=/nothing"):
        wait(lambda: succeeds("exec", NAME, "docker", "info"))
        with subprocess.Popen(["docker", "save", *platform_images()], stdout=subprocess.PIPE) as save:
            assert save.stdout is not None
            docker("exec", "--interactive", NAME, "docker", "load", "--quiet", stdin=save.stdout.fileno())
        docker("stop", NAME)


def platform_images() -> list[str]:
    text = (ROOT / "desired" / "platform.yaml").read_text()
    return sorted(set(re.findall(r"^ *image: *(\S+)", text, re.MULTILINE)))


def within(script: str) -> None:
    docker("run", "--rm", "--volume", f"{VOLUME}:/data", "busybox:latest", "sh", "-c", script)


def wait(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise SystemExit(f"not within {PATIENCE:g} s")
        time.sleep(0.2)


def clear() -> None:
    """No service, network, config, secret or volume is left, and no container."""
    for kind in ("service", "config", "secret"):
        if names := docker(kind, "ls", "--quiet").split():
            docker(kind, "rm", *names)
    wait(lambda: not docker("ps", "--quiet"))
    docker("container", "prune", "--force")
    for network in docker("network", "ls", "--quiet", "--filter", "label=io.reconciler.owner").split():
        wait(partial(succeeds, "network", "rm", network))
    docker("volume", "rm", "--force", *docker("volume", "ls", "--quiet", "--filter", "name=platform").split())


MEMORY: dict[str, list[dict[str, float]]] = {}


def memory(case: str) -> None:
    """Of each process of the container, tasks of its own engine aside, in MB; shared pages are counted in shares."""
    found: dict[str, float] = {}
    for line in docker("top", NAME, "-eo", "pid,args").splitlines()[1:]:
        pid, command = line.strip().split(None, 1)
        name = next(
            (each for each in ("entrypoint", "dockerd", "containerd-shim", "containerd") if each in command), ""
        )
        name = name or ("loop" if "reconciler" in command else "")
        if not name:
            continue
        rollup = Path("/proc", pid, "smaps_rollup")
        if rollup.exists():
            pages = re.search(r"^Pss: +(\d+) kB", rollup.read_text(), re.MULTILINE)
            found[name] = found.get(name, 0) + int(pages[1]) / 1000 if pages else 0
    MEMORY.setdefault(case, []).append(found)


def table(title: str, starts: Sequence[Start]) -> None:
    print(
        f"\n{title}: median of {len(starts)}, from {min(each.ready for each in starts):.1f} to "
        f"{max(each.ready for each in starts):.1f} s"
    )
    steps = {step for each in starts for step in each.reached}
    medians = {step: median([each.reached[step] for each in starts if step in each.reached]) for step in steps}
    for step, at in sorted(medians.items(), key=lambda pair: pair[1]):
        print(f"  {at:5.2f} s  {step}")


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    os.environ["DOCKER_HOST"] = subprocess.check_output([ROOT / "hack/engine", "up", ENGINE], text=True).strip()
    try:
        for images in ("test", "desired", "reconciler"):
            subprocess.run([ROOT / "hack/images", images], check=True)
        version = docker("version", "--format", "{{.Server.Version}}")
        print(f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, engine {version}, {IMAGE}")
        size = int(docker("image", "inspect", IMAGE, "--format", "{{.Size}}"))
        print(f"image: {size / 1e6:.0f} MB")
        table("socket mode", in_socket_mode(turns))
        first, again = in_dind_mode(turns)
        table("DinD mode, from nothing", first)
        table("DinD mode, restarted", again)
        for case, found in MEMORY.items():
            kinds = sorted({kind for each in found for kind in each})
            parts = ", ".join(f"{kind} {median([each.get(kind, 0) for each in found]):.0f}" for kind in kinds)
            print(f"{case}, MB: {parts}")
    finally:
        subprocess.run([ROOT / "hack/engine", "down", ENGINE], check=False)


if __name__ == "__main__":
    main()
