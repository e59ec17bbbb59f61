"""The page of settings, from their table."""

from __future__ import annotations

from hack.reference.tables import NOTE, table
from reconciler.cli.catalogue import COMMANDS
from reconciler.settings.setting import Setting
from reconciler.settings.table import TABLE

OTHER_VARIABLES = (
    ("RECONCILER_RUN_DIR", "`/run/reconciler`, else `$XDG_RUNTIME_DIR/reconciler`", "Folder of the control socket."),
    ("COMPOSE_PROFILES", "", "Profiles of Compose files that count, separated by commas."),
    ("DOCKER_HOST, DOCKER_CONTEXT", "", "Which engine, as for Docker's own client."),
    ("DOCKER_TLS_VERIFY, DOCKER_CERT_PATH", "", "TLS to that engine, as for Docker's own client."),
    ("DOCKER_CONFIG", "`~/.docker`", "Folder of Docker's `config.json`, with the credentials of registries."),
    ("NO_COLOR", "", "Any value turns colours off."),
)


def settings() -> str:
    """Return the page of all settings."""
    heads = ("setting", "option", "default", "meaning", "live", "commands")
    rows = [_row(setting) for setting in sorted(TABLE.values(), key=lambda each: each.name)]
    others = [(", ".join(f"`{name}`" for name in names.split(", ")), *rest) for names, *rest in OTHER_VARIABLES]
    return (
        f"# Settings\n\n{NOTE}\n\n"
        "A setting is an option of a command, a variable of the environment, or a key of the file that `--config`\n"
        "names. The option wins, then the variable, then the file. `reconciler config` prints what is in force and\n"
        "where each value comes from. [A settings file](../guides/settings.md) shows how to write one.\n\n"
        "The variable of a setting is its name in capitals after `RECONCILER_`, with `_` for a dot: `app.restart` is\n"
        "`RECONCILER_APP_RESTART`. Containers are set by variables or by a file: `reconciler entrypoint` takes all\n"
        "settings of `run` too. A running loop takes a change of the file over without a restart where `live` says\n"
        "so.\n\n"
        + table(heads, rows)
        + "\nThese variables are no settings:\n\n"
        + table(("variable", "default", "meaning"), others)
    )


def _row(setting: Setting) -> tuple[str, ...]:
    takers = [name for name in COMMANDS if name in setting.scope - {"config"}]
    default = setting.shown_default
    return (
        f"`{setting.name}`",
        f"`{setting.flags[0]}`" if setting.flags else "",
        f"`{default}`" if default else "",
        f"{setting.help} {setting.more}".rstrip(),
        "yes" if setting.live else "",
        ", ".join(f"`{name}`" for name in takers) or "every command",
    )
