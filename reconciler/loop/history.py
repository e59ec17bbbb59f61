"""History, kept in Swarm: it outlives this process, and the next holder of the lease continues it.

It is a ring of config objects, ``<owner>-history-0`` to ``-10``. Each has up to 20 entries as compressed JSON in one
label: the engine lets labels of a config change, but not its data. Each write is a compare-and-swap. If the process is
killed at any moment, an entry is either there once or missing, and nothing needs cleaning up. Swarm takes labels of 1
MiB and more (engine 20.10); a segment here ends at 64 KiB.

``status.history`` makes the entries. It is imported only by a process that writes some.
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
"""Seconds before a failed write is tried again."""


class History:
    """Writer of the history: it notes each pass, and writes the notes a moment later while this process holds the
    lease (``held``). ``by`` describes this process; ``redact`` says what noted reports hide."""

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
        """Whether redaction became stricter than in the entries noted and written so far."""
        self.warnings: tuple[Fault, ...] = ()
        """Warnings of the last write: why entries couldn't be written."""

    def note(self, report: Report) -> None:
        """Remember what a pass did and changed, to be written later."""
        if report.standby:
            return
        if self._known is None:  # read the entries written last first, beside the passes
            self._reports.append(report)
            self._noted.set()
        else:
            self._take(report, self._known)

    def under(self, redact: Redact) -> None:
        """Hide what ``redact`` says from now on. If that is stricter than before, hide it in written entries too."""
        if not self._redact.covers(redact):
            self._stricter = True
            self._noted.set()
        self._redact = redact

    def prepare(self) -> None:
        """Import the modules for writing entries, beside the writes that will be noted."""
        if not self._prepared:
            self._prepared = True
            begun(lambda: import_module("reconciler.notes.history"))

    async def keep(self) -> None:
        """Write what was noted, in batches, for ever."""
        while True:
            await self._noted.wait()
            await asyncio.sleep(PAUSE)
            self._noted.clear()
            await self.flush()
            if self.warnings:
                await asyncio.sleep(RETRY)
                self._noted.set()

    async def flush(self) -> None:
        """Write what was noted so far. A failure becomes a warning; the entries are kept and written later.

        Without the lease only its holder records verdicts: the next holder starts from what that one wrote.
        """
        await asyncio.shield(self._flush())  # a cancelled flush neither loses a write under way nor makes it twice

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
