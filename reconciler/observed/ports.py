"""Ports that a service publishes."""

from __future__ import annotations

from reconciler.desired.model import Spec


def published(spec: Spec, how: str) -> set[tuple[int, str]]:
    """Return port and protocol of what is published in the mode ``how``: ``host`` or ``ingress``."""
    ports = (spec.get("EndpointSpec") or {}).get("Ports") or []
    return {
        (int(port["PublishedPort"]), port.get("Protocol", "tcp"))
        for port in ports
        if port.get("PublishMode", "ingress") == how and port.get("PublishedPort")
    }
