"""The client of ``--server`` before servers that mean no good."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import remote
from reconciler.cli.commands.status import StatusOptions
from reconciler.cli.look_server import COMMANDS, _options
from reconciler.cli.styled import Screen
from reconciler.errors import Unreached, UsageError
from reconciler.settings.choices import Output
from reconciler.settings.layers import Effective
from reconciler.settings.table import TABLE

ESCAPES = "\x1b]0;title\x07 \x1b[2J \x9b31m \u202e \ud800 \x1b[1;31mred\x1b[0m\r\n"


def options(server: str, **settings: Any) -> StatusOptions:
    return StatusOptions(effective=Effective.given({"server": server, **settings}))


@contextmanager
def answering(content: bytes, head: bytes = b"HTTP/1.1 200 OK", *, drip: bytes = b"") -> Iterator[str]:
    """A server that answers each request so, and then goes on dripping."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with suppress(OSError), connection:
                        connection.recv(65_536)
                        connection.sendall(head + b"\r\nConnection: close\r\n\r\n" + content)
                        while drip and not ended.wait(0.01):
                            connection.sendall(drip)
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(65_536):  # a close with something unread would reset the connection
                            pass

        ended = threading.Event()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(20)


def reply(**changed: Any) -> bytes:
    return json.dumps({"out": "", "err": "", "code": 0, **changed}).encode()


@pytest.mark.parametrize("colour", [True, False])
def test_a_server_commands_no_terminal(colour: bool) -> None:
    with answering(reply(out=ESCAPES, err=ESCAPES)) as server:
        found = remote.by_server("status", options(server), Screen(80, colour))
    for text in (found.out, found.err):
        left = text.replace("\x1b[1;31m", "").replace("\x1b[0m", "") if colour else text
        assert left.replace("\n", "").isprintable()
        assert "red" in left
        text.encode()


def test_json_of_a_server_stays_json_and_commands_no_terminal() -> None:
    out = json.dumps({"a": "caf\u00e9\u00a0\x9b"}, ensure_ascii=False) + "\n"
    with answering(reply(out=out)) as server:
        found = remote.by_server("status", options(server, output=Output.JSON), Screen())
    assert json.loads(found.out) == json.loads(out)
    assert "\x9b" not in found.out


@pytest.mark.parametrize(
    ("content", "head"),
    [
        (reply(code=10**15), b"HTTP/1.1 200 OK"),
        (reply(code=-1), b"HTTP/1.1 200 OK"),
        (b"[" * 100_000, b"HTTP/1.1 200 OK"),
        (b"{}", b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/"),
        (reply(), b"HTTP/1.1 307 Found\r\nLocation: file:///etc/passwd"),
        (b"", b"SSH-2.0-x\x1b[2J"),
        (b'{"detail": "\\u001b[2J"}', b"HTTP/1.1 500 No"),
    ],
)
def test_what_is_no_answer_is_an_error_in_plain_words(content: bytes, head: bytes) -> None:
    with answering(content, head) as server, pytest.raises(Unreached) as error:
        remote.by_server("status", options(server), Screen())
    assert str(error.value).isprintable()


def test_an_answer_that_drips_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "WHOLE", 0.3)
    with answering(b"{", drip=b" ") as server, pytest.raises(Unreached, match="no whole answer"):
        remote.by_server("status", options(server), Screen())


@pytest.mark.parametrize("server", ["http://[", "http://", "file:///x", "http://h:99999", "x", "http://[::1%zone"])
def test_a_server_that_is_no_url_is_an_error_of_usage(server: str) -> None:
    with pytest.raises(UsageError, match="is no URL"):
        remote.by_server("status", options(server), Screen())


def test_a_password_in_the_url_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError, match="--token-file") as error:
        remote.by_server("status", options("http://ops:hunter2@localhost"), Screen())
    assert "hunter2" not in str(error.value)


def test_an_empty_token_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(UsageError, match="holds no token"):
        remote.by_server("status", options("http://127.0.0.1:1", token_file=tmp_path / "token"), Screen())


ODD = (True, 0, -1, 1e308, float("inf"), float("nan"), 10**14, "", "\0", "\ud800", "x" * 1000, "1e400", "none", "json")


@pytest.mark.parametrize("command", COMMANDS)
def test_odd_options_of_a_look_are_taken_or_refused_in_words(command: str) -> None:
    kind, _ = COMMANDS[command]
    refused: list[str] = []
    for name in (*TABLE, *(each.name for each in fields(kind)), "effective", "layers", "no_such"):
        for value in ODD:
            try:
                assert _options(kind, {name: value}).settings()
            except ValueError as error:
                refused.append(str(error))
    assert len(refused) > len(TABLE)
    assert all(refused)
