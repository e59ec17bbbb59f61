"""Which changes of the settings file take a restart of the container: said once for each change."""

from __future__ import annotations

import asyncio

from reconciler.settings.live import LiveSettings
from reconciler.supervisor.child import Tell
from reconciler.threads import aside

EVERY = 1.0
"""Seconds between two looks at the file."""


async def watch_settings(live: LiveSettings, tell: Tell) -> None:
    """Watch the file for ever. What is wrong in it, and what the loop takes over, is for the loop to say."""
    told: tuple[str, ...] = ()
    while True:
        await aside(live.look)
        if live.waiting and live.waiting != told:
            tell("settings changed that take a restart of the container", names=", ".join(live.waiting))
        told = live.waiting
        await asyncio.sleep(EVERY)
