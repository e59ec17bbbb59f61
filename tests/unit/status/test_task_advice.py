"""What the engine's words on a failed task mean. The words are real ones, of engines 20.10 and 28.5."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.causes.cause import Cause
from reconciler.causes.engine_words import EXITS, RULES
from reconciler.desired.model import Location, Options, Service
from reconciler.observed.model import TaskState
from reconciler.status.task_advice import ADVICE, advice_on
from tests.unit.verdict.world import node, service, snapshot, spec, task

SPEC = spec(
    Placement={"Constraints": ["node.labels.zone == eu"]},
    Resources={"Limits": {"MemoryBytes": 64 * 2**20}, "Reservations": {"NanoCPUs": 16 * 10**9}},
)
WANTED = Service("shop_web", "shop", "web", SPEC, options=Options(), at=Location("shop.yaml", 7, 3))


def advice(state: TaskState = TaskState.REJECTED, **parts: Any) -> list[str]:
    swarm = snapshot(None, nodes=(node(hostname="host1"),))
    return list(advice_on(task(state, of=SPEC, **parts), WANTED, swarm))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('create x: error looking up volume plugin nfs: plugin "nfs" not found', "docker plugin install"),
        ("no suitable node (missing plugin on 1 node)", "docker plugin install"),
        ("No such image: web:1", "Node host1 can't pull image web:1. Check the spelling of `image` in shop.yaml:7"),
        ("pull access denied for web, repository does not exist or may require 'docker login'", "`docker login`"),
        ("manifest for web:1 not found: manifest unknown: manifest unknown", "the tag exists"),
        ('failed to resolve reference "docker.io/library/web:1": dial tcp: i/o timeout', "can't pull image"),
        ("no suitable node (scheduling constraints not satisfied on 3 nodes)", "(node.labels.zone == eu)"),
        ("no suitable node (insufficient resources on 1 node)", "the service reserves (cpus 16)"),
        ("no suitable node (host-mode port already in use on 1 node)", "The port is taken on the node"),
        ("driver failed programming external connectivity: port is already allocated", "The port is taken on the node"),
        ("no suitable node (unsupported platform on 1 node)", "isn't made for the platform"),
        ("no suitable node (max replicas per node limit exceed on 2 nodes)", "max_replicas_per_node"),
        (
            'invalid mount config for type "bind": bind source path does not exist: /srv/data',
            "/srv/data doesn't exist on host1",
        ),
        (
            'OCI runtime create failed: exec: "servr": executable file not found in $PATH: unknown',
            "has no such program",
        ),
        ("exec /app: permission denied", "can't be run in the image web:1"),
        ("exec /app: exec format error", "isn't made for the platform of node host1"),
        ("no matching manifest for linux/amd64 in the manifest list entries", "isn't made for the platform of node"),
        ("task: non-zero exit (143): dockerexec: unhealthy container", "`healthcheck.start_period`"),
        (
            "starting container failed: unable to find user app: no matching entries in passwd file",
            "`user` and `group_",
        ),
        ("node is missing network attachments, ip addresses may be exhausted", "(`ipam` in shop.yaml)"),
        ("network shop_net not found", "`docker network ls`"),
    ],
)
def test_words_are_understood(words: str, said: str) -> None:
    (sentence,) = advice(error=words)
    assert said in sentence


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, "ends by itself with exit code 1"),
        (126, "can't be run in the image"),
        (127, "has no such program"),
        (137, "It was killed (exit code 137, its limit is 64 MiB)"),
        (139, "memory fault"),
    ],
)
def test_exit_codes_are_understood(code: int, said: str) -> None:
    (sentence,) = advice(TaskState.FAILED, error=f"task: non-zero exit ({code})", exit_code=code)
    assert said in sentence


def test_a_port_that_a_task_of_the_same_service_has_is_told_apart() -> None:
    words = "no suitable node (host-mode port already in use on 1 node)"
    waits = task(TaskState.PENDING, of=SPEC, error=words, node_id="", container_id="")
    one = (node(hostname="host1"),)
    (said,) = advice_on(waits, WANTED, snapshot(service(SPEC), waits, task(of=SPEC), nodes=one))
    assert "Another task of this service has the port" in said
    (said,) = advice_on(waits, WANTED, snapshot(service(SPEC), waits, nodes=one))
    assert "Publish another one" in said


def test_what_is_built_by_hand_is_loaded_where_there_are_nodes() -> None:
    (said,) = advice(error="No such image: web:1")
    assert "loaded on host1 (`docker save web:1`" in said


def test_a_good_end_of_what_should_stay_is_told_and_of_a_task_that_lives_nothing() -> None:
    (sentence,) = advice(TaskState.COMPLETE, exit_code=0)
    assert "replicated-job" in sentence
    assert advice(TaskState.RUNNING) == []


def test_each_cause_of_a_task_has_advice() -> None:
    causes = {cause for _, cause in RULES} | {*EXITS.values(), Cause.EXITED, Cause.FINISHED, Cause.OUT_OF_MEMORY}
    assert causes <= ADVICE.keys()
