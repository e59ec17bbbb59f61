"""Failures of credential helpers, remembered, so that a pass over many services waits only once for a failing
helper."""

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
"""What was asked: a Docker config file, its stamp, and a registry."""


class Failures:
    """Failures by what was asked, each until it expires. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        self._clock = clock
        self._known: dict[Asked, tuple[HelperFailed, float]] = {}

    @contextmanager
    def remembered(self, config: Path, registry: str) -> Iterator[None]:
        """Ask a helper in this context. If it failed a moment ago, raise that failure instead of asking again."""
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
"""The failures of this process."""
