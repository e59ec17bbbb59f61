"""``reconciler entrypoint``: what a container runs."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from reconciler.cli.commands.run import RunOptions
from reconciler.cli.engine_options import EngineOptions
from reconciler.cli.log_line import step_line
from reconciler.cli.options import Output
from reconciler.cli.parameters import argument, setting, time_option
from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.supervisor.app_policy import Reload, Restart

if TYPE_CHECKING:
    from reconciler.own_engine.chosen_engine import EngineSettings
    from reconciler.supervisor.app import AppSettings
    from reconciler.supervisor.child import Tell
    from reconciler.supervisor.shared_output import SharedOutput
    from reconciler.supervisor.supervisor import SupervisorSettings

LAST_LINES = 1.0
"""Seconds for the last lines of our own, where nobody reads them."""


@dataclass(frozen=True, kw_only=True)
class EntrypointOptions(EngineOptions, RunOptions):
    """What ``entrypoint`` takes: all options of ``run``, which its help doesn't show, and its own."""

    HIDDEN: ClassVar[frozenset[str]] = frozenset(each.name for each in fields(RunOptions)) | EngineOptions.HIDDEN
    INTERSPERSED: ClassVar[bool] = False

    app: Annotated[list[str] | None, argument(metavar="[--] [APP...]", help="A program, and its arguments.")] = None
    after: Annotated[
        list[str] | None,
        setting("--after", envvar="RECONCILER_AFTER", metavar="SERVICE", help="APP needs it Ready, or STACK. [all]"),
    ] = None
    app_restart: Annotated[Restart, setting(envvar="RECONCILER_APP_RESTART", help="When it has ended.")] = (
        Restart.ALWAYS
    )
    app_reload: Annotated[Reload | None, setting(envvar="RECONCILER_APP_RELOAD", help="After a forced pass.")] = None
    app_reload_signal: Annotated[
        str, setting(envvar="RECONCILER_APP_RELOAD_SIGNAL", metavar="NAME", help="For signal: HUP, USR1, ...")
    ] = ""
    app_health_url: Annotated[
        str, setting(envvar="RECONCILER_APP_HEALTH_URL", metavar="URL", help="For swap: http://127.0.0.1:{port}/up")
    ] = ""
    app_ports: Annotated[
        str, setting(envvar="RECONCILER_APP_PORTS", metavar="P,Q", help="For swap: {port} and PORT, in turn.")
    ] = ""
    app_health_timeout: Annotated[float, time_option(envvar="RECONCILER_APP_HEALTH_TIMEOUT", help="For swap. [1m]")] = (
        60.0
    )
    app_stop_timeout: Annotated[
        float, time_option(envvar="RECONCILER_APP_STOP_TIMEOUT", help="From SIGTERM to SIGKILL. [10s]")
    ] = 10.0
    grace: Annotated[
        float, time_option(envvar="RECONCILER_GRACE", least=1, help="For an ordered stop of all. [9s]")
    ] = 9.0
    loop_timeout: Annotated[
        float, time_option(envvar="RECONCILER_LOOP_TIMEOUT", least=5, help="Restart a loop silent for that long. [30s]")
    ] = 30.0


def arguments(options: Mapping[str, Any]) -> Iterator[str]:
    """As they would be written on a command line."""
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            yield option
        elif isinstance(value, list):
            yield from (f"{option}={each}" for each in value)
        elif value is not None and value is not False:
            yield f"{option}={value}"


def entrypoint(options: EntrypointOptions) -> int:
    """Keep the loop running, and APP once its services are Ready.

    Takes all options of `reconciler run` too.
    """
    from reconciler.control.state import Place
    from reconciler.supervisor.supervisor import SupervisorSettings

    loop = {each.name: getattr(options, each.name) for each in fields(RunOptions) if each.name != "host"}
    command = (sys.executable, "-m", "reconciler", "run", *arguments(loop))
    place = Place.of(os.environ, options.owner)
    after = tuple(options.after or ())
    supervised = SupervisorSettings(command, place.socket, _app(options), after, options.grace, options.loop_timeout)
    wanted = options.engine_settings(options.host or os.environ.get("DOCKER_HOST", ""))
    return _supervise(supervised, wanted, options.output)


def _app(options: EntrypointOptions) -> AppSettings | None:
    """Return how the app is to be kept; None where there is none."""
    from reconciler.supervisor.app import AppSettings

    if not options.app:
        return None
    settings = AppSettings(
        command=tuple(options.app),
        restart=options.app_restart,
        reload=_reload(options.app_reload, options.app_reload_signal, options.app_health_url),
        reload_signal=_signal(options.app_reload_signal or "HUP"),
        stop_timeout=options.app_stop_timeout,
        ports=_ports(options.app_ports),
        health_url=options.app_health_url,
        health_timeout=options.app_health_timeout,
    )
    settings.check()
    return settings


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


def _supervise(settings: SupervisorSettings, engine: EngineSettings, output: Output) -> int:
    import asyncio

    from reconciler.supervisor.init import leave_init_behind

    leave_init_behind()
    return asyncio.run(_life(settings, engine, output))


async def _life(settings: SupervisorSettings, engine: EngineSettings, output: Output) -> int:
    from reconciler.own_engine.chosen_engine import find
    from reconciler.supervisor.child import Around
    from reconciler.supervisor.shared_output import SharedOutput
    from reconciler.supervisor.supervisor import Supervisor

    out, err = SharedOutput(sys.stdout.fileno()), SharedOutput(sys.stderr.fileno())
    around = Around(_tell(out, output), out, err)
    try:
        return await Supervisor(settings, find(engine, around), around).run()
    finally:
        await out.flush(LAST_LINES)


def _tell(out: SharedOutput, output: Output) -> Tell:
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
