"""Merging of one Compose file over another, by the rules of the Compose Specification (13-merge.md), and its merge
tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reconciler.compose import short
from reconciler.yaml.document import OVERRIDE, RESET, Item, Path

_REPLACED = {
    ("services", "*", "command"),
    ("services", "*", "entrypoint"),
    ("services", "*", "healthcheck", "test"),
}
"""Lists that the other file's list replaces whole."""
_MAPPINGS = {
    *(("services", "*", key) for key in ("environment", "labels", "sysctls", "annotations", "networks", "depends_on")),
    ("services", "*", "deploy", "labels"),
    *((kind, "*", "labels") for kind in ("networks", "volumes", "configs", "secrets")),
}
"""Lists that are another way to write a mapping."""


def merge(base: Item, over: Item, path: Path = ()) -> Item:
    """Merge ``over`` over ``base``. Values of ``over`` take precedence; mappings and lists are combined."""
    if over.tag == OVERRIDE or over.value is None:
        return over if over.tag else base
    base, over = _as_mapping(base, path), _as_mapping(over, path)
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        if path[2:] == ("logging",) and _driver(over) not in {None, _driver(base)}:
            return over
        return replace(over, value=_mappings(base.value, over.value, path))
    if isinstance(base.value, list) and isinstance(over.value, list) and _pattern(path) not in _REPLACED:
        return replace(over, value=_lists(base.value, over.value, path))
    return over


def settled(item: Item) -> Item | None:
    """Return the item without merge tags, once nothing is left to merge; None for an item that is removed."""
    if item.tag == RESET:
        return None
    value = item.value
    if isinstance(value, dict):
        value = {key: kept for key, inner in value.items() if (kept := settled(inner))}
    elif isinstance(value, list):
        value = [kept for inner in value if (kept := settled(inner))]
    elif not item.tag:
        return item
    return Item(value, item.at, item.key)


def _mappings(base: dict[str, Item], over: dict[str, Item], path: Path) -> dict[str, Item]:
    result = dict(base)
    for key, item in over.items():
        result[key] = item if key not in base or item.tag else merge(base[key], item, (*path, key))
    return result


def _lists(base: list[Item], over: list[Item], path: Path) -> list[Item]:
    """Return both lists in order; an item of ``over`` replaces the item with the same identity."""
    about = _IDENTITIES.get(path[2:] if path[:1] == ("services",) else (), _itself)
    result = {about(item.plain()): item for item in base}
    for item in over:
        result[about(item.plain())] = item
    return list(result.values())


def _as_mapping(item: Item, path: Path) -> Item:
    if not isinstance(item.value, list) or _pattern(path) not in _MAPPINGS:
        return item
    bare = path[2:] in {("networks",), ("depends_on",)}
    result: dict[str, Item] = {}
    for line in item.value:
        if not isinstance(line.value, str):
            return item  # the schema reports what is wrong with it
        key, sign, text = (line.value, "", "") if bare else line.value.partition("=")
        result[key] = Item(text if sign else None, line.at, line.at)
    return replace(item, value=result)


def _pattern(path: Path) -> Path:
    return (path[0], "*", *path[2:]) if len(path) > 2 else path


def _driver(logging: Item) -> Any:
    driver = logging.value.get("driver")
    return driver.value if driver else None


def _itself(value: Any) -> str:
    return repr(value)


def _port(value: Any) -> str:
    try:
        long = short.ports(value)
    except ValueError:
        return repr(value)
    return repr([(port.get("target"), port.get("published"), port.get("protocol", "tcp")) for port in long])


def _target(value: Any) -> str:
    try:
        long = short.mount(value)
    except ValueError:
        return repr(value)
    return repr(long.get("target"))


def _source(value: Any) -> str:
    return repr(value.get("target") or value.get("source")) if isinstance(value, dict) else repr(value)


_IDENTITIES: dict[Path, Callable[[Any], str]] = {
    ("ports",): _port,
    ("volumes",): _target,
    ("configs",): _source,
    ("secrets",): _source,
}
"""Function that gives the identity of an item, by the path of a service's list."""
