"""History, kept in Swarm: it survives us, and whoever takes over goes on with it.

It is a ring of config objects, ``<owner>-history-0`` to ``-10``, each with up to 20 entries as compressed JSON in one
label. Labels can be written again where the data of a config can't, by compare-and-swap: an entry is there or it isn't,
whenever we are killed, nothing is there twice, and nothing has to be tidied up. Swarm takes labels of 1 MiB and more
(engine 20.10); a segment of ours ends at 64 KiB.

A process that writes nothing down needn't know how entries are made (``status.history``), and imports it only then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.errors import EngineError, Fault
from reconciler.notes.history_segments import KEPT, prefix
from reconciler.plan.model import Key
from reconciler.redaction import Redact
from reconciler.status.report import Report
from reconciler.threads import aside, begun

if TYPE_CHECKING:
    from reconciler.notes.record import Store
    from reconciler.status.history import HistoryEntry, Standing

PAUSE = 1.0
"""Seconds for which entries are gathered before they are written."""
RETRY = 5.0
"""Seconds before a write that failed is tried again."""


class History:
    """Notes passes as they are made, and writes them down a moment later, while we hold the lease (``held``). ``by``
    is this process, in words; ``redact`` is what is hidden in the reports that are noted."""

    def __init__(
        self, store: Store, owner: str, by: str, held: Callable[[], bool], redact: Redact = Redact.ENV
    ) -> None:
        self._store = store
        self._owner = owner
        self._by = by
        self._held = held
        self._redact = redact
        self._known: dict[str, Standing] | None = None
        self._failing: dict[Key, str] = {}
        self._reports: deque[Report] = deque(maxlen=KEPT)
        self._entries: tuple[HistoryEntry, ...] = ()
        self._noted = asyncio.Event()
        self._turn = asyncio.Lock()
        self._prepared = False
        self._stricter = False
        """Whether more is to be hidden than in what was noted and written down so far."""
        self.warnings: tuple[Fault, ...] = ()
        """Why entries couldn't be written, the last time."""

    def note(self, report: Report) -> None:
        """Remembers what a pass did and changed, to be written."""
        if report.standby:
            return
        if self._known is None:  # what was written down last is read first, beside the passes
            self._reports.append(report)
            self._noted.set()
        else:
            self._take(report, self._known)

    def under(self, redact: Redact) -> None:
        """Hide what ``redact`` says from now on; where that is more than before, in what was written down, too."""
        if not self._redact.covers(redact):
            self._stricter = True
            self._noted.set()
        self._redact = redact

    def prepare(self) -> None:
        """Import what writing entries takes, beside the writes that will be noted."""
        if not self._prepared:
            self._prepared = True
            begun(lambda: import_module("reconciler.notes.history"))

    async def keep(self) -> None:
        """For ever: writes what was noted, some of it at a time."""
        while True:
            await self._noted.wait()
            await asyncio.sleep(PAUSE)
            self._noted.clear()
            await self.flush()
            if self.warnings:
                await asyncio.sleep(RETRY)
                self._noted.set()

    async def flush(self) -> None:
        """Writes what was noted so far. A failure is a warning, and nothing is lost by it but time.

        Without the lease it is for its holder to tell of verdicts: whoever takes over starts from what that wrote.
        """
        await asyncio.shield(self._flush())  # a write that is under way isn't forgotten, nor made twice

    async def _flush(self) -> None:
        async with self._turn:
            await self._write()

    async def _write(self) -> None:
        if not self._held():
            self._entries = tuple(each for each in self._entries if each.actions)
            self._known = None
            self._reports.clear()
            return
        from reconciler.notes.history import append

        try:
            if self._known is None:
                await self._catch_up()
            while self._entries or self._stricter:
                if self._stricter:
                    await self._hide()
                    continue
                written = await aside(partial(append, self._store, self._owner, self._entries, self._redact))
                self._entries = self._entries[written:]
        except EngineError as error:
            self.warnings = (Fault("history", 0, 0, f"can't be written: {error}", "it is tried again"),)
        else:
            self.warnings = ()

    async def _hide(self) -> None:
        from reconciler.notes.history import clean, hidden

        redact = self._redact
        await aside(partial(clean, self._store, self._owner, redact))
        self._entries = hidden(self._entries, redact)
        self._stricter = redact is not self._redact

    async def _catch_up(self) -> None:
        from reconciler.notes.history import clean, entries
        from reconciler.status.history import standings

        await aside(partial(clean, self._store, self._owner, self._redact))
        known = standings(entries(await aside(lambda: self._store.configs(prefix(self._owner))), self._owner))
        self._known = known
        while self._reports:
            self._take(self._reports.popleft(), self._known)

    def _take(self, report: Report, known: Mapping[str, Standing]) -> None:
        from reconciler.status.history import entry, failures, standings_after

        found = entry(report, self._by, known, self._failing)
        self._failing = failures(report)
        judged = report.judgements.keys()
        if not report.engine_error and judged and (found or judged != known.keys()):
            self._known = standings_after(report)
        if found:
            self._entries = (*self._entries, found)[-KEPT:]
            self._noted.set()
