"""The file beside the socket: how the loop is, for whoever can't ask it.

Each of its keys has a line of its own, so that a shell can read it too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Self

from reconciler.bounded import LARGEST_DIGITS, of_kind, parsed
from reconciler.control.protocol import Upshot
from reconciler.errors import UsageError
from reconciler.file_stamp import Stamp
from reconciler.process_identity import Identity
from reconciler.records import dataclass
from reconciler.small_files import content

USUAL = Path("/run/reconciler")
NO_FILE = "none"
LARGEST = 64 * 1024
"""Bytes of a state file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the loop of one owner listens on this machine, and where it writes down how it is."""

    folder: Path
    owner: str

    @classmethod
    def of(cls, environ: Mapping[str, str], owner: str) -> Self:
        """Raises ``UsageError`` where nothing says which folder this user has for it, or the owner's name leads out of
        that."""
        if "/" in owner or "\0" in owner:
            raise UsageError(f"owner {owner!r} can't name a file: take a name without slashes")
        named, user = environ.get("RECONCILER_RUN_DIR"), environ.get("XDG_RUNTIME_DIR")
        if named:
            return cls(Path(named), owner)
        if os.getuid() == 0 or os.access(USUAL, os.W_OK):
            return cls(USUAL, owner)
        if user:
            return cls(Path(user, "reconciler"), owner)
        raise UsageError("no folder is named for the control socket: set RECONCILER_RUN_DIR, or XDG_RUNTIME_DIR")

    @property
    def socket(self) -> Path:
        return self.folder / f"{self.owner}.sock"

    @property
    def state(self) -> Path:
        return self.folder / f"{self.owner}.json"

    @property
    def lock(self) -> Path:
        """Held by the loop that listens for as long as it lives; never removed."""
        return self.folder / f"{self.owner}.lock"


@dataclass(frozen=True, slots=True)
class State:
    """A loop, as of the beginning or end of its last pass.

    ``since`` in seconds since the epoch; ``began`` and ``ended`` in seconds of ``reconciler.clock.uptime``, None for
    never.
    """

    process: str
    """An ``Identity``."""
    pid: int
    owner: str
    since: float
    trigger: str
    interval: float
    pass_timeout: float
    passes: int = 0
    """Those that began, the one under way included."""
    forced: bool = False
    """Whether the last one was."""
    began: float | None = None
    ended: float | None = None
    under_way: bool = False
    touched: str = ""
    """How the trigger file was before the last forced pass, or when the loop started (``touch``)."""
    last: Upshot | None = None
    """Of the last pass that ended."""
    reload: Upshot | None = None
    """Of the last forced pass, and of those after it until all was settled."""

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Raises ``ValueError`` for what is none of this format."""
        return cls.of(parsed(text, LARGEST, digits=LARGEST_DIGITS))

    @classmethod
    def of(cls, said: object) -> Self:
        """The inverse of ``json``, also of an older loop that knew fewer fields. Raises ``ValueError`` for what is none
        of this format."""
        if not isinstance(said, dict) or said.get("format") != 1:
            raise ValueError("it is no state of a loop in format 1")
        known = {each.name: said[each.name] for each in fields(cls) if each.name in said}
        for each in fields(cls):
            if each.name in {"last", "reload"}:
                known[each.name] = Upshot.of(known[each.name]) if known.get(each.name) else None
            elif each.name in known and not of_kind(known[each.name], str(each.type)):
                raise ValueError(f"{each.name} of a loop's state has the wrong type")
        try:
            return cls(**known)
        except TypeError as error:
            raise ValueError(f"it is no state of a loop: {error}") from error

    @classmethod
    def read(cls, place: Place) -> Self:
        """Raises ``OSError`` where there is none, ``ValueError`` for what is no state."""
        return cls.parse(content(place.state, LARGEST))

    @classmethod
    def left_undone(cls, place: Place, trigger: Path) -> bool:
        """Whether a forced pass was asked for that the loop before this one can't have come to the end of: it died over
        it, or the trigger file was touched after its last forced pass began."""
        try:
            before = cls.read(place)
        except (OSError, ValueError):
            return False
        if before.forced and before.under_way:
            return True
        return bool(before.touched) and touch(trigger) not in {before.touched, NO_FILE}

    @property
    def identity(self) -> Identity | None:
        return Identity.parse(self.process)

    def json(self) -> dict[str, Any]:
        upshots = {name: found.json() if found else None for name, found in self._upshots.items()}
        return {"format": 1, **asdict(self), **upshots}

    def write(self, place: Place) -> None:
        """In one step: who reads sees the old one or the new one, and only this user reads. Raises ``OSError``."""
        lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in self.json().items())
        fresh = place.state.with_suffix(".new")
        fresh.unlink(missing_ok=True)  # a link that somebody put there would be written through
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write("{\n" + ",\n".join(lines) + "\n}\n")
        fresh.replace(place.state)

    @property
    def _upshots(self) -> dict[str, Upshot | None]:
        return {"last": self.last, "reload": self.reload}


def touch(trigger: Path) -> str:
    """Return what changes with each touch of the trigger file: not which of two came later, for clocks may be set."""
    try:
        found = Stamp.of(os.stat(trigger))
    except (OSError, ValueError):
        return NO_FILE
    return f"{found.device}/{found.inode}/{found.modified}"
