"""The engine that everything in the container talks to: found, or started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from reconciler.own_engine import dockerd
from reconciler.own_engine.dockerd import Dockerd
from reconciler.own_engine.engine_socket import Door, Origin
from reconciler.own_engine.joining import Joining
from reconciler.own_engine.joining_steps import WantedPlace
from reconciler.own_engine.modes import Choice, choose, observe
from reconciler.records import dataclass
from reconciler.settings.choices import Mode
from reconciler.supervisor.child import Around
from reconciler.swarm import Member, Membership

STALE = "where the engine was started again, its socket is another file now: start this container again"
"""Advice for a socket that was mounted as a file."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What was asked for. ``host`` is --host or DOCKER_HOST, empty for neither. ``mode`` overrides what would be
    found."""

    host: str = ""
    mode: Mode | None = None
    daemon: dockerd.DockerdSettings = field(default_factory=dockerd.DockerdSettings)
    swarm: WantedPlace = field(default_factory=WantedPlace)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


class ChosenEngine:
    """The engine in use. ``daemon`` is set in mode dind; ``daemon.child.keep()`` keeps it running."""

    def __init__(self, choice: Choice, settings: EngineSettings, around: Around) -> None:
        self.mode, self.host = choice.mode, choice.host
        self.environ = choice.environ(settings.environ)
        """Environment of programs that talk to it."""
        self.daemon = Dockerd(settings.daemon, self.environ, around) if self.mode is Mode.DIND else None
        self._wanted = replace(settings.swarm, own=self.daemon is not None)
        self._membership = Membership.connect(self.host, self.environ)
        self._tell = around.tell

    async def ready(self) -> Member:
        """Return once it answers and manages a Swarm. Call it again after each restart of ``daemon``.

        Raises:
            NoEngine: it can't be used, or is too old: why, and what to do.
            NotASwarm: it is a worker, and we don't wait for its promotion.
        """
        if self.daemon:
            await self.daemon.ready()
        return await Joining(self._membership, self._wanted, self._tell).ensure()


def find(settings: EngineSettings, around: Around) -> ChosenEngine:
    """Return the engine that is there, or one of our own, which isn't started yet.

    Raises:
        UsageError: the settings ask for something that isn't possible.
        NoEngine: there is none: what is missing, and the commands that would give one.
    """
    facts = observe(settings.host)
    choice = choose(facts, settings.mode)
    around.tell("the engine", mode=choice.mode, host=choice.host)
    if choice.mode is Mode.SOCKET and facts.socket.door is Door.SILENT and facts.socket.origin is Origin.MOUNTED:
        around.tell("nobody answers at its socket yet", advice=STALE)
    return ChosenEngine(choice, settings, around)
