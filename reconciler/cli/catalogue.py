"""Catalogue of commands: where each is, and its line in the help of the whole program. A command's own module is
imported only when it runs, so ``reconciler --help`` and the start of a command don't import the others."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.records import dataclass

if TYPE_CHECKING:
    from reconciler.cli.declare import Command

SEE, CHANGE, FILES, OTHER = "See", "Change", "Files", "Other"
SECTIONS = (CHANGE, SEE, FILES, OTHER)


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command. ``summary`` is the first line of its doc string. ``place`` is a module of ``commands``, with the
    function if that has another name. ``alias`` says that it is another command under a second name."""

    name: str
    section: str
    summary: str
    place: str = ""
    alias: bool = False

    def load(self) -> Command:
        """Import the command's module, and return its function."""
        module, _, function = (self.place or self.name).partition(":")
        found: Command = getattr(import_module(f"reconciler.cli.commands.{module}"), function or module)
        return found


COMMANDS = {
    entry.name: entry
    for entry in (
        CommandEntry("run", CHANGE, "Reconcile whenever there is a reason to, until SIGTERM or Ctrl-C."),
        CommandEntry("apply", CHANGE, "Converge, wait until every service is Ready, and give a recap."),
        CommandEntry("reload", CHANGE, "Force a pass of a running loop, wait, and give a recap."),
        CommandEntry("suspend", CHANGE, "Write and remove nothing there until it is resumed."),
        CommandEntry("resume", CHANGE, "End a suspension.", "suspend:resume"),
        CommandEntry("down", CHANGE, "Remove a stack, dependents first, and wait until it is gone."),
        CommandEntry("plan", SEE, "Show what would change and why; write nothing."),
        CommandEntry("diff", SEE, "Show what would change and why; write nothing.", "plan", alias=True),
        CommandEntry("status", SEE, "Show how every service is, why, and how old its tasks are."),
        CommandEntry("ls", SEE, "List stacks and services at a glance."),
        CommandEntry("ps", SEE, "List the tasks of services, with slot, node, state, age and error."),
        CommandEntry("logs", SEE, "Print the logs of a service or stack, over all tasks, in order of time."),
        CommandEntry("explain", SEE, "Explain one service on a page: how it is, why, and what to do."),
        CommandEntry("history", SEE, "Show what was done when, why, and with what end."),
        CommandEntry("validate", FILES, "Read the files and say what is wrong with them; ask no engine."),
        CommandEntry("render", FILES, "Print the Engine API objects that would be sent, as JSON."),
        CommandEntry("import", FILES, "Write the Compose file of what runs.", "import_"),
        CommandEntry("entrypoint", OTHER, "Keep the loop running, and APP once its services are Ready."),
        CommandEntry(
            "version", OTHER, "Print the versions of the program, of Python, and of the engine if it answers."
        ),
        CommandEntry("config", OTHER, "Show the settings in force, and where each came from."),
        CommandEntry("token", OTHER, "Add, list or remove the tokens that let readers of page and API in."),
        CommandEntry("help", OTHER, "Show what a command does, and its options.", "help:help_"),
        CommandEntry("healthcheck", OTHER, "Say whether the loop that runs here is alive, for health checks."),
    )
}
