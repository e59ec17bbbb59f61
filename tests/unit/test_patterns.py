"""Every regular expression of the package takes time linear in its text: texts come from files, engines and git."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import reconciler
from tests.worst_cases import grows_too_fast

ROOT = Path(reconciler.__file__).parent
METHODS = {"match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split"}
Used = tuple[re.Pattern[Any], str]


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("__main__"):
            yield name, ast.parse(path.read_text())


def _calls(tree: ast.Module) -> Iterator[tuple[ast.expr, str, ast.Call]]:
    """Yield what stands before the dot, the method, and the call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node.func.value, node.func.attr, node


def _methods() -> dict[int, set[str]]:
    """Return the methods that are called on each compiled pattern, by its id."""
    found: dict[int, set[str]] = {}
    for name, tree in _modules():
        module = vars(importlib.import_module(name))
        for before, method, _ in _calls(tree):
            root = before
            while isinstance(root, ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                for pattern in _held(module.get(root.id)):
                    found.setdefault(id(pattern), set()).add(method)
    return found


def _held(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """Yield patterns in tables, too."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _held(inner, depth + 1)
    elif isinstance(value, list | tuple) and depth < 3:
        for inner in value:
            yield from _held(inner, depth + 1)


def _patterns() -> dict[str, Used]:
    """Return each pattern with each method that is called on it, by where it is first found."""
    methods, found = _methods(), {}
    known: set[tuple[int, str]] = set()
    for name, tree in _modules():
        for attribute, value in vars(importlib.import_module(name)).items():
            for number, pattern in enumerate(_held(value)):
                for method in sorted(methods.get(id(pattern), {"search"})):
                    if (id(pattern), method) not in known:
                        known.add((id(pattern), method))
                        found[f"{name}:{attribute}.{number}.{method}"] = pattern, method
        for before, method, call in _calls(tree):
            if isinstance(before, ast.Name) and before.id == "re":
                given = _literal(call.args[0])
                assert given, f"{name}:{call.lineno}: compile the pattern at the top"
                found[f"{name}:{call.lineno}"] = re.compile(given, re.DOTALL), method
    return found


def _literal(given: ast.expr) -> str:
    """Return a pattern that is written out, with a word for each ``re.escape``; empty for any other expression."""
    if isinstance(given, ast.Constant):
        return str(given.value)
    parts = given.values if isinstance(given, ast.JoinedStr) else [ast.Constant("")]
    escaped = [isinstance(part, ast.FormattedValue) and "re.escape(" in ast.unparse(part.value) for part in parts]
    if not all(escaped[index] or isinstance(part, ast.Constant) for index, part in enumerate(parts)):
        return ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "word" for part in parts)


PATTERNS = _patterns()


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 30
    assert "reconciler.compose.short:_PORT.0.match" in PATTERNS


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_time_is_linear_in_the_text(name: str) -> None:
    pattern, method = PATTERNS[name]
    assert grows_too_fast(pattern, method) == "", pattern.pattern


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"""(['"])((?:\\.|(?!\1).)*)\1\s*(?:#.*)?\Z""", "match"),
        (r"\s*[a-z_]+\s*(?:==|!=)\s*[a-z\s]+\Z", "match"),
        (r"([0-9]+\.?[0-9]*)(ms|s)\Z", "match"),
        (r"[0-9]+(ms|s)", "findall"),
        (r"(a+)+\Z", "match"),
    ],
)
def test_a_pattern_that_is_not_linear_is_noticed(pattern: str, method: str) -> None:
    assert grows_too_fast(re.compile(pattern, re.DOTALL), method)
