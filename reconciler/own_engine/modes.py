"""Which engine to use: one at an address, one whose socket is mounted, or one of our own. Decided by what is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import NoEngine, UsageError
from reconciler.own_engine import engine_socket, privileges
from reconciler.own_engine.engine_socket import Door, Origin, Socket
from reconciler.records import dataclass
from reconciler.settings.choices import Mode

SOCKET = Path("/var/run/docker.sock")
MARK = Path("/run/reconciler/own-engine")
"""Exists if an engine of our own was started in this container. It goes with the container, as the engine's socket
does."""
IN_SOCKET_MODE = "docker run … -v /var/run/docker.sock:/var/run/docker.sock IMAGE"
IN_DIND_MODE = "docker run --privileged … -v reconciler-engine:/var/lib/docker IMAGE"
WAYS = f"Either of these gives one:\n  {IN_SOCKET_MODE}\n  {IN_DIND_MODE}"
CREDENTIALS = ("DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What was found. ``host`` is the address that the command line or the environment names, ``lacking`` what is
    missing for an engine of our own, ``user`` the number of our user."""

    host: str
    socket: Socket
    lacking: tuple[str, ...] = ()
    user: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The address of an engine, and whose engine it is."""

    mode: Mode
    host: str

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of programs that talk to this engine, without what points to another one."""
        away = {"RECONCILER_HOST", "RECONCILER_MODE", "RECONCILER_JOIN_TOKEN", "DOCKER_CONTEXT"}
        away |= set() if self.mode is Mode.REMOTE else set(CREDENTIALS)
        kept = {name: value for name, value in environ.items() if name not in away}
        # A settings file may name an engine too, and variables go before it.
        named = {"RECONCILER_HOST": self.host} if "RECONCILER_CONFIG" in environ else {}
        return {**kept, **named, "DOCKER_HOST": self.host}


def observe(host: str) -> EngineFacts:
    """Look at what is there. Quick, and changes nothing."""
    named = Path(host.removeprefix("unix://")) if host.startswith("unix://") else SOCKET
    return EngineFacts(host, engine_socket.look_at(named, MARK), privileges.lacking(), os.geteuid())


def choose(facts: EngineFacts, wanted: Mode | None = None) -> Choice:
    """Choose an engine. ``wanted`` overrides what would be found.

    Raises:
        UsageError: the wanted mode needs something that isn't given, or doesn't go with something that is.
        NoEngine: there is none and none can be started: what is missing, and the commands that would give one.
    """
    match wanted or _found(facts):
        case Mode.REMOTE if not facts.host:
            raise UsageError("mode remote needs the engine's address: set DOCKER_HOST (tcp://HOST:2376, say)")
        case Mode.REMOTE:
            return Choice(Mode.REMOTE, facts.host)
        case Mode.SOCKET:
            _check(facts.socket, facts.user)
            return Choice(Mode.SOCKET, f"unix://{facts.socket.path}")
        case Mode.DIND:
            if facts.lacking:
                raise NoEngine(f"no engine of our own can run here: it lacks {'; '.join(facts.lacking)}. {WAYS}")
            _check_place(facts.socket)
            return Choice(Mode.DIND, f"unix://{SOCKET}")


def _found(facts: EngineFacts) -> Mode:
    if facts.host:
        return Mode.SOCKET if facts.host.startswith("unix://") else Mode.REMOTE
    if _is_anothers(facts.socket):
        return Mode.SOCKET
    if not facts.lacking:
        return Mode.DIND
    there = "no socket is mounted" if facts.socket.door is Door.ABSENT else "nobody listens"
    raise NoEngine(
        f"no engine: {there} at {facts.socket.path}, and one of our own lacks {'; '.join(facts.lacking)}. {WAYS}"
    )


def _is_anothers(socket: Socket) -> bool:
    """Whether the socket is another engine's. A socket that nobody answers was left by an engine of our own that was
    killed. But a mounted socket, or its place in a folder that another engine uses, belongs to an engine that may
    just be starting."""
    match socket.door:
        case Door.OPEN:
            return True
        case Door.ABSENT:
            return socket.origin is Origin.FOLDER_MOUNTED and socket.engine_beside and not socket.left_over
        case _:
            return socket.origin is Origin.MOUNTED or (socket.origin is Origin.FOLDER_MOUNTED and not socket.left_over)


def _check_place(socket: Socket) -> None:
    """Raise ``UsageError`` if an engine of our own can't use its socket's place. It would remove a socket there, which
    may be the host's; if it couldn't, the engine that answers there would be taken for ours."""
    anothers = socket.origin is Origin.MOUNTED or (socket.origin, socket.door) == (Origin.FOLDER_MOUNTED, Door.OPEN)
    if socket.path == SOCKET and anothers:
        raise UsageError(
            f"mode dind: an engine of our own listens at {SOCKET}, and another engine's socket is mounted there. "
            "Remove that mount, or unset RECONCILER_MODE"
        )


def _check(socket: Socket, user: int) -> None:
    """Raise ``NoEngine`` for what waiting doesn't fix."""
    if socket.door is Door.FORBIDDEN:
        raise NoEngine(f"this user may not open the socket {socket.path}. {_leave(socket.group, user)}")
    if socket.door is Door.NO_SOCKET:
        raise NoEngine(
            f"{socket.path} isn't a socket: there was none on the host when this container was made, so Docker made a "
            "folder of that name there. Remove the folder there (rmdir), start Docker, or name the right path "
            "($XDG_RUNTIME_DIR/docker.sock for a rootless one), and make this container again."
        )


def _leave(group: int | None, user: int) -> str:
    if user == 0:
        return "Not even root may: SELinux or AppArmor forbids it; run with --security-opt label=disable."
    if group is None:
        return "Only its owner may open it: run as root (--user 0)."
    if group == 65534:
        return "Its group is one of another user namespace: run with --userns=host."
    return f"Its group is {group}: docker run --group-add {group} …, or group_add: ['{group}'] in Compose."
