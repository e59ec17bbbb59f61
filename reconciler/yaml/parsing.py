"""YAML files as data with places (``document``), within bounds that no file can lead beyond."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from reconciler.yaml.document import OVERRIDE, RESET, Item, Place, UnreadableYaml
from reconciler.yaml.scalars import resolved

LARGEST = 500_000
"""Characters of one file: 1,500 services or so, which take a second to read."""
PATIENCE = 25_000
"""Lines, colons, commas, braces and dashes up to which what libyaml refuses is read again by a parser in Python, which
takes ten times as long."""
MOST_NODES = 100_000
"""Values of one file once aliases are followed: what an anchor bomb runs into."""
DEEPEST = 64
"""Levels of a file, aliases followed."""
SAFE_DEPTH = 200
"""Levels by the look of a text (``_depth``), beyond which it isn't even parsed."""
_MERGE_TAGS = frozenset({RESET, OVERRIDE})
_BRACKET = re.compile(r"[\[\]{}]")
_ALLOWED = [
    (0x09, 0x0A),
    (0x0D, 0x0D),
    (0x20, 0x7E),
    (0x85, 0x85),
    (0xA0, 0xD7FF),
    (0xE000, 0xFFFD),
    (0x10000, 0x10FFFF),
]
"""YAML 1.2, 5.1: its printable characters, from and to."""
_SURROGATES = range(0xD800, 0xE000)
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_QUOTED = re.compile(r"\b(alias|anchor|handle) '[^'\n]*'")
"""A password that begins with `*` or `!` is read as one of these."""
_TOKEN = re.compile(r"\('(<[\w ]+>)',\)")
_IN_A_ROW = re.compile(r"(?:[-?:] +){2,}")
_TEXT = "tag:yaml.org,2002:str"
_PLAIN = Tag(suffix="?")
_TAGS = {
    ScalarNode: Tag(suffix=_TEXT),
    SequenceNode: Tag(suffix="tag:yaml.org,2002:seq"),
    MappingNode: Tag(suffix="tag:yaml.org,2002:map"),
}


def load(text: str, file: str, tell: Callable[[UnreadableYaml], None] | None = None) -> Item:
    """Raises ``Unreadable`` with the first thing that is wrong. ``file`` is what places say. ``tell`` is told of keys
    that stand there twice, and the first of two is taken; without it they are raised as well."""
    if len(text) > LARGEST:
        raise UnreadableYaml(
            f"the file has {len(text)} characters",
            (file, 1, 1),
            f"at most {LARGEST} are read: split it, or move what is large into files of their own",
        )
    if text.count(",") > MOST_NODES:
        hint = "move what is large into files of their own"
        raise UnreadableYaml(f"more than {MOST_NODES} commas, each of which may part two values", (file, 1, 1), hint)
    if _depth(text) > SAFE_DEPTH:
        raise UnreadableYaml("nested too deeply", (file, 1, 1), f"at most {DEEPEST} levels are read")
    try:
        nodes = _composed(text)
    except MarkedYAMLError as error:
        # Of a quote that is never closed, where it opens tells more than the end of the file.
        quoted = "quoted scalar" in str(error.context)
        mark = error.context_mark if quoted else error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = _TOKEN.sub(r"'\1'", " ".join(part for part in (error.context, error.problem) if part))
        what = _QUOTED.sub(r"\1", what)
        if conflict := _CONFLICT.search(text):
            line, column, what = text.count("\n", 0, conflict.start()) + 1, 1, "a merge conflict isn't settled"
        raise UnreadableYaml(f"not YAML: {what}", (file, line, column), _advice(what, text, line, error)) from error
    except (YAMLError, ValueError, RecursionError) as error:
        if (wrong := _not_allowed(text)) is not None:
            line, column = text.count("\n", 0, wrong) + 1, wrong - text.rfind("\n", 0, wrong)
            message = f"not YAML: the character U+{ord(text[wrong]):04X} isn't allowed"
            hint = "take it out, or write it in double quotes as an escape, such as \\0"
            raise UnreadableYaml(message, (file, line, column), hint) from error
        raise UnreadableYaml(f"not YAML: {error}", (file, 1, 1), "save it as UTF-8 text") from error
    if not nodes or nodes[0] is None:
        return Item({}, (file, 1, 1))
    if second := next((node for node in nodes[1:] if not _empty(node)), None):
        hint = "one file is one stack: split it in two"
        raise UnreadableYaml("a second document begins here", _place(second, file), hint)
    return _Builder(file, tell).item(nodes[0], 0, ())


def _composed(text: str) -> list[Node]:
    """By libyaml, or by ruamel.yaml's own parser what libyaml can't read: it refuses `[data:/path]` and anchors that
    are given again, which docker takes, and it has fewer words for what is wrong."""
    parser = YAML(typ="safe")
    parser.Resolver = _Unresolving
    try:
        return list(parser.compose_all(text))
    except (YAMLError, ValueError) as error:
        if sum(map(text.count, ("\n", ":", ",", "{", "- "))) > PATIENCE:
            raise
        refused = error
    parser = YAML(typ="safe", pure=True)
    parser.Resolver = _Unresolving
    parser.composer.warn_double_anchors = False  # an anchor may be given again (YAML 1.2, 7.1)
    try:
        return list(parser.compose_all(text))
    except (YAMLError, RecursionError):
        raise
    except Exception:  # it fails in other ways, too: on an escape beyond U+10FFFF, for one
        raise refused from None


class _Unresolving(VersionedResolver):
    """Leaves plain scalars as they are: ``resolved`` sees to them, and ruamel.yaml's own way takes half the time."""

    def resolve(self, kind: type[Node], value: str | None, implicit: tuple[bool, bool]) -> Tag:
        return _PLAIN if kind is ScalarNode and implicit[0] else _TAGS[kind]


