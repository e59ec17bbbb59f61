"""Small Engine API specs to try things on: busybox, which does as its command says."""

from __future__ import annotations

from typing import Any

from reconciler.desired.model import Spec
from reconciler.labels import STACK


def service(stack: str, key: str, script: str = "exec sleep 1000", **task: Any) -> Spec:
    """A ``ServiceSpec`` of one replica that runs ``script``; ``task`` goes into its ``TaskTemplate``."""
    container = {
        "Image": "busybox:latest",
        "Command": ["sh", "-c", f"trap 'exit 0' TERM; {script}"],
        "Labels": {STACK: stack},
        "StopGracePeriod": 1_000_000_000,
        "Init": True,
        **task.pop("ContainerSpec", {}),
    }
    return {
        "Name": f"{stack}_{key}",
        "Labels": {STACK: stack},
        "TaskTemplate": {"ContainerSpec": container, **task},
        "Mode": {"Replicated": {"Replicas": 1}},
        "EndpointSpec": {"Mode": "dnsrr"},
    }


def network(stack: str, key: str) -> Spec:
    """The body of ``/networks/create`` for an overlay network."""
    return {"Name": f"{stack}_{key}", "Driver": "overlay", "Labels": {STACK: stack}}


def content(stack: str, key: str) -> Spec:
    """A ``ConfigSpec`` or ``SecretSpec``."""
    return {"Name": f"{stack}_{key}", "Labels": {STACK: stack}}
