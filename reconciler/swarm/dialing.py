"""Connecting to a task as its clients do: from here, or from inside the network namespace of its container."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from reconciler.desired.model import Probe
from reconciler.records import dataclass

CLONE_NEWNET = 0x40000000
"""Flag of ``setns(2)`` for the network namespace, which each thread has of its own."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """Result of one try. ``passed`` is None if the task can't be reached from here; ``words`` say why."""

    passed: bool | None
    words: str = ""


def dial(address: str, probe: Probe) -> ProbeAnswer:
    """Try a ``tcp`` or ``http`` probe at ``address`` once, from the namespace of the calling thread."""
    try:
        if probe.tcp:
            socket.create_connection((address, probe.tcp), probe.timeout).close()
            return ProbeAnswer(True)
        return judged(_status(address, probe), probe)
    except TimeoutError:
        return ProbeAnswer(False, f"no answer within {probe.timeout:g} s")
    except (OSError, http.client.HTTPException) as error:
        return ProbeAnswer(False, (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__)


def judged(status: int, probe: Probe) -> ProbeAnswer:
    """Return whether a status is the expected one."""
    if probe.http_status:
        return ProbeAnswer(status == probe.http_status, f"status {status}, expected {probe.http_status}")
    return ProbeAnswer(200 <= status < 400, f"status {status}, expected 200 to 399")


def _status(address: str, probe: Probe) -> int:
    """Return the status of an HTTP answer. The connection is cut when the time is over: a server that sends a byte now
    and then is never silent for long."""
    over = threading.Event()
    with socket.create_connection((address, probe.http_port), probe.timeout) as client:

        def cut() -> None:
            over.set()
            with suppress(OSError):  # it has just ended by itself
                client.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(probe.timeout, cut)
        timer.daemon = True
        timer.start()
        connection = http.client.HTTPConnection(address, probe.http_port)
        connection.sock = client
        try:
            connection.request("GET", probe.http_path, headers={"User-Agent": "reconciler", "Connection": "close"})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            if not over.is_set():
                raise
        finally:
            timer.cancel()
    if over.is_set():
        raise TimeoutError
    return status


def inside(namespace: Path, call: Callable[[], ProbeAnswer]) -> ProbeAnswer | None:
    """Run ``call`` in a network namespace (``/proc/PID/ns/net``); None if this process may not enter it.

    A new thread enters it and ends with the call, so no other thread leaves its namespace.
    """
    found: list[ProbeAnswer] = []

    def work() -> None:
        if _enter(namespace):
            found.append(call())

    thread = threading.Thread(target=work, name="probe", daemon=True)
    thread.start()
    thread.join()
    return found[0] if found else None


def _enter(namespace: Path) -> bool:
    try:
        handle = os.open(namespace, os.O_RDONLY)
    except OSError:
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).setns(handle, CLONE_NEWNET) == 0)
    finally:
        os.close(handle)
