"""Keys of a Compose file, collected from the models that files are read by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from reconciler.compose.schema import File
from reconciler.compose.schema.values import Model
from reconciler.yaml.document import Path

NAME, ITEM = "*", "#"
"""Parts of a key: a name that users choose, and an item of a list."""
Tree = Mapping[str, "Tree"]


def keys(model: type[BaseModel] = File, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every key below ``model``, and why it isn't honoured (empty if it is)."""
    for name, field in model.model_fields.items():
        key = (*path, field.alias or name)
        yield key, ""
        for inner, parts in _models(field.annotation):
            yield from keys(inner, (*key, *parts))
    if issubclass(model, Model):
        for name, reason in model.unheeded.items():
            yield (*path, name), reason


def named(path: Path) -> str:
    """Return the key at a place in a file without chosen names and list indices: `services.ports.host_ip`."""
    found, tree = [], _tree()
    for part in path:
        if part in tree:
            tree = tree[str(part)]
            found.append(str(part))
        elif isinstance(part, str):
            if NAME not in tree:
                break
            tree = tree[NAME]
    return ".".join(found)


@cache
def names() -> frozenset[str]:
    """Return all keys as ``named`` gives them."""
    return frozenset(".".join(part for part in key if part not in {NAME, ITEM}) for key, _ in keys())


@cache
def _tree() -> Tree:
    root: dict[str, Any] = {}
    for key, _ in keys():
        node = root
        for part in key:
            node = node.setdefault(part, {}) if part != ITEM else node
    return root


def _models(annotation: Any) -> Iterator[tuple[type[BaseModel], tuple[str, ...]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ()
        return
    origin = get_origin(annotation)
    part = (ITEM,) if origin is list else (NAME,) if origin is dict else ()
    for argument in get_args(annotation):
        for model, parts in _models(argument):
            yield model, (*part, *parts)
