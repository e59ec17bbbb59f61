"""``reconciler logs``: log lines of services, from all their tasks."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from reconciler.cli.from_options import check_folder, swarm_of
from reconciler.cli.options import CommonOptions
from reconciler.cli.parameters import TEXT, argument, option, switch
from reconciler.durations import HINT, seconds
from reconciler.errors import UsageError
from reconciler.exit_codes import DONE, INTERRUPTED
from reconciler.records import dataclass
from reconciler.settings.choices import Output
from reconciler.settings.kinds import Whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.log_reading import LogEntry
    from reconciler.desired.model import Stack
    from reconciler.observed.model import Snapshot
    from reconciler.status.service_names import Named

MOST_SERVICES = 64
"""Services at once: each has a connection of its own."""
MOST_LINES = 100_000


@dataclass(frozen=True, kw_only=True)
class LogsOptions(CommonOptions):
    """Options of ``logs``."""

    target: str = argument("STACK[/SERVICE]", help="Or a service's Swarm name.")
    follow: bool = switch("--follow", "-f", help="Go on, until Ctrl-C.")
    task: str = option("", TEXT, help="Only of this slot, node, or task id.", metavar="N")
    tail: int = option(100, Whole(most=MOST_LINES), "--tail", "-n", help="Last lines of each task.")
    since: str = option("", TEXT, help="Not older than 10m, or than 2026-11-28T08:00:00Z.", metavar="TIME")
    timestamps: bool = switch("--timestamps", "-t", help="When each line was written.")


def logs(options: LogsOptions) -> int:
    """Print the logs of a service or stack, over all tasks, in order of time."""
    from reconciler.cli.log_reading import Asked, LogReader
    from reconciler.cli.log_text import text_lines
    from reconciler.loop.sources import source_for

    asked = Asked(options.task, options.tail, since_of(options.since, time.time()))
    settings = options.settings()
    check_folder(settings.desired, needed=options.NEEDS_FOLDER)
    swarm = swarm_of(settings)
    snapshot = swarm.observe()
    services = _services(options.target, source_for(settings)().stacks, snapshot)
    reader = LogReader(swarm, services, snapshot, _note)
    show = _json if options.output is Output.JSON else text_lines(services, timestamps=options.timestamps)
    try:
        for said in reader.follow(asked) if options.follow else reader.read(asked):
            print(show(said), flush=options.follow)
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def since_of(text: str, now: float) -> float | None:
    """Return seconds since the epoch for an age (``10m``) or a time (RFC 3339); None for an empty string.

    Raises:
        UsageError: it is neither.
    """
    from datetime import UTC, datetime

    if not text:
        return None
    try:
        return now - seconds(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text[:64])
        except ValueError:
            hint = f"{HINT}, or a moment like 2026-11-28T08:00:00Z"
            raise UsageError(f"--since: {text[:40]!r} is neither an age nor a moment: {hint}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _services(target: str, stacks: Sequence[Stack], snapshot: Snapshot) -> list[Named]:
    """Return the services that the target means and that exist.

    Raises:
        UsageError: there is no such service.
    """
    from reconciler.status.service_names import find, known, stacks_of

    named = known(stacks, snapshot.services)
    found = find(target, (*stacks_of(named), *named))
    meant = [found] if found.name else [each for each in named if each.stack == found.stack]
    there = [each for each in meant if each.name in snapshot.services]
    if not there:
        raise UsageError(f"{found} isn't in the Swarm yet, so it has written nothing: `reconciler plan` says why")
    if len(there) > MOST_SERVICES:
        raise UsageError(f"{found} has {len(there)} services, and {MOST_SERVICES} at most are read at once: name one")
    return there


def _note(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _json(said: LogEntry) -> str:
    from reconciler.status.outputs import LogOutput

    line = said.line
    return LogOutput(
        at=line.at,
        service=said.service.name,
        stack=said.service.stack,
        slot=said.slot,
        node=said.node,
        task=line.task,
        stream=line.stream,
        text=line.text,
    ).model_dump_json()
