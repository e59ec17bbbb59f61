"""The labels that we keep our memory in, and those that ``docker stack`` uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STACK = "com.docker.stack.namespace"
IMAGE = "com.docker.stack.image"

OURS = "io.reconciler."
"""Everything below this prefix is bookkeeping: never part of a diff, save the owner."""

OWNER = OURS + "owner"
"""Who may change and remove the object: the ``--owner`` setting, ``reconciler`` by default."""

OBJECT = OURS + "object"
"""Kind and name of the object that the labels were written for (``service/shop_web``): they may be copied."""

ATTEMPT = OURS + "attempt"
"""Salted hash of what an update is about to change; written before it, so that a rollback keeps it."""

ROLLED_BACK = OURS + "rolled-back"
"""Salted hash of the desired spec that was rolled back: it isn't tried again until desired state changes."""

LOST = OURS + "lost-task"
"""Id of a task, lost with its node, that a rollout waited for until it was begun again by this very label."""

PARKED = OURS + "parked"
"""Mode and networks of a service that is stopped while a network of it is replaced (``observed.parking``)."""

SUCCEEDS = OURS + "succeeds"
"""Name of the service that this one takes the place of, which stays until this one is Ready."""

DIGEST = OURS + "digest"
"""Salted hash of a secret's content (``scrypt15$SALT$HASH``): tells a change, can't be guessed back."""

NAME = OURS + "name"
"""The name in the files of a config or secret, on objects that hold its content under another name."""

STACK_OF_SECRET = OURS + "stack"
"""The stack of a generated secret: without the label that ``docker stack`` uses it outlives ``docker stack rm``, as the
volumes do whose data it opens."""

GENERATED = OURS + "generated"
"""On a secret that was generated here once and is kept for good."""

LEASE = OURS + "lease."
"""Who acts on the Swarm, on the config object that is the lease."""

SUSPENDED = OURS + "suspended."
"""What is suspended at run time, on the config object that keeps it."""

HISTORY = OURS + "history."
"""What was done when, on the config objects that keep it."""

NOTE = OURS + "note."
"""Begins the labels of every further kind of note: a version that doesn't know the kind leaves the note alone."""

NOTES = (LEASE, SUSPENDED, HISTORY, NOTE)


def of(spec: Mapping[str, Any], label: str) -> str:
    """The text of an object's label; empty where it has none."""
    return str((spec.get("Labels") or {}).get(label, ""))


def keeps_our_memory(spec: Mapping[str, Any]) -> bool:
    """Whether an object is memory of ours, and no part of what is wanted: never pruned, imported, or compared."""
    return any(label.startswith(NOTES) for label in spec.get("Labels") or {})
