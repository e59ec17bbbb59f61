"""The options that commands share: the settings that they take, and what they do with them."""

from __future__ import annotations

import os
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from reconciler.cli.parameters import switch
from reconciler.records import dataclass
from reconciler.settings.layers import Effective, Layers
from reconciler.settings.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.loop.settings import Settings
    from reconciler.redaction import Redact
    from reconciler.settings.choices import Output

HIDDEN = frozenset(setting.attribute for setting in TABLE.values() if setting.hidden)
"""Settings that the help of no command shows."""


def shows_values() -> Any:
    """Return the field of a switch that several commands have."""
    return switch("--show-values", help="Show hidden values on this terminal.")


def everything() -> Any:
    """Return the field of a switch that several commands have."""
    return switch("--all", help="Show every service, also those that are well.")


@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """What every command takes. ``HIDDEN`` names what its help doesn't show.

    Settings are in ``effective``; fields of the classes below this one are what a command takes besides.
    """

    HIDDEN: ClassVar[frozenset[str]] = HIDDEN
    LENIENT: ClassVar[bool] = False
    """Whether the command goes on with what a broken settings file still says."""
    NEEDS_FOLDER: ClassVar[bool] = False
    """Whether the command makes no sense where the desired folder doesn't exist."""

    effective: Effective = field(default_factory=Effective)
    layers: Layers = field(default_factory=lambda: Layers(""))
    show_values: bool = False

    @property
    def desired(self) -> Path:
        return self.effective.settings.desired

    @property
    def host(self) -> str | None:
        return self.effective.settings.host

    @property
    def output(self) -> Output:
        return self.effective.settings.output

    @property
    def owner(self) -> str:
        return self.effective.settings.owner

    @property
    def redact(self) -> Redact:
        return self.effective.settings.redact

    @property
    def allowed(self) -> tuple[Path, ...]:
        """Folders outside the desired one whose files may be named."""
        return self.effective.settings.allow_paths

    def setting(self, **values: Any) -> Self:
        """Return the same options with other settings, by field, as if they were given."""
        given = Layers(self.layers.command, {**self.layers.options, **values}, self.layers.environ)
        sources = {**self.effective.sources, **Effective.given(values).sources}
        return replace(self, effective=Effective(replace(self.effective.settings, **values), sources), layers=given)

    def settings(self) -> Settings:
        """Return the settings of a loop, or of its passes."""
        from reconciler.loop.settings import Settings

        values: Mapping[str, Any] = vars(self.effective.settings)
        return Settings(**values, show_values=self.show_values, environ=dict(os.environ))


@dataclass(frozen=True, kw_only=True)
class JudgingOptions(CommonOptions):
    """What commands take that compare the files with the Swarm, and judge its services."""

    NEEDS_FOLDER: ClassVar[bool] = True
