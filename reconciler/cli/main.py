"""The command line: arguments, exit codes, and nothing of the work itself (rule 20)."""

from __future__ import annotations

import gc
import os
import sys
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from reconciler import __version__
from reconciler.cli import commands, container, stacks, start, suspending
from reconciler.cli.setting_up import Finished, Options, Output, setting
from reconciler.cli.times import judging
from reconciler.errors import ReconcilerError, UsageError

app = typer.Typer(
    name="reconciler",
    help="Keeps a Docker Swarm exactly as the Compose files in desired/ say.",
    epilog="Settings are also taken from the environment: RECONCILER_DESIRED is --desired, and so on.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Desired = Annotated[
    Path, setting("--desired", "-d", envvar="RECONCILER_DESIRED", metavar="DIR", help="Folder of Compose files.")
]
Host = Annotated[
    str | None,
    setting("--host", "-H", envvar="RECONCILER_HOST", metavar="URL", help="Engine. [DOCKER_HOST, context, socket]"),
]
Unasked = Annotated[str | None, setting("--host", "-H", hidden=True, help="Taken, and not asked.")]
Form = Annotated[Output, setting("--output", "-o", envvar="RECONCILER_OUTPUT", help="How to print.")]
Trigger = Annotated[
    Path | None,
    setting(envvar="RECONCILER_TRIGGER", metavar="FILE", help="Its touch forces a pass. [.reload-trigger beside DIR]"),
]
Detailed = Annotated[bool, setting("--detailed-exitcode", help="Exit 2 when changes are pending.")]
PruneAll = Annotated[
    bool, setting("--allow-prune-all", envvar="RECONCILER_ALLOW_PRUNE_ALL", help="Remove even most or all.")
]
Committed = Annotated[
    bool, setting("--committed", envvar="RECONCILER_COMMITTED", help="Only what HEAD holds of DIR counts.")
]

_DESIRED = Path("desired")
RARELY = 50_000
"""Objects made between two searches for garbage in circles: what is read and listed is many small objects that stay,
and with Python's own 700 a third of the time goes by in looking through them."""
_OWNER: ContextVar[str] = ContextVar("owner", default="reconciler")
_PASS_TIMEOUT: ContextVar[float] = ContextVar("pass_timeout", default=60.0)


@app.command()
@judging
def run(
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    trigger: Trigger = None,
    interval: Annotated[
        float, setting(envvar="RECONCILER_INTERVAL", min=1, metavar="SECONDS", help="Longest time between passes.")
    ] = 60,
    allow_prune_all: PruneAll = False,
    committed: Committed = False,
) -> None:
    """Reconcile whenever there is a reason to, until SIGTERM or Ctrl-C."""
    options = Options(desired, host, _owner(), output, trigger, interval, allow_prune_all, committed)
    commands.run(replace(options, pass_timeout=_PASS_TIMEOUT.get()))


@app.command()
@judging
def plan(
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    detailed_exitcode: Detailed = False,
    allow_prune_all: PruneAll = False,
    committed: Committed = False,
) -> None:
    """Show what would change and why; write nothing."""
    options = Options(desired, host, _owner(), output, allow_prune_all=allow_prune_all, committed=committed)
    raise Finished(commands.plan(options, detailed=detailed_exitcode))


@app.command()
@judging
def apply(
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    timeout: Annotated[
        float, setting(envvar="RECONCILER_TIMEOUT", min=0, metavar="SECONDS", help="How long to wait for Ready.")
    ] = 600,
    check: Annotated[bool, setting("--check", help="Only plan.")] = False,
    allow_prune_all: PruneAll = False,
    committed: Committed = False,
) -> None:
    """Converge, wait until every service is Ready, and give a recap."""
    options = Options(desired, host, _owner(), output, allow_prune_all=allow_prune_all, committed=committed)
    options = replace(options, pass_timeout=_PASS_TIMEOUT.get())
    raise Finished(commands.plan(options) if check else commands.apply(options, timeout))


@app.command()
@judging
def status(
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    committed: Committed = False,
) -> None:
    """Show how every service is, why, and how old its tasks are."""
    raise Finished(commands.status(Options(desired, host, _owner(), output, committed=committed)))


@app.command()
@judging
def explain(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="By its Swarm name, or as STACK/SERVICE.")],
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    committed: Committed = False,
) -> None:
    """Tell all about one service on a page: how it is, why, and what to do."""
    from reconciler.cli import explaining

    raise Finished(explaining.explain(Options(desired, host, _owner(), output, committed=committed), service))


@app.command()
def history(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Only what is told of it.")] = "",
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="So many entries, the last ones; 0 for all.")] = 20,
) -> None:
    """Show what was done when, why, and with what end."""
    from reconciler.cli import history as telling

    raise Finished(telling.history(Options(desired, host, _owner(), output), service, limit))


