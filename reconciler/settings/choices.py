"""What can be chosen in settings. No other module is needed, so that the command line starts quickly."""

from __future__ import annotations

from enum import StrEnum


class Output(StrEnum):
    """How a command prints."""

    TEXT = "text"
    JSON = "json"


class Mode(StrEnum):
    """Which engine ``entrypoint`` uses."""

    REMOTE = "remote"
    SOCKET = "socket"
    DIND = "dind"


class WorkerPolicy(StrEnum):
    """What happens on a node that isn't a manager: it may be promoted later."""

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
    """When an app that ended is started again; otherwise the container ends with its exit code."""

    ALWAYS = "always"
    ON_FAILURE = "on-failure"
    NEVER = "never"

    def after(self, code: int) -> bool:
        """Return whether an app that ended with ``code`` is started again."""
        return self is Restart.ALWAYS or (self is Restart.ON_FAILURE and code != 0)


class Role(StrEnum):
    """What somebody may do at page and API: look, or also ask for passes, suspend, resume and consent."""

    VIEWER = "viewer"
    OPERATOR = "operator"
