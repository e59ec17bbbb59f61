"""How a Compose file writes what the Engine API has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import labels


def kept(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty or off, as everything is that a file doesn't name."""
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, False, 0)}


def labels_of(holder: Mapping[str, Any]) -> dict[str, str]:
    """Those of users: neither ``docker stack``'s nor ours."""
    given = holder.get("Labels") or {}
    own = {labels.STACK, labels.IMAGE}
    return {name: text for name, text in given.items() if name not in own and not name.startswith(labels.OURS)}
