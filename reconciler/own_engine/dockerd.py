"""An engine of our own: how it is started, whether it answers, and why it doesn't start."""

from __future__ import annotations

import asyncio
import errno
import json
import re
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from reconciler.errors import NoEngine
from reconciler.own_engine import cgroups, iptables, stale_files, storage
from reconciler.own_engine.addresses import here, meant
from reconciler.own_engine.manager_address import move
from reconciler.own_engine.modes import MARK, SOCKET
from reconciler.own_engine.start_failure import understand
from reconciler.records import dataclass
from reconciler.supervisor.child import Around, Child
from reconciler.supervisor.process import Program
from reconciler.supervisor.shared_output import Sink
from reconciler.swarm import Membership
from reconciler.threads import aside

DATA_ROOT = Path("/var/lib/docker")
CONFIG = Path("/etc/docker/daemon.json")
HOME = Path("/run/reconciler/engine")
"""Folder of a running engine. The usual one may belong to another engine, if the host's ``/run`` is mounted."""
PIDFILE = HOME.with_suffix(".pid")
PREFIX = "dockerd: "
TRIES = 5
"""How many starts may fail for unknown reasons before an engine that never answered is given up."""
ASK_FIRST, ASK_LAST = 0.02, 0.5
"""Seconds between questions to an engine that doesn't answer yet, doubling."""
_LASTING = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})
"""Errors that another start won't fix. Others, such as too little memory, may pass."""
LOOK_FOR_ROOM = 2.0
"""Seconds between looks at whether a full disk has room again."""
WORDS_EVERY = 15.0
"""Seconds between messages while the engine doesn't answer."""
NOISE = re.compile(
    rb"level=info |reading the kernel parameter|devmapper|containerd config version|blkio weight|default vlan"
    rb"|module=grpc|error creating cluster object|Unable to complete atomic operation"
)
"""Lines of no consequence that every engine in a container prints, some of them as warnings and errors. (Shims of
containers log at every level.)"""


@dataclass(frozen=True, slots=True)
class DockerdSettings:
    """Settings of dockerd. ``arguments`` come last, so they win. ``level`` is its ``--log-level``. ``advertise`` is the
    address for its Swarm, or an interface, if one was given."""

    arguments: tuple[str, ...] = ()
    level: str = "warn"
    advertise: str = ""


@dataclass(frozen=True, slots=True)
class DockerdStart:
    """How to start dockerd next, and remarks for the user. ``moved`` is the Swarm's new address, if it has changed."""

    command: tuple[str, ...]
    environ: dict[str, str]
    remarks: tuple[str, ...]
    moved: str


class Overheard:
    """Passes the engine's lines on and keeps the last ones."""

    def __init__(self, to: Sink, *, quiet: bool) -> None:
        self.last: deque[str] = deque(maxlen=20)
        self._to = to
        self._quiet = quiet

    async def write(self, lines: bytes) -> None:
        kept = [line for line in lines.splitlines(keepends=True) if not (self._quiet and NOISE.search(line))]
        self.last.extend(line.decode(errors="replace").rstrip("\n").removeprefix(PREFIX) for line in kept)
        if kept:
            await self._to.write(b"".join(kept))


