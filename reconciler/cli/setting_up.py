"""From options to the things that commands work with. What is slow to import is imported where it is needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.loop.passes import Reconciler


setting = partial(typer.Option, show_envvar=False)
"""An option, which the help of the whole program says to be a variable of the environment too."""


class Finished(Exception):
    """A command is over, with this exit code: 2 means changes to us, and a wrong command line to typer."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Output(StrEnum):
    """How a command prints."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Options:
    """What every command that asks the engine takes."""

    desired: Path
    host: str | None
    owner: str
    output: Output = Output.TEXT
    trigger: Path | None = None
    interval: float = 60.0
    allow_prune_all: bool = False
    committed: bool = False
    pass_timeout: float = 60.0


def reconciler_of(options: Options) -> Reconciler:
    """Nothing is asked of the engine yet.

    Raises:
        UsageError: the desired folder is no folder, or in no git checkout though commits are to count, or the host no
            engine's address.
    """
    from reconciler.cli.times import defaults
    from reconciler.commits.checkout import Checkout
    from reconciler.identity import Identity, uptime
    from reconciler.loop.history import History
    from reconciler.loop.leadership import Leadership
    from reconciler.loop.lease import Lease, holder_in_words
    from reconciler.loop.passes import Reconciler
    from reconciler.loop.settings import Settings
    from reconciler.swarm import Swarm

    if options.desired.exists() and not options.desired.is_dir():
        raise UsageError(f"{options.desired} isn't a folder: name the one that holds your Compose files with --desired")
    if options.committed and Checkout.holding(options.desired) is None:
        hint = "commit it to a repository and name it in a work tree of that, or leave --committed out"
        raise UsageError(f"{options.desired} lies in no git checkout, and --committed reads commits only: {hint}")
    environ = dict(os.environ)
    settings = Settings(
        desired=options.desired,
        host=options.host,
        owner=options.owner,
        trigger=options.trigger,
        interval=options.interval,
        allow_prune_all=options.allow_prune_all,
        defaults=defaults(),
        committed=options.committed,
        pass_timeout=options.pass_timeout,
        environ=environ,
    )
    swarm = Swarm.connect(options.host, environ)
    me = Identity.current()
    leadership = Leadership(Lease(swarm, options.owner, me, uptime), uptime)
    history = History(swarm, options.owner, holder_in_words(str(me)), lambda: leadership.held)
    return Reconciler(settings, swarm, leadership, history)
