"""A YAML file as plain data, with the place of every key and value in it."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]
Place = tuple[int, int]

LARGEST = 2_000_000
"""Bytes of one file; more isn't a Compose file."""
MOST_NODES = 200_000
"""Values of one file once aliases are followed: what an anchor bomb runs into."""
DEEPEST = 64
_PREFIX = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?\Z")
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    ".inf": float("inf"),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


class Unreadable(Exception):
    """YAML that can't be read; ``place`` counts from 1."""

    def __init__(self, message: str, place: Place = (1, 1), hint: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.hint = hint


@dataclass(slots=True)
class Document:
    """``places`` has where each value begins, ``keys`` where its key does; both by the path to the value."""

    data: Any
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def at(self, path: Path) -> Place:
        """The place of the value at ``path``, or of the nearest thing around it that is in the file."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def key_at(self, path: Path) -> Place:
        return self.keys.get(path) or self.at(path)


def load(text: str) -> Document:
    """Raises ``Unreadable`` with the first thing that is wrong."""
    if len(text) > LARGEST:
        raise Unreadable(f"the file has {len(text)} characters", hint=f"at most {LARGEST} are read")
    try:
        parser = YAML(typ="safe", pure=True)
        parser.allow_duplicate_keys = True
        nodes = list(parser.compose_all(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise Unreadable(f"not YAML: {what}", place, _advice(what)) from error
    except (YAMLError, ValueError) as error:
        raise Unreadable(f"not YAML: {error}") from error
    except RecursionError as error:
        raise Unreadable("nested too deeply", hint=f"at most {DEEPEST} levels are read") from error
    if not nodes or nodes[0] is None:
        return Document({})
    if len(nodes) > 1:
        raise Unreadable("a second document begins here", _place(nodes[1]), "one file is one stack: split it in two")
    return _Builder().built(nodes[0])


def _advice(what: str) -> str:
    if "\\t" in what:
        return "indent with spaces: YAML allows no tabs"
    if "mapping values are not allowed" in what:
        return "quote a text that holds ': ', or check the indentation above"
    return "check indentation and quotes here and in the line above"


class _Builder:
    def __init__(self) -> None:
        self._document = Document(None)
        self._count = 0

    def built(self, node: Node) -> Document:
        self._document.data = self._value(node, (), ())
        return self._document

    def _value(self, node: Node, path: Path, inside: tuple[int, ...]) -> Any:
        self._count += 1
        if self._count > MOST_NODES:
            raise Unreadable(f"more than {MOST_NODES} values", _place(node), "do aliases multiply one another?")
        if len(path) > DEEPEST:
            raise Unreadable("nested too deeply", _place(node), f"at most {DEEPEST} levels are read")
        if id(node) in inside:
            raise Unreadable("an alias that stands for itself", _place(node), "take the alias out of its own anchor")
        self._document.places[path] = _place(node)
        if isinstance(node, MappingNode):
            return self._mapping(node, path, (*inside, id(node)))
        if isinstance(node, SequenceNode):
            inside = (*inside, id(node))
            return [self._value(item, (*path, index), inside) for index, item in enumerate(node.value)]
        return _scalar(node) if isinstance(node, ScalarNode) else None

    def _mapping(self, node: MappingNode, path: Path, inside: tuple[int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        own: set[str] = set()
        merges: list[Node] = []
        for key_node, value_node in node.value:
            if isinstance(key_node, ScalarNode) and key_node.value == "<<" and not key_node.style:
                merges += value_node.value if isinstance(value_node, SequenceNode) else [value_node]
                continue
            key = self._key(key_node)
            if key in own:
                raise Unreadable(f"the key {key!r} stands here twice", _place(key_node), "keep one of the two")
            own.add(key)
            self._document.keys[(*path, key)] = _place(key_node)
            result[key] = self._value(value_node, (*path, key), inside)
        for merged in merges:
            self._merge(merged, path, result, inside)
        return result

    def _merge(self, node: Node, path: Path, result: dict[str, Any], inside: tuple[int, ...]) -> None:
        """YAML's merge key: what the mapping doesn't say itself, the first merged one that does says."""
        if not isinstance(node, MappingNode):
            raise Unreadable("'<<' takes a mapping, or a list of them", _place(node), "write `<<: *anchor`")
        missing = [pair for pair in node.value if self._key(pair[0]) not in result]
        part = MappingNode(node.tag, missing, node.start_mark, node.end_mark)
        result.update(self._mapping(part, path, (*inside, id(node))))

    @staticmethod
    def _key(node: Node) -> str:
        if not isinstance(node, ScalarNode):
            raise Unreadable("a key has to be a text", _place(node), "quote it")
        return "<<" if node.value == "<<" else str(node.value)


def _scalar(node: ScalarNode) -> Hashable:
    """The value of a scalar as docker's YAML library (Go, yaml.v3) resolves it: `010` is 8, `yes` is a text."""
    text = str(node.value)
    said_to_be_text = str(node.tag) == f"{_PREFIX}str" and _special(text)
    if node.style is not None or said_to_be_text:
        return text
    if text in _CONSTANTS:
        found: Hashable = _CONSTANTS[text]
        return found
    digits = text.replace("_", "")
    if _INTEGER.match(text):
        return _integer(digits)
    return float(digits) if _FLOAT.match(text) else text


def _special(text: str) -> bool:
    return text in _CONSTANTS or bool(_INTEGER.match(text) or _FLOAT.match(text))


def _integer(digits: str) -> int | float:
    """Go's ``strconv.ParseInt(…, 0, 64)``: a leading 0 means octal; what that isn't, such as 08, is a float."""
    sign = -1 if digits.startswith("-") else 1
    body = digits.lstrip("+-")
    try:
        return sign * int(body, 8 if body[:1] == "0" and body[1:].isdigit() else 0)
    except ValueError:
        return float(digits)


def _place(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
