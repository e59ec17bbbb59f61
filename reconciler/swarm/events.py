"""The engine's event stream, which wakes the loop. An event only says that something happened; a list says what is
there.

The engine keeps at most 256 events and sends none for tasks, so whoever connects must observe afterwards.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from reconciler.errors import EngineUnavailable
from reconciler.records import dataclass
from reconciler.swarm.stream import Stream
from reconciler.swarm.transport import Call, Transport

OBJECTS = ("service", "node", "network", "config", "secret")
DEATHS = ("die", "oom", "kill", "health_status")
SERVICE = "com.docker.swarm.service.name"
"""Attribute of a container's event that names the service of its task."""
SILENCE = 15.0
"""Seconds without an event after which the stream counts as dead. A lease holder renews every 3 s, and each renewal is
an event. An engine, or a device in between, that went away without closing the connection sends nothing."""
STOP_POLL = 0.5
"""Seconds between looks at ``stop``."""
CHANGES = ("create", "update", "remove", "disconnect")
_FILTERS = {"type": [*OBJECTS, "container"], "event": [*CHANGES, *DEATHS]}
_CALL = Call("GET", "/events", "watch the engine's events", {"filters": json.dumps(_FILTERS)}, timeout=SILENCE)


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to an object of the Swarm, or to the container of a task on the engine that was asked.

    ``type`` is service, node, network, config, secret or container. ``action`` is create, update, remove, disconnect
    (a container from an overlay network), die, oom, kill, or health_status (whose outcome is in ``attributes``).
    ``name`` is the object's; for a container, its service's.
    """

    type: str
    action: str
    id: str
    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)


def watch(transport: Transport, stop: threading.Event) -> Iterator[Event]:
    """Connect at once, then yield events until ``stop`` is set, which is noticed within a second.

    Raises ``EngineUnavailable``: at once if there is no engine, and from the iterator when it is lost.
    """
    return _read(transport.stream(_CALL), stop, transport.host)


def _read(stream: Stream, stop: threading.Event, host: str) -> Iterator[Event]:
    over = threading.Event()
    guard = threading.Thread(target=_cut_on_stop, args=(stream, stop, over), name="events-stop", daemon=True)
    guard.start()
    try:
        yield from filter(None, (_event(line, host) for line in _lines(stream)))
    except EngineUnavailable:
        if not stop.is_set():
            raise
    finally:
        over.set()
        guard.join()
        stream.close()
    if not stop.is_set():
        raise EngineUnavailable(f"the event stream of {host} ended: the engine is being stopped or restarted")


def _cut_on_stop(stream: Stream, stop: threading.Event, over: threading.Event) -> None:
    while not over.is_set():
        if stop.wait(STOP_POLL):
            stream.cut()
            return


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


def _event(line: bytes, host: str) -> Event | None:
    try:
        return parse(line)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise EngineUnavailable(f"the event stream of {host} is malformed; it is opened again") from error


def parse(line: bytes) -> Event | None:
    """Return the event in a line of the stream; None for events of no use: local networks, and containers of no
    task."""
    if not line.strip():
        return None
    raw = json.loads(line)
    kind, actor = raw["Type"], raw["Actor"]
    attributes = dict(actor.get("Attributes") or {})
    action, _, outcome = raw["Action"].partition(": ")
    if kind == "container":
        if action not in DEATHS or SERVICE not in attributes:
            return None
        if outcome:
            attributes[action] = outcome
        return Event(kind, action, actor["ID"], attributes[SERVICE], attributes)
    cut_off = action == "disconnect" and attributes.get("type") == "overlay"  # of local scope on engine 20.10
    if kind not in OBJECTS or not (raw.get("scope") == "swarm" or cut_off):
        return None
    return Event(kind, action, actor["ID"], attributes.get("name", ""), attributes)
