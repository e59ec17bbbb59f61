"""Relative paths of an included or extended file: they start beside that file, not beside the main file."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from dataclasses import replace

from reconciler.yaml.document import Item

Rewrite = Callable[[str], str]


def rebased(item: Item, folder: str) -> Item:
    """Return the item with paths relative to the main file's folder. ``folder`` is where the file's paths begin,
    relative to that folder."""
    if folder == ".":
        return item

    def beside(path: str) -> str:
        return path if path.startswith(("/", "~")) else _dotted(os.path.normpath(os.path.join(folder, path)))

    def dotted(path: str) -> str:
        return beside(path) if path.startswith(".") else path

    result = item
    for path, rewrite in (
        (("services", "*", "env_file"), beside),
        (("services", "*", "env_file", "*"), beside),
        (("services", "*", "env_file", "*", "path"), beside),
        (("services", "*", "label_file"), beside),
        (("services", "*", "label_file", "*"), beside),
        (("services", "*", "volumes", "*"), _before_colon(dotted)),
        (("services", "*", "volumes", "*", "source"), dotted),
        (("configs", "*", "file"), beside),
        (("secrets", "*", "file"), beside),
    ):
        result = _rewritten(result, path, rewrite)
    return result


def _dotted(path: str) -> str:
    return path if path.startswith(".") else f"./{path}"


def _before_colon(rewrite: Rewrite) -> Rewrite:
    def mended(text: str) -> str:
        source, colon, rest = text.partition(":")
        return f"{rewrite(source)}{colon}{rest}" if colon else text

    return mended


def _rewritten(item: Item, path: tuple[str, ...], rewrite: Rewrite) -> Item:
    """Apply ``rewrite`` to the strings at ``path``, where ``*`` stands for every key or index."""
    value = item.value
    if not path:
        return replace(item, value=rewrite(value)) if isinstance(value, str) else item
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        keys = list(value) if first == "*" else [first] if first in value else []
        return replace(item, value={**value, **{key: _rewritten(value[key], rest, rewrite) for key in keys}})
    if isinstance(value, list) and first == "*":
        return replace(item, value=[_rewritten(inner, rest, rewrite) for inner in value])
    return item
