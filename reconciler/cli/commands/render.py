"""``reconciler render``: the objects of the Engine API."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.cli.exit_codes import DONE
from reconciler.cli.options import CommonOptions
from reconciler.errors import BadDesired

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.desired.model import Stack


class RenderOptions(CommonOptions):
    """What ``render`` takes; no engine is asked, and there is only JSON."""

    HIDDEN: ClassVar[frozenset[str]] = CommonOptions.HIDDEN | {"host", "output"}


def render(options: RenderOptions) -> int:
    """Print the Engine API objects that would be sent, as JSON."""
    from reconciler.compose import read

    reading = read(options.desired, os.environ)
    if reading.faults:
        raise BadDesired(reading.faults)
    print(json.dumps(_objects(reading.stacks), indent=2, sort_keys=True))
    return DONE


def _objects(stacks: Iterable[Stack]) -> dict[str, dict[str, Any]]:
    """By kind and name; of a secret only the length of its content."""
    objects: dict[str, dict[str, Any]] = {
        kind: {} for kind in ("services", "networks", "volumes", "configs", "secrets")
    }
    for stack in stacks:
        objects["services"] |= {service.name: service.spec for service in stack.services}
        objects["networks"] |= {network.name: network.spec for network in stack.networks if not network.external}
        objects["volumes"] |= {volume.name: volume.spec for volume in stack.volumes if not volume.external}
        for config in stack.configs:
            if not config.external:
                objects["configs"][config.name] = {**config.spec, "Data": b64encode(config.data).decode()}
        for secret in stack.secrets:
            if not secret.external:
                length = secret.generate.length if secret.generate else len(secret.data)
                objects["secrets"][secret.name] = {**secret.spec, "Data": length}
    return objects
