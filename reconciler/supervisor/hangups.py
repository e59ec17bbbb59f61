"""Which SIGHUPs are passed on to the loop. Pure; times are in seconds of any clock."""

from __future__ import annotations

from dataclasses import dataclass

CALM = 0.5
"""Seconds without a SIGHUP after which a burst of them counts as over."""
LONGEST_STORM = 5.0
"""Seconds after which a burst that doesn't end is passed on as one SIGHUP."""


@dataclass(slots=True)
class Hangups:
    """Passes the first SIGHUP of a burst on at once, and all later ones as a single one when the burst is over. A loop
    that doesn't listen yet gets none, because it would die of it; a SIGHUP that a loop got but didn't act on is sent
    again to its next run."""

    listening: bool = False
    """Whether the loop can take signals."""
    _since: float | None = None
    """When the first SIGHUP came that wasn't passed on."""
    _last: float = 0.0
    _passed_on: float = float("-inf")
    _outstanding: bool = False

    def came(self, now: float) -> None:
        self._since = now if self._since is None else self._since
        self._last = now

    @property
    def due(self) -> float | None:
        """When to pass one on; None if nothing is to be passed on until something happens."""
        if self._since is None or not self.listening:
            return None
        if self._since >= self._passed_on + CALM:
            return self._since
        return min(self._last + CALM, self._since + LONGEST_STORM)

    def passed_on(self, now: float) -> None:
        self._since, self._passed_on, self._outstanding = None, now, True

    def done(self) -> None:
        """Note that the loop made a forced pass."""
        self._outstanding = False

    def loop_came(self, now: float) -> None:
        """Note that a loop listens; it may be a new one."""
        self.listening = True
        if self._outstanding:
            self.came(now)

    def loop_went(self) -> None:
        self.listening = False
