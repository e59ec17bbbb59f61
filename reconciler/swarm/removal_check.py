"""A last look, right before a removal, whether an object is still the one that was observed.

Swarm removes by id and takes no version, as it does for updates.
"""

from __future__ import annotations

from reconciler.errors import NotFound, OutOfSequence
from reconciler.observed import model as observed
from reconciler.swarm.transport import LOOK_TIMEOUT, Call, Transport

Removable = observed.Service | observed.Network | observed.Config | observed.Secret


def confirm(found: Removable, transport: Transport) -> None:
    """Return if the object is as it was observed.

    Raises:
        NotFound: it is gone.
        OutOfSequence: it has changed; somebody may need it now.
    """
    kind = type(found).__name__.lower()
    doing = f"remove the {kind} {found.name}"
    raw = transport.json(Call("GET", f"/{kind}s/{found.id}", doing, timeout=LOOK_TIMEOUT))
    try:
        if isinstance(found, observed.Network):
            id_, now, before = raw["Id"], (raw["Name"], raw["Labels"] or {}), (found.name, found.spec["Labels"] or {})
        else:
            id_, now, before = raw["ID"], (raw["Spec"]["Name"], raw["Version"]["Index"]), (found.name, found.version)
    except (LookupError, TypeError) as error:
        raise transport.no_json(doing) from error
    if id_ != found.id:  # the engine also takes a name, or a prefix of an id
        raise NotFound(f"can't {doing}: it is gone")
    if now != before:
        raise OutOfSequence(f"can't {doing}: it has changed since it was observed. The next pass plans it again.")
