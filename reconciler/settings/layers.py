"""What settings are in force, and where each came from: the option, or else the variable, the file, the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.settings.setting import Setting
from reconciler.settings.table import TABLE, Settings


class Origin(StrEnum):
    """Where a value came from."""

    OPTION = "option"
    VARIABLE = "variable"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Source:
    """``place`` is the option, the variable, or ``file:line``; empty for a default."""

    origin: Origin = Origin.DEFAULT
    place: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A value of a settings file, and its place as ``file:line``."""

    value: Any
    place: str


DEFAULT = Source()
NOTHING: Mapping[str, Said] = {}


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings in force. ``sources`` has, by field, those that aren't defaults."""

    settings: Settings = field(default_factory=Settings)
    sources: Mapping[str, Source] = field(default_factory=dict)

    def source(self, attribute: str) -> Source:
        return self.sources.get(attribute, DEFAULT)

    @classmethod
    def given(cls, options: Mapping[str, Any]) -> Self:
        """Return the defaults with some options, by field."""
        settings = Settings(**options)
        return cls(settings, {name: Source(Origin.OPTION, TABLE[name].flags[0]) for name in options})


@dataclass(frozen=True, slots=True)
class Layers:
    """What one process was given: the options of its command by field, and its environment."""

    command: str
    options: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def config(self) -> Path | None:
        """The settings file that is named."""
        named = self.options.get("config") or self.environ.get(TABLE["config"].variable)
        return Path(named) if named else None

    def effective(self, file: Mapping[str, Said] = NOTHING) -> Effective:
        """Return what is in force if a file says ``file``, by field.

        Raises:
            UsageError: a variable has a value that can't be used; all such variables are named.
        """
        values: dict[str, Any] = {}
        sources: dict[str, Source] = {}
        wrong: list[str] = []
        for setting in TABLE.values():
            name = setting.attribute
            if name in self.options:
                values[name], sources[name] = self.options[name], Source(Origin.OPTION, setting.flags[0])
            elif not setting.covers(self.command):
                continue
            elif text := self.environ.get(setting.variable):
                try:
                    values[name] = setting.kind.read(text)
                except ValueError as error:
                    wrong.append(_in_the_environment(setting, error))
                sources[name] = Source(Origin.VARIABLE, setting.variable)
            elif name in file:
                values[name], sources[name] = file[name].value, Source(Origin.FILE, file[name].place)
        if wrong:
            help_ = f"`reconciler {self.command} --help`"
            raise UsageError("\n".join([*wrong, f"    {help_} says more"]))
        return Effective(Settings(**values), sources)


def _in_the_environment(setting: Setting, error: ValueError) -> str:
    return f"{setting.variable} in the environment: {error}"


def changed(before: Settings, now: Settings) -> Iterator[Setting]:
    """Yield the settings that differ."""
    for setting in TABLE.values():
        if getattr(before, setting.attribute) != getattr(now, setting.attribute):
            yield setting


def taken_over(before: Settings, now: Settings) -> Settings:
    """Return ``before`` with what a running loop takes from ``now`` without a restart."""
    live = {each.attribute: getattr(now, each.attribute) for each in changed(before, now) if each.live}
    return replace(before, **live)