class Dockerd:
    """dockerd. ``child.keep()`` keeps it running; ``ready()`` waits until it answers."""

    def __init__(self, settings: DockerdSettings, environ: Mapping[str, str], around: Around) -> None:
        self._settings = settings
        self._environ = environ
        self._tell = around.tell
        self._said = Overheard(around.err, quiet=settings.level in ("warn", "error", "fatal"))
        self._membership = Membership.connect(f"unix://{SOCKET}", {})
        self._given = given(settings.arguments, CONFIG.read_text() if CONFIG.exists() else "{}")
        self._root = Path(self._given.get("data-root") or DATA_ROOT)
        self._starts, self._answered = 0, False
        self._hopeless: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        program = Program("dockerd", ("dockerd",), prefix=PREFIX)
        self.child = Child(program, replace(around, out=self._said, err=self._said), self._prepare)

    async def ready(self) -> None:
        """Return once it answers.

        Raises:
            NoEngine: why it can't start here.
        """
        pause, began = ASK_FIRST, time.monotonic()
        told = began
        while not await aside(self._membership.answers):
            if time.monotonic() - told >= WORDS_EVERY:
                told = time.monotonic()
                last = self._said.last[-1] if self._said.last else ""
                self._tell("the engine doesn't answer yet", seconds=round(told - began), said=last)
            await asyncio.wait([self._hopeless], timeout=pause)
            if self._hopeless.done():
                self._hopeless.result()
            pause = min(pause * 2, ASK_LAST)
        self._answered = True

    async def _prepare(self) -> None:
        """Prepare a start: clean up, look at the disk, and make the command."""
        if self._starts and not self._answered:
            self._consider()
        self._starts += 1
        self._said.last.clear()
        try:
            await self._room()
            way = await aside(self._make_way)
        except NoEngine as error:
            self._give_up(error)
            raise
        except OSError as error:
            lost = NoEngine(f"dockerd can't use {error.filename}: {error.strerror}. Mount a volume there, or a tmpfs.")
            if error.errno in _LASTING:
                self._give_up(lost)
            raise lost from error
        for remark in way.remarks if self._starts == 1 else ():
            self._tell("the engine's data", why=remark)
        if way.moved:
            self._tell("the Swarm's only manager has a new address", address=way.moved)
        self.child.program = replace(self.child.program, command=way.command, environ=way.environ)

    async def _room(self) -> None:
        """Return once the disk has room; nobody needs to restart anything after making some."""
        told = False
        while full := await aside(lambda: storage.full(self._root)):
            if not told:
                told = True
                self._tell("waiting for room on the disk", why=full)
            await asyncio.sleep(LOOK_FOR_ROOM)

    def _consider(self) -> None:
        """Find out why the last start failed, and give up if the next one can't be better."""
        trouble = understand(self._said.last)
        if trouble and trouble.lasting:
            self._give_up(NoEngine(str(trouble)))
        elif trouble:
            self._tell("the engine doesn't start", why=str(trouble))
        elif self._starts >= TRIES:
            said = self._said.last[-1] if self._said.last else "nothing"
            self._give_up(
                NoEngine(f"dockerd ended {self._starts} times without an answer; it said: {said}. Look in its log.")
            )

    def _give_up(self, error: NoEngine) -> None:
        if not self._hopeless.done():
            self._hopeless.set_exception(error)

    def _make_way(self) -> DockerdStart:
        HOME.mkdir(parents=True, exist_ok=True)
        MARK.touch()
        pidfile, exec_root = self._given.get("pidfile"), self._given.get("exec-root")
        stale_files.sweep(Path(pidfile or PIDFILE), Path(exec_root or HOME), ours=not exec_root)
        parent = cgroups.prepare()
        found = storage.look_at(self._root)
        addresses = here()
        advertise = meant(self._settings.advertise, addresses)
        moved = move(self._root / "swarm", [each.address for each in addresses], advertise)
        own = {
            "host": f"unix://{SOCKET}",
            "pidfile": str(PIDFILE),
            "exec-root": str(HOME),
            "log-level": self._settings.level,
            "cgroup-parent": parent,
            "storage-driver": found.driver,
        }
        environ = iptables.environ_for_engine(self._environ, HOME.parent / "iptables")
        return DockerdStart(command(own, self._given, self._settings.arguments), environ, found.remarks, moved)


def command(own: Mapping[str, str], given: Mapping[str, str], arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return dockerd's command. Settings that the user gave are left out of ours: dockerd refuses one that comes by its
    file and by an argument."""
    options = (f"--{name}={value}" for name, value in own.items() if value and name not in given)
    return ("dockerd", *options, *arguments)


def given(arguments: tuple[str, ...], file: str) -> dict[str, str]:
    """Return the settings in dockerd's arguments and in its file, by their long names; a list counts as its first item.
    If the file can't be read, dockerd reports it. A ``--host`` among the arguments is left out: it adds to our own,
    which we ask at."""
    found: dict[str, str] = {}
    with suppress(ValueError, AttributeError):
        found = {
            name.removesuffix("s") if name == "hosts" else name: _one(value) for name, value in json.loads(file).items()
        }
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        name, equals, value = argument.partition("=")
        if name.startswith("-"):
            name = _LONG.get(name, name.lstrip("-"))
            if name != "host":
                found[name] = value if equals else following
    return found


_LONG = {"-H": "host", "-s": "storage-driver", "-l": "log-level", "-p": "pidfile", "-g": "data-root"}


def _one(value: object) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value)
