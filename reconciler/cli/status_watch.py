"""``reconciler status --watch``: in a terminal a table that follows the Swarm, elsewhere a line for each change."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from reconciler.cli.look import NOWHERE, Reply, Scene, reply_to
from reconciler.cli.styled import Screen
from reconciler.errors import EngineError
from reconciler.exit_codes import INTERRUPTED
from reconciler.settings.choices import Output

if TYPE_CHECKING:
    from reconciler.cli.commands.status import StatusOptions

EVERY, SHARE = 1.0, 0.2
"""Seconds between two looks; more if a look takes more than this share of the time."""
Replying = Callable[["StatusOptions", Scene], Reply]


def watch(options: StatusOptions, reply: Replying) -> int:
    """Look again and again until Ctrl-C. If the engine goes away, wait for it."""
    screen = Screen.here()
    try:
        if screen.width and options.output is Output.TEXT:
            _draw(options, reply, screen)
        _tell(options, reply)
    except KeyboardInterrupt:
        return INTERRUPTED


def _draw(options: StatusOptions, reply: Replying, screen: Screen) -> NoReturn:
    """Draw the whole table again with each look."""
    from rich.live import Live
    from rich.text import Text

    once = replace(options, watch=False)
    with Live(auto_refresh=False) as live:
        while True:
            began = time.monotonic()
            try:
                said = reply_to("status", once, reply, screen).out
            except EngineError as error:
                said = str(error)
            live.update(Text.from_ansi(said), refresh=True)
            _pause(began)


def _tell(options: StatusOptions, reply: Replying) -> NoReturn:
    """Print what changes: as lines of JSON, or a line for each service."""
    as_json = options.output is Output.JSON
    once = replace(options.setting(output=Output.JSON), watch=False, all=True)
    lines = _Lines(as_json=as_json)
    while True:
        began = time.monotonic()
        try:
            found = json.loads(reply_to("status", once, reply, NOWHERE).out)
        except EngineError as error:
            found = {"format": 1, "error": str(error)}
        lines.show(found)
        _pause(began)


def _pause(began: float) -> None:
    took = time.monotonic() - began
    time.sleep(max(EVERY, took / SHARE - took))


class _Lines:
    """Lines of each look that differ from the look before, apart from ages."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._last = ""
        self._said: dict[str, str] = {}

    def show(self, found: dict[str, Any]) -> None:
        services = found.get("services") or []
        gist = json.dumps({**found, "services": [{**each, "task_age_s": None} for each in services]})
        if gist == self._last:
            return
        self._last = gist
        if self._as_json:
            print(json.dumps(found), flush=True)
            return
        now = {each["name"]: f"{each['name']}: {each['verdict']} {each['reason']}" for each in services}
        now["verdict"] = f"verdict: {found['verdict']}" if "verdict" in found else f"error: {found['error']}"
        for name, said in now.items():
            if said != self._said.get(name):
                print(said, flush=True)
        self._said |= now
