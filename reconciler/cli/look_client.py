"""Client's side of ``look``: it asks the loop of this owner that runs here for a command's whole reply.

It imports little, because most commands need nothing else if a loop runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.control.answers import Elsewhere
from reconciler.control.client import LoopClient
from reconciler.control.protocol import Look
from reconciler.control.state import Place
from reconciler.errors import Unreached, UsageError
from reconciler.records import dataclass
from reconciler.settings.table import TABLE

if TYPE_CHECKING:
    from reconciler.cli.options import CommonOptions
    from reconciler.cli.styled import Screen

USUAL = Path("desired")
DOCKERS = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "HOME")
"""Variables that choose the engine."""


@dataclass(frozen=True, slots=True)
class LoopReply:
    """Result of asking: a reply, or None with, if the user should know, a note that says why."""

    out: str | None = None
    err: str = ""
    code: int = 0
    note: str = ""


def by_loop(command: str, options: CommonOptions, screen: Screen, environ: Mapping[str, str]) -> LoopReply:
    """Return the reply of the loop that runs here, if one does and looks at the same folder and engine."""
    try:
        place = Place.of(environ, options.owner)
        if not place.socket.exists():
            return LoopReply()
        settings = options.effective.settings
        within = settings.control_reply_timeout
        client = LoopClient(place.socket, settings.control_answer_timeout)
        found = client.look(_look(command, options, screen, environ), within)
    except (Unreached, UsageError):
        return LoopReply()  # no loop runs, or its version doesn't know the request
    except TimeoutError:
        return LoopReply(note=f"the loop that runs here gave no answer within {within:g} s; looking without it")
    if isinstance(found, Elsewhere):
        return LoopReply(note=f"{found.why}; looking without it")
    return LoopReply(found.out, found.err, found.code)


def _look(command: str, options: CommonOptions, screen: Screen, environ: Mapping[str, str]) -> Look:
    own = {each.name: getattr(options, each.name) for each in fields(options) if "parameter" in each.metadata}
    rows = [TABLE[name] for name in options.effective.sources if name != "config"]  # the loop has its own file
    taken = {
        row.attribute: row.kind.plain(getattr(options.effective.settings, row.attribute))
        for row in rows
        if row.is_option_of(command)
    }
    given = {**taken, **own}
    given["desired"] = os.path.realpath(options.desired)
    if options.desired == USUAL and not options.desired.exists():
        given["desired"] = ""  # no folder was named, and the default one isn't here: use the loop's
    dockers = {name: environ[name] for name in DOCKERS if name in environ}
    return Look(command, given, dockers, screen.width, screen.colour)
