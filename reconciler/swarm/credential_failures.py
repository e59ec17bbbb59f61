"""Failures of credential helpers, remembered: a pass over many services doesn't wait for the same helper many times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.clock import steady
from reconciler.file_stamp import Stamp
from reconciler.swarm.credential_helper import HelperFailed

REMEMBERED = 30.0
"""Seconds for which a helper that failed isn't asked again, unless the config file changes."""
Asked = tuple[str, Stamp, str]
"""A Docker config file, how it was, and a registry."""


class Failures:
    """By what was asked: the failure, and until when it counts. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        self._clock = clock
        self._known: dict[Asked, tuple[HelperFailed, float]] = {}

    @contextmanager
    def remembered(self, config: Path, registry: str) -> Iterator[None]:
        """Within this, a helper is asked. Raises what it failed with a moment ago in place of asking it again."""
        asked = str(config), Stamp.of(config.stat()), registry
        self._known = {each: known for each, known in self._known.items() if known[1] > self._clock()}
        if asked in self._known:
            raise self._known[asked][0]
        try:
            yield
        except HelperFailed as error:
            self._known[asked] = error, self._clock() + REMEMBERED
            raise


FAILURES = Failures()
"""Those of this process."""
