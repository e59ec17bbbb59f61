"""``reconciler config``: the settings in force, and where each came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import settings_of
from reconciler.cli.printing import show
from reconciler.exit_codes import DONE
from reconciler.records import dataclass
from reconciler.settings.table import EVERYWHERE, TABLE

if TYPE_CHECKING:
    from reconciler.cli.styled import Text
    from reconciler.settings.layers import Effective
    from reconciler.settings.setting import Setting
    from reconciler.status.config_output import ConfigOutput, ConfigSetting


@dataclass(frozen=True, kw_only=True)
class ConfigOptions(CommonOptions):
    """Options of ``config``: every setting of any command. Its help shows those that all commands take."""

    HIDDEN: ClassVar[frozenset[str]] = frozenset(each.attribute for each in settings_of("config")) - {
        each.attribute for each in EVERYWHERE
    }


def config(options: ConfigOptions) -> int:
    """Show the settings in force, and where each came from.

    Takes all options of `reconciler run` and `reconciler entrypoint` too.
    """
    found = options.effective
    show(options.output, lambda: _output(found), lambda screen: _text(found, screen.width))
    return DONE


def _output(found: Effective) -> ConfigOutput:
    from reconciler.status.config_output import ConfigOutput

    file = found.settings.config
    return ConfigOutput(file=str(file) if file else None, settings=[_setting(found, row) for row in TABLE.values()])


def _setting(found: Effective, row: Setting) -> ConfigSetting:
    from reconciler.status.config_output import ConfigSetting

    value, source = getattr(found.settings, row.attribute), found.source(row.attribute)
    return ConfigSetting(
        name=row.name,
        value=None if row.secret or value is None else row.kind.plain(value),
        origin=source.origin.value,
        place=source.place,
        hidden=row.secret and bool(value),
        live=row.live,
    )


def _text(found: Effective, width: int) -> list[Text]:
    from reconciler.cli.grid import Grid

    rows = []
    for row in TABLE.values():
        source = found.source(row.attribute)
        value = row.shown(getattr(found.settings, row.attribute)) or "-"
        rows.append((row.name, (source.place, "cyan") if source.place else "default", value))
    return list(Grid(("setting", "from", "value"), rows).lines(width))
