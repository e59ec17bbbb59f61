"""Contents of secrets that this process has read, so that log lines stay redacted after a rotation."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reconciler.desired.model import Stack

MOST = 16_000_000
"""Bytes that are remembered; the oldest contents are forgotten first."""


class KnownSecrets:
    """Memory of what each secret held, by its name in the files; the content seen last comes last."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, bytes], None] = {}

    @property
    def known(self) -> Collection[tuple[str, bytes]]:
        """Return name and content of each remembered secret."""
        return tuple(self._seen)

    def see(self, stacks: Sequence[Stack]) -> None:
        """Remember what the secrets of ``stacks`` hold now."""
        now = {(secret.name, secret.data) for stack in stacks for secret in stack.secrets if secret.data}
        if now <= self._seen.keys():
            return
        self._seen = dict.fromkeys((*(old for old in self._seen if old not in now), *sorted(now)))
        size = sum(len(data) for _, data in self._seen)
        while size > MOST and len(self._seen) > len(now):
            oldest = next(iter(self._seen))
            size -= len(oldest[1])
            del self._seen[oldest]
