"""Containers of another machine, through its engine: commands, signals and files in them."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import PurePosixPath

from reconciler.errors import NotFound
from reconciler.records import dataclass
from reconciler.swarm import endpoint
from reconciler.swarm.logs import frames
from reconciler.swarm.transport import Call, Transport

MOST_BYTES = 1024 * 1024
"""Largest file, in bytes."""
NOT_RUN = b"OCI runtime exec failed"
"""How the engine says, in place of a command's output, that the command can't be run (20.10 and 28.5)."""
Hear = Callable[[int, bytes], None]
"""Takes a command's output as it comes: 1 and stdout's bytes, or 2 and stderr's."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container. ``status`` is the engine's word: ``running``, ``exited``, ``restarting`` and so on."""

    id: str
    name: str
    status: str
    exit_code: int
    labels: Mapping[str, str]
    environ: Mapping[str, str]

    @property
    def running(self) -> bool:
        return self.status == "running"


class Containers:
    """The containers of one engine. Every method blocks, and raises no other error than ``EngineError``."""

    def __init__(self, at: endpoint.Endpoint) -> None:
        self.host = at.host
        self._transport = Transport(at)

    @classmethod
    def connect(cls, host: str | None, environ: Mapping[str, str]) -> Containers:
        """Connect to an engine. Raises ``UsageError`` as ``Swarm.connect`` does."""
        return cls(endpoint.find(host, environ))

    def close(self) -> None:
        self._transport.close()

    def find(self, name: str) -> Container:
        """Return the container of this name or prefix of an id. Raises ``NotFound``."""
        raw = self._transport.json(Call("GET", f"/containers/{name}/json", f"look at container {name}"))
        config, state = raw["Config"], raw["State"]
        environ = (entry.partition("=") for entry in config.get("Env") or ())
        return Container(
            id=raw["Id"],
            name=raw["Name"].removeprefix("/"),
            status=state["Status"],
            exit_code=state["ExitCode"],
            labels=config.get("Labels") or {},
            environ={key: value for key, _, value in environ},
        )

    def run(self, container: Container, command: Sequence[str], hear: Hear, silence: float) -> int:
        """Run a command in a container and return its exit code. ``silence`` is the longest time in seconds without
        output.

        A command that can't be run, or doesn't exist, has 126 or 127 as in shells.
        """
        doing = f"run {command[0]} in container {container.name}"
        body = {"AttachStdout": True, "AttachStderr": True, "Cmd": list(command)}
        made = self._transport.json(Call("POST", f"/containers/{container.id}/exec", doing, body=body))["Id"]
        start = Call("POST", f"/exec/{made}/start", doing, body={"Detach": False, "Tty": False}, timeout=silence)
        with closing(self._transport.stream(start)) as chunks:
            for kind, said in frames(chunks):
                if not said.startswith(NOT_RUN):
                    hear(kind, said)
        return int(self._transport.json(Call("GET", f"/exec/{made}/json", doing))["ExitCode"])

    def signal(self, container: Container, name: str) -> None:
        """Send a signal (``HUP`` and the like) to the container's first process."""
        doing = f"send SIG{name} to container {container.name}"
        self._transport.json(Call("POST", f"/containers/{container.id}/kill", doing, {"signal": name}))

    def read(self, container: Container, path: str) -> bytes:
        """Return a file of the container, without running a program there. Files of a tmpfs can't be seen. Raises
        ``NotFound``."""
        doing = f"read {path} in container {container.name}"
        call = Call("GET", f"/containers/{container.id}/archive", doing, {"path": path})
        try:
            with tarfile.open(fileobj=io.BytesIO(self._transport.body(call))) as archive:
                member = archive.next()
                file = archive.extractfile(member) if member else None
                if file is None:
                    raise NotFound(f"can't {doing}: it isn't a file")
                return file.read(MOST_BYTES)
        except (tarfile.TarError, KeyError) as error:
            raise self._transport.no_json(doing) from error

    def write(self, container: Container, path: str, data: bytes) -> None:
        """Replace a file of the container, without running a program there. Raises ``NotFound`` if its folder doesn't
        exist."""
        place, packed = PurePosixPath(path), io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo(place.name)
            entry.size, entry.mtime = len(data), int(time.time())
            archive.addfile(entry, io.BytesIO(data))
        doing = f"write {path} in container {container.name}"
        target = f"/containers/{container.id}/archive"
        params = {"path": str(place.parent)}
        headers = {"Content-Type": "application/x-tar"}
        self._transport.json(Call("PUT", target, doing, params, packed.getvalue(), headers))
