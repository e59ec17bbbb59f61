"""An engine of our own: what it is started with, whether it answers, and why it doesn't start."""

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
"""Its folder of this run. The usual one may be another engine's, where somebody mounted the host's ``/run``."""
PIDFILE = HOME.with_suffix(".pid")
PREFIX = "dockerd: "
TRIES = 5
"""Starts without an answer, for reasons unknown, after which an engine that never answered is given up."""
ASK_FIRST, ASK_LAST = 0.02, 0.5
"""Seconds between questions whether it is there, doubling."""
_LASTING = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})
"""Of the errors that a start of an engine meets: what another start won't fix. Too little memory, say, may pass."""
LOOK_FOR_ROOM = 2.0
"""Seconds between looks whether a full disk has room again."""
WORDS_EVERY = 15.0
"""Seconds of waiting after which it is told that it goes on."""
NOISE = re.compile(
    rb"level=info |reading the kernel parameter|devmapper|containerd config version|blkio weight|default vlan"
    rb"|module=grpc|error creating cluster object|Unable to complete atomic operation"
)
"""Said by every engine in a container, some of it as warnings and errors, and of no consequence. (Shims of containers
tell what they do whatever the level is.)"""


@dataclass(frozen=True, slots=True)
class DockerdSettings:
    """``arguments`` come last, so that they win; ``level`` is dockerd's ``--log-level``; ``advertise`` the address that
    its Swarm is to have, or the interface that has it, where it is given."""

    arguments: tuple[str, ...] = ()
    level: str = "warn"
    advertise: str = ""


@dataclass(frozen=True, slots=True)
class DockerdStart:
    """What the next start is of, and what the user should know; ``moved`` is the Swarm's new address, if it has one."""

    command: tuple[str, ...]
    environ: dict[str, str]
    remarks: tuple[str, ...]
    moved: str


class Overheard:
    """Passes an engine's lines on, and keeps the last ones."""

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
    """``child.keep()`` keeps it running; ``ready()`` tells when it answers."""

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
        """Returns once it answers.

        Raises:
            NoEngine: it can't start here, and why.
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
        """Before each start."""
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
        """Returns once the disk has some: whoever gives it need do nothing else."""
        told = False
        while full := await aside(lambda: storage.full(self._root)):
            if not told:
                told = True
                self._tell("waiting for room on the disk", why=full)
            await asyncio.sleep(LOOK_FOR_ROOM)

    def _consider(self) -> None:
        """Why the last start came to nothing, and whether another one may be better."""
        trouble = understand(self._said.last)
        if trouble and trouble.lasting:
            self._give_up(NoEngine(str(trouble)))
        elif trouble:
            self._tell("the engine doesn't start", why=str(trouble))
        elif self._starts >= TRIES:
            said = self._said.last[-1] if self._said.last else "nothing"
            self._give_up(
                NoEngine(f"dockerd ended {self._starts} times without an answer; it said: {said}. Look there.")
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
    """What is given stands: dockerd refuses a setting that comes both by its file and by an argument."""
    options = (f"--{name}={value}" for name, value in own.items() if value and name not in given)
    return ("dockerd", *options, *arguments)


def given(arguments: tuple[str, ...], file: str) -> dict[str, str]:
    """The settings that arguments and dockerd's own file have, by their long names; lists as their first item. A file
    that can't be read is for dockerd to complain of. A host among the arguments is one more, and not in place of ours,
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