def _not_allowed(text: str) -> int | None:
    """Where the first character stands that YAML doesn't allow. (A pattern would do, but takes long to compile.)"""
    wrong = (at for at, char in enumerate(text) if not any(first <= ord(char) <= last for first, last in _ALLOWED))
    return next(wrong, None)


def _depth(text: str) -> int:
    """How deep brackets, or indicators in a row, may lead: the parser's own stack holds some 300."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return max(deepest, *(len(found.replace(" ", "")) for found in _IN_A_ROW.findall(text)), 0)


def _advice(what: str, text: str, line: int, error: MarkedYAMLError) -> str:
    if "merge conflict" in what:
        return "keep one side, and take the lines of <<<<<<<, ======= and >>>>>>> out"
    if "<stream end>" in what and error.context_mark and "flow" in what:
        return f"close the bracket that opens at line {error.context_mark.line + 1}"
    lines = text.splitlines()
    if line <= len(lines) and lines[line - 1].lstrip(" ").startswith("\t"):
        return "indent with spaces: YAML allows no tabs"
    if "mapping values are not allowed" in what:
        return "quote a text that holds ': ', or fix the line above: its indentation, or a colon that it lacks"
    if "undefined alias" in what:
        return "write its &anchor before the alias, or quote a text that begins with *"
    return "check indentation and quotes here and in the line above"


def _shown(key: object) -> object:
    """Return a key without what follows its `=`: the line may be `NAME=value` with a colon in the value."""
    return key.partition("=")[0] if isinstance(key, str) else key


class _Builder:
    def __init__(self, file: str, tell: Callable[[UnreadableYaml], None] | None) -> None:
        self._file = file
        self._tell = tell
        self._count = 0

    def item(self, node: Node, depth: int, inside: tuple[int, ...]) -> Item:
        """``inside`` has the nodes around this one, which an alias in it must not stand for."""
        self._counted(node)
        if depth > DEEPEST:
            raise self._unreadable("nested too deeply", node, f"at most {DEEPEST} levels are read")
        if id(node) in inside:
            raise self._unreadable("an alias that stands for itself", node, "take the alias out of its own anchor")
        value: Any = None
        if isinstance(node, ScalarNode):
            if not node.value.isascii() and any(ord(char) in _SURROGATES for char in node.value):
                node.value = self._joined(node)
            value = _scalar(node)
        elif isinstance(node, MappingNode):
            value = self._mapping(node, depth, (*inside, id(node)))
        elif isinstance(node, SequenceNode):
            value = [self.item(each, depth + 1, (*inside, id(node))) for each in node.value]
        tag = node.tag if node.tag in _MERGE_TAGS else ""
        return Item(value, _place(node, self._file), tag=tag)

    def _joined(self, node: ScalarNode) -> str:
        """JSON writes a character beyond U+FFFF as two escapes, each of half of it."""
        try:
            return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise self._unreadable("half a character", node, "write it whole, as \\UXXXXXXXX") from None

    def _mapping(self, node: MappingNode, depth: int, inside: tuple[int, ...]) -> dict[str, Item]:
        result: dict[str, Item] = {}
        self._take(node, depth, result, inside)
        return result

    def _take(self, node: MappingNode, depth: int, result: dict[str, Item], inside: tuple[int, ...]) -> None:
        """What ``node`` says that ``result`` doesn't yet, and then what it merges (YAML's merge key)."""
        own: set[str] = set()
        merges: list[Node] = []
        for key_node, value_node in node.value:
            key = self._key(key_node)
            merging = key == "<<" and not key_node.style
            if key in own or key in result:
                self._counted(key_node)  # what many merge takes time, though it adds no value
            if key in own:
                hint = "write one list: `<<: [*one, *other]`" if merging else "keep one of the two"
                self._told(self._unreadable(f"the key {_shown(key)!r} stands here twice", key_node, hint))
                continue
            own.add(key)
            if merging:
                merges = value_node.value if isinstance(value_node, SequenceNode) else [value_node]
            elif key not in result:
                result[key] = self.item(value_node, depth + 1, inside)
                result[key].key = _place(key_node, self._file)
        for merged in merges:
            self._merge(merged, depth, result, inside)

    def _merge(self, node: Node, depth: int, result: dict[str, Item], inside: tuple[int, ...]) -> None:
        if not isinstance(node, MappingNode):
            raise self._unreadable("'<<' takes a mapping, or a list of them", node, "write `<<: *anchor`")
        if id(node) in inside:
            raise self._unreadable("an alias that stands for itself", node, "take the alias out of its own anchor")
        self._counted(node)
        self._take(node, depth, result, (*inside, id(node)))

    def _counted(self, node: Node) -> None:
        self._count += 1
        if self._count > MOST_NODES:
            raise self._unreadable(f"more than {MOST_NODES} values", node, "do aliases multiply one another?")

    def _key(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            hint = "quote it; quote a value that begins with `{` or `[` and is a text, too"
            raise self._unreadable("a key has to be a text", node, hint)
        return str(node.value)

    def _told(self, error: UnreadableYaml) -> None:
        if self._tell is None:
            raise error
        self._tell(error)

    def _unreadable(self, message: str, node: Node, hint: str) -> UnreadableYaml:
        return UnreadableYaml(message, _place(node, self._file), hint)


def _scalar(node: ScalarNode) -> Hashable:
    text = str(node.value)
    return text if node.style or node.tag == _TEXT else resolved(text)


def _empty(node: Node) -> bool:
    """What follows a `---` at the very end."""
    return isinstance(node, ScalarNode) and _scalar(node) is None


def _place(node: Node, file: str) -> Place:
    return file, node.start_mark.line + 1, node.start_mark.column + 1
