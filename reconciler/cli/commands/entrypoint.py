"""``reconciler entrypoint``: the program that a container runs."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.cli.commands.run import RunOptions
from reconciler.cli.engine_options import engine_settings
from reconciler.cli.log_line import step_line
from reconciler.cli.parameters import argument, settings_of
from reconciler.errors import UsageError
from reconciler.records import dataclass
from reconciler.settings.choices import Output, Reload
from reconciler.settings.kinds import Several
from reconciler.settings.layers import Effective, Origin
from reconciler.settings.live import LiveSettings
from reconciler.settings.table import TABLE

if TYPE_CHECKING:
    from reconciler.own_engine.chosen_engine import EngineSettings
    from reconciler.supervisor.app import AppSettings
    from reconciler.supervisor.child import Tell
    from reconciler.supervisor.shared_output import SharedOutput
    from reconciler.supervisor.supervisor import SupervisorSettings

LAST_LINES = 1.0
"""Seconds for our last log lines, if nobody reads them."""


@dataclass(frozen=True, kw_only=True)
class EntrypointOptions(RunOptions):
    """Options of ``entrypoint``: all settings of ``run``, which its help doesn't show, and its own."""

    HIDDEN: ClassVar[frozenset[str]] = RunOptions.HIDDEN | {each.attribute for each in settings_of("run")}
    INTERSPERSED: ClassVar[bool] = False

    app: tuple[str, ...] = argument("[--] [APP...]", help="A program, and its arguments.", kind=Several(), default=())


def arguments(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield settings, by field, as a user would write them on a command line."""
    for name, value in options.items():
        setting = TABLE[name]
        if value is True:
            yield setting.flags[0]
        elif setting.kind.many:
            yield from (f"{setting.flags[0]}={setting.kind.shown((each,))}" for each in value)
        else:
            yield f"{setting.flags[0]}={setting.kind.shown(value)}"


def entrypoint(options: EntrypointOptions) -> int:
    """Keep the loop running, and APP once its services are Ready.

    Takes all options of `reconciler run` too.
    """
    from reconciler.control.state import Place
    from reconciler.supervisor.supervisor import SupervisorSettings

    given = options.effective.settings
    command = (sys.executable, "-m", "reconciler", "run", *arguments(_of_loop(options.effective)))
    supervised = SupervisorSettings(
        command,
        Place.of(os.environ, given.owner).socket,
        _app(options),
        given.after,
        given.grace,
        given.loop_timeout,
        LiveSettings(options.layers, options.effective) if given.config else None,
    )
    wanted = engine_settings(given, given.host or os.environ.get("DOCKER_HOST", ""))
    return _supervise(supervised, wanted, given.output)


def _of_loop(found: Effective) -> dict[str, Any]:
    """Return the settings that the loop gets on its command line. It reads variables and the file itself, and takes
    over changes of the file. Settings that need a restart stay as they are for the life of the container, even if
    the loop is restarted. The environment names the engine."""
    options = {}
    for setting in TABLE.values():
        origin = found.source(setting.attribute).origin
        pinned = origin is Origin.OPTION or (origin is Origin.FILE and not setting.live)
        if pinned and setting.is_option_of("run") and setting.attribute not in {"host", "config"}:
            options[setting.attribute] = getattr(found.settings, setting.attribute)
    return options


def _app(options: EntrypointOptions) -> AppSettings | None:
    """Return how to run the app; None if there is none."""
    from reconciler.supervisor.app import AppSettings

    if not options.app:
        return None
    given = options.effective.settings
    settings = AppSettings(
        command=options.app,
        restart=given.app_restart,
        reload=_reload(given.app_reload, given.app_reload_signal, given.app_health_url),
        reload_signal=_signal(given.app_reload_signal or "HUP"),
        stop_timeout=given.app_stop_timeout,
        ports=_ports(given.app_ports),
        health_url=given.app_health_url,
        health_timeout=given.app_health_timeout,
    )
    settings.check()
    return settings


def _reload(said: Reload | None, signal_name: str, health_url: str) -> Reload:
    """Return the way to reload: the one that is asked for, or the one that the other options imply."""
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
