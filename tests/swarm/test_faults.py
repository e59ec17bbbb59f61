"""Everything that can go wrong between us and the engine, a thousand times by seed: what is desired comes about all
the same, once each, and nothing is left over in the process."""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from tests.swarm.cli import Docker
from tests.swarm.faulty import Proxy, faulty
from tests.swarm.looping import Loop, Program, Report, compose, service
from tests.swarm.waiting import until

SEED = int(os.environ.get("RECONCILER_FAULT_SEED", "1"))
FAULTS = int(os.environ.get("RECONCILER_FAULTS", "600"))
"""Through the loop; ``apply`` gets a quarter of it besides."""
RATE = 0.35
PARTS = 8
MOST_GROWTH = 10_000
"""KiB of resident memory, from a loop that has seen half of the faults to one that has seen them all: the history of
its last 200 passes fills up meanwhile."""


@dataclass
class Hands:
    """Somebody who edits the file, and somebody who changes the Swarm by hand, past the proxy."""

    program: Program
    docker: Docker
    rng: random.Random
    numbers: dict[str, int] = field(default_factory=lambda: {"conf": 0, "env": 0, "more": 0, "given": 0})
    removed: Counter[str] = field(default_factory=Counter)
    """How often each object was removed, by hand or by desired state: so often more it may be made."""

    def write(self) -> None:
        extra = "networks: [net]\nsecrets: [made, given]\nconfigs: [{source: conf, target: /conf}]"
        services = {
            "db": service(extra=extra),
            "app": service(extra=f"environment: {{N: '{self.numbers['env']}'}}\nnetworks: [net]\ndepends_on: [db]"),
            "free": service(extra=f"labels: {{n: '{self.numbers['env']}'}}"),
        }
        if self.numbers["more"] % 2:
            services["more"] = service()
        rest = [
            "networks: {net: {}}",
            f"configs: {{conf: {{content: 'conf {self.numbers['conf']}'}}}}",
            "secrets:",
            "  made: {x-reconciler: {generate: {length: 24}}}",
            f"  given: {{content: 'given {self.numbers['given']}'}}",
        ]
        self.program.write("app.yaml", compose(self.program.owner, services, "\n".join(rest)))

    def act(self) -> None:
        """One edit, or one change by hand."""
        kind = self.rng.choice(["edit", "edit", "scale", "env", "remove", "label"])
        name = f"{self.program.owner}_{self.rng.choice(['db', 'app', 'free'])}"
        if kind == "edit":
            self.numbers[self.rng.choice(sorted(self.numbers))] += 1
            self.write()
        elif kind == "scale":
            self.docker.succeeds("service", "scale", "--detach", f"{name}=2")
        elif kind == "env":
            self.docker.succeeds("service", "update", "--detach", "--env-add", f"X={self.rng.random()}", name)
        elif kind == "label":
            self.docker.succeeds("service", "update", "--detach", "--label-add", "odd=yes", name)
        elif self.docker.succeeds("service", "rm", name):
            self.removed[name] += 1


@pytest.fixture
def proxy(tmp_path: Path, host: str) -> Iterator[tuple[str, Proxy]]:
    with faulty(tmp_path, host, SEED) as (address, proxy):
        yield address, proxy


@pytest.fixture
def hands(program: Program, docker: Docker) -> Hands:
    hands = Hands(program, docker, random.Random(SEED))
    hands.write()
    return hands


