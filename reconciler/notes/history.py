"""The history, read and written: entries in a note that is a ring of config objects (``history_segments``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconciler.errors import OutOfSequence
from reconciler.notes.history_segments import (
    ENTRIES,
    KEPT,
    LARGEST,
    SEGMENTS,
    hidden_in,
    last,
    packed,
    prefix,
    segments,
    size,
    unpacked,
    unreadable,
)
from reconciler.notes.kinds import HISTORY
from reconciler.notes.record import TRIES, Record, Store
from reconciler.observed.model import Config
from reconciler.redaction import Redact, Redaction
from reconciler.status.history import HistoryEntry
from reconciler.status.redactor import Redactor


def entries(configs: Mapping[str, Config], owner: str) -> tuple[HistoryEntry, ...]:
    """Return the entries, oldest first. What can't be read, of whatever version, is left out."""
    found = [each for config in segments(configs, owner).values() for each in unpacked(config)]
    return tuple(sorted(found, key=lambda each: each.number)[-KEPT:])


def append(store: Store, owner: str, new: Sequence[HistoryEntry], redact: Redact) -> int:
    """Write the first of the new entries, as many as fit in one segment, and return how many that were. ``redact`` says
    what is hidden in them, and in the entries beside them.

    Raises:
        EngineError: the engine refused, or others wrote all the time.
    """
    for _ in range(TRIES):
        there = segments(store.configs(prefix(owner)), owner)
        place = max(there, key=lambda each: last(there[each]), default=0)
        number = last(there[place]) if place in there else 0
        present = _hidden(there[place], redact) if place in there else ()
        if written := _written(present, new):  # we wrote them, but the answer was lost
            return written
        if len(present) >= ENTRIES or (place in there and size(there[place]) >= LARGEST):
            place, present = (place + 1) % SEGMENTS, ()
        numbered = [
            each.model_copy(update={"number": number + count})
            for count, each in enumerate(new[: ENTRIES - len(present)], start=1)
        ]
        if Record(store, HISTORY, owner, place).write(there.get(place), packed((*present, *numbered), redact)):
            return len(numbered)
    raise OutOfSequence("the history: others write it all the time; it is tried again")


def clean(store: Store, owner: str, redact: Redact) -> None:
    """Hide what earlier versions, or a milder setting, wrote in clear. A segment that can't be read stays as it is;
    there is a warning about it anyway.

    Raises:
        EngineError: the engine refused.
    """
    for place, config in segments(store.configs(prefix(owner)), owner).items():
        if hidden_in(config).covers(redact) or unreadable(config):
            continue
        content = _hidden(config, redact)
        if content:  # if somebody else is faster, they hide what it says, too
            Record(store, HISTORY, owner, place).write(config, packed(content, redact))


def hidden(found: Iterable[HistoryEntry], redact: Redact) -> tuple[HistoryEntry, ...]:
    """Return entries without what ``redact`` hides."""
    return tuple(map(Redactor(Redaction(redact)).entry, found))


def _hidden(config: Config, redact: Redact) -> tuple[HistoryEntry, ...]:
    """Return the entries of a segment without what they mustn't show any more."""
    found = unpacked(config)
    return found if hidden_in(config).covers(redact) else hidden(found, redact)


def _written(present: Iterable[HistoryEntry], new: Iterable[HistoryEntry]) -> int:
    """Return how many of the new entries are there already: one process makes one pass at a time."""
    there = {(each.by, each.at) for each in present}
    return sum((each.by, each.at) in there for each in new)
