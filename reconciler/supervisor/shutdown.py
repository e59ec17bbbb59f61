"""How the container ends: pure."""

from __future__ import annotations

import signal

from reconciler.records import dataclass

LOOP, APP = 0.5, 0.75
"""Parts of the grace period by whose end the loop, and the app where an engine of our own comes after it, are over. Of
the usual 9 s the loop needs 4.4 s where the engine keeps silent: a write in flight, history, and the lease."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Of an ordered stop, in seconds of the clock that ``began`` is of. What one doesn't need is the next one's."""

    began: float
    grace: float
    engine: bool
    """Whether an engine of our own is to be stopped last."""

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
    """Of the container, out of the app's (a signal is a negative number; None for no app that ran). ``asked``: it was
    told to end by SIGTERM, and dying of that is as good as ending; a shell, or Java, tells it as 143."""
    if code is None:
        return 0
    if asked and code in {-signal.SIGTERM, 128 + signal.SIGTERM}:
        return 0
    return 128 - code if code < 0 else code
