"""One entry of the table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from reconciler.records import dataclass
from reconciler.spec.codecs import Codec, Omitted, Whole
from reconciler.spec.forms import Form
from reconciler.spec.paths import Api


class Empty(Enum):
    """What an empty value of a file is: 0, false, an empty string or list."""

    LEFT_OUT = auto()
    """The default. It isn't sent."""
    SENT = auto()
    """The default. It is sent, as docker's client does."""
    MEANT = auto()
    """Something else than the default."""


@dataclass(frozen=True)
class Since:
    """The API version that brought a key, and the engine that came with it."""

    api: tuple[int, int]
    engine: str


@dataclass(frozen=True)
class Key:
    """One plain key: what a file calls it, where the API has it, and what is between the two."""

    path: str
    """As Compose writes it: ``healthcheck.interval``."""
    at: str
    """Where the Engine API has it, with a dot between two members."""
    form: Form
    default: Any = None
    """What the engine takes where the API has no value."""
    empty: Empty = Empty.LEFT_OUT
    in_file: Any = None
    """What counts where a file has the mapping around the key, but not the key."""
    since: Since | None = None
    """The first engine that honours it; on older ones the service runs without it."""
    restarts: bool = True
    """Whether a change makes new tasks (SwarmKit, ``orchestrator/task.go``: ``IsTaskDirty``)."""
    shown: str = ""
    """The path that differences show, where it isn't ``path``."""

    @property
    def api(self) -> Api:
        """Where the Engine API has it."""
        return tuple(self.at.split("."))

    @property
    def name(self) -> str:
        """The key without those around it."""
        return self.path.rpartition(".")[2]

    @property
    def parent(self) -> str:
        """The keys around it; empty for one of the service itself."""
        return self.path.rpartition(".")[0]

    @property
    def codec(self) -> Codec:
        """What brings a value of the API into canonical form."""
        if self.form.codec:
            return self.form.codec
        kind = Whole if self.empty is Empty.MEANT else Omitted
        return kind(self.default, self.form.shown)


@dataclass(frozen=True)
class Part:
    """An object of the API whose members are compared as one field."""

    path: str
    at: str
    absent: Mapping[str, Any] | None = None
    """What the engine takes where the whole object is missing, if that isn't each member's default."""

    @property
    def api(self) -> Api:
        """Where the Engine API has it."""
        return tuple(self.at.split("."))
