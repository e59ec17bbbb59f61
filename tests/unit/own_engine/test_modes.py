"""Which engine is chosen, by what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import NoEngine, UsageError
from reconciler.own_engine.engine_socket import Door, Origin, Socket
from reconciler.own_engine.modes import Choice, EngineFacts, choose
from reconciler.settings.choices import Mode

PATH = Path("/var/run/docker.sock")
OWN = "unix:///var/run/docker.sock"
LACKING = ("capabilities NET_ADMIN, SYS_ADMIN",)


def socket(door: Door = Door.ABSENT, origin: Origin = Origin.OURS, group: int | None = 0, **more: bool) -> Socket:
    return Socket(PATH, door, origin, group, **more)


@pytest.mark.parametrize(
    ("facts", "mode"),
    [
        (EngineFacts("tcp://far:2376", socket(Door.OPEN, Origin.MOUNTED)), Mode.REMOTE),
        (EngineFacts("unix:///else.sock", socket()), Mode.SOCKET),
        (EngineFacts("", socket(Door.OPEN, Origin.MOUNTED)), Mode.SOCKET),
        (EngineFacts("", socket(Door.OPEN, Origin.FOLDER_MOUNTED), LACKING), Mode.SOCKET),
        # An engine that may be starting:
        (EngineFacts("", socket(Door.SILENT, Origin.MOUNTED)), Mode.SOCKET),
        (EngineFacts("", socket(Door.SILENT, Origin.FOLDER_MOUNTED)), Mode.SOCKET),
        (EngineFacts("", socket(Door.ABSENT, Origin.FOLDER_MOUNTED, engine_beside=True)), Mode.SOCKET),
        # Left by an engine of our own, or nothing at all:
        (EngineFacts("", socket()), Mode.DIND),
        (EngineFacts("", socket(Door.SILENT)), Mode.DIND),
        (EngineFacts("", socket(Door.SILENT, Origin.FOLDER_MOUNTED, left_over=True)), Mode.DIND),
        (EngineFacts("", socket(Door.ABSENT, Origin.FOLDER_MOUNTED)), Mode.DIND),
        (EngineFacts("", socket(Door.ABSENT, Origin.FOLDER_MOUNTED, engine_beside=True, left_over=True)), Mode.DIND),
    ],
)
def test_the_mode_is_found(facts: EngineFacts, mode: Mode) -> None:
    assert choose(facts).mode is mode


@pytest.mark.parametrize("mode", Mode)
def test_a_mode_that_is_wanted_is_taken(mode: Mode) -> None:
    facts = EngineFacts("tcp://far:2376", socket(Door.SILENT))
    assert choose(facts, mode) == Choice(mode, facts.host if mode is Mode.REMOTE else OWN)


@pytest.mark.parametrize(
    ("door", "origin"),
    [(Door.OPEN, Origin.MOUNTED), (Door.SILENT, Origin.MOUNTED), (Door.OPEN, Origin.FOLDER_MOUNTED)],
)
def test_an_engine_of_our_own_takes_no_other_ones_socket(door: Door, origin: Origin) -> None:
    with pytest.raises(UsageError, match="Remove that mount"):
        choose(EngineFacts("", socket(door, origin)), Mode.DIND)


def test_remote_needs_an_address() -> None:
    with pytest.raises(UsageError, match="DOCKER_HOST"):
        choose(EngineFacts("", socket()), Mode.REMOTE)


@pytest.mark.parametrize("wanted", [None, Mode.DIND])
def test_what_is_missing_is_told_with_both_commands_that_would_do(wanted: Mode | None) -> None:
    with pytest.raises(NoEngine) as none:
        choose(EngineFacts("", socket(), LACKING), wanted)
    assert none.value.exit_code == 69
    for words in ("lacks capabilities NET_ADMIN, SYS_ADMIN", "-v /var/run/docker.sock:", "docker run --privileged"):
        assert words in str(none.value)


@pytest.mark.parametrize(
    ("group", "user", "hint"),
    [
        (998, 10001, "--group-add 998"),
        (0, 10001, "--group-add 0"),
        (None, 10001, "--user 0"),
        (65534, 10001, "--userns=host"),
        (998, 0, "label=disable"),
    ],
)
def test_a_socket_that_isnt_ours_to_open_says_how_to(group: int | None, user: int, hint: str) -> None:
    with pytest.raises(NoEngine, match=hint):
        choose(EngineFacts("", socket(Door.FORBIDDEN, Origin.MOUNTED, group), (), user))


def test_a_folder_in_place_of_a_socket_is_told() -> None:
    with pytest.raises(NoEngine, match="made a folder of that name"):
        choose(EngineFacts("", socket(Door.NO_SOCKET, Origin.MOUNTED)))


def test_children_are_pointed_to_the_chosen_engine_and_to_no_other() -> None:
    environ = {"PATH": "/bin", "DOCKER_HOST": "tcp://far", "DOCKER_TLS_VERIFY": "1", "RECONCILER_HOST": "tcp://far"}
    assert Choice(Mode.DIND, OWN).environ(environ) == {"PATH": "/bin", "DOCKER_HOST": OWN}
    far = Choice(Mode.REMOTE, "tcp://far").environ(environ)
    assert far == {"PATH": "/bin", "DOCKER_HOST": "tcp://far", "DOCKER_TLS_VERIFY": "1"}
