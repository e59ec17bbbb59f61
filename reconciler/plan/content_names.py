"""Names of the objects that hold the contents of one config or secret (rule 8).

The first object has the plain name. Every other content gets ``NAME-HASH``, shortened to the length that Swarm takes. A
name never stands for two contents, because services and the marks on them may still name an older one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import TypeVar

from reconciler import labels
from reconciler.observed import model as observed
from reconciler.plan.model import Key, Kind
from reconciler.plan.ownership import copied_from

Found = TypeVar("Found", observed.Config, observed.Secret)

LONGEST = 64
"""Characters of a config's or secret's name in Swarm."""
_HASH = re.compile(r"-[0-9a-f]{8}\Z")
"""Suffix that earlier versions appended; they set no ``labels.NAME``."""


def by_plain_name(objects: Mapping[str, Found], wanted: Collection[str]) -> dict[str, list[Found]]:
    """Return the objects that hold contents of a config or secret, by its name in the files, newest first. An object
    whose exact name is in ``wanted`` counts only under that name (an imported file names rotated objects so); so
    does an object with copied labels."""
    found: dict[str, list[Found]] = {}
    for each in sorted(objects.values(), key=lambda each: (-each.created_at, each.name)):
        key = Key(Kind.CONFIG if isinstance(each, observed.Config) else Kind.SECRET, each.name)
        if copied_from(key, each.spec):
            found.setdefault(each.name, []).append(each)
            continue
        noted = "" if each.name in wanted else labels.of(each.spec, labels.NAME)
        found.setdefault(noted or each.name, []).append(each)
        if not noted and _HASH.search(each.name) and each.name not in wanted:
            found.setdefault(each.name[:-9], []).append(each)
    return found


def free_name(name: str, content: str, taken: Collection[str], *, first: bool) -> str:
    """Return a name for a new object. ``content`` identifies its content. ``taken`` are names of objects that exist,
    or that a service still names. ``first`` says that no other object of this config or secret exists."""
    if first and name not in taken and len(name) <= LONGEST:
        return name
    mark = hashlib.sha256(f"{name}\0{content}".encode()).hexdigest()
    names = [f"{name[: LONGEST - 1 - length]}-{mark[:length]}" for length in range(8, 41, 4)]
    return next((each for each in names if each not in taken), names[-1])
