"""What can be chosen for a container. By itself, for the command line is quick to start."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Whose engine it is."""

    REMOTE = "remote"
    SOCKET = "socket"
    DIND = "dind"


class Worker(StrEnum):
    """What is done on a node that isn't a manager: it may be made one later."""

    WAIT = "wait"
    EXIT = "exit"


class DockerdLog(StrEnum):
    """``--log-level`` of an engine of our own."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class Reload(StrEnum):
    """What a forced pass does with the app, once its services are Ready."""

    RESTART = "restart"
    SIGNAL = "signal"
    SWAP = "swap"
    NONE = "none"


class Restart(StrEnum):
    """When an app that ended is started again; where it isn't, the container ends with its exit code."""

    ALWAYS = "always"
    ON_FAILURE = "on-failure"
    NEVER = "never"

    def after(self, code: int) -> bool:
        return self is Restart.ALWAYS or (self is Restart.ON_FAILURE and code != 0)
