"""The control socket answers whoever asks, and nobody who asks can hold the loop up."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from pathlib import Path

import pytest

from reconciler.control import connection, server
from reconciler.control.client import LoopClient
from reconciler.control.protocol import Do, Request, Upshot
from reconciler.control.server import ASKED, LEFT, MOST_CLIENTS
from reconciler.control.state import State
from reconciler.process_identity import Identity
from reconciler.verdict.model import Verdict
from tests.unit.control.world import NET, WEB, Client, Loop, in_loop, serving


async def reloading(loop: Loop, *, wait: bool = True) -> Client:
    client = await loop.client(Request(Do.RELOAD, wait=wait))
    assert await client.hears() == {"is": "accepted"}
    return client


def test_a_reload_hears_of_the_pass_that_begins_after_it_and_of_those_that_follow_until_all_is_settled(
    tmp_path: Path,
) -> None:
    async def test(loop: Loop) -> None:
        loop.begins()
        client = await reloading(loop)
        loop.ends()
        assert await loop.asked() == (ASKED,)
        loop.passes_by(forced=False)
        loop.passes_by(Verdict.PROGRESSING, NET, WEB)
        loop.passes_by(Verdict.PROGRESSING, forced=False)
        loop.passes_by(forced=False)
        loop.passes_by(forced=False)
        heard = [await client.hears() for _ in range(3)]
        assert [(each["number"], each["upshot"]["settled"], each["report"]["forced"]) for each in heard] == [
            (3, False, True),
            (4, False, False),
            (5, True, False),
        ]
        upshot = heard[-1]["upshot"]
        assert (upshot["verdict"], upshot["changed"], upshot["waiting"], upshot["exit"]) == ("Ready", 2, 0, 0)
        assert State.read(loop.place).reload == Upshot.of({**upshot, "number": 3})
        assert heard[-1]["report"]["recap"]["changed"] == 0
        assert (await client.hears())["is"] == "end"

    in_loop(tmp_path, test)


def test_a_reload_may_carry_the_consent_to_removals(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        await loop.client(Request(Do.RELOAD, agreed=True))
        (wake,) = await loop.asked()
        assert (wake.forced, wake.agreed) == (True, True)

    in_loop(tmp_path, test)


def test_without_waiting_a_reload_hears_of_one_pass(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        client = await reloading(loop, wait=False)
        loop.passes_by(Verdict.PROGRESSING, WEB)
        assert (await client.hears())["upshot"]["waiting"] == 1
        assert (await client.hears())["is"] == "end"

    in_loop(tmp_path, test)


def test_a_storm_of_requests_is_one_reason_for_a_pass_and_one_pass_answers_them_all(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        clients = await asyncio.gather(*(reloading(loop) for _ in range(100)))
        assert await loop.asked() == (ASKED,)
        loop.passes_by()
        assert {(await client.hears())["number"] for client in clients} == {1}

    in_loop(tmp_path, test)


def test_a_watcher_hears_the_last_report_and_every_one_from_then_on(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        loop.passes_by(forced=False)
        loop.passes_by()
        async with LoopClient(loop.place.socket).watching() as reports:
            last = await anext(reports)
            assert (last.number, last.fresh, last.report["forced"]) == (2, False, True)
            loop.passes_by(Verdict.DEGRADED, forced=False)
            heard = await anext(reports)
            assert (heard.number, heard.fresh, heard.process) == (3, True, str(Identity.current()))
            assert (heard.upshot.exit(), heard.report["verdict"]) == (1, "Degraded")

    in_loop(tmp_path, test)


def test_a_status_tells_the_state_and_its_age(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        client = await loop.client(Request(Do.STATUS))
        first = await client.hears()
        assert (first["state"]["passes"], first["since_began"], first["report"]) == (0, None, None)
        loop.passes_by()
        loop.begins(forced=False)
        client = await loop.client(Request(Do.STATUS))
        second = await client.hears()
        assert (second["state"]["passes"], second["state"]["under_way"], second["report"]["id"]) == (2, True, 1)
        assert 0 <= second["since_began"] <= second["since_ended"]
        client = await loop.client(Request(Do.STATUS, brief=True))
        assert (await client.hears())["report"] is None

    in_loop(tmp_path, test)


@pytest.mark.parametrize(
    "said",
    [
        b"\n",
        b"reload\n",
        b"[]\n",
        b'{"do": "stop"}\n',
        b'{"do": ["reload"]}\n',
        b'{"do": "reload", "wait": "no"}\n',
        b'{"do": "reload", "twice": 1}\n',
        b"\xff\xfe\n",
        b"[" * 4000 + b"\n",
        b"x" * 100_000,
    ],
)
def test_what_is_no_request_is_refused_in_words(tmp_path: Path, said: bytes) -> None:
    async def test(loop: Loop) -> None:
        client = await loop.client(said)
        heard = await client.hears()
        assert heard["is"] == "error"
        assert heard["error"]
        assert (await client.hears())["is"] == "end"
        await reloading(loop)

    in_loop(tmp_path, test)


def test_clients_that_say_nothing_or_too_much_or_go_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_WITHIN", 0.1)

    async def test(loop: Loop) -> None:
        silent = await loop.client()
        half = await loop.client(b'{"do": "rel')
        chatty = await loop.client(Request(Do.WATCH), b"and more")
        gone = await loop.client(Request(Do.RELOAD))
        gone.writer.close()
        assert "no request within" in (await silent.hears())["error"]
        assert "no request within" in (await half.hears())["error"]
        assert (await chatty.hears())["is"] == "end"
        while loop.control.clients:
            await asyncio.sleep(0)
        loop.passes_by()

    in_loop(tmp_path, test)


def test_a_watcher_that_doesnt_read_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_UNREAD", 10_000)

    async def test(loop: Loop) -> None:
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.connect(str(loop.place.socket))
            deaf.sendall(Request(Do.WATCH).line())
            reading = await loop.client(Request(Do.WATCH))
            while loop.control.clients < 2:
                await asyncio.sleep(0)
            for number in range(1, 2000):
                loop.passes_by(forced=False)
                assert (await reading.hears())["number"] == number
                if loop.control.clients < 2:
                    break
            assert loop.control.clients == 1

    in_loop(tmp_path, test)


def test_only_so_many_are_heard(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        clients = [await loop.client(Request(Do.WATCH)) for _ in range(MOST_CLIENTS)]
        while loop.control.clients < MOST_CLIENTS:
            await asyncio.sleep(0)
        one_more = await loop.client()
        assert (await one_more.hears())["is"] == "end"
        for client in clients:
            client.writer.close()
        while loop.control.clients:
            await asyncio.sleep(0)
        await reloading(loop)

    in_loop(tmp_path, test)


def test_only_the_user_of_the_loop_may_connect(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        assert stat.S_IMODE(loop.place.socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(loop.place.folder.stat().st_mode) == 0o700

    in_loop(tmp_path / "made", test)


def test_what_a_dead_loop_left_is_replaced_and_what_is_ours_goes_with_us(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "reconciler.sock"))
    (tmp_path / "reconciler.json").write_text("{}")
    (tmp_path / "reconciler.lock").touch()

    async def test(loop: Loop) -> None:
        await reloading(loop)
        assert State.read(loop.place).pid == os.getpid()

    in_loop(tmp_path, test)
    assert [path.name for path in tmp_path.iterdir()] == ["reconciler.lock"]


def test_a_second_loop_leaves_the_socket_to_the_first_and_takes_it_over_when_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LOOK", 0.01)

    async def main() -> None:
        async with serving(tmp_path) as first:
            first.passes_by()
            async with serving(tmp_path) as second:
                [warning] = second.control.warnings
                assert "another loop of this owner listens there" in warning.message
                second.passes_by()
                second.passes_by()
                assert State.read(first.place).passes == 1
                await first.stop()
                while second.control.warnings:
                    await asyncio.sleep(0.01)
                assert State.read(first.place).passes == 2
                await reloading(second)

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_socket_that_somebody_removes_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LOOK", 0.01)

    async def test(loop: Loop) -> None:
        loop.place.socket.unlink()
        while not loop.place.socket.exists():
            await asyncio.sleep(0.01)
        await reloading(loop)

    in_loop(tmp_path, test)


@pytest.mark.parametrize("folder", ["file", "long" * 30])
def test_a_folder_that_wont_do_is_a_warning_and_the_loop_goes_on(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()

    async def test(loop: Loop) -> None:
        loop.passes_by()
        [warning] = loop.control.warnings
        assert "no control socket" in warning.message
        assert "RECONCILER_RUN_DIR" in warning.hint

    in_loop(tmp_path / folder, test)


def test_what_was_asked_for_while_no_loop_ran_is_done_by_the_next_one(tmp_path: Path) -> None:
    async def test(loop: Loop) -> None:
        loop.begins()
        loop.control.take_over()  # as another process would, that finds this one dead over its pass
        assert await loop.asked() == (LEFT,)

    in_loop(tmp_path, test)
