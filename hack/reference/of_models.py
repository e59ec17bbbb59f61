"""The pages of `x-reconciler` and of JSON outputs, from their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hack.reference.tables import NOTE, prose, table
from reconciler.cli.schema import schemas
from reconciler.durations import short

ELSEWHERE = {"Cause": "causes.md", "Verdict": "verdicts.md"}
"""Types that have a page of their own."""
_WORDS = {"array": "list"}


def x_reconciler() -> str:
    """Return the page of our own options in Compose files."""
    schema = json.loads(schemas()["x-reconciler.json"])
    places = {
        "stack": "At the top level of a file: for the stack and, as a default, for each of its services.",
        "service": "In a service. What it says goes before what the stack says.",
        "network": "In a network.",
        "secret": "In a secret.",
    }
    parts = [
        f"# x-reconciler\n\n{NOTE}\n",
        "Options of our own stand under `x-reconciler`, at the top level of a file, in a service, a network or a\n"
        "secret. An unknown option is a fault. Editors complete them by `schemas/x-reconciler.json`.\n",
    ]
    for place, words in places.items():
        model = _resolved(schema["properties"][place], schema)
        parts.append(f"## {place.capitalize()}\n\n{words}\n\n{_fields(model, schema)}")
    for name in ("Probe", "HttpProbe", "Generated", "Needs", "NeedsStack"):
        model = schema["$defs"][name]
        parts.append(f"## {name}\n\n{prose(model.get('description', ''))}\n\n{_fields(model, schema)}")
    return "\n".join(parts)


def outputs() -> str:
    """Return the page of JSON outputs."""
    parts = [
        f"# JSON outputs\n\n{NOTE}\n",
        "`--output json` prints one JSON object, or one a line where a command goes on. `format` is 1: fields are\n"
        "only added. The whole of each schema is a file in `schemas/`.\n",
    ]
    types: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for file, text in sorted(schemas().items()):
        if file in {"x-reconciler.json", "settings-file.json"}:
            continue
        schema = json.loads(text)
        words = prose(schema.get("description", ""))
        parts.append(f"## {file.removesuffix('.json')}\n\n`schemas/{file}`. {words}\n\n{_fields(schema, schema)}")
        types |= {name: (model, schema) for name, model in schema.get("$defs", {}).items() if "properties" in model}
    parts.append("## Types\n\nObjects that the outputs above contain.\n")
    for name, (model, schema) in sorted(types.items()):
        parts.append(f"### {name}\n\n{prose(model.get('description', ''))}\n\n{_fields(model, schema)}")
    return "\n".join(parts)


def _fields(model: dict[str, Any], schema: dict[str, Any]) -> str:
    needed = model.get("required", [])
    rows = (
        (f"`{name}`", _kind(field, schema), _json_default(name, field, needed), prose(field.get("description", "")))
        for name, field in model.get("properties", {}).items()
    )
    return table(("field", "type", "default", "meaning"), rows)


def _resolved(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = field.get("$ref", "")
    found: dict[str, Any] = schema["$defs"][reference.rsplit("/", 1)[-1]] if reference else field
    return found


def _kind(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return a type in words: ``string or null``, ``list of Held``, ``pin or track``."""
    if _is_time(field):
        return "time"
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_kind(each, schema) for each in field["anyOf"]))
    if "$ref" in field:
        model = _resolved(field, schema)
        name = str(field["$ref"].rsplit("/", 1)[-1])
        if name in ELSEWHERE:
            return f"[{name}]({ELSEWHERE[name]})"
        return _kind(model, schema) if "enum" in model else name
    if "enum" in field or "const" in field:
        return " or ".join(f"`{each}`" for each in field.get("enum", [field.get("const")]))
    inner = field.get("items", field.get("additionalProperties"))
    kind = str(field.get("type", "any"))
    return f"{_WORDS.get(kind, kind)} of {_kind(inner, schema)}" if isinstance(inner, dict) and inner else kind


def _json_default(name: str, field: dict[str, Any], needed: Sequence[str]) -> str:
    if name in needed or "const" in field or field.get("default") is None:
        return ""
    return f"`{short(field['default']) if _is_time(field) else json.dumps(field['default'])}`"


def _is_time(field: dict[str, Any]) -> bool:
    """Times are numbers of seconds, or strings such as ``1m30s``."""
    return sorted(each.get("type", "") for each in field.get("anyOf", [])) == ["number", "string"]
