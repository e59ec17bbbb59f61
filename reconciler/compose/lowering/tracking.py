"""``pull_policy`` as tracking of the image's tag (rule 7: digests are pinned unless a setting asks to track)."""

from __future__ import annotations

from typing import Any

from reconciler.compose import schema
from reconciler.compose.lowering.stack import Source
from reconciler.compose.pulling import interval
from reconciler.yaml.document import Path

_UNHEEDED = {
    "never": "a node pulls the image that it doesn't have: load it there beforehand",
    "build": "Swarm runs images: build and push it beforehand, and name it in `image`",
}


def tracking(service: schema.Service, path: Path, source: Source) -> dict[str, Any]:
    """Return the options that ``pull_policy`` stands for; the service's own ``x-reconciler`` takes precedence over
    them."""
    policy, own = service.pull_policy, service.x_reconciler.model_fields_set
    name = f"services.{path[-1]}"
    if service.pull_refresh_after is not None and policy != "refresh":
        hint = "it counts for `pull_policy: refresh`"
        source.found.warn((*path, "pull_refresh_after"), f"{name}.pull_refresh_after isn't honoured", hint, key=True)
    if policy in {"", "missing", "if_not_present"}:
        return {}
    if policy in _UNHEEDED or "image_policy" in own:
        hint = _UNHEEDED.get(policy) or "x-reconciler.image_policy says how"
        source.found.warn((*path, "pull_policy"), f"{name}.pull_policy isn't honoured", hint, key=True)
        return {}
    every = service.pull_refresh_after if policy == "refresh" else interval(policy)
    return {"image_policy": "track", **({} if every is None else {"track_interval": every})}
