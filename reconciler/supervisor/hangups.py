"""Which SIGHUPs are passed on to the loop: pure, times in seconds of any clock."""

from __future__ import annotations

from dataclasses import dataclass

CALM = 0.5
"""Seconds without another one after which a storm is taken to be over."""
LONGEST_STORM = 5.0
"""A storm that doesn't end is passed on as one so often."""


@dataclass(slots=True)
class Hangups:
    """The first of a storm goes on at once, and all that follow it as one when they are over. Nothing goes to a loop
    that doesn't listen yet, which would be killed; what it was told and didn't do, its next start does."""

    listening: bool = False
    """Whether the loop is far enough to be sent signals."""
    _since: float | None = None
    """When the first came that wasn't passed on."""
    _last: float = 0.0
    _passed_on: float = float("-inf")
    _outstanding: bool = False

    def came(self, now: float) -> None:
        self._since = now if self._since is None else self._since
        self._last = now

    @property
    def due(self) -> float | None:
        """When one is to be passed on; None for not until something happens."""
        if self._since is None or not self.listening:
            return None
        if self._since >= self._passed_on + CALM:
            return self._since
        return min(self._last + CALM, self._since + LONGEST_STORM)

    def passed_on(self, now: float) -> None:
        self._since, self._passed_on, self._outstanding = None, now, True

    def done(self) -> None:
        """A forced pass was made."""
        self._outstanding = False

    def loop_came(self, now: float) -> None:
        """A loop listens, maybe a new one."""
        self.listening = True
        if self._outstanding:
            self.came(now)

    def loop_went(self) -> None:
        self.listening = False
