"""What engines say of a task or a rollout, classified. No other module reads their sentences.

The words are those of engines 20.10 to 29: SwarmKit's scheduler (``manager/scheduler/filter.go``), moby's executor
(``daemon/cluster/executor/container``), containerd and runc.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.causes.cause import Cause


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


RULES: tuple[tuple[re.Pattern[str], Cause], ...] = (
    (
        _words(r"no match for platform|no matching manifest|does not match the specified platform|exec format error"),
        Cause.IMAGE_PLATFORM,
    ),
    (
        _words(r"unauthorized|authentication required|no basic auth credentials|denied: requested access"),
        Cause.IMAGE_REFUSED,
    ),
    (
        _words(
            r"No such image|manifest unknown|manifest for .{0,300} not found|pull access denied"
            r"|repository does not exist|failed to resolve reference|failed to pull|toomanyrequests"
        ),
        Cause.IMAGE_UNAVAILABLE,
    ),
    (_words(r"looking up \w+ plugin|missing plugin|VolumeDriver\."), Cause.DRIVER_MISSING),
    (_words(r"scheduling constraints not satisfied|no node has"), Cause.CONSTRAINT_UNMET),
    (_words(r"insufficient resources"), Cause.INSUFFICIENT_RESOURCES),
    (_words(r"host-mode port already in use|port is already allocated|address already in use"), Cause.PORT_TAKEN),
    (_words(r"unsupported platform"), Cause.PLATFORM_UNSUPPORTED),
    (_words(r"max replicas per node limit exceed"), Cause.REPLICAS_PER_NODE),
    (_words(r"bind source path does not exist"), Cause.MOUNT_SOURCE_MISSING),
    (_words(r"invalid mount config|no such device|error mounting"), Cause.MOUNT_FAILED),
    (_words(r"unable to find (user|group)|no matching entries in (passwd|group)"), Cause.USER_UNKNOWN),
    (_words(r"missing network attachments|no available IP|could not find an available"), Cause.NETWORK_FULL),
    (
        _words(r"executable file not found|exec: .{0,300}no such file|stat .{0,300}no such file"),
        Cause.COMMAND_NOT_FOUND,
    ),
    (_words(r"permission denied|OCI runtime create failed"), Cause.COMMAND_NOT_EXECUTABLE),
    (_words(r"unhealthy container"), Cause.UNHEALTHY),
    (_words(r"network \S+ not found|could not find network|no such secret|no such config"), Cause.OBJECT_MISSING),
)
"""The first that is found counts. Each pattern is linear."""

EXITS: Mapping[int, Cause] = {
    126: Cause.COMMAND_NOT_EXECUTABLE,
    127: Cause.COMMAND_NOT_FOUND,
    137: Cause.KILLED,
    139: Cause.CRASHED,
}
"""By exit code: those of shells, and 128 + signal."""
_PATH = re.compile(r"does not exist: (/[^\s\"]+)")
_NOT_YET = "swarm is not active"
"""Of the words with which an engine that was just started rejects what it was given before its Swarm was up again
(moby, ``daemon/network.go``): the next try, some seconds later, is another matter."""


def of_task(error: str, exit_code: int | None, *, completed: bool = False) -> Cause | None:
    """Return why a task ended or doesn't start, by its error and exit code; None where neither says anything."""
    for pattern, cause in RULES:
        if pattern.search(error):
            return cause
    if exit_code:
        return EXITS.get(exit_code, Cause.EXITED)
    return Cause.FINISHED if completed else None


def path_in(error: str) -> str:
    """Return the path that a mount needs and that isn't there; empty where the words name none."""
    found = _PATH.search(error)
    return found[1] if found else ""


def is_starting_engine(error: str) -> bool:
    """Return whether an engine rejected a task only because its Swarm wasn't up yet."""
    return _NOT_YET in error


def named_in(message: str, ids: Iterable[str]) -> str:
    """Return the id that the words on a rollout name; empty where they name none."""
    return next((each for each in ids if each in message), "")
