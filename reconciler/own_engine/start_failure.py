"""Why an engine of our own didn't start, by its last lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.records import dataclass

LONGEST = 400
"""Characters of an engine's message that are shown."""


@dataclass(frozen=True, slots=True)
class StartFailure:
    """Why dockerd didn't start, and what to do. ``lasting``: another try would fail in the same way."""

    words: str
    advice: str
    lasting: bool

    def __str__(self) -> str:
        return f"dockerd doesn't start: {self.words}. {self.advice}"


_SETTINGS = "Fix RECONCILER_DOCKERD_ARGS, or /etc/docker/daemon.json."
_PRIVILEGES = "The container lacks a privilege: run it with --privileged."
_STORAGE = (
    "Its images were made with another storage driver. Name that driver in RECONCILER_DOCKERD_ARGS, "
    "or use a new volume."
)
_TABLES = (
    "Neither iptables-nft nor iptables-legacy works: load the kernel's modules on the host (modprobe ip_tables "
    "iptable_nat), and run this container with --privileged."
)
_CAUSES: tuple[tuple[str, str, bool], ...] = (
    ("no space left on device", "The disk is full. Free some space; the start is repeated until then.", False),
    ("unknown flag", _SETTINGS, True),
    ("unknown shorthand flag", _SETTINGS, True),
    ("invalid argument", _SETTINGS, True),
    ("unable to configure the docker daemon", _SETTINGS, True),
    ("iptables", _TABLES, True),
    ("cgroup", "Its control groups are missing. Run the container with --privileged.", True),
    ("address already in use", "Something else listens there. Stop it, or remove that --host.", False),
    ("ensure docker is not running", "Another engine runs here: stop it.", False),
    ("prior storage driver", _STORAGE, True),
    ("driver not supported", _STORAGE, True),
    ("operation not permitted", _PRIVILEGES, True),
    ("permission denied", _PRIVILEGES, True),
    ("read-only file system", "It must be able to write there. Mount a volume or a tmpfs.", True),
)


_MILD = ("level=debug ", "level=info ", "level=warning ")
"""Levels of lines that don't stop an engine: one that was killed logs such lines about iptables and cgroups, too."""


def understand(lines: Iterable[str]) -> StartFailure | None:
    """Return the failure that the newest line with a known phrase shows; None if there is no such line."""
    for line in reversed([line for line in lines if not any(mild in line for mild in _MILD)]):
        for phrase, advice, lasting in _CAUSES:
            if phrase in line.lower():
                return StartFailure(_plain(line), advice, lasting)
    return None


def _plain(line: str) -> str:
    """Return only the message, or the error, of a line in logfmt."""
    for key in (' msg="', ' error="'):
        if key in line:
            line = line.split(key, 1)[1].rsplit('"', 1)[0].replace('\\"', '"')
    return line.strip().rstrip(".")[:LONGEST]
