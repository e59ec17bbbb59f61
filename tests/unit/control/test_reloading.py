"""The first way that works is the way, and what the others met is told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reconciler.control import client, following, reloading
from reconciler.control.protocol import Upshot
from reconciler.control.reloading import BySignal, BySocket, ByTrigger, FailedWay, Step, Way, reload
from reconciler.control.state import Place
from reconciler.errors import Unreached
from reconciler.process_identity import Identity
from reconciler.verdict.model import Verdict
from tests.swarm.waiting import until
from tests.unit.control.world import Loop, in_loop, state

READY, MOVING = Upshot(1, "Ready", True), Upshot(1, "Progressing", False, waiting=1)
AWAY = Upshot(1, "Unknown", False, engine_error="no engine")


@dataclass
class Said:
    """A way that comes to these, or doesn't work."""

    name: str
    upshots: tuple[Upshot, ...] = ()
    why: str = ""
    asked: int = 0

    def steps(self, timeout: float, *, wait: bool) -> Iterator[Step]:
        self.asked += 1
        if self.why:
            raise Unreached(self.why)
        yield from map(Step, self.upshots)


def by(*ways: Way, timeout: float = 30.0) -> tuple[str, tuple[FailedWay, ...], Upshot, list[Upshot]]:
    told: list[Upshot] = []
    done = reload(ways, timeout, wait=True, tell=lambda step: told.append(step.upshot))
    return done.way, done.failures, done.last.upshot, told


def test_by_the_first_that_works() -> None:
    last = Said("c", (READY,))
    ways = Said("a", why="no a"), Said("b", (MOVING, READY)), last
    assert by(*ways) == ("b", (FailedWay("a", "no a"),), READY, [MOVING, READY])
    assert last.asked == 0


def test_by_none() -> None:
    with pytest.raises(Unreached, match="no loop could be reached: a: no a; b: no b") as caught:
        by(Said("a", why="no a"), Said("b", why="no b"))
    assert caught.value.exit_code == 69


def test_one_that_takes_too_long_isnt_asked_for_again() -> None:
    other = Said("b", (READY,))
    with pytest.raises(Unreached, match="no pass was over within 30 s"):
        by(Said("a"), other)
    assert other.asked == 0


def test_an_engine_that_is_away_from_the_beginning_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloading, "CONTACT", 0.0)
    assert by(Said("a", (AWAY, AWAY, READY)))[2:] == (AWAY, [AWAY])
    assert by(Said("a", (MOVING, AWAY, AWAY, READY)))[2] == READY


@pytest.mark.parametrize(
    ("upshot", "waiting", "alone"),
    [
        (READY, 0, 0),
        (MOVING, 1, 0),
        (AWAY, 69, 69),
        (replace(READY, failed=1), 1, 1),
        (replace(READY, needs_consent="removes all"), 1, 1),
        (replace(READY, faults=2, failed=1), 65, 65),
        (replace(READY, settled=False, standby="process 7 on host"), 1, 0),
    ],
)
def test_exit_codes(upshot: Upshot, waiting: int, alone: int) -> None:
    assert (upshot.exit(), upshot.exit(wait=False)) == (waiting, alone)


def test_over_the_socket(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        reloading = asyncio.ensure_future(asyncio.to_thread(by, BySocket(loop.place)))
        await loop.asked()
        loop.passes_by(Verdict.PROGRESSING)
        loop.passes_by(forced=False)
        way, failures, last, told = await reloading
        assert (way, failures, last.verdict, len(told)) == ("control socket", (), "Ready", 2)

    in_loop(tmp_path, test)


def test_over_the_socket_of_a_loop_that_ends_meanwhile(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        reloading = asyncio.ensure_future(asyncio.to_thread(by, BySocket(loop.place)))
        await loop.asked()
        loop.passes_by(Verdict.PROGRESSING)
        await loop.stop()
        with pytest.raises(Unreached, match="the loop ended meanwhile"):
            await reloading

    in_loop(tmp_path, test)


def test_over_the_socket_for_so_long(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        reloading = asyncio.ensure_future(asyncio.to_thread(by, BySocket(loop.place), timeout=2.0))
        await loop.asked()
        loop.passes_by(Verdict.PROGRESSING)
        assert (await reloading)[2].verdict == "Progressing"

    in_loop(tmp_path, test)


def test_over_a_socket_whose_other_end_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ANSWER", 0.1)

    async def test(loop: Loop) -> None:
        steps = BySocket(loop.place).steps(5.0, wait=True)  # in the thread that would have to answer
        with pytest.raises(Unreached, match="doesn't answer within"):
            next(steps)

    in_loop(tmp_path, test)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[str]]:
    """A process that dies of SIGHUP, as most do."""
    command = [sys.executable, "-c", "print(1, flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout
        one.stdout.readline()
        yield one
        one.kill()


def test_no_signal_to_a_process_that_isnt_the_loop(
    tmp_path: Path, stranger: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pid was given away, or means something else here."""
    monkeypatch.setattr(following, "GONE", 0.1)
    place, ours = Place(tmp_path, "reconciler"), Identity.current()
    for other, why in (
        (replace(ours, pid=stranger.pid, started="1"), "is gone"),
        (replace(ours, pid=stranger.pid, pid_namespace="1"), "in another container"),
        (replace(ours, pid=stranger.pid, boot="1"), "on another machine"),
    ):
        replace(state(), process=str(other), pid=stranger.pid).write(place)
        with pytest.raises(Unreached, match=why):
            next(BySignal(place).steps(1.0, wait=True))
    assert stranger.poll() is None
    started = Path(f"/proc/{stranger.pid}/stat").read_text().rpartition(")")[2].split()[19]
    replace(state(), process=str(replace(ours, pid=stranger.pid, started=started)), pid=stranger.pid).write(place)
    with pytest.raises(Unreached):
        list(BySignal(place).steps(20.0, wait=True))
    assert until(stranger.poll) == -signal.SIGHUP


def test_a_trigger_that_cant_be_touched_or_that_nobody_is_known_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BEGINS", 0.1)
    place, usual = Place(tmp_path, "reconciler"), tmp_path / "usual"
    with pytest.raises(Unreached, match="was touched, and whether a loop saw it can't be told: no loop has written"):
        next(ByTrigger(place, None, usual).steps(1.0, wait=True))
    assert usual.exists()
    named = tmp_path / "none" / "named"
    with pytest.raises(Unreached, match=f"can't touch {named}: No such file"):
        next(ByTrigger(place, named, usual).steps(1.0, wait=True))
    replace(state(), trigger=str(tmp_path / "told"), pid=os.getpid()).write(place)
    with pytest.raises(Unreached, match="no forced pass began"):
        list(ByTrigger(place, None, usual).steps(6.0, wait=True))
    assert (tmp_path / "told").exists()
