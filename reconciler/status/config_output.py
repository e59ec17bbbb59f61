"""JSON of ``reconciler config``."""

from __future__ import annotations

from typing import Any, Literal

from reconciler.status.outputs import OutputModel


class ConfigSetting(OutputModel):
    """One setting. ``place`` is the option, the variable, or ``file:line``; empty for a default."""

    name: str
    value: Any
    """Value of the setting; ``null`` if it has none, or if it is secret. Times are seconds."""
    origin: Literal["option", "variable", "file", "default"]
    place: str
    hidden: bool = False
    """Whether it has a value that is shown nowhere."""
    live: bool = False
    """Whether a running loop takes a change of the file without a restart."""


class ConfigOutput(OutputModel):
    """Settings in force."""

    format: Literal[1] = 1
    file: str | None
    settings: list[ConfigSetting]
