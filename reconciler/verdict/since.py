"""Times since when states last, as far as this process saw them begin."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Beginnings(Generic[K]):
    """Memory of the state of each thing from one look to the next."""

    def __init__(self) -> None:
        self._known: dict[K, tuple[object, float | None]] | None = None

    def since(self, states: Mapping[K, object], now: float, *, new: float | None = None) -> dict[K, float | None]:
        """Return since when each thing is in its state, by the clock of ``now`` (seconds).

        Return None for states that the first look found, and ``new`` for things that appear later.
        """
        known, first = self._known or {}, self._known is None
        self._known = {
            key: (state, self._one(known.get(key), state, now, None if first else new)) for key, state in states.items()
        }
        return {key: since for key, (_, since) in self._known.items()}

    @staticmethod
    def _one(before: tuple[object, float | None] | None, state: object, now: float, new: float | None) -> float | None:
        if before is None:
            return new
        return before[1] if before[0] == state else now