def test_a_loop_behind_faults_ends_converged_and_no_larger(
    proxy: tuple[str, Proxy], hands: Hands, capfd: pytest.CaptureFixture[str]
) -> None:
    address, between = proxy
    with replace(hands.program, host=address).loop() as loop:
        loop.ready()
        between.rate = RATE
        sizes = []
        for part in range(1, PARTS + 1):
            _stir(between, hands, loop, part * FAULTS // PARTS)
            sizes.append(_size(loop))
        between.rate = 0
        seen = len(loop.reports)
        loop.report(lambda report: report["verdict"] == "Ready" and not report["actions"], seen, deadline=120)
        sizes.append(_size(loop))
        _converged(hands, between)
    said = capfd.readouterr().err
    ours = [report["engine_error"] for report in loop.reports if "fault of our own" in report["engine_error"]]
    print(f"seed {SEED}: {len(loop.reports)} passes", *sizes, dict(between.faults), sep="\n")
    assert not ours
    assert "Traceback" not in said
    before, after = sizes[PARTS // 2], sizes[-1]
    assert after.memory - before.memory < MOST_GROWTH
    assert after.threads <= before.threads + 2
    assert after.files <= before.files + 8


def test_apply_behind_faults_ends_converged(proxy: tuple[str, Proxy], hands: Hands) -> None:
    address, between = proxy
    program = replace(hands.program, host=address)
    between.rate = RATE
    while between.faults.total() < FAULTS // 4:
        assert program.json("apply")["verdict"] == "Ready"
        assert replace(program, host=hands.program.host).json("plan")["actions"] == []
        hands.act()
    between.rate = 0
    program.json("apply")
    _converged(hands, between)


def test_a_write_that_hangs_delays_no_other_object(
    proxy: tuple[str, Proxy], program: Program, stack: str, docker: Docker
) -> None:
    address, between = proxy
    program.write("app.yaml", compose(stack, {name: service() for name in ("slow", "quick", "other")}))
    between.held = f'"Name": "{stack}_slow"'.encode()
    with replace(program, host=address).loop() as loop:
        loop.report(lambda report: _verdicts(report) == {"slow": "Missing", "quick": "Ready", "other": "Ready"})
        docker("service", "scale", "--detach", f"{stack}_quick=3")
        seen = len(loop.reports)
        loop.report(lambda report: f"{stack}_quick" in _changed(report), since=seen, deadline=10)
        between.held = b""
        loop.ready(since=len(loop.reports))
        assert any(f"{stack}_slow" in _changed(report) for report in loop.reports)
    assert between.created[("services", f"{stack}_slow")] == 1


def test_a_lease_that_is_slow_to_get_is_no_engine_that_is_away(proxy: tuple[str, Proxy], program: Program) -> None:
    address, between = proxy
    program.write("app.yaml", compose(program.owner, {"a": service()}))
    between.held = f'"Name": "{program.owner}-lease"'.encode()
    with replace(program, host=address).started("apply") as applying:
        assert between.holding.wait(30)
        with pytest.raises(subprocess.TimeoutExpired):  # longer than an engine that is away is waited for
            applying.wait(6)
        between.held = b""
        assert applying.wait(60) == 0
    assert between.created[("configs", f"{program.owner}-lease")] == 1


def test_somebody_who_undoes_every_write_is_fought_ever_more_rarely_and_told_of(
    program: Program, stack: str, docker: Docker
) -> None:
    program.write("app.yaml", compose(stack, {"a": service(), "b": service()}))
    with program.loop() as loop:
        loop.ready()
        over = threading.Event()
        fighter = threading.Thread(target=_scale_for_ever, args=(docker, f"{stack}_a", over))
        fighter.start()
        try:
            disputed = loop.report(lambda report: _verdicts(report)["a"] == "Degraded")
            state = next(each for each in disputed["services"] if each["name"] == f"{stack}_a")
            reason = state["reason"]
            assert state["cause"] == "Disputed"
            advice = partial(program.json, "explain", f"{stack}_a")
            until(lambda: "stop the other writer" in advice()["what_to_do"][0], what="it is told what to do")
            assert f"somebody else keeps changing service {stack}_a: deploy.replicas" in reason
            assert "ignore: [deploy.replicas]" in reason
            assert _verdicts(disputed)["b"] == "Ready"
        finally:
            over.set()
            fighter.join()
        seen = len(loop.reports)
        program.trigger.touch()
        loop.ready(since=seen)


def _scale_for_ever(docker: Docker, service: str, over: threading.Event) -> None:
    while not over.wait(0.05):
        if docker("service", "inspect", service, "--format", "{{.Spec.Mode.Replicated.Replicas}}") != "2":
            docker.succeeds("service", "scale", "--detach", f"{service}=2")


def _verdicts(report: Report) -> dict[str, str]:
    return {each["name"].rpartition("_")[2]: each["verdict"] for each in report["services"]}


def _changed(report: Report) -> set[str]:
    return {action["name"] for action in report["actions"] if action["result"] == "changed"}


def _stir(between: Proxy, hands: Hands, loop: Loop, until_faults: int) -> None:
    """Acts, and forces passes, until so many faults were made."""
    while between.faults.total() < until_faults:
        hands.act()
        hands.program.trigger.touch()
        loop.report(lambda report: bool(report["forced"]), since=len(loop.reports), deadline=90)
        assert loop.process.poll() is None, "the loop has ended"


def _converged(hands: Hands, between: Proxy) -> None:
    """Nothing is left to do, and no object was made, or written, more often than there was a reason to."""
    plan = hands.program.json("plan")
    assert plan["actions"] == []
    status = hands.program.json("status")
    assert {each["verdict"] for each in status["services"]} == {"Ready"}
    assert between.created[("secrets", f"{hands.program.owner}_made")] == 1
    stack = hands.program.owner
    names = hands.docker("secret", "ls", "--filter", f"name={stack}_", "-q").split()
    assert 2 <= len(names) <= 3, "the one before is kept for a rollback"
    assert between.redone == []
    for (kind, name), count in between.created.items():
        if kind == "services" and not name.endswith("_more"):
            assert count <= 1 + hands.removed[name], (kind, name)
        elif name.endswith("_net"):
            assert count == 1, (kind, name)


@dataclass(frozen=True)
class Size:
    """Of a process: its resident memory in KiB, its threads and its open files."""

    memory: int
    threads: int
    files: int


def _size(loop: Loop) -> Size:
    proc = Path("/proc") / str(loop.process.pid)
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    files = len(list((proc / "fd").iterdir()))
    return Size(int(status["VmRSS"].split()[0]), int(status["Threads"]), files)
