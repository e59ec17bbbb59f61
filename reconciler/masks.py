"""Hides known secrets in free text: what an engine refuses it quotes, and programs print their settings.

Pure. The values of a service are taken from its specs; what a plan shows anyway (names, images, paths) stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from reconciler.passwords import HIDDEN, NAME, USERINFO, after_options, passwords, without_passwords
from reconciler.records import dataclass
from reconciler.redaction import Nature, Redact, Redaction, nature

SHORTEST, SHORT = 4, 8
"""Characters. Shorter values can't be told from words; up to ``SHORT`` only those count that are named like secrets."""
PREFIX = 32
"""Characters of a long value that are enough to recognise it where it was cut."""
TEMPLATE = re.compile(r"(?:expanding (?:env|mount|hostname)\s|template: expansion)[^\n]*", re.IGNORECASE)
VARIABLE = re.compile(r"expanding env \"([^=\"\s]{1,200})=")
"""SwarmKit quotes a template that it can't expand, and pieces of it after that (``template/expand.go``)."""


@dataclass(frozen=True, slots=True)
class Masks:
    """Values to hide, longest first."""

    values: tuple[str, ...] = field(default=(), repr=False)
    level: Redact = Redact.ENV

    @classmethod
    def of(cls, specs: Iterable[Mapping[str, Any]], level: Redact, contents: Iterable[bytes] = ()) -> Masks:
        """Of services' specs as in the Engine API, and of the ``contents`` of secrets."""
        if level is Redact.NONE:
            return cls((), level)
        found: set[str] = set()
        shown: set[str] = set()
        for name, value in (pair for spec in specs for pair in _values(spec, level)):
            if not name:
                shown.add(value)
            else:
                found.update(_forms(value, SHORTEST if NAME.search(name) else SHORT))
        for content in contents:
            found.update(_forms(content.decode(errors="ignore"), SHORTEST))
        return cls(tuple(sorted(found - shown, key=lambda value: (-len(value), value))), level)

    @classmethod
    def of_variables(cls, variables: Mapping[str, str]) -> Masks:
        """Of the values of variables, by their names."""
        found = {
            form
            for name, value in variables.items()
            for form in _forms(value, SHORTEST if NAME.search(name) else SHORT)
        }
        return cls(tuple(sorted(found, key=lambda value: (-len(value), value))))

    def over(self, text: str) -> str:
        """The text without any of the values."""
        if not text or self.level is Redact.NONE:
            return text
        for value in self.values:
            if value in text:
                text = _replaced(text, value)
            elif len(value) > PREFIX and value[:PREFIX] in text:
                text = _cut(text, value)
        return TEMPLATE.sub(_of_a_template, without_passwords(text))


def _of_a_template(found: re.Match[str]) -> str:
    name = VARIABLE.search(found[0])
    where = next((what for what in ("hostname", "mount") if what in found[0][:20].lower()), "")
    subject = f"{name[1]}={HIDDEN}" if name else f"the {where}" if where else HIDDEN
    return f"{subject} has a template that Swarm can't expand"


def _values(spec: Mapping[str, Any], level: Redact) -> Iterator[tuple[str, str]]:
    """Name and value of all that ``level`` hides in an Engine API object; with an empty name what it shows."""
    redaction = Redaction(level)
    for path, text in _texts("", spec):
        if path.endswith(".Env"):
            name, _, value = text.partition("=")
            yield name or "-", value
        elif redaction.hides(path) or (nature(path) is Nature.LABEL and NAME.search(path)):
            yield path, text
        else:
            plain = nature(path) is Nature.PLAIN
            found = [each[2] for each in USERINFO.finditer(text)] if plain else [*passwords(text)]
            yield from [("password", each) for each in found if each] or [("", text)]


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(f"{path}.{key}", item)
    elif isinstance(value, list | tuple):
        secret = after_options(value) if nature(path) is Nature.ARGUMENT else [False] * len(value)
        for item, hidden in zip(value, secret, strict=True):
            yield from _texts(f".Env.{path}" if hidden else path, item)
    elif isinstance(value, str) and value:
        yield path, value


def _forms(value: str, shortest: int) -> Iterator[str]:
    """The value and its lines, as they are and as they are quoted in JSON or Go."""
    parts = {value, value.strip(), *(line.strip() for line in value.splitlines())}
    parts |= {found[2] for found in USERINFO.finditer(value)}
    for part in parts:
        if len(part) >= shortest:
            yield from {part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}


def _replaced(text: str, value: str) -> str:
    """Short values only where they stand alone."""
    if len(value) >= SHORT:
        return text.replace(value, HIDDEN)
    return re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)


def _cut(text: str, value: str) -> str:
    """Without the beginnings of a long value."""
    beginning, pieces, start = value[:PREFIX], list[str](), 0
    while (at := text.find(beginning, start)) >= 0:
        end = PREFIX
        while end < len(value) and text[at + end : at + end + 1] == value[end]:
            end += 1
        pieces += text[start:at], HIDDEN
        start = at + end
    return "".join((*pieces, text[start:]))
