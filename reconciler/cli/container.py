"""The command that a container runs."""

from __future__ import annotations

import inspect
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from reconciler.cli.engine import EngineOptions
from reconciler.cli.lines import step_line
from reconciler.cli.setting_up import Finished, Output, setting
from reconciler.container.policy import Reload, Restart
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.container.child import Tell
    from reconciler.container.engine import Settings as EngineSettings
    from reconciler.container.entrypoint import Settings as Supervised
    from reconciler.container.outlet import Outlet

LAST_LINES = 1.0
"""Seconds for the last lines of our own, where nobody reads them."""
Command = Callable[..., None]
Given = Mapping[str, Any]
"""Options of ``run`` by the names of its parameters."""


def with_options_of(other: Callable[..., Any], name: str, *, hidden: bool = False) -> Callable[[Command], Command]:
    """Gives a command all options of ``other`` as its one argument ``name``; ``hidden`` from its help."""
    theirs = inspect.signature(other, eval_str=True).parameters

    def decorate(command: Command) -> Command:
        @wraps(command)
        def called(**given: Any) -> None:
            command(**{name: {each: given.pop(each) for each in theirs}}, **given)

        own = [each for key, each in inspect.signature(command, eval_str=True).parameters.items() if key != name]
        both = [*own, *(_hidden(each) if hidden else each for each in theirs.values())]
        keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in both]
        vars(called)["__signature__"] = inspect.Signature(keyword)
        return called

    return decorate


def _hidden(parameter: inspect.Parameter) -> inspect.Parameter:
    kind, option = get_args(parameter.annotation)
    unseen = copy(option)
    unseen.hidden = True
    return parameter.replace(annotation=Annotated[kind, unseen])


def arguments(options: Given) -> Iterator[str]:
    """As they would be written on a command line."""
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            yield option
        elif value is not None and value is not False:
            yield f"{option}={value}"


@with_options_of(EngineOptions, "engine")
def entrypoint(
    context: typer.Context,
    loop: Given,
    engine: Given,
    app: Annotated[
        list[str] | None, typer.Argument(metavar="[--] [APP...]", help="A program, and its arguments.")
    ] = None,
    after: Annotated[
        list[str] | None,
        setting("--after", envvar="RECONCILER_AFTER", metavar="SERVICE", help="APP needs it Ready, or STACK. [all]"),
    ] = None,
    app_restart: Annotated[
        Restart, setting(envvar="RECONCILER_APP_RESTART", help="When it has ended.")
    ] = Restart.ALWAYS,
    app_reload: Annotated[Reload | None, setting(envvar="RECONCILER_APP_RELOAD", help="After a forced pass.")] = None,
    app_reload_signal: Annotated[
        str, setting(envvar="RECONCILER_APP_RELOAD_SIGNAL", metavar="NAME", help="For signal: HUP, USR1, ...")
    ] = "",
    app_health_url: Annotated[
        str, setting(envvar="RECONCILER_APP_HEALTH_URL", metavar="URL", help="For swap: http://127.0.0.1:{port}/up")
    ] = "",
    app_ports: Annotated[
        str, setting(envvar="RECONCILER_APP_PORTS", metavar="P,Q", help="For swap: {port} and PORT, in turn.")
    ] = "",
    app_health_timeout: Annotated[
        float, setting(envvar="RECONCILER_APP_HEALTH_TIMEOUT", min=0, metavar="SECONDS", help="For swap.")
    ] = 60,
    app_stop_timeout: Annotated[
        float, setting(envvar="RECONCILER_APP_STOP_TIMEOUT", min=0, metavar="SECONDS", help="From SIGTERM to SIGKILL.")
    ] = 10,
    grace: Annotated[
        float, setting(envvar="RECONCILER_GRACE", min=1, metavar="SECONDS", help="For an ordered stop of all.")
    ] = 9,
) -> None:
    """Keep the loop running, and APP once its services are Ready.

    Takes all options of `reconciler run` too.
    """
    from reconciler.container.app import Settings
    from reconciler.container.entrypoint import Settings as Supervised
    from reconciler.control.state import Place

    settings = None
    if app:
        settings = Settings(
            command=tuple(app),
            restart=app_restart,
            reload=_reload(app_reload, app_reload_signal, app_health_url),
            reload_signal=_signal(app_reload_signal or "HUP"),
            stop_timeout=app_stop_timeout,
            ports=_ports(app_ports),
            health_url=app_health_url,
            health_timeout=app_health_timeout,
        )
        settings.check()
    everywhere = context.parent.params if context.parent else {}
    owner, pass_timeout = everywhere["owner"], everywhere["pass_timeout"]
    options = {"owner": owner, "pass_timeout": pass_timeout}
    rest = {name: value for name, value in loop.items() if name != "host"}
    command = (sys.executable, "-m", "reconciler", *arguments(options), "run", *arguments(rest))
    supervised = Supervised(command, Place.of(os.environ, owner).socket, settings, tuple(after or ()), grace)
    wanted = EngineOptions(**engine).settings(loop["host"] or os.environ.get("DOCKER_HOST", ""))
    raise Finished(_supervise(supervised, wanted, loop["output"]))


def _reload(said: Reload | None, signal_name: str, health_url: str) -> Reload:
    """What is asked for, or else what the other options are for."""
    if said:
        return said
    if signal_name and health_url:
        raise UsageError(
            "a signal or a swap? Leave --app-reload-signal or --app-health-url out, or say --app-reload HOW"
        )
    return Reload.SIGNAL if signal_name else Reload.SWAP if health_url else Reload.RESTART


def _signal(name: str) -> signal.Signals:
    try:
        return signal.Signals[f"SIG{name.upper().removeprefix('SIG')}"]
    except KeyError:
        raise UsageError(f"--app-reload-signal: there is no signal {name}; HUP, USR1, USR2 are some") from None


def _ports(text: str) -> tuple[int, ...]:
    try:
        ports = tuple(int(port) for port in text.split(",") if text)
    except ValueError:
        ports = (0,)
    if not all(0 < port < 65536 for port in ports):
        raise UsageError(f"--app-ports: {text!r} isn't like 3000,3001")
    return ports


def _supervise(settings: Supervised, engine: EngineSettings, output: Output) -> int:
    import asyncio

    from reconciler.container.init import leave_init_behind

    leave_init_behind()
    return asyncio.run(_life(settings, engine, output))


async def _life(settings: Supervised, engine: EngineSettings, output: Output) -> int:
    from reconciler.container.child import Around
    from reconciler.container.engine import find
    from reconciler.container.entrypoint import Supervisor
    from reconciler.container.outlet import Outlet

    out, err = Outlet(sys.stdout.fileno()), Outlet(sys.stderr.fileno())
    around = Around(_tell(out, output), out, err)
    try:
        return await Supervisor(settings, find(engine, around), around).run()
    finally:
        await out.flush(LAST_LINES)


def _tell(out: Outlet, output: Output) -> Tell:
    def tell(message: str, **fields: str | float) -> None:
        said = {name.rstrip("_"): value for name, value in fields.items() if value != ""}
        out.soon(line(message, said).encode() + b"\n")

    def text(message: str, fields: Mapping[str, str | float]) -> str:
        return step_line(time.time(), message, {"by": "entrypoint", **fields})

    def json(message: str, fields: Mapping[str, str | float]) -> str:
        from reconciler.status.outputs import EntrypointOutput

        return EntrypointOutput(at=time.time(), message=message, fields=dict(fields)).model_dump_json()

    line = json if output is Output.JSON else text
    return tell
