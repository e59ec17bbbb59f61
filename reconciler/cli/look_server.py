"""Loop's side of ``look``: it makes a command's whole reply from what it knows, and from a look of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from reconciler.cli.commands import explain, history, ls, plan, ps, status
from reconciler.cli.look import Reply, Scene, redacting
from reconciler.cli.options import CommonOptions
from reconciler.cli.printing import told
from reconciler.cli.styled import Screen
from reconciler.control.protocol import Look
from reconciler.errors import ReconcilerError, Unreached
from reconciler.redaction import Redact
from reconciler.settings.choices import Output
from reconciler.settings.layers import Effective
from reconciler.settings.table import TABLE
from reconciler.swarm.endpoint import find
from reconciler.threads import aside

if TYPE_CHECKING:
    from reconciler.loop.reconciler import Reconciler
    from reconciler.loop.reporting import Found

AT_ONCE = 4
"""Looks at the same time; more wait for their turn."""
COMMANDS: Mapping[str, tuple[type[CommonOptions], Callable[[Any, Scene], Reply]]] = {
    "plan": (plan.PlanOptions, plan.reply),
    "status": (status.StatusOptions, status.reply),
    "explain": (explain.ExplainOptions, explain.reply),
    "history": (history.HistoryOptions, history.reply),
    "ls": (ls.LsOptions, ls.reply),
    "ps": (ps.PsOptions, ps.reply),
}


class Looking:
    """Answers ``look`` requests for one loop."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._remote_turns = asyncio.Semaphore(AT_ONCE)
        """Readers on other machines keep nobody on this one waiting."""

    async def __call__(self, look: Look) -> Mapping[str, Any]:
        """Return the answer.

        Raises:
            ValueError: this version doesn't know the command or its options.
        """
        kind, reply = _command(look)
        options = _options(kind, look.options)
        try:
            if why := self._elsewhere(look, options):
                return {"is": "elsewhere", "why": why}
            async with self._turns:
                found = await self._reconciler.glance() if _needs_a_glance(options) else None
                if found is None and _needs_a_glance(options):
                    return {"is": "elsewhere", "why": "the loop that runs here has made no pass yet"}
                return await self._reply(look, options, reply, found)
        except ReconcilerError as error:
            return _refused(error, options)

    async def remote(self, look: Look, *, values: bool) -> Mapping[str, Any]:
        """Return the answer for a user on another machine, from what the last pass found. ``values`` says whether the
        user may see hidden values.

        Raises:
            ValueError: this version doesn't know the command or its options.
        """
        kind, reply = _command(look)
        kept = {name: value for name, value in look.options.items() if name not in {"desired", "host"}}
        if not values:
            kept = {name: value for name, value in kept.items() if name not in {"show_values", "redact"}}
        options = _options(kind, {**kept, "owner": self._reconciler.parts.settings.owner})
        try:
            async with self._remote_turns:
                found = self._reconciler.latest
                if found is None:  # a reader must not make us ask the engine for everything
                    raise Unreached("the loop has made no pass yet: try again in a moment")
                return await self._reply(look, options, reply, found)
        except ReconcilerError as error:
            return _refused(error, options)

    async def _reply(
        self, look: Look, options: CommonOptions, reply: Callable[[Any, Scene], Reply], found: Found | None
    ) -> Mapping[str, Any]:
        screen = Screen(look.width, look.colour)
        scene = Scene(self._reconciler.parts, "loop", self._redact(options), found, screen)
        said = await aside(partial(reply, options, scene))
        return {"is": "reply", "out": said.out, "err": said.err, "code": said.code}

    def _redact(self, options: CommonOptions) -> Redact:
        """Return what is hidden from the user: at least as much as the loop hides, unless values are asked for."""
        given, ours = options.settings(), self._reconciler.parts.settings.redact
        asked = redacting(given)
        return asked if given.show_values or asked.covers(ours) else ours

    def _elsewhere(self, look: Look, options: CommonOptions) -> str:
        """Return why this loop isn't the one to answer; empty if it is. Raises ``UsageError``."""
        parts = self._reconciler.parts
        settings = parts.settings
        ours = os.path.realpath(settings.desired)
        if look.options.get("desired") and look.options["desired"] != ours:
            return f"the loop that runs here keeps {ours}, and this command looks at {options.desired}"
        host = find(options.host, look.environ).host
        if host != parts.swarm.host:
            return f"the loop that runs here acts on {parts.swarm.host}, and this command looks at {host}"
        given = options.effective.settings
        for name in ("committed", "allow_prune_all"):
            if getattr(given, name) and not getattr(settings, name):
                return f"the loop that runs here runs without --{name.replace('_', '-')}"
        for name in ("min_task_age", "ready_timeout", "progress_deadline"):
            said, counts = getattr(given, name), getattr(settings, name)
            if name in options.effective.sources and said != counts:
                return f"the loop that runs here has --{name.replace('_', '-')} {counts:g}s"
        return ""


def _command(look: Look) -> tuple[type[CommonOptions], Callable[[Any, Scene], Reply]]:
    found = COMMANDS.get(look.command)
    if found is None:
        raise ValueError(f"{look.command[:40]!r} can't be looked at")
    return found


def _refused(error: ReconcilerError, options: CommonOptions) -> Mapping[str, Any]:
    out, err = told(error, as_json=options.output is Output.JSON)
    return {"is": "reply", "out": out, "err": err, "code": error.exit_code}


def _needs_a_glance(options: CommonOptions) -> bool:
    """Say whether a command needs a look at the Swarm. The whole history needs only its written entries."""
    return not isinstance(options, history.HistoryOptions) or bool(options.service)


def _options(kind: type[CommonOptions], given: Mapping[str, Any]) -> CommonOptions:
    """Make options from a request.

    Raises:
        ValueError: they aren't valid options.
    """
    own = {each.name: each.metadata["parameter"] for each in fields(kind) if "parameter" in each.metadata}
    said = {name: value for name, value in given.items() if value is not None}  # older clients send every field
    settings = {name: TABLE[name].kind.take(value) for name, value in said.items() if _is_option(name)}
    options = {name: own[name].kind.take(value) for name, value in said.items() if name in own}
    if unknown := said.keys() - settings.keys() - options.keys():
        raise ValueError(f"{', '.join(sorted(unknown))}: no such option")
    try:
        return kind(effective=Effective.given(settings), **options)
    except TypeError as error:
        raise ValueError("an option is missing") from error


def _is_option(name: str) -> bool:
    """Whether a setting can be given on a command line at all."""
    return name in TABLE and bool(TABLE[name].flags)


def _refuse(why: str) -> NoReturn:
    raise ValueError(why)
