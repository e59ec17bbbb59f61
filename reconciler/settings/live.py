"""The settings of a running loop, which follow their file."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from reconciler.errors import Fault
from reconciler.file_stamp import Stamp
from reconciler.settings.file import read
from reconciler.settings.layers import Effective, Layers, changed, taken_over
from reconciler.settings.setting import Setting

KEPT = "the last good settings stay in force until then"


class LiveSettings:
    """What one process was given, and what it makes of changes of the file.

    A setting that can't change without a restart keeps its value, and ``warnings`` name it. A file that doesn't load,
    or is gone, changes nothing and is a fault.
    """

    def __init__(self, layers: Layers, started: Effective) -> None:
        self._layers = layers
        self._stamp: Stamp | None = None
        self._looked = False
        self.settings = started.settings
        self.faults: tuple[Fault, ...] = ()
        self.warnings: tuple[Fault, ...] = ()
        self.waiting: tuple[str, ...] = ()
        """Names of settings that changed and take a restart."""

    @property
    def file(self) -> Path | None:
        """The file that is followed."""
        return self._layers.config

    def look(self) -> tuple[str, ...] | None:
        """Read the file if it may have changed. Return the names of settings that changed in force, or None where
        nothing at all is different."""
        if self.file is None or not self._is_news(self.file):
            return None
        before = self.settings, self.faults, self.warnings
        found = read(self.file)
        if found.faults:
            first, *others = found.faults
            self.faults = (replace(first, hint=f"{first.hint}; {KEPT}" if first.hint else KEPT), *others)
        else:
            now = self._layers.effective(found.said)
            self.settings = taken_over(self.settings, now.settings)
            waiting = list(changed(self.settings, now.settings))
            self.faults, self.warnings = (), tuple(self._warning(setting, now) for setting in waiting)
            self.waiting = tuple(setting.name for setting in waiting)
        if before == (self.settings, self.faults, self.warnings):
            return None
        return tuple(setting.name for setting in changed(before[0], self.settings))

    def _is_news(self, file: Path) -> bool:
        try:
            stamp = Stamp.of(os.stat(file))
        except (OSError, ValueError):
            stamp = None
        same = self._looked and stamp == self._stamp and (stamp is None or stamp.settled(time.time_ns()))
        self._stamp, self._looked = stamp, True
        return not same

    def _warning(self, setting: Setting, now: Effective) -> Fault:
        line = now.source(setting.attribute).place.rpartition(":")[2]
        message = f"{setting.name} has changed from {self._shown(setting)}, which stays in force"
        hint = "restart the loop to take it over"
        return Fault(str(self.file), int(line) if line.isdecimal() else 0, 0, message, hint)

    def _shown(self, setting: Setting) -> str:
        return setting.shown(getattr(self.settings, setting.attribute)) or setting.shown_default or "nothing"
