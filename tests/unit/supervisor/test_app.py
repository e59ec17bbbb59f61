"""The app starts once, starts again, is reloaded in each way, and never runs twice."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import ExitStack
from typing import Any

import pytest

from reconciler.errors import CannotStart, UsageError
from reconciler.settings.choices import Reload, Restart
from reconciler.supervisor.app import App, AppSettings
from tests.unit.supervisor.stage import Stage, on_stage

BODY = """
import http.server, os, signal, sys, time
signal.signal(signal.SIGUSR1, lambda *_: print("usr1", os.getpid(), flush=True))
def end(*_):
    print("end", os.getpid(), flush=True)
    sys.exit(int(os.environ.get("ENDS", "0")))
signal.signal(signal.SIGTERM, end)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ.get("ANSWERS", "204")))
        self.end_headers()
    def log_message(self, *_): pass
print("up", os.getpid(), flush=True)
if "PORT" in os.environ and "DEAF" not in os.environ:
    http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
while True: time.sleep(0.01)
"""


def settings(body: str = BODY, **options: Any) -> AppSettings:
    return AppSettings(command=(sys.executable, "-c", body), **options)


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two free ports."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(2)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return sockets[0].getsockname()[1], sockets[1].getsockname()[1]


def swap(ports: tuple[int, int], **options: Any) -> AppSettings:
    url = "http://127.0.0.1:{port}/up"
    return settings(reload=Reload.SWAP, ports=ports, health_url=url, **options)


class Play:
    """An app on a stage."""

    def __init__(self, stage: Stage, settings: AppSettings, **environ: str) -> None:
        self.stage = stage
        self.environ = {**os.environ, **environ}
        self.app = App(settings, self.environ, stage.around)
        self.keeping = asyncio.ensure_future(self.app.keep())

    def said(self, word: str) -> list[int]:
        """The pids that said it, in order."""
        lines = (line.split() for line in self.stage.lines)
        return [int(pid) for said, pid in lines if said == word]

    @property
    def starts(self) -> list[dict[str, str | float]]:
        return [fields for message, fields in self.stage.told if message == "app started"]

    async def pids(self, count: int, word: str = "up") -> list[int]:
        await self.stage.until(lambda: len(self.said(word)) >= count)
        return self.said(word)

    async def told(self, message: str) -> dict[str, str | float]:
        return (await self.stage.until(lambda: [each for each in self.stage.told if each[0] == message]))[0][1]

    async def over(self) -> int | None:
        await self.app.stop(20)
        return await self.keeping


def test_it_isnt_started_before_its_time_and_stops_cleanly() -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, settings())
        await asyncio.sleep(0.1)
        assert not stage.told
        play.app.start()
        play.app.start()
        pids = await play.pids(1)
        assert await play.over() == 0
        assert await play.pids(1, "end") == play.said("up") == pids

    on_stage(test)


def test_one_that_never_ran_has_no_exit_code() -> None:
    async def test(stage: Stage) -> None:
        assert await Play(stage, settings()).over() is None

    on_stage(test)


def test_its_own_exit_code_is_kept() -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, settings(), ENDS="7")
        play.app.start()
        await play.pids(1)
        assert await play.over() == 7

    on_stage(test)


def test_it_is_started_again_after_a_crash() -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, settings())
        play.app.start()
        for turn in range(1, 4):
            os.kill((await play.pids(turn))[-1], signal.SIGKILL)
        await play.pids(4)
        assert (await play.told("app ended and is started again"))["why"] == "killed by SIGKILL"
        await play.over()

    on_stage(test)


@pytest.mark.parametrize(("restart", "ends"), [(Restart.NEVER, 5), (Restart.NEVER, 0), (Restart.ON_FAILURE, 0)])
def test_one_that_isnt_to_be_started_again_is_over(restart: Restart, ends: int) -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, settings(f"import sys; sys.exit({ends})", restart=restart))
        play.app.start()
        assert await play.keeping == ends

    on_stage(test)


def test_a_reload_restarts_it_after_it_has_ended() -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, settings())
        play.app.start()
        await play.pids(1)
        play.app.reload()
        first, second = await play.pids(2)
        assert [line.split() for line in stage.lines] == [["up", f"{first}"], ["end", f"{first}"], ["up", f"{second}"]]
        await play.over()

    on_stage(test)


def test_many_reloads_at_once_are_one_and_one_during_a_reload_is_another() -> None:
    slow = BODY.replace("def end(*_):", "def end(*_):\n    time.sleep(0.2)")

    async def test(stage: Stage) -> None:
        play = Play(stage, settings(slow))
        play.app.start()
        await play.pids(1)
        for _ in range(100):
            play.app.reload()
        await play.told("app is restarted to reload it")
        for _ in range(100):
            play.app.reload()
        await stage.until(lambda: len(play.starts) == 3)
        await play.pids(1 + len(play.said("end")))
        await play.over()
        assert len(play.starts) == 3

    on_stage(test)


def test_a_reload_sends_the_signal_of_its_choice() -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, settings(reload=Reload.SIGNAL, reload_signal=signal.SIGUSR1))
        play.app.start()
        pids = await play.pids(1)
        play.app.reload()
        assert await play.pids(1, "usr1") == pids
        await play.over()
        assert play.said("up") == pids

    on_stage(test)


def test_a_reload_may_leave_it_alone() -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, settings(reload=Reload.NONE))
        play.app.start()
        pids = await play.pids(1)
        play.app.reload()
        await asyncio.sleep(0.2)
        await play.over()
        assert play.said("up") == pids

    on_stage(test)


def test_a_reload_ends_the_wait_after_crashes() -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, AppSettings(command=("/no/such",)))
        play.app.start()
        await stage.until(lambda: len(stage.told) == 4)
        play.app.reload()
        await stage.until(lambda: len(stage.told) == 5)
        assert float(stage.told[3][1]["after_s"]) >= 1
        assert float(stage.told[4][1]["after_s"]) <= 0.25
        await play.over()

    on_stage(test)


def test_a_swap_lets_the_new_run_in_before_the_old_one_goes(ports: tuple[int, int]) -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, swap(ports))
        play.app.start()
        await play.pids(1)
        play.app.reload()
        first, second = await play.pids(2)
        await play.pids(1, "end")
        assert [line.split()[1] for line in stage.lines] == [f"{first}", f"{second}", f"{first}"]
        assert f":{ports[1]}/up" in str((await play.told("app answers; its old run is stopped"))["url"])
        play.app.reload()
        await play.pids(2, "end")
        assert [fields["port"] for fields in play.starts] == [*ports, ports[0]]
        await play.over()

    on_stage(test)


@pytest.mark.parametrize(("environ", "why"), [({"ANSWERS": "503"}, "didn't answer 2xx"), ({"DEAF": "1"}, "2xx")])
def test_a_new_run_that_isnt_well_goes_and_the_old_one_stays(
    environ: dict[str, str], why: str, ports: tuple[int, int]
) -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, swap(ports, health_timeout=3))
        play.app.start()
        await play.pids(1)
        play.environ |= environ
        play.app.reload()
        first, second = await play.pids(2)
        assert why in str((await play.told("app isn't reloaded; its old run goes on"))["why"])
        assert await play.pids(1, "end") == [second]
        for name in environ:
            del play.environ[name]
        play.app.reload()
        await play.pids(2, "end")
        assert await play.pids(2, "end") == [second, first]
        await play.over()

    on_stage(test)


def test_a_new_run_that_ends_leaves_the_old_one(ports: tuple[int, int]) -> None:
    async def test(stage: Stage) -> None:
        body = f"import os, sys\nif os.environ['PORT'] == '{ports[1]}': sys.exit(4)\n{BODY}"
        url = "http://127.0.0.1:{port}/up"
        play = Play(stage, settings(body, reload=Reload.SWAP, ports=ports, health_url=url))
        play.app.start()
        pids = await play.pids(1)
        play.app.reload()
        assert "exit code 4" in str((await play.told("app isn't reloaded; its old run goes on"))["why"])
        await play.over()
        assert await play.pids(1, "end") == pids

    on_stage(test)


def test_another_on_the_port_would_answer_in_its_place(ports: tuple[int, int]) -> None:
    async def test(stage: Stage) -> None:
        with socket.create_server(("127.0.0.1", ports[1])):
            play = Play(stage, swap(ports))
            play.app.start()
            await play.pids(1)
            play.app.reload()
            assert "taken" in str((await play.told("app isn't reloaded; its old run goes on"))["why"])
            await play.over()
            assert len(play.said("up")) == 1

    on_stage(test)


def test_a_stop_during_a_swap_stops_both(ports: tuple[int, int]) -> None:
    async def test(stage: Stage) -> None:
        play = Play(stage, swap(ports))
        play.app.start()
        await play.pids(1)
        play.environ["ANSWERS"] = "503"
        play.app.reload()
        pids = await play.pids(2)
        assert await play.over() == 0
        assert sorted(await play.pids(2, "end")) == sorted(pids)

    on_stage(test)


def test_a_stop_during_a_reload_is_as_good_as_any() -> None:
    slow = BODY.replace("def end(*_):", "def end(*_):\n    time.sleep(0.3)")

    async def test(stage: Stage) -> None:
        play = Play(stage, settings(slow))
        play.app.start()
        pids = await play.pids(1)
        play.app.reload()
        await play.told("app is restarted to reload it")
        assert await play.over() == 0
        assert play.said("up") == play.said("end") == pids

    on_stage(test)


@pytest.mark.parametrize(
    "options",
    [
        {"reload": Reload.SWAP},
        {"reload": Reload.SWAP, "health_url": "http://127.0.0.1:3000/up", "ports": (3000, 3001)},
        {"reload": Reload.SWAP, "health_url": "127.0.0.1:{port}", "ports": (3000, 3001)},
        {"reload": Reload.SWAP, "health_url": "http://127.0.0.1:{port}x/up", "ports": (3000, 3001)},
        {"reload": Reload.SWAP, "health_url": "http://[::1:{port}/up", "ports": (3000, 3001)},
        {"reload": Reload.SWAP, "health_url": "http://127.0.0.1:9{port}/up", "ports": (300, 3000)},
        {"reload": Reload.SWAP, "health_url": "http://127.0.0.1:{port}/up", "ports": (3000, 3000)},
    ],
)
def test_a_swap_needs_a_url_and_two_ports(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        settings(**options).check()


def test_what_isnt_there_is_told_beforehand() -> None:
    with pytest.raises(CannotStart, match="no such program"):
        AppSettings(command=("/no/such",)).check()


def test_the_port_stands_in_its_arguments() -> None:
    program = AppSettings(command=("serve", "--port={port}")).program({"A": "b"}, 3000)
    assert program.command == ("serve", "--port=3000")
    assert program.environ == {"A": "b", "PORT": "3000"}
    assert AppSettings(command=("serve", "{port}")).program({}, None).command == ("serve", "{port}")
