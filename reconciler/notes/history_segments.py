"""The segments of the history in Swarm: which config objects they are, and how entries are packed in their labels.

Whoever may write configs may write them too, so they are read within bounds, and what can't be read is left out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from reconciler import labels
from reconciler.bounded import Unreadable, moment, whole
from reconciler.notes.kinds import HISTORY
from reconciler.notes.untrusted import inflated_value
from reconciler.observed.model import Config
from reconciler.redaction import Redact

if TYPE_CHECKING:
    from reconciler.status.history import HistoryEntry

SEGMENTS, ENTRIES = HISTORY.places, 20
"""Config objects of the ring, and entries in each."""
KEPT = 200
"""So many entries at least: a segment is written over as a whole."""
LARGEST = 64 * 1024
"""Characters of a segment after which the next one is begun."""
MOST_PACKED, MOST_UNPACKED = 4 << 20, 16 << 20
"""Characters of a segment, and bytes that it may unpack to: an entry of ours may be 5 MB of changes."""
TEXT = HISTORY.label("entries")
LAST = HISTORY.label("last")
"""The number of a segment's last entry."""
REDACTED = HISTORY.label("redacted")
"""What is hidden in all entries of a segment, as a ``Redact``. Versions that hid nothing wrote no such label."""
SUM = HISTORY.label("sum")
"""A sum of what was written: a segment that has it was packed by us, and needn't be read to know that it can be."""


def prefix(owner: str) -> str:
    """Return how the names of the owner's segments begin."""
    return HISTORY.name_of(owner).removesuffix("0")


def segments(configs: Mapping[str, Config], owner: str) -> dict[int, Config]:
    """Return the owner's segments by their place in the ring."""
    return HISTORY.find(configs, owner)


def packed(content: Iterable[HistoryEntry], hidden: Redact) -> dict[str, str]:
    """Return the labels of a segment."""
    listed = list(content)
    text = json.dumps([each.model_dump(exclude_defaults=True) for each in listed], ensure_ascii=False)
    entries = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    number = str(listed[-1].number)
    return {LAST: number, REDACTED: hidden.value, TEXT: entries, SUM: _sum(number, entries)}


def unpacked(config: Config) -> tuple[HistoryEntry, ...]:
    """The entries of a segment that can be read."""
    try:
        return tuple(filter(None, map(_entry, _content(config))))
    except Unreadable:
        return ()


def unreadable(config: Config) -> str:
    """What is wrong with a segment that somebody wrote by hand, in words; empty for nothing."""
    number, text = labels.of(config.spec, LAST), labels.of(config.spec, TEXT)
    if labels.of(config.spec, SUM) == _sum(number, text):
        return ""
    if whole(number) is None:
        return "its last entry has no number that can be read"
    try:
        wrong = sum(_entry(each) is None for each in _content(config))
    except Unreadable as error:
        return f"it {error}"
    return f"{wrong} of its entries can't be read" if wrong else ""


def last(config: Config) -> int:
    return whole(labels.of(config.spec, LAST)) or 0


def size(config: Config) -> int:
    """Characters of a segment."""
    return len(labels.of(config.spec, TEXT))


def hidden_in(config: Config) -> Redact:
    """What is hidden in it for sure."""
    text = labels.of(config.spec, REDACTED)
    return Redact(text) if text in set(Redact) else Redact.NONE


def _sum(number: str, text: str) -> str:
    return hashlib.sha256(f"{number} {text}".encode(errors="replace")).hexdigest()[:16]


def _content(config: Config) -> Iterator[object]:
    text = labels.of(config.spec, TEXT)
    if len(text) > MOST_PACKED:
        raise Unreadable(f"is longer than {MOST_PACKED} characters")
    given = inflated_value(text, MOST_UNPACKED)
    if not isinstance(given, list):
        raise Unreadable("isn't a list of entries")
    yield from given


def _entry(given: object) -> HistoryEntry | None:
    """What later versions add is left aside."""
    from pydantic import ValidationError

    from reconciler.status.history import HistoryEntry

    try:
        found = HistoryEntry.model_validate(given, extra="ignore")
        moment(found.at)
    except (ValidationError, Unreadable):
        return None
    return found
