"""Lines of the event stream."""

from __future__ import annotations

import json
from typing import Any

from reconciler.swarm.events import Event, parse


def line(kind: str, action: str, scope: str = "swarm", **attributes: str) -> bytes:
    raw: dict[str, Any] = {"Type": kind, "Action": action, "scope": scope}
    return json.dumps({**raw, "Actor": {"ID": "id", "Attributes": attributes}}).encode()


def test_an_object_of_swarms() -> None:
    event = parse(line("service", "update", name="web_a", **{"replicas.new": "2"}))
    assert event == Event("service", "update", "id", "web_a", {"name": "web_a", "replicas.new": "2"})


def test_the_container_of_a_task_goes_by_its_services_name() -> None:
    attributes = {"name": "web_a.1.xyz", "com.docker.swarm.service.name": "web_a", "exitCode": "1"}
    event = parse(line("container", "die", "local", **attributes))
    assert event is not None
    assert (event.name, event.attributes["exitCode"]) == ("web_a", "1")


def test_health_is_an_action_and_an_outcome() -> None:
    attributes = {"com.docker.swarm.service.name": "web_a"}
    event = parse(line("container", "health_status: unhealthy", "local", **attributes))
    assert event is not None
    assert (event.action, event.attributes["health_status"]) == ("health_status", "unhealthy")


def test_a_container_cut_off_from_an_overlay_network() -> None:
    event = parse(line("network", "disconnect", "local", name="web_net", type="overlay", container="c1"))
    assert event is not None
    assert (event.type, event.action, event.name) == ("network", "disconnect", "web_net")


def test_what_nobody_waits_for_is_dropped() -> None:
    assert parse(line("network", "disconnect", "local", name="n", type="bridge")) is None
    task = {"com.docker.swarm.service.name": "web_a"}
    assert parse(line("network", "connect", "local", name="n")) is None
    assert parse(line("network", "create", "local", name="n")) is None
    assert parse(line("container", "die", "local", name="somebody-elses")) is None
    assert parse(line("container", "exec_create: /bin/sh -c true", "local", **task)) is None
    assert parse(line("image", "pull", "local", name="i")) is None
    assert parse(b"\n") is None


def test_an_actor_without_attributes() -> None:
    raw = {"Type": "node", "Action": "update", "scope": "swarm", "Actor": {"ID": "n", "Attributes": None}}
    assert parse(json.dumps(raw).encode()) == Event("node", "update", "n", "")
