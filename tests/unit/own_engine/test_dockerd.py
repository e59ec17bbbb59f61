"""What an engine of our own is started with, and what its last words mean."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.own_engine.dockerd import Overheard, command, given
from reconciler.own_engine.start_failure import understand

OWN = {"host": "unix:///s", "storage-driver": "vfs", "cgroup-parent": "", "log-level": "warn"}


def test_an_engine_gets_our_settings_and_empty_ones_are_left_out() -> None:
    assert command(OWN, {}, ()) == ("dockerd", "--host=unix:///s", "--storage-driver=vfs", "--log-level=warn")


@pytest.mark.parametrize(
    ("arguments", "file", "left"),
    [
        (("--storage-driver", "overlay2"), "{}", ("--host=unix:///s", "--log-level=warn")),
        (("-s", "overlay2"), "{}", ("--host=unix:///s", "--log-level=warn")),
        (("--log-level=debug",), "{}", ("--host=unix:///s", "--storage-driver=vfs")),
        (("-H", "tcp://1.2.3.4:2376"), "{}", ("--host=unix:///s", "--storage-driver=vfs", "--log-level=warn")),
        ((), '{"storage-driver": "overlay2", "debug": true}', ("--host=unix:///s", "--log-level=warn")),
        ((), '{"hosts": ["tcp://1.2.3.4"]}', ("--storage-driver=vfs", "--log-level=warn")),
        ((), "no JSON", ("--host=unix:///s", "--storage-driver=vfs", "--log-level=warn")),
        ((), "[]", ("--host=unix:///s", "--storage-driver=vfs", "--log-level=warn")),
    ],
)
def test_what_is_given_stands(arguments: tuple[str, ...], file: str, left: tuple[str, ...]) -> None:
    assert command(OWN, given(arguments, file), arguments) == ("dockerd", *left, *arguments)


def test_values_that_are_given_are_read() -> None:
    assert given(("--data-root", "/a", "--debug"), '{"data-root": "/b"}')["data-root"] == "/a"
    assert given(("-g=/c",), "{}")["data-root"] == "/c"
    assert given((), '{"hosts": ["unix:///x", "tcp://y"]}')["host"] == "unix:///x"


@pytest.mark.parametrize(
    ("line", "words", "lasting"),
    [
        ("unknown flag: --nope", "RECONCILER_DOCKERD_ARGS", True),
        ('time="x" level=fatal msg="write /var/lib/docker/x: no space left on device"', "disk is full", False),
        ("failed to start daemon: Devices cgroup isn't mounted", "control groups", True),
        ("failed to start daemon: pid file found, ensure docker is not running or delete /x", "Another engine", False),
        (
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character",
            "daemon.json",
            True,
        ),
        ("failed to start daemon: Error initializing network controller: iptables failed", "modprobe", True),
        ("failed to mount x: operation not permitted", "--privileged", True),
    ],
)
def test_last_words_are_understood(line: str, words: str, lasting: bool) -> None:
    trouble = understand(["Starting up", line])
    assert trouble is not None
    assert trouble.lasting is lasting
    assert words in str(trouble)


def test_of_logfmt_only_the_message_is_told() -> None:
    trouble = understand(['time="2026" level=error msg="can\'t \\"do\\": no space left on device" module=x'])
    assert trouble is not None
    assert trouble.words == 'can\'t "do": no space left on device'


def test_words_that_tell_nothing_known_are_none() -> None:
    assert understand(["Starting up", "panic: nil"]) is None


@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_what_an_engine_that_was_killed_said_before_is_no_cause(level: str) -> None:
    line = f'time="x" level={level} msg="Your kernel does not support cgroup rt period; /usr/sbin/iptables, [--wait]"'
    assert understand([line]) is None


class Written:
    def __init__(self) -> None:
        self.lines = b""

    async def write(self, lines: bytes) -> None:
        self.lines += lines


def test_lines_are_passed_on_but_for_known_noise_and_the_last_ones_are_kept() -> None:
    to = Written()
    said = Overheard(to, quiet=True)
    noise = b'level=error msg="error reading the kernel parameter net.ipv4"\n'
    asyncio.run(said.write(b"one\n" + noise + b"two\n"))
    asyncio.run(said.write(noise))
    assert to.lines == b"one\ntwo\n"
    assert list(said.last) == ["one", "two"]
    loud = Written()
    asyncio.run(Overheard(loud, quiet=False).write(noise))
    assert loud.lines == noise
