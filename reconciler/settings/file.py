"""The settings file: YAML, read within bounds. Every fault has its place, and all are found at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from reconciler.bounded import Unreadable
from reconciler.errors import BadSettings, Fault
from reconciler.records import dataclass
from reconciler.settings.kinds import OnePath, Several
from reconciler.settings.layers import Effective, Layers, Said
from reconciler.settings.setting import Setting
from reconciler.settings.table import TABLE
from reconciler.small_files import content
from reconciler.yaml.document import Item, Place, UnreadableYaml
from reconciler.yaml.parsing import load
from reconciler.yaml.spelling import nearest

LARGEST = 256 * 1024
"""Bytes of a settings file."""
MOST_TOLD = 100
"""Faults of one file that are listed."""
OWN = "x-"
"""Begins keys that are the user's own, such as those that hold anchors."""
ALL = "docs/reference/settings.md lists the settings"
NAMES: Mapping[str, Setting] = {setting.name: setting for setting in TABLE.values()}
GROUPS = frozenset(name.partition(".")[0] for name in NAMES if "." in name)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What a file says, by field, as far as it can be read, and what is wrong with it."""

    said: Mapping[str, Said] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def effective(layers: Layers, *, lenient: bool = False) -> Effective:
    """Return the settings in force, those of the file included; ``lenient`` leaves out what is wrong.

    Raises:
        UsageError: a variable has a value that can't be used.
        BadSettings: the file doesn't load.
    """
    if layers.config is None:
        return layers.effective()
    file = read(layers.config)
    if file.faults and not lenient:
        raise BadSettings(file.faults)
    return layers.effective(file.said)


def read(path: Path) -> SettingsFile:
    """Read a settings file. Whatever is in it, this returns."""
    try:
        text = content(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _unread(path, f"not UTF-8 from byte {error.start + 1} on", "save it as UTF-8 text")
    except OSError as error:
        why = error.strerror or str(error)
        return _unread(path, f"can't be read: {why}", "--config, or RECONCILER_CONFIG, names the file of settings")
    except (Unreadable, ValueError) as error:
        return _unread(path, str(error), f"it must be a file of at most {LARGEST // 1024} KiB")
    reading = _Reading(path)
    try:
        reading.take(load(text, str(path), lambda error: reading.fault(error.place, str(error), error.hint)))
    except UnreadableYaml as error:
        reading.fault(error.place, str(error), error.hint)
    except _Enough:
        reading.faults.append(Fault(str(path), 0, 0, f"more than {MOST_TOLD} faults; no more are listed"))
    return SettingsFile(reading.said, tuple(reading.faults))


def _unread(path: Path, message: str, hint: str) -> SettingsFile:
    return SettingsFile(faults=(Fault(str(path), 0, 0, message, hint),))


class _Enough(Exception):
    """More faults than are listed."""


class _Reading:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.said: dict[str, Said] = {}
        self.faults: list[Fault] = []

    def fault(self, place: Place, message: str, hint: str = "") -> None:
        if len(self.faults) >= MOST_TOLD:
            raise _Enough
        self.faults.append(Fault(*place, message, hint))

    def take(self, document: Item) -> None:
        if not isinstance(document.value, dict):
            self.fault(document.at, "the file must be a mapping", "write `interval: 1m`, one setting a line")
            return
        for name, item in self._named(document):
            setting = NAMES.get(name)
            if setting is None or not setting.in_file:
                self.fault(item.key or item.at, *_unknown(name))
            else:
                self._value(setting, item)

    def _named(self, document: Item) -> Iterator[tuple[str, Item]]:
        """Yield every value that isn't a group with its whole name."""
        for key, item in document.value.items():
            if key.startswith(OWN):
                continue
            if key not in GROUPS:
                yield key, item
            elif not isinstance(item.value, dict):
                self.fault(item.at, f"{key} must be a mapping", f"write {_inner(key)} below it, indented")
            else:
                yield from ((f"{key}.{inner}", each) for inner, each in item.value.items())

    def _value(self, setting: Setting, item: Item) -> None:
        if item.value is None:
            self.fault(item.at, f"{setting.name} has no value", "write one, or take the key out for the default")
            return
        try:
            value = _located(setting, setting.kind.take(item.plain()), self._path)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            shown = "can't be used" if setting.secret else message
            self.fault(item.at, f"{setting.name}: {shown}", hint or ALL)
        else:
            self.said[setting.attribute] = Said(value, f"{self._path}:{(item.key or item.at)[1]}")


def _unknown(name: str) -> tuple[str, str]:
    if name in NAMES:
        return f"{name} can't be set in a file", "--config, or RECONCILER_CONFIG, names the file of settings"
    group, dot, _ = name.rpartition(".")
    near = nearest(name, [each for each in NAMES if not dot or each.startswith(f"{group}.")])
    near = near or nearest(name.replace("-", "_").replace(".", "_"), TABLE)
    meant = TABLE[near].name if near in TABLE else near
    inside = f" ({meant.partition('.')[2]} below {meant.partition('.')[0]})" if "." in meant and not dot else ""
    return f"{name} isn't a setting", f"did you mean `{meant}`{inside}?" if meant else ALL


def _inner(group: str) -> str:
    names = [name.partition(".")[2] for name in NAMES if name.startswith(f"{group}.")]
    return ", ".join(f"`{name}`" for name in names[:3])


def _located(setting: Setting, value: Any, path: Path) -> Any:
    """Return paths of a file as relative to its folder."""
    if isinstance(setting.kind, OnePath):
        return path.parent / value
    if isinstance(setting.kind, Several) and isinstance(setting.kind.each, OnePath):
        return tuple(path.parent / each for each in value)
    return value
