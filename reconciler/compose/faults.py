"""Faults and warnings with their place in the file: pydantic's errors, and keys that no model names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from reconciler.compose.accepted_warnings import Accepted
from reconciler.compose.budget import Exceeded
from reconciler.compose.scalars import Several
from reconciler.compose.schema import Model
from reconciler.errors import Fault
from reconciler.yaml.document import Document, Path, Place
from reconciler.yaml.spelling import nearest

_WORDS = {
    "extra_forbidden": "isn't an option of x-reconciler",
    "missing": "is missing",
    "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "list_type": "has to be a list",
    "tuple_type": "has to be a list",
    "too_short": "holds too little",
    "string_pattern_mismatch": "holds characters that may not stand here",
    "dict_type": "has to be a mapping",
    "model_type": "has to be a mapping",
    "string_type": "has to be a text",
}


MOST_TOLD = 500
"""Faults, and warnings, of one stack that are listed."""
LONGEST = 500
"""Characters of a message."""


class Found:
    """Collector of the faults and warnings of one stack; its ``document`` is known once its files are assembled."""

    def __init__(self) -> None:
        self.document = Document({})
        self.accepted = Accepted()
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []

    def fault_at(self, place: Place, message: str, hint: str = "") -> None:
        self._tell(Fault(*place, _short(message), hint))

    def warn_at(self, place: Place, message: str, hint: str = "") -> None:
        self._warn(Fault(*place, _short(message), _short(hint)))

    def faulty(self, path: Path) -> bool:
        """Say whether the value at ``path`` is known to be wrong already."""
        return self.document.at(path) in self.faulty_places()

    def faulty_places(self) -> set[Place]:
        return {(fault.file, fault.line, fault.column) for fault in self.faults}

    def fault(self, path: Path, message: str, hint: str = "", *, key: bool = False) -> None:
        self._tell(self._at(path, message, hint, key))

    def warn(self, path: Path, message: str, hint: str = "", *, key: bool = False) -> None:
        if not self.accepted.covers(path):
            self._warn(self._at(path, message, hint, key))

    def _tell(self, fault: Fault) -> None:
        """Add a fault.

        Raises:
            Exceeded: the stack has too many faults to be read further.
        """
        if len(self.faults) >= MOST_TOLD:
            place = (fault.file, fault.line, fault.column)
            raise Exceeded(f"more than {MOST_TOLD} faults; no more are listed from here on", place, "fix these first")
        self.faults.append(fault)

    def _warn(self, warning: Fault) -> None:
        if len(self.warnings) < MOST_TOLD:
            self.warnings.append(warning)
        elif len(self.warnings) == MOST_TOLD:
            message = f"more than {MOST_TOLD} warnings; no more are listed from here on"
            self.warnings.append(Fault(warning.file, warning.line, warning.column, message, "fix these first"))

    def take(self, error: ValidationError) -> None:
        """Add every error of a validation as a fault. Leave out errors that only follow from an earlier fault, such
        as the empty string in place of a variable that isn't set."""
        known = self._around(self.faulty_places())
        for detail in error.errors(include_url=False, include_context=True, include_input=False):
            path = self._in_file(detail["loc"])
            if path in known:
                continue
            several = (detail.get("ctx") or {}).get("error")
            if isinstance(several, Several):
                for item, words in several.wrong.items():
                    message, _, hint = words.partition("; ")
                    self.fault((*path, item), f"{'.'.join(map(str, (*path, item)))} {message}", hint)
                continue
            whole = (*path, detail["loc"][-1]) if detail["type"] in {"missing", "extra_forbidden"} else path
            whole = path if path == detail["loc"] else whole
            name = ".".join(str(part) for part in whole)
            message, _, hint = _sentence(detail).partition("; ")
            key = detail["type"] == "extra_forbidden"
            self.fault(
                path, f"{name} {message}", hint or self._nearer(path, whole) or _otherwise(detail["type"]), key=key
            )

    def _around(self, places: set[Place]) -> set[Path]:
        """Return the paths of the values at ``places``, and of everything around them."""
        paths = [path for path, place in self.document.places.items() if place in places] if places else []
        return {path[:length] for path in paths for length in range(len(path) + 1)}

    def _nearer(self, path: Path, whole: Path) -> str:
        """Return a hint from the value at ``path``, or from what is beside a missing key. The hint quotes nothing
        after a colon, which may be a secret."""
        given = self.document.value(path)
        if whole[-1] == "image" and isinstance(given, dict) and "build" in given:
            return "Swarm runs images: build and push it beforehand, and name it in `image`"
        stuck = re.match(r"([\w-]{1,60}):\S", given) if isinstance(given, str) else None
        return f"a blank goes after the colon: `{stuck[1]}: …`" if stuck else ""

    def judge_keys(self, model: BaseModel, path: Path = ()) -> None:
        """Check keys that no model names: ``x-`` keys are free, some keys are known but not honoured, the rest are
        faults."""
        if isinstance(model, Model):
            for key in model.model_extra or {}:
                self._judge_key(type(model), key, (*path, key))
        for inner, inner_path in _parts(model, path):
            self.judge_keys(inner, inner_path)

    def _judge_key(self, model: type[Model], key: str, path: Path) -> None:
        name = ".".join(str(part) for part in path)
        if key in model.unheeded:
            self.warn(path, f"{name} isn't honoured", model.unheeded[key], key=True)
            return
        if key.startswith("x-") and key != "x-reconciler":
            return
        known = [*(field.alias or name for name, field in model.model_fields.items()), *model.unheeded]
        meant = nearest(key, known)
        hint = f"did you mean `{meant}`?" if meant else "Compose knows no such key here; your own start with `x-`"
        self.fault(path, f"{name} isn't a key of Compose", hint, key=True)

    def _in_file(self, loc: tuple[Any, ...]) -> Path:
        """Return the part of a validation's location that is in the file, without union members and the like."""
        path: Path = ()
        for part in loc:
            if (*path, part) in self.document.places:
                path = (*path, part)
        return path

    def _at(self, path: Path, message: str, hint: str, key: bool) -> Fault:
        place = self.document.key_at(path) if key else self.document.at(path)
        return Fault(*place, _short(message), hint)


