"""Every error of the project, as one tree.

ReconcilerError
├── UsageError            the command line is off                       exit 64
├── BadDesired            files in the desired folder don't load        exit 65
│   └── BadSettings       the settings file doesn't load                exit 65
├── CannotStart           a program isn't there, or can't be run        exit 126, 127
├── Unreached             no running loop could be asked                exit 69
└── EngineError           the engine said no                            exit 1
    ├── EngineUnavailable it can't be reached, or has no leader         exit 69
    │   ├── NoEngine      there is none, and waiting won't bring one    exit 69
    │   └── NotASwarm     it answers, but isn't a Swarm manager         exit 69
    ├── OutOfSequence     somebody else wrote the object meanwhile
    ├── Conflict          the name is taken, or the object is in use
    ├── NotFound          the object is gone
    └── Refused           the engine refuses the request for good
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.exit_codes import BAD_FILES, FAILED, UNREACHED, USAGE
from reconciler.printable import printable
from reconciler.records import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file: where, what, and what would be right.

    ``file`` is relative to the desired folder; ``line`` and ``column`` count from 1 (0: the file as a whole).
    """

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __post_init__(self) -> None:
        for name, keep in (("file", ""), ("message", "\n"), ("hint", "\n")):
            object.__setattr__(self, name, printable(getattr(self, name), keep))

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{hint}"


class ReconcilerError(Exception):
    """The root: ``str()`` of any of these is a sentence for the user."""

    exit_code = FAILED


class UsageError(ReconcilerError):
    """The command line, or a setting, can't be used as given."""

    exit_code = USAGE


class BadDesired(ReconcilerError):
    """Desired state doesn't load; carries every fault of every file."""

    exit_code = BAD_FILES

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class BadSettings(BadDesired):
    """The settings file doesn't load: reported like any other file."""


class CannotStart(ReconcilerError):
    """A program can't be started: it isn't there (exit code 127, as shells have it), or can't be run (126)."""

    def __init__(self, message: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class Unreached(ReconcilerError):
    """A loop that runs elsewhere couldn't be asked, or didn't answer."""

    exit_code = UNREACHED


class EngineError(ReconcilerError):
    """The engine answered with an error, or not at all. ``passing`` faults are worth a retry."""

    passing = False


class EngineUnavailable(EngineError):
    """The engine can't be reached, timed out, answered 5xx, or its Swarm has no leader."""

    exit_code = UNREACHED
    passing = True


class NoEngine(EngineUnavailable):
    """There is no engine that will do, and what is missing doesn't come by itself."""

    passing = False


class NotASwarm(EngineUnavailable):
    """The engine answers, but isn't a manager of a Swarm."""

    passing = False


class OutOfSequence(EngineError):
    """The object's version moved since it was observed: observe and plan it again."""


class Conflict(EngineError):
    """The name is taken (409), or the object is still in use."""


class NotFound(EngineError):
    """The object is gone."""


class Refused(EngineError):
    """The engine refuses this request for good (400, 501): desired state has to change."""
