"""Reference of causes, as ``explain --cause`` and ``--causes`` print it."""

from __future__ import annotations

import difflib

from reconciler.causes.cause import Cause
from reconciler.causes.reference import REFERENCE
from reconciler.errors import UsageError
from reconciler.settings.choices import Output
from reconciler.status.outputs import CauseEntry, CausesOutput


def print_causes(cause: str, output: Output) -> None:
    """Print one entry, or all of them if ``cause`` is empty.

    Raises:
        UsageError: there is no such cause.
    """
    causes = [_named(cause)] if cause else list(Cause)
    entries = [
        CauseEntry(cause=each, meaning=entry.meaning, see=entry.see, action=entry.action)
        for each in causes
        for entry in [REFERENCE[each]]
    ]
    if output is Output.JSON:
        print(CausesOutput(causes=entries).model_dump_json(indent=2))
    elif cause:
        for entry in entries:
            print(f"{entry.cause}\n  means  {entry.meaning}\n  see    {entry.see}\n  do     {entry.action}")
    else:
        width = max(map(len, Cause))
        for entry in entries:
            print(f"{entry.cause:{width}}  {entry.meaning}")


def _named(text: str) -> Cause:
    """Return the cause of that name; upper and lower case don't matter."""
    known = {each.lower(): each for each in Cause}
    found = known.get(text.lower())
    if found:
        return found
    near = difflib.get_close_matches(text.lower(), known, n=1)
    hint = f"Did you mean `{known[near[0]]}`?" if near else "`reconciler explain --causes` lists them."
    raise UsageError(f"there is no cause `{text}`. {hint}")
