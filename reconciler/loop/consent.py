"""Consent to removals, given by a user to a running loop (rule 9)."""

from __future__ import annotations

from collections.abc import Iterable


class Consent:
    """Consent to removals. It ends when a pass has no removal left, when another service is to leave, or when
    another process takes the lease."""

    def __init__(self) -> None:
        self._desired: frozenset[str] | None = None
        """Services that were desired when a pass last saw the consent; None without consent."""

    @property
    def given(self) -> bool:
        """Say whether removals are allowed."""
        return self._desired is not None

    def give(self) -> None:
        """Allow removals, whatever is desired now."""
        self._desired = frozenset()

    def withdraw(self) -> None:
        """Withdraw consent: the next removal asks again."""
        self._desired = None

    def under(self, services: Iterable[str]) -> None:
        """Take the services that are desired now. Consent covers the services that have left so far, and none that
        leaves later."""
        now = frozenset(services)
        self._desired = now if self._desired is not None and self._desired <= now else None
