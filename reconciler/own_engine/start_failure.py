"""Why an engine of our own didn't start, out of its last words: pure."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.records import dataclass

LONGEST = 400
"""Characters of an engine's words that are passed on."""


@dataclass(frozen=True, slots=True)
class StartFailure:
    """``lasting``: another try comes to the same."""

    words: str
    advice: str
    lasting: bool

    def __str__(self) -> str:
        return f"dockerd doesn't start: {self.words}. {self.advice}"


_SETTINGS = "Fix RECONCILER_DOCKERD_ARGS, or /etc/docker/daemon.json."
_PRIVILEGES = "The container lacks a privilege: run it with --privileged."
_STORAGE = (
    "Its images lie in another storage driver's folders: name that one by RECONCILER_DOCKERD_ARGS, "
    "or take a new volume."
)
_TABLES = (
    "Neither iptables-nft nor iptables-legacy works: load the kernel's modules on the host (modprobe ip_tables "
    "iptable_nat), and run this container with --privileged."
)
_CAUSES: tuple[tuple[str, str, bool], ...] = (
    ("no space left on device", "The disk is full: free some of it; it is tried again until then.", False),
    ("unknown flag", _SETTINGS, True),
    ("unknown shorthand flag", _SETTINGS, True),
    ("invalid argument", _SETTINGS, True),
    ("unable to configure the docker daemon", _SETTINGS, True),
    ("iptables", _TABLES, True),
    ("cgroup", "Its control groups aren't there: run the container with --privileged.", True),
    ("address already in use", "Something else listens there: stop it, or take that --host out.", False),
    ("ensure docker is not running", "Another engine runs here: stop it.", False),
    ("prior storage driver", _STORAGE, True),
    ("driver not supported", _STORAGE, True),
    ("operation not permitted", _PRIVILEGES, True),
    ("permission denied", _PRIVILEGES, True),
    ("read-only file system", "It has to write there: mount a volume, or a tmpfs.", True),
)


_MILD = ("level=debug ", "level=info ", "level=warning ")
"""Of what goes on in spite of it: an engine that was killed says such things of iptables and cgroups too."""


def understand(lines: Iterable[str]) -> StartFailure | None:
    """The newest line counts most. None for words that tell nothing known."""
    for line in reversed([line for line in lines if not any(mild in line for mild in _MILD)]):
        for phrase, advice, lasting in _CAUSES:
            if phrase in line.lower():
                return StartFailure(_plain(line), advice, lasting)
    return None


def _plain(line: str) -> str:
    """Of logfmt only the message, or the error."""
    for key in (' msg="', ' error="'):
        if key in line:
            line = line.split(key, 1)[1].rsplit('"', 1)[0].replace('\\"', '"')
    return line.strip().rstrip(".")[:LONGEST]
