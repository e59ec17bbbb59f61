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
    heads = ("variable", "option", "default", "meaning", "commands")
    rows = [_row(setting) for setting in sorted(TABLE.values(), key=lambda each: each.variable)]
    others = [(", ".join(f"`{name}`" for name in names.split(", ")), *rest) for names, *rest in OTHER_VARIABLES]
    return (
        f"# Settings\n\n{NOTE}\n\n"
        "A setting is an option of a command or a variable of the environment; the option wins. Containers are set by\n"
        "variables: `reconciler entrypoint` takes all settings of `run` too.\n\n"
        + table(heads, rows)
        + "\nThese variables are no settings:\n\n"
        + table(("variable", "default", "meaning"), others)
    )


def _row(setting: Setting) -> tuple[str, ...]:
    takers = [name for name in COMMANDS if name in setting.scope - {"config"}]
    default = setting.shown_default
    return (
        f"`{setting.variable}`",
        f"`{setting.flags[0]}`" if setting.flags else "",
        f"`{default}`" if default else "",
        f"{setting.help} {setting.more}".rstrip(),
        ", ".join(f"`{name}`" for name in takers) or "every command",
    )