@app.command()
def validate(desired: Desired = _DESIRED, output: Form = Output.TEXT, host: Unasked = None) -> None:
    """Read the files and say what is wrong with them; ask no engine."""
    raise Finished(commands.validate(desired, output))


@app.command()
def render(desired: Desired = _DESIRED, output: Form = Output.JSON, host: Unasked = None) -> None:
    """Print the Engine API objects that would be sent, as JSON."""
    raise Finished(commands.render(desired))


@app.command()
def reload(
    container: Annotated[str, typer.Argument(metavar="[CONTAINER]", help="Where the loop runs, by name or id.")] = "",
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    trigger: Trigger = None,
    timeout: Annotated[
        float, setting(envvar="RECONCILER_TIMEOUT", min=0, metavar="SECONDS", help="How long to wait until settled.")
    ] = 600,
    wait: Annotated[bool, setting("--wait/--no-wait", help="Until all is settled, or for one pass.")] = True,
    allow_prune_all: Annotated[bool, setting("--allow-prune-all", help="Agree to removals that wait for it.")] = False,
) -> None:
    """Force a pass of a running loop, wait, and give a recap."""
    from reconciler.cli import reloading

    options = Options(desired, host, _owner(), output, trigger, allow_prune_all=allow_prune_all)
    if container:
        raise Finished(reloading.there(options, container, timeout, wait=wait))
    raise Finished(reloading.here(options, timeout, wait=wait))


@app.command()
def healthcheck() -> None:
    """Say whether the loop that runs here is alive, for an image's health check."""
    raise Finished(start.healthcheck(_owner()))


Target = Annotated[str, typer.Argument(metavar="STACK[/SERVICE]", help="Or a service's Swarm name.")]


@app.command()
def suspend(
    target: Target,
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    reason: Annotated[str, setting(metavar="TEXT", help="Why, for those who look.")] = "",
) -> None:
    """Write and remove nothing there until it is resumed."""
    raise Finished(suspending.suspend(Options(desired, host, _owner(), output), target, reason))


@app.command()
def resume(target: Target, desired: Desired = _DESIRED, host: Host = None, output: Form = Output.TEXT) -> None:
    """End a suspension."""
    raise Finished(suspending.resume(Options(desired, host, _owner(), output), target))


@app.command()
def down(
    stack: Annotated[str, typer.Argument(metavar="STACK", help="Which one.")],
    desired: Desired = _DESIRED,
    host: Host = None,
    output: Form = Output.TEXT,
    yes: Annotated[bool, setting("--yes", "-y", help="Don't ask.")] = False,
    volumes: Annotated[
        list[str] | None, setting("--volumes", metavar="NAME", help="Remove this volume too, with its data.")
    ] = None,
) -> None:
    """Remove a stack, dependents first, and wait until it is gone."""
    options = Options(desired, host, _owner(), output)
    raise Finished(stacks.down(options, stack, volumes or [], sure=yes))


@app.command("import")
def import_(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE...", help="Services, by Swarm name.")] = None,
    stack: Annotated[str, setting("--stack", metavar="NAME", help="All services of a stack.")] = "",
    host: Host = None,
) -> None:
    """Write the Compose file of what runs."""
    raise Finished(stacks.write_file(Options(_DESIRED, host, _owner()), stack, services or []))


app.command(context_settings={"allow_interspersed_args": False})(
    container.with_options_of(run, "loop", hidden=True)(container.entrypoint)
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


Owner = Annotated[str, setting(envvar="RECONCILER_OWNER", metavar="NAME", help="Label of what is managed.")]
Version = Annotated[bool, setting("--version", callback=_version, is_eager=True, help="Print it and exit.")]


PassTimeout = Annotated[
    float, setting(envvar="RECONCILER_PASS_TIMEOUT", min=1, metavar="SECONDS", help="Longest time of a pass.")
]


@app.callback()
def _everywhere(owner: Owner = "reconciler", pass_timeout: PassTimeout = 60, version: Version = False) -> None:
    _OWNER.set(owner)
    _PASS_TIMEOUT.set(pass_timeout)


def _owner() -> str:
    """Of the whole command line: two loops of different owners never touch each other's objects."""
    return _OWNER.get()


def main() -> None:
    """Every error of ours is a sentence and an exit code, never a traceback."""
    gc.set_threshold(RARELY)
    code: int | str | None = 0
    try:
        app(prog_name="reconciler")
    except Finished as finished:
        code = finished.code
    except SystemExit as finished:  # typer's own: help, version, and 2 for a command line that is off
        code = UsageError.exit_code if finished.code == 2 else finished.code
    except ReconcilerError as error:
        commands.tell(error, asked_for_json=_asked_for_json(sys.argv))
        code = error.exit_code
    sys.exit(code)


def _asked_for_json(arguments: list[str]) -> bool:
    said = " ".join(arguments).replace("=", " ")
    return (
        any(f"{option} json" in said for option in ("--output", "-o")) or os.environ.get("RECONCILER_OUTPUT") == "json"
    )