def _short(message: str) -> str:
    """Shorten a message: it may quote a long string of the file."""
    return message if len(message) <= LONGEST else f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"


def _sentence(detail: Any) -> str:
    """Return what is wrong, to follow the name of the field. A hint may follow after a semicolon."""
    kind, context = detail["type"], detail.get("ctx") or {}
    if kind == "value_error":
        return str(context["error"])
    if kind in {"literal_error", "enum"}:
        return f"has to be one of {context['expected']}"
    if kind == "greater_than":
        return f"has to be more than {context['gt']}"
    if kind in {"greater_than_equal", "less_than_equal"}:
        limit = context.get("ge", context.get("le"))
        return f"has to be {limit} at {'least' if kind == 'greater_than_equal' else 'most'}"
    return _WORDS.get(kind) or f"isn't right: {detail['msg'][0].lower()}{detail['msg'][1:]}"


def _otherwise(kind: str) -> str:
    """Return the hint for an error whose sentence has none."""
    hints = {
        "missing": "add it",
        "extra_forbidden": "docs/reference/x-reconciler.md lists the options",
        "literal_error": "write one of these",
        "enum": "write one of these",
        "dict_type": "write its keys below it, indented, as `key: value`",
        "model_type": "write its keys below it, indented, as `key: value`",
        "list_type": "write a list: [one, two]",
        "tuple_type": "write a list: [one, two]",
        "bool_type": "write true or false",
        "bool_parsing": "write true or false",
        **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "write one such as 3"),
        "too_short": "write one item at least",
        "string_pattern_mismatch": "schemas/x-reconciler.json has the pattern of what may",
        "greater_than": "write a larger number",
        "greater_than_equal": "write a larger number",
        "less_than_equal": "write a smaller number",
    }
    return hints.get(kind, "COMPOSE.md says what is allowed here; for x-reconciler docs/reference/x-reconciler.md does")


def _parts(model: BaseModel, path: Path) -> Iterator[tuple[BaseModel, Path]]:
    for name, alias in _fields(type(model)):
        value = getattr(model, name)
        if isinstance(value, BaseModel | dict | list):
            yield from _models(value, (*path, alias))


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Return the names of a model's fields that may hold models, and their keys in a file."""
    fields = model.model_fields.items()
    return tuple((name, field.alias or name) for name, field in fields if _may_hold_models(field.annotation))


def _may_hold_models(kind: Any) -> bool:
    """Say whether values of an annotation may be or hold models. False only if they certainly can't."""
    if get_origin(kind) is Literal:
        return False
    if inner := get_args(kind):
        return any(map(_may_hold_models, inner))
    return not isinstance(kind, type) or issubclass(kind, BaseModel)


def _models(value: Any, path: Path) -> Iterator[tuple[BaseModel, Path]]:
    if isinstance(value, BaseModel):
        yield value, path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _models(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _models(item, (*path, index))
