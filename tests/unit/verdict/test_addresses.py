"""Networks that have no address left for a task."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.causes.cause import Cause
from reconciler.observed.model import Network, TaskState
from reconciler.verdict.placement import unallocated
from tests.unit.verdict.world import service, snapshot, spec, task

ATTACHED = spec(Networks=[{"Target": "tiny"}])


def found(running: int, subnet: Any = "10.1.0.0/29", state: TaskState = TaskState.RUNNING, **parts: Any) -> Any:
    wanted = service({**ATTACHED, **parts})
    tasks = [task(state, of=wanted.spec, slot=number) for number in range(running)]
    network = Network("id-tiny", "tiny", {"IPAM": {"Config": [{"Subnet": subnet}]}})
    return unallocated(wanted, snapshot(wanted, *tasks, networks={"tiny": network}))


DNSRR = {"EndpointSpec": {"Mode": "dnsrr"}}


@pytest.mark.parametrize(
    ("running", "parts", "is_full"),
    [
        (4, DNSRR, True),  # with the load balancer of the node, all five are taken
        (3, DNSRR, False),
        (3, {}, True),  # the service has an address of its own
        (4, {**DNSRR, "state": TaskState.SHUTDOWN}, False),
        (4, {**DNSRR, "subnet": "10.1.0.0/24"}, False),
        (4, {**DNSRR, "subnet": "nonsense"}, False),
        (4, {**DNSRR, "subnet": "fd00::/64"}, False),
    ],
)
def test_a_network_is_full_once_tasks_nodes_and_services_have_its_addresses(
    running: int, parts: dict[str, Any], is_full: bool
) -> None:
    finding = found(running, **parts)
    assert (finding is not None) is is_full
    if finding:
        assert (finding.cause, finding.facts.object) == (Cause.NETWORK_FULL, "network tiny")
