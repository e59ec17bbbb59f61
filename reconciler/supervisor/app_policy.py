"""What can be chosen for an app. A module of its own that imports nothing: the command line must start quickly."""

from __future__ import annotations

from enum import StrEnum


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
