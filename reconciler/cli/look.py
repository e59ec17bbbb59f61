"""Commands that only look: the loop that runs here answers them. If none runs, they look for themselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from reconciler.cli.options import CommonOptions
from reconciler.cli.styled import Screen
from reconciler.errors import ReconcilerError
from reconciler.records import dataclass
from reconciler.redaction import Redact, Redaction

if TYPE_CHECKING:
    from reconciler.loop.parts import Parts
    from reconciler.loop.reporting import Found
    from reconciler.loop.settings import Settings
    from reconciler.observed.model import Snapshot
    from reconciler.status.outputs import Source
    from reconciler.status.redactor import Redactor
    from reconciler.status.report import Report

NOWHERE = Screen()
PATIENCE = 60.0
"""Seconds that a command waits for log lines."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Output of a command, and its exit code."""

    out: str
    code: int = 0
    err: str = ""


class Scene:
    """Basis of a reply: the parts of a process, and what it found. It looks when first asked for that.

    ``redact`` says what is hidden from the user; nothing if the user asked to see values.
    """

    def __init__(
        self,
        parts: Parts,
        source: Source,
        redact: Redact,
        found: Found | None = None,
        screen: Screen = NOWHERE,
    ) -> None:
        self.parts = parts
        self.source = source
        self.screen = screen
        self._redact = redact
        self._found = found

    @cached_property
    def found(self) -> Found:
        """Return the report, with all values, and the Swarm that it is about.

        Raises:
            EngineUnavailable: the engine can't be reached.
        """
        if self._found:
            return self._found
        from reconciler.loop.survey import survey

        return survey(self.parts)

    @cached_property
    def redactor(self) -> Redactor:
        """Return what hides values from the user."""
        return self.parts.redactor(self.snapshot, self._redact)

    @property
    def redaction(self) -> Redaction:
        """Return how values are shown to the user: with fingerprints by the salt of this process."""
        return replace(self.parts.redaction, level=self._redact)

    @cached_property
    def report(self) -> Report:
        """Return the report as it may be shown."""
        report, _ = self.found
        return self.redactor.report(report)

    @cached_property
    def quoted(self) -> Report:
        """Return the report with the last log lines of what failed. A loop's report has them already."""
        report, _ = self.found
        if self.source == "loop":
            return self.report
        import asyncio

        from reconciler.loop.reconciler import quoted

        return self.redactor.report(asyncio.run(quoted(self.parts, report, PATIENCE)))

    @property
    def snapshot(self) -> Snapshot:
        return self.found[1]


Options = TypeVar("Options", bound=CommonOptions)
Replying = Callable[[Options, Scene], Reply]


def answer(command: str, options: Options, reply: Replying[Options]) -> int:
    """Print the reply to a command, and return its exit code."""
    said = reply_to(command, options, reply, Screen.here())
    print(said.out, end="", flush=True)
    print(said.err, end="", file=sys.stderr)
    return said.code


def reply_to(command: str, options: Options, reply: Replying[Options], screen: Screen) -> Reply:
    """Return what a command prints on ``screen``: the loop's reply if one runs, or else the result of a look of our
    own."""
    if options.effective.settings.server:
        from reconciler.cli.remote import by_server

        return by_server(command, options, screen)
    from reconciler.cli.look_client import by_loop

    said = by_loop(command, options, screen, os.environ)
    note = f"{said.note}\n" if said.note else ""
    if said.out is not None:
        return Reply(said.out, said.code, note + said.err)
    from reconciler.cli.from_options import parts_of

    redact = redacting(options.settings())
    try:
        found = reply(options, Scene(parts_of(options), "look", redact, screen=screen))
    except ReconcilerError:
        print(note, end="", file=sys.stderr)  # the reason for not asking the loop may explain the error
        raise
    return Reply(found.out, found.code, note + found.err)


def redacting(settings: Settings) -> Redact:
    """Return what these settings hide from the user."""
    return Redact.NONE if settings.show_values else settings.redact
