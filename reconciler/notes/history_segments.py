"""Segments of the history in the Swarm: which config objects they are, and how entries are packed in their labels.

Whoever may write configs may write segments, too. So they are read within bounds, and what can't be read is left
out.
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
"""Number of config objects in the ring, and of entries in each."""
KEPT = 200
"""How many entries are kept at least: a segment is overwritten as a whole."""
LARGEST = 64 * 1024
"""Characters of a segment after which the next one begins."""
MOST_PACKED, MOST_UNPACKED = 4 << 20, 16 << 20
"""Most characters of a segment, and most bytes that it may unpack to: one entry may have 5 MB of changes."""
TEXT = HISTORY.label("entries")
LAST = HISTORY.label("last")
"""The number of a segment's last entry."""
REDACTED = HISTORY.label("redacted")
"""What is hidden in all entries of a segment, as a ``Redact``. Versions that hid nothing wrote no such label."""
SUM = HISTORY.label("sum")
"""Checksum of what was written: a segment that has it was packed by us, and needn't be unpacked to know that it can
be."""


def prefix(owner: str) -> str:
    """Return the prefix of the names of the owner's segments."""
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
    """Return the readable entries of a segment."""
    try:
        return tuple(filter(None, map(_entry, _content(config))))
    except Unreadable:
        return ()


def unreadable(config: Config) -> str:
    """Say what is wrong with a segment that somebody wrote by hand; empty for nothing."""
    number, text = labels.of(config.spec, LAST), labels.of(config.spec, TEXT)
    if labels.of(config.spec, SUM) == _sum(number, text):
        return ""
    if whole(number) is None:
        return "the number of its last entry can't be read"
    try:
        wrong = sum(_entry(each) is None for each in _content(config))
    except Unreadable as error:
        return f"it {error}"
    return f"{wrong} of its entries can't be read" if wrong else ""


def last(config: Config) -> int:
    return whole(labels.of(config.spec, LAST)) or 0


def size(config: Config) -> int:
    """Return the characters of a segment."""
    return len(labels.of(config.spec, TEXT))


def hidden_in(config: Config) -> Redact:
    """Return what is surely hidden in a segment."""
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
    """Return an entry, None if it can't be read. What later versions add is ignored."""
    from pydantic import ValidationError

    from reconciler.status.history import HistoryEntry

    try:
        found = HistoryEntry.model_validate(given, extra="ignore")
        moment(found.at)
    except (ValidationError, Unreadable):
        return None
    return found
