"""How the container ends. Pure."""

from __future__ import annotations

import signal

from reconciler.records import dataclass

LOOP, APP = 0.5, 0.75
"""Parts of the grace period after which the loop, and the app if an engine of our own is stopped after it, must have
ended. With an engine that doesn't answer, the loop needs 4.4 s of the usual 9 s: a write in flight, the history, and
the lease."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Deadlines of an ordered stop, in seconds of the clock of ``began``. Time that one step doesn't need goes to the
    next."""

    began: float
    grace: float
    engine: bool
    """Whether an engine of our own is stopped last."""

    @property
    def loop(self) -> float:
        return self.began + LOOP * self.grace

    @property
    def app(self) -> float:
        return self.began + (APP if self.engine else 1.0) * self.grace

    @property
    def everything(self) -> float:
        return self.began + self.grace


def exit_code(code: int | None, *, asked: bool) -> int:
    """Return the exit code of the container, by that of the app (a signal as a negative number; None if no app ran).
    ``asked``: SIGTERM asked the container to end, so an app that died of it ended well; shells and Java report it as
    143."""
    if code is None:
        return 0
    if asked and code in {-signal.SIGTERM, 128 + signal.SIGTERM}:
        return 0
    return 128 - code if code < 0 else code
