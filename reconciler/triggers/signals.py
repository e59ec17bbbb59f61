"""Signals: SIGHUP forces a pass, SIGTERM and SIGINT stop in order, and a second one stops at once (rule 19: stop in
order)."""

from __future__ import annotations

import asyncio
import os
import signal

from reconciler.triggers.wakes import Wake, Wakes


def watch_signals(wakes: Wakes, stop: asyncio.Event) -> None:
    """Handle the process's signals for as long as the event loop runs."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, wakes.add, Wake("SIGHUP", forced=True))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stop, number)


def cancel_on_sigterm() -> None:
    """Let SIGTERM cancel the calling task, as ``asyncio`` does for Ctrl-C. For commands that end by themselves."""
    task = asyncio.current_task()
    if task:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _stop(stop: asyncio.Event, number: int) -> None:
    if stop.is_set():
        os._exit(128 + number)
    stop.set()
