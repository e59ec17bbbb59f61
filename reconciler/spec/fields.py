"""Every field of a service: those of the table, with the members of an object as one field, and those beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.spec.beside import BESIDE, Field
from reconciler.spec.codecs import Struct
from reconciler.spec.key import Key, Part, Since
from reconciler.spec.paths import Api
from reconciler.spec.service import PARTS, SERVICE


def _fields() -> Iterator[Field]:
    members: dict[str, list[Key]] = {part.at: [] for part in PARTS}
    for key in SERVICE:
        around = key.at.rpartition(".")[0]
        if around in members:
            members[around].append(key)
        else:
            yield Field(key.path, key.api, key.codec, key.restarts)
    for part in PARTS:
        yield _field(part, members[part.at])


def _field(part: Part, members: list[Key]) -> Field:
    codecs = {key.api[-1]: ((key.shown or key.path).removeprefix(f"{part.path}."), key.codec) for key in members}
    return Field(part.path, part.api, Struct(codecs, part.absent), any(key.restarts for key in members))


FIELDS: tuple[Field, ...] = (*_fields(), *BESIDE)
"""A member that no field names is still compared, under its API name."""


def engine_default(path: str, table: tuple[Key, ...] = SERVICE) -> Any:
    """Return what an engine takes where the API has no value for a key of the table."""
    return next(key.default for key in table if key.path == path)


VERSIONED: tuple[tuple[str, Api, Since], ...] = (
    *((field.path, field.api, field.since) for field in BESIDE if field.since),
    *((key.path, key.api, key.since) for key in SERVICE if key.since),
)
"""The keys that older engines don't know: path, API path and the first version. A service runs without them there."""
