"""The lease: only one process acts on a Swarm at a time (rule 14).

The lease is a config object, ``<owner>-lease``, whose labels name the holder. Every take-over and renewal is a
compare-and-swap by the object's version in Swarm's own Raft store. The holder renews it every 3 s. A standby takes
over when it has seen no new version for 10 s by its own clock of uptime; nobody's wall clock counts. It takes over
at once if the holder gave the lease up, or was a process of this very machine that is gone. A holder that can't be
read, because somebody wrote it by hand, counts like any other: it is taken over after 10 s without a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler import labels
from reconciler.notes.kinds import LEASE
from reconciler.notes.record import Record, Store
from reconciler.observed.model import Config, Snapshot
from reconciler.printable import printable
from reconciler.process_identity import Identity

TTL = 10.0
"""Seconds that a lease lasts after its last renewal."""
RENEW_EVERY = 3.0
"""Seconds between renewals: three may fail before the lease is lost.

Neither number is a setting: a standby judges the holder by its own numbers, so all processes need the same ones.
"""
HOLDER = LEASE.label("holder")
"""The holder, as an ``Identity``; empty if the lease was given up."""
RENEWALS = LEASE.label("renewed")
"""How often the holder has renewed it."""
LONGEST = 40
"""Characters that are shown of a holder that can't be read."""


class Lease:
    """The lease of one owner on one Swarm, as ``me`` sees it. ``clock`` is monotonic, in seconds.

    Every method asks the engine, and raises ``EngineError`` if it can't be asked. A yes from ``acquire`` or
    ``renew`` holds for ``TTL`` seconds from when it was called, not from when it returned.
    """

    def __init__(self, store: Store, owner: str, me: Identity, clock: Callable[[], float]) -> None:
        self._record = Record(store, LEASE, owner)
        self._me = me
        self._clock = clock
        self._renewals = 0
        self._watched: tuple[str, int] | None = None
        self._unmoved_since = 0.0
        self.lives = False
        """Whether somebody else was seen to renew it or to take it."""

    def acquire(self) -> bool:
        """Take the lease if it is free, expired, or ours. Return whether it is ours now."""
        config = self._record.read()
        return (config is None or self._is_free(config)) and self._write(config, str(self._me))

    def renew(self) -> bool:
        """Renew the lease. Return False if somebody else has it: then nothing may be written any more."""
        config = self._record.read()
        return config is not None and _holder(config) == str(self._me) and self._write(config, str(self._me))

    def release(self) -> None:
        """Give the lease up, if it is ours, so that the next holder needn't wait."""
        config = self._record.read()
        if config is not None and _holder(config) == str(self._me):
            self._write(config, "")

    def holder(self) -> str | None:
        """Return the holder by the labels, whether expired or not; None for nobody."""
        config = self._record.read()
        return (_holder(config) or None) if config is not None else None

    def _write(self, over: Config | None, holder: str) -> bool:
        self._renewals += over is not None
        return self._record.write(over, {HOLDER: holder, RENEWALS: str(self._renewals)})

    def _is_free(self, config: Config) -> bool:
        text = _holder(config)
        if text in ("", str(self._me)):
            return True
        holder = Identity.parse(text)
        if holder is not None and self._me.knows_dead(holder):
            return True
        now = self._clock()
        if self._watched != (config.id, config.version):
            self.lives = self._watched is not None
            self._watched, self._unmoved_since = (config.id, config.version), now
        return now - self._unmoved_since >= TTL


def holder_in_words(holder: str | None) -> str:
    """Say who holds the lease: ``process 7 on host``; empty for nobody."""
    identity = Identity.parse(holder or "")
    if identity:
        return printable(f"process {identity.pid} on {identity.host}")
    return f"an unreadable holder ({printable(holder[:LONGEST])})" if holder else ""


def acting(configs: Mapping[str, Config], owner: str) -> str:
    """Say who holds the lease by the configs of a Snapshot; empty for nobody. A holder that was killed shows until
    another takes over."""
    config = configs.get(LEASE.name_of(owner))
    return holder_in_words(_holder(config)) if config else ""


def unreadable(config: Config) -> str:
    """Say what is wrong with a holder that somebody wrote by hand; empty for nothing."""
    text = _holder(config)
    if not text or Identity.parse(text):
        return ""
    return f"its holder can't be read: it counts as held until {TTL:g} s after the last write, and is taken then"


def alike(snapshot: Snapshot, before: Snapshot, owner: str) -> bool:
    """Whether nothing but the owner's lease changed between two looks."""
    name = LEASE.name_of(owner)
    now, then = (
        replace(each, at=0.0, configs={key: config for key, config in each.configs.items() if key != name})
        for each in (snapshot, before)
    )
    return now == then


def _holder(config: Config) -> str:
    return labels.of(config.spec, HOLDER)
