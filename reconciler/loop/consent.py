"""Consent to removals that somebody gave to a running loop (rule 9)."""

from __future__ import annotations

from collections.abc import Iterable


class Consent:
    """Stands from when it is given until a pass has no removal left, something else leaves, or another process acts."""

    def __init__(self) -> None:
        self._desired: frozenset[str] | None = None
        """The services that were desired when a pass last saw the consent; None where there is none."""

    @property
    def given(self) -> bool:
        """Whether removals may be made."""
        return self._desired is not None

    def give(self) -> None:
        """Let removals be made, whatever is desired now."""
        self._desired = frozenset()

    def withdraw(self) -> None:
        """Ask again before the next removal."""
        self._desired = None

    def under(self, services: Iterable[str]) -> None:
        """Take what is desired now. Consent to what left until now is none to what leaves later."""
        now = frozenset(services)
        self._desired = now if self._desired is not None and self._desired <= now else None
