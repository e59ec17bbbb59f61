"""The same for a loop in a container, through its engine: a command there, a signal to it, its trigger file."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.bounded import Unreadable
from reconciler.control.following import follow
from reconciler.control.reloading import Step
from reconciler.control.state import LARGEST, USUAL, State
from reconciler.errors import EngineError, NotFound, Unreached
from reconciler.exit_codes import NOT_EXECUTABLE, NOT_FOUND
from reconciler.records import dataclass
from reconciler.swarm.containers import Container, Containers, Hear

TITLE = "org.opencontainers.image.title"
"""The label of our image that says ``reconciler``."""
TRIGGER = "/app/.reload-trigger"
"""In our image."""
CANT_RUN = (NOT_EXECUTABLE, NOT_FOUND)
"""Exit codes of a command that can't be run, and of one that isn't there."""
EVERY = 0.5
"""Seconds between looks at a file there: each one is a command."""
SPARE = 30.0
"""Seconds more than its own time-out for which a reload in the container may say nothing."""


@dataclass
class ContainerLoop:
    """A reconciler in a container that runs."""

    containers: Containers
    container: Container
    owner: str

    @classmethod
    def named(cls, containers: Containers, name: str, owner: str) -> ContainerLoop:
        """Raises ``Unreached`` where there is none of that name that runs, or it is no reconciler."""
        try:
            found = containers.find(name)
        except NotFound:
            hint = "`docker ps` shows those there are"
            raise Unreached(f"there is no container {name} at {containers.host}; {hint}") from None
        if not found.running:
            ended = f"{found.status}, exit code {found.exit_code}" if found.status == "exited" else found.status
            raise Unreached(f"container {name} isn't running ({ended}); `docker start {name}` starts it")
        loop = cls(containers, found, found.environ.get("RECONCILER_OWNER") or owner)
        if found.labels.get(TITLE) != "reconciler":
            try:
                loop.state()
            except Unreached as error:
                label = f"its image has no label {TITLE}=reconciler"
                raise Unreached(f"container {name} is no reconciler: {label}, and {error}") from None
        return loop

    @property
    def _file(self) -> str:
        return f"{self.container.environ.get('RECONCILER_RUN_DIR') or USUAL}/{self.owner}.json"

    def state(self) -> State:
        """By ``cat``, which sees what is on a tmpfs, or where there is none by the engine. Raises ``Unreached``."""
        said = bytearray()

        def hear(part: bytes) -> None:
            said.extend(part)
            if len(said) > LARGEST:
                raise Unreadable(f"is longer than {LARGEST} bytes")

        try:
            code = self.run(("cat", self._file), lambda kind, part: hear(part) if kind == 1 else None)
            return State.parse(bytes(said) if code == 0 else self.containers.read(self.container, self._file))
        except NotFound:
            raise Unreached(f"it holds no {self._file}") from None
        except (EngineError, ValueError) as error:
            raise Unreached(f"{self._file} in it can't be read: {error}") from error

    def run(self, command: tuple[str, ...], hear: Hear, silence: float = SPARE) -> int:
        """The exit code of a command in it, one of ``CANT_RUN`` where it isn't there. Raises ``EngineError``."""
        return self.containers.run(self.container, command, hear, silence)

    def follow(self, before: State, timeout: float, *, wait: bool) -> Iterator[Step]:
        return map(Step, follow(self.state, before, timeout, wait=wait, every=EVERY))


@dataclass(frozen=True, slots=True)
class ByContainerSignal:
    """SIGHUP to the first process of the container, which passes it on to its loop, or is that loop."""

    loop: ContainerLoop
    name: str = "SIGHUP"

    def steps(self, timeout: float, *, wait: bool) -> Iterator[Step]:
        before = _before(self.loop)
        try:
            self.loop.containers.signal(self.loop.container, "HUP")
        except EngineError as error:
            raise Unreached(str(error)) from error
        yield from self.loop.follow(_known(before, "SIGHUP was sent"), timeout, wait=wait)


@dataclass(frozen=True, slots=True)
class ByContainerTrigger:
    """A touch of the trigger file there, by the image's own ``touch`` or by the engine."""

    loop: ContainerLoop
    name: str = "trigger file"

    def steps(self, timeout: float, *, wait: bool) -> Iterator[Step]:
        before = _before(self.loop)
        environ = self.loop.container.environ
        file = before.trigger if isinstance(before, State) else environ.get("RECONCILER_TRIGGER") or TRIGGER
        try:
            if self.loop.run(("touch", file), lambda *_: None):
                self.loop.containers.write(self.loop.container, file, b"")
        except EngineError as error:
            raise Unreached(str(error)) from error
        yield from self.loop.follow(_known(before, f"{file} was touched"), timeout, wait=wait)


def _before(loop: ContainerLoop) -> State | Unreached:
    try:
        return loop.state()
    except Unreached as error:
        return error


def _known(before: State | Unreached, done: str) -> State:
    if isinstance(before, Unreached):
        raise Unreached(f"{done}, and what comes of it can't be told: {before}")
    return before
