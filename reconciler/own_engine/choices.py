"""What can be chosen for an engine. A module of its own that imports nothing: the command line must start quickly."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Whose engine it is."""

    REMOTE = "remote"
    SOCKET = "socket"
    DIND = "dind"


class WorkerPolicy(StrEnum):
    """What is done on a node that isn't a manager: it may be made one later."""

    WAIT = "wait"
    EXIT = "exit"


class DockerdLog(StrEnum):
    """``--log-level`` of an engine of our own."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
