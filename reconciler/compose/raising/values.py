"""Values of the Engine API, as a Compose file writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import labels


def kept(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dict without values that are empty or off, as they are when a file omits them."""
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, False, 0)}


def labels_of(holder: Mapping[str, Any]) -> dict[str, str]:
    """Return the users' labels, without those of ``docker stack`` and our own."""
    given = holder.get("Labels") or {}
    own = {labels.STACK, labels.IMAGE}
    return {name: text for name, text in given.items() if name not in own and not name.startswith(labels.OURS)}
