"""``reconciler render``: objects of the Engine API."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.cli.from_options import check_folder
from reconciler.cli.options import CommonOptions, shows_values
from reconciler.errors import BadDesired
from reconciler.exit_codes import DONE
from reconciler.records import dataclass
from reconciler.redaction import Redact, Redaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.desired.model import Stack


@dataclass(frozen=True, kw_only=True)
class RenderOptions(CommonOptions):
    """Options of ``render``; it asks no engine, and prints only JSON."""

    HIDDEN: ClassVar[frozenset[str]] = CommonOptions.HIDDEN | {"host", "output"}

    show_values: bool = shows_values()


def render(options: RenderOptions) -> int:
    """Print the Engine API objects that would be sent, as JSON."""
    from reconciler.compose import read

    check_folder(options.desired)
    reading = read(options.desired, os.environ, allowed=options.allowed)
    if reading.faults:
        raise BadDesired(reading.faults)
    redact = Redact.NONE if options.show_values else options.redact
    print(json.dumps(_objects(reading.stacks, redact), indent=2, sort_keys=True))
    return DONE


def _objects(stacks: Iterable[Stack], redact: Redact) -> dict[str, dict[str, Any]]:
    """Return the objects by kind and name. For a secret only the length of its content is shown; for a config too,
    unless nothing is hidden."""
    shown = Redaction(redact).spec
    objects: dict[str, dict[str, Any]] = {
        kind: {} for kind in ("services", "networks", "volumes", "configs", "secrets")
    }
    for stack in stacks:
        objects["services"] |= {service.name: shown(service.spec) for service in stack.services}
        objects["networks"] |= {network.name: shown(network.spec) for network in stack.networks if not network.external}
        objects["volumes"] |= {volume.name: shown(volume.spec) for volume in stack.volumes if not volume.external}
        for config in stack.configs:
            if not config.external:
                data = b64encode(config.data).decode() if redact is Redact.NONE else len(config.data)
                objects["configs"][config.name] = {**shown(config.spec), "Data": data}
        for secret in stack.secrets:
            if not secret.external:
                length = secret.generate.length if secret.generate else len(secret.data)
                objects["secrets"][secret.name] = {**shown(secret.spec), "Data": length}
    return objects
