"""Hints for an unknown command or option: what the user may mean, and which words other tools use."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_APPLY = "`reconciler apply` brings the Swarm to the files once; `reconciler run` keeps it so"
_DOWN = "`reconciler down STACK` removes a stack; without its file, the next `apply` or pass of `run` does"
_LIST = "`reconciler ls` lists stacks and services, `reconciler ps` their tasks"
_SHOW = "`reconciler explain SERVICE` shows all about a service"
_RELOAD = "`reconciler reload` forces a pass of a running loop; `reconciler apply` does what is to be done without one"
_BACK = "go back in the files (`git revert`) and apply; `on_failure: rollback` in a file does it when a rollout fails"
_FILES = "`reconciler validate` reads the files, `reconciler render` prints what they stand for"
_DIFF = "`reconciler plan` shows what would change; drift, which is what somebody changed by hand, included"
_PAUSE = "`reconciler suspend STACK[/SERVICE]` stops writes there"
_GO_ON = "`reconciler resume STACK[/SERVICE]` ends a suspension"
_IMPORT = "`reconciler import --stack NAME` writes what runs as a Compose file"
COMMANDS = {
    **dict.fromkeys(("up", "deploy", "create", "install", "upgrade", "update", "converge", "stack"), _APPLY),
    **dict.fromkeys(("destroy", "rm", "remove", "delete", "uninstall", "prune", "stop", "kill"), _DOWN),
    **dict.fromkeys(("get", "list", "services", "stacks", "tasks", "service"), _LIST),
    **dict.fromkeys(("show", "inspect", "describe", "info", "why", "debug"), _SHOW),
    **dict.fromkeys(("sync", "reconcile", "refresh", "pull", "restart", "trigger", "force"), _RELOAD),
    **dict.fromkeys(("rollback", "undo", "revert", "back"), _BACK),
    **dict.fromkeys(("check", "lint", "template", "convert", "build", "test", "manifest"), _FILES),
    **dict.fromkeys(("drift", "preview", "dry-run", "compare"), _DIFF),
    **dict.fromkeys(("start", "serve", "daemon", "loop", "controller"), "`reconciler run` is the loop"),
    **dict.fromkeys(("watch", "monitor"), "`reconciler status --watch` shows it live; `reconciler run` is the loop"),
    **dict.fromkeys(("log", "tail"), "`reconciler logs SERVICE --follow`"),
    **dict.fromkeys(("pause", "disable", "freeze", "maintenance"), _PAUSE),
    **dict.fromkeys(("unpause", "enable", "unfreeze", "continue"), _GO_ON),
    **dict.fromkeys(("events", "audit"), "`reconciler history` shows what was done, `reconciler run` prints it"),
    **dict.fromkeys(("export", "dump", "adopt", "init"), _IMPORT),
    **dict.fromkeys(("health", "ping", "healthz"), "`reconciler healthcheck` says whether the loop here is alive"),
    "scale": "set `deploy.replicas` in the file; `ignore: [deploy.replicas]` there leaves it to somebody else",
    "exec": "that is docker's: `docker exec` on the node that `reconciler ps SERVICE` names",
    "approve": "`reconciler reload --allow-prune-all` agrees to removals that wait for it",
}
"""Commands of other tools, by their names."""
_FORCE = "`reconciler reload` forces a pass: waits are cleared, and tags resolved again"
_PRUNE = "what is no longer desired is always removed; --allow-prune-all agrees even to most of it"
_MORE = "`reconciler explain SERVICE` and `reconciler history` tell more"
_WAITS = "`reconciler apply` waits up to --timeout; `reconciler reload --no-wait` waits for one pass"
_FOLDER = "--desired DIR names the folder of Compose files: each file in it is a stack"
OPTIONS = {
    **dict.fromkeys(("--settings", "--config-file"), "--config FILE names the file of settings"),
    **dict.fromkeys(("--file", "--compose-file", "-f", "-c", "--filename", "--path", "--dir", "--directory"), _FOLDER),
    **dict.fromkeys(("--json", "--format", "--yaml"), "--output json prints JSON"),
    **dict.fromkeys(("--force", "--now"), _FORCE),
    **dict.fromkeys(("--dry-run", "--check", "--diff"), "`reconciler plan` writes nothing"),
    **dict.fromkeys(("--prune", "--remove-orphans"), _PRUNE),
    **dict.fromkeys(("--context", "--engine", "--socket"), "--host URL names the engine; DOCKER_CONTEXT counts, too"),
    **dict.fromkeys(("--verbose", "-v", "--debug", "--log-level"), _MORE),
    **dict.fromkeys(("--watch", "-w"), "`reconciler status --watch` shows it live"),
    **dict.fromkeys(("--follow",), "`reconciler logs SERVICE --follow` follows its logs"),
    **dict.fromkeys(("--namespace", "-n", "--stack", "--selector"), "name it as STACK, or STACK/SERVICE"),
    **dict.fromkeys(("--no-color", "--no-colour"), "NO_COLOR=1 in the environment does that"),
    **dict.fromkeys(("--yes", "-y", "--auto-approve", "--assume-yes"), "only `reconciler down` asks, and takes --yes"),
    **dict.fromkeys(("--with-registry-auth",), "credentials are taken from the Docker config file by themselves"),
    **dict.fromkeys(("--resolve-image",), "`x-reconciler: {image_policy: pin|track}` in the file decides that"),
    **dict.fromkeys(("--env-file", "--env", "-e"), "`.env` beside the file is read, and the environment"),
    **dict.fromkeys(("--quiet", "-q"), "--output json, or the exit code, is for scripts"),
    **dict.fromkeys(("--detach", "--wait", "--no-wait"), _WAITS),
}
"""Options of other tools, and of other commands."""
NEAR = 0.6
"""Similarity that two names need to be suggested (0 to 1)."""


def unknown_command(name: str, known: Iterable[str]) -> str:
    """Return the message for a command that doesn't exist."""
    hint = COMMANDS.get(name.lower(), "") or _near(name, known)
    return f"there is no command {_quoted(name)}\n    {hint or '`reconciler help` lists the commands'}"


def unknown_option(option: str, known: Iterable[str], command: str, elsewhere: Iterable[str] = ()) -> str:
    """Return the message for an option that ``command`` doesn't take. ``elsewhere`` names commands that take it."""
    others, names = sorted(elsewhere), sorted(set(known))
    hint = _completed(option, names) or OPTIONS.get(option.lower(), "")
    if not hint and others:
        hint = f"that is an option of {', '.join(f'`{other}`' for other in others[:3])}"
    hint = hint or _near(option, names)
    place = f"`reconciler {command}`" if command else "`reconciler`"
    whole = f"`reconciler {command} --help`" if command else "`reconciler --help`"
    return f"{place} has no option {_quoted(option)}\n    {hint or f'{whole} lists those there are'}"


def _near(name: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    found = get_close_matches(name[:60], names, n=2, cutoff=NEAR)
    return _completed(name, names) or (f"did you mean {' or '.join(found)}?" if found else "")


def _completed(name: str, names: Iterable[str]) -> str:
    longer = [each for each in names if len(name) > 3 and each.startswith(name)]
    return f"did you mean {' or '.join(longer[:2])}?" if longer else ""


def _quoted(text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    return repr(shown)
