"""Which address of a task is used: never the one in the ingress network, where Swarm drops it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.desired.model import Probe
from reconciler.observed.model import Task, TaskState
from reconciler.swarm import probing
from reconciler.swarm.dialing import ProbeAnswer
from reconciler.swarm.transport import Call, Transport

TASK = Task("t1", "s1", "n1", 1, TaskState.RUNNING, TaskState.RUNNING, container_id="c1")
INGRESS = {"Network": {"ID": "n-ingress", "Spec": {"Name": "ingress", "Ingress": True}}, "Addresses": ["10.0.0.5/24"]}
BACK = {"Network": {"ID": "n-back", "Spec": {"Name": "back"}}, "Addresses": ["10.0.3.8/24"]}


class Engine:
    """Answers like an engine with one task, whose container has the networks of its attachments."""

    def __init__(self, *attachments: dict[str, Any]) -> None:
        self.attachments = attachments

    def json(self, call: Call) -> Any:
        if call.path == "/tasks/t1":
            return {"NetworksAttachments": list(self.attachments)}
        networks = {
            one["Network"]["Spec"]["Name"]: {
                "NetworkID": one["Network"]["ID"],
                "IPAddress": one["Addresses"][0].partition("/")[0],
            }
            for one in self.attachments
        }
        return {"Id": "c1", "State": {"Pid": 7}, "NetworkSettings": {"Networks": networks}}


def dialled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *attachments: dict[str, Any], own: bool) -> list[str]:
    """Return the address used beside the engine; with ``own``, from a container in all the task's networks."""
    said: list[str] = []

    def dial(address: str, _: Probe) -> ProbeAnswer:
        said.append(address)
        return ProbeAnswer(True)

    monkeypatch.setattr(probing, "dial", dial)
    monkeypatch.setattr(probing, "inside", lambda _, call: call())
    monkeypatch.setattr(probing, "own_container", lambda _: "c1" if own else None)
    (tmp_path / "7").mkdir()
    (tmp_path / "7/cgroup").write_text("0::/docker/c1\n")
    prober = probing.Prober(cast(Transport, Engine(*attachments)), tmp_path)
    assert prober.ask(TASK, Probe(tcp=80), here=True).passed
    return said


@pytest.mark.parametrize("own", [False, True], ids=["beside the engine", "in a container"])
def test_the_ingress_network_is_never_dialled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: bool) -> None:
    assert dialled(monkeypatch, tmp_path, INGRESS, BACK, own=own) == ["10.0.3.8"]


@pytest.mark.parametrize("own", [False, True], ids=["beside the engine", "in a container"])
def test_a_task_without_another_network_is_dialled_at_its_loopback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: bool
) -> None:
    assert dialled(monkeypatch, tmp_path, INGRESS, own=own) == ["127.0.0.1"]
