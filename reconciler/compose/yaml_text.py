"""Text of a raised Compose file, with quotes where YAML would otherwise read another value."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from reconciler.yaml.scalars import resolved

SECTIONS = ("name", "services", "networks", "volumes", "configs", "secrets")


def emitted(data: Mapping[str, Any], notes: Mapping[tuple[str, ...], str], title: str) -> str:
    """Return the YAML. ``notes`` become comments at the ends of their lines; ``title`` is the first line."""
    root = _mapping({section: data[section] for section in SECTIONS if section in data}, (), notes)
    root.yaml_set_start_comment(title)
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 4096  # a folded line reads the same, but doesn't look so
    stream = StringIO()
    yaml.dump(root, stream)
    return stream.getvalue()


def _mapping(data: Mapping[str, Any], path: tuple[str, ...], notes: Mapping[tuple[str, ...], str]) -> CommentedMap:
    result = CommentedMap()
    for key, value in data.items():
        inner = (*path, key)
        result[_text(key) if _odd(key) else key] = _value(value, inner, notes)
        if inner in notes:
            result.yaml_add_eol_comment(notes[inner], key)
    return result


def _value(value: Any, path: tuple[str, ...], notes: Mapping[tuple[str, ...], str]) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value, path, notes)
    if isinstance(value, list):
        result = CommentedSeq([_value(item, path, notes) for item in value])
        if all(not isinstance(item, Mapping | list) for item in value):
            result.fa.set_flow_style()
        return result
    return _text(value.replace("$", "$$")) if isinstance(value, str) else value


def _text(text: str) -> Any:
    lines = text.splitlines()
    if len(lines) > 1 and text.isprintable() is False and _fits_a_block(text, lines):
        return LiteralScalarString(text)
    return DoubleQuotedScalarString(text) if _odd(text) or not text.isprintable() else text


def _fits_a_block(text: str, lines: list[str]) -> bool:
    """Say whether a literal block keeps the string exactly."""
    plain = all(line.isprintable() and line == line.rstrip() for line in lines)
    return plain and not text.startswith((" ", "\n")) and "\n".join(lines) in {text, text.removesuffix("\n")}


def _odd(text: str) -> bool:
    """Say whether a plain scalar of this string would be read as something else: a number, a date, true. In
    brackets, libyaml also reads a string that begins with `?` as a key."""
    return resolved(text) != text or text.startswith("?")
