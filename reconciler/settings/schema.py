"""The JSON Schema of a settings file, from the table."""

from __future__ import annotations

from typing import Any

from reconciler.settings.setting import Setting
from reconciler.settings.table import TABLE


def schema() -> dict[str, Any]:
    """Return the schema. Keys that begin with ``x-`` are the user's own."""
    found: dict[str, Any] = _mapping("Settings of reconciler, as the file that --config names has them.")
    for setting in TABLE.values():
        if not setting.in_file:
            continue
        group, dot, name = setting.name.rpartition(".")
        if dot:
            place = found["properties"].setdefault(group, _mapping(f"Settings of {group}."))
        else:
            place, name = found, setting.name
        place["properties"][name] = _value(setting)
    found["patternProperties"] = {"^x-": {}}
    return found


def _mapping(description: str) -> dict[str, Any]:
    return {"description": description, "type": "object", "properties": {}, "additionalProperties": False}


def _value(setting: Setting) -> dict[str, Any]:
    default = setting.kind.plain(setting.default)
    usual = {} if default in (None, "", []) else {"default": default}
    said = f" {setting.more}" if setting.more else ""
    return {"description": f"{setting.help}{said}", **setting.kind.schema(), **usual}
