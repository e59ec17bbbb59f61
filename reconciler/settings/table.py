"""The table of settings: each field of ``Settings`` is a row.

A new setting is one row here. ``make schema`` then writes it into the reference page and the schema of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from reconciler.records import dataclass
from reconciler.redaction import Redact
from reconciler.settings.choices import DockerdLog, Mode, Output, Reload, Restart, WorkerPolicy
from reconciler.settings.kinds import Flag, Kind, OnePath, Several, Time, Whole, choice, paths
from reconciler.settings.setting import Setting, completed, row

JUDGING = frozenset({"run", "apply", "plan", "diff", "status", "ls", "ps", "explain", "entrypoint", "config"})
"""Commands that compare the files with the Swarm, and judge its services."""
PLANNING = frozenset({"run", "apply", "plan", "diff", "entrypoint", "config"})
WRITING = frozenset({"run", "apply", "entrypoint", "config"})
LOOP = frozenset({"run", "entrypoint", "config"})
TRIGGERING = frozenset({"run", "reload", "entrypoint", "config"})
WAITING = frozenset({"apply", "reload", "config"})
REMOTE = frozenset(
    {"status", "plan", "diff", "explain", "history", "ls", "ps", "reload", "suspend", "resume", "config"}
)
"""Commands that a loop on another machine may be asked for."""
ENTRYPOINT = frozenset({"entrypoint", "config"})
TEXT, FLAG, TIME, SECOND, MOMENT = Kind(), Flag(), Time(), Time(least=1), Time(least=0.01)


@dataclass(frozen=True)
class Settings:
    """The settings in force. Times are seconds."""

    desired: Path = row(
        Path("desired"), OnePath(), "Folder of Compose files.", flags=("--desired", "-d"), metavar="DIR"
    )
    host: str | None = row(
        None, TEXT, "Engine.", flags=("--host", "-H"), usual="DOCKER_HOST, context, socket", metavar="URL"
    )
    output: Output = row(Output.TEXT, choice(Output), "How to print.", flags=("--output", "-o"))
    config: Path | None = row(None, OnePath(), "File of settings.", in_file=False)
    owner: str = row("reconciler", TEXT, "Label of what is managed.", metavar="NAME", hidden=True)
    pass_timeout: float = row(60.0, SECOND, "Longest time of a pass.", live=True, hidden=True)
    redact: Redact = row(Redact.ENV, choice(Redact, "none|env|all"), "Which values to hide.", live=True, hidden=True)
    allow_paths: tuple[Path, ...] = row(
        (), paths("DIR"), "Files may be named from there, too.", flags=("--allow-path",), live=True, hidden=True
    )

    committed: bool = row(False, FLAG, "Only what HEAD holds of DIR counts.", scope=JUDGING)
    min_task_age: float = row(5.0, TIME, "How long a task runs before it is Ready.", scope=JUDGING, live=True)
    ready_timeout: float = row(300.0, TIME, "How long a slot may lack a Running task.", scope=JUDGING, live=True)
    progress_deadline: float = row(600.0, TIME, "How long a rollout may make no step.", scope=JUDGING, live=True)
    allow_prune_all: bool = row(False, FLAG, "Remove even most or all.", scope=PLANNING, live=True)
    removal_delay: float = row(2.0, TIME, "Remove nothing until files are unchanged so long.", scope=WRITING, live=True)
    timeout: float = row(600.0, TIME, "How long to wait for Ready.", scope=WAITING)
    trigger: Path | None = row(
        None, OnePath(), "Touch it to force a pass.", scope=TRIGGERING, usual=".reload-trigger beside DIR"
    )
    interval: float = row(60.0, SECOND, "Longest time between passes.", scope=LOOP, live=True)
    parallel: int = row(8, Whole(least=1, most=64), "Writes at the same time.", flags=(), live=True)
    track_interval: float = row(
        300.0, SECOND, "Longest time between looks at a tag that is tracked.", flags=(), scope=JUDGING, live=True
    )
    poll: float = row(0.4, Time(least=0.1), "Time between looks while a rollout is under way.", flags=(), live=True)
    log_patience: float = row(1.0, TIME, "How long a pass waits for log lines.", flags=(), live=True)
    registry_patience: float = row(1.0, TIME, "How long a pass waits for registries.", flags=(), live=True)
    registry_timeout: float = row(
        3.0, MOMENT, "How long the engine asks a registry.", name="registry.timeout", flags=()
    )
    registry_helper_timeout: float = row(
        10.0, MOMENT, "How long a credential helper may take.", name="registry.helper_timeout", flags=()
    )
    backoff_first: float = row(
        1.0, MOMENT, "Wait after a write that failed; it doubles.", name="backoff.first", flags=(), live=True
    )
    backoff_cap: float = row(
        300.0, MOMENT, "Longest wait after a write that failed.", name="backoff.cap", flags=(), live=True
    )
    backoff_retries: int = row(
        8,
        Whole(),
        "Conflicts of a write in a row that count as passing.",
        name="backoff.retries",
        flags=(),
        live=True,
    )
    engine_retry_first: float = row(
        0.25,
        MOMENT,
        "Wait for an engine that fails; it doubles.",
        name="engine.retry_first",
        flags=(),
        live=True,
    )
    engine_retry_cap: float = row(
        5.0, MOMENT, "Longest wait for an engine that fails.", name="engine.retry_cap", flags=(), live=True
    )
    control_answer_timeout: float = row(
        3.0, MOMENT, "How long a loop has for its first word.", name="control.answer_timeout", flags=()
    )
    control_reply_timeout: float = row(
        60.0, MOMENT, "How long a loop has for a command's reply.", name="control.reply_timeout", flags=()
    )

    server: str = row(
        "", TEXT, "Ask the loop that serves its API there.", scope=REMOTE, usual="the loop here, if any", metavar="URL"
    )
    token_file: Path | None = row(None, OnePath(), "File with the token for --server.", scope=REMOTE)
    http_listen: str = row(
        "",
        TEXT,
        "Serve page, API and metrics here.",
        name="http.listen",
        flags=("--http",),
        scope=LOOP,
        usual="off",
        metavar="HOST:PORT",
    )
    http_tokens_file: Path | None = row(
        None, OnePath(), "Tokens that let readers in.", name="http.tokens_file", flags=(), scope=LOOP | {"token"}
    )
    http_ask_on_loopback: bool = row(
        False, FLAG, "Ask for a token on loopback, too.", name="http.ask_on_loopback", flags=(), scope=LOOP
    )
    http_hosts: tuple[str, ...] = row(
        (), Several("NAME"), "Further names of the server.", name="http.hosts", flags=(), scope=LOOP
    )
    http_root_path: str = row(
        "", TEXT, "Path under which a proxy serves it.", name="http.root_path", flags=(), scope=LOOP, metavar="PATH"
    )
    http_trusted_proxies: tuple[str, ...] = row(
        (), Several("IP"), "Proxies whose headers count.", name="http.trusted_proxies", flags=(), scope=LOOP
    )

    mode: Mode | None = row(None, choice(Mode), "Which engine.", scope=ENTRYPOINT, usual="what is there")
    advertise_addr: str = row("", TEXT, "Other nodes reach it here.", scope=ENTRYPOINT, usual="found", metavar="IP")
    listen_addr: str = row(
        "0.0.0.0:2377",  # nosec # the engine's own default
        TEXT,
        "Of a new Swarm's manager.",
        scope=ENTRYPOINT,
        hidden=True,
    )
    data_path_addr: str = row("", TEXT, "For the traffic of tasks.", scope=ENTRYPOINT, hidden=True)
    join: str = row("", TEXT, "Managers of a Swarm to join, not make one.", scope=ENTRYPOINT, metavar="IP[,IP]")
    join_token: str = row("", TEXT, "In place of the file.", scope=ENTRYPOINT, hidden=True, secret=True)
    join_token_file: Path | None = row(None, OnePath(), "Of `docker swarm join-token`.", scope=ENTRYPOINT)
    worker: WorkerPolicy = row(
        WorkerPolicy.WAIT, choice(WorkerPolicy, "wait|exit"), "On a worker node.", scope=ENTRYPOINT
    )
    dockerd_args: str = row(
        "", TEXT, "More, for an engine of our own.", name="dockerd.args", scope=ENTRYPOINT, metavar="ARGS"
    )
    dockerd_log: DockerdLog = row(
        DockerdLog.WARN,
        choice(DockerdLog),
        "What of its log is passed on.",
        name="dockerd.log",
        scope=ENTRYPOINT,
        hidden=True,
    )

    after: tuple[str, ...] = row((), Several("SERVICE"), "APP needs it Ready, or STACK.", scope=ENTRYPOINT, usual="all")
    app_restart: Restart = row(
        Restart.ALWAYS, choice(Restart), "When it has ended.", name="app.restart", scope=ENTRYPOINT
    )
    app_reload: Reload | None = row(None, choice(Reload), "After a forced pass.", name="app.reload", scope=ENTRYPOINT)
    app_reload_signal: str = row(
        "", TEXT, "For signal: HUP, USR1, ...", name="app.reload_signal", scope=ENTRYPOINT, metavar="NAME"
    )
    app_health_url: str = row(
        "",
        TEXT,
        "For swap: http://127.0.0.1:{port}/up",
        name="app.health_url",
        scope=ENTRYPOINT,
        metavar="URL",
    )
    app_ports: str = row(
        "", TEXT, "For swap: {port} and PORT, in turn.", name="app.ports", scope=ENTRYPOINT, metavar="P,Q"
    )
    app_health_timeout: float = row(60.0, TIME, "For swap.", name="app.health_timeout", scope=ENTRYPOINT)
    app_stop_timeout: float = row(10.0, TIME, "From SIGTERM to SIGKILL.", name="app.stop_timeout", scope=ENTRYPOINT)
    grace: float = row(9.0, SECOND, "For an ordered stop of all.", scope=ENTRYPOINT)
    loop_timeout: float = row(30.0, Time(least=5), "Restart a loop silent for that long.", scope=ENTRYPOINT)


TABLE: Mapping[str, Setting] = {each.name: completed(each.name, each.metadata["setting"]) for each in fields(Settings)}
"""The rows by their fields, in the order of help texts."""
EVERYWHERE = tuple(setting for setting in TABLE.values() if setting.flags and not setting.scope)
"""Settings that are options of every command."""
