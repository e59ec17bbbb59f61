"""Commands that ask a loop on another machine, by its API (``--server``)."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urlsplit

from reconciler.bounded import LARGEST_DIGITS, Unreadable, parsed, shaped
from reconciler.cli.look import Reply
from reconciler.cli.styled import Screen
from reconciler.errors import ReconcilerError, Unreached, UsageError
from reconciler.printable import printable
from reconciler.settings.choices import Output
from reconciler.settings.table import TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.options import CommonOptions

TIMEOUT = 30.0
"""Seconds that a server has for each answer."""
LARGEST = 64_000_000
"""Bytes of an answer."""
WHOLE = 120.0
"""Seconds that a server has for a whole answer, however slowly it comes."""
LAST_CODE = 255
"""Largest exit code."""
POLL = 0.5
"""Seconds between looks at a request."""
_STYLE = re.compile(r"(\x1b\[(?:0|1|2|3[1-6])(?:;(?:1|2|3[1-6]))*m)")
"""Colours as ``Text`` draws them."""
MOVING = frozenset({"Progressing", "Waiting", "Missing"})


def by_server(command: str, options: CommonOptions, screen: Screen) -> Reply:
    """Return what a command prints, from the loop behind the server.

    Raises:
        Unreached: the server doesn't answer.
        ReconcilerError: the server refuses it.
    """
    own = {each.name: getattr(options, each.name) for each in fields(options) if "parameter" in each.metadata}
    rows = [TABLE[name] for name in options.effective.sources if TABLE[name].is_option_of(command)]
    taken = {
        row.attribute: row.kind.plain(getattr(options.effective.settings, row.attribute))
        for row in rows
        if row.attribute not in {"desired", "host", "server", "token_file", "config"}
    }
    look = {"command": command, "options": {**taken, **own}, "width": screen.width, "colour": screen.colour}
    found = _ask(options, "POST", "look", look)
    try:
        shaped(found, {"out": str, "err": str, "code": int})
    except Unreadable as error:
        raise Unreached(f"{_server(options)} is no reconciler of ours: its answer {error}") from error
    if not 0 <= found["code"] <= LAST_CODE:
        raise Unreached(f"{_server(options)} is no reconciler of ours: it answers with an exit code out of range")
    as_json = options.output is Output.JSON
    out, err = (_harmless(found[name], as_json=as_json, colour=screen.colour) for name in ("out", "err"))
    return Reply(out, found["code"], err)


def asked(options: CommonOptions, do: str, **given: str) -> str:
    """Send a request to the loop behind the server, and return its result in words. Raises as ``by_server``."""
    found = _ask(options, "POST", do, given)
    return printable(str(found.get("detail") or found.get("state") or ""))


def reload(options: CommonOptions, *, consent: bool, wait: bool, timeout: float) -> int:
    """Force a pass, wait until it has ended or everything is settled, and print the status. Raises as ``by_server``."""
    from reconciler.cli.commands.status import StatusOptions

    deadline = time.monotonic() + timeout
    request = _ask(options, "POST", "consent" if consent else "reload", {})
    while request.get("state") == "accepted" and time.monotonic() < deadline:
        time.sleep(POLL)
        request = _ask(options, "GET", f"requests/{quote(str(request.get('id')), safe='')}")
    if request.get("state") == "failed":
        raise ReconcilerError(f"the forced pass failed: {printable(str(request.get('detail')))}")
    while wait and time.monotonic() < deadline and str(_ask(options, "GET", "status").get("verdict")) in MOVING:
        time.sleep(POLL)
    status = StatusOptions(effective=options.effective, layers=options.layers)
    said = by_server("status", status, Screen.here())
    print(said.out, end="")
    return said.code


def _ask(options: CommonOptions, method: str, path: str, body: Any = None) -> dict[str, Any]:
    server = _server(options)
    parts = _parts(server)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {"content-type": "application/json", **_token(options.effective.settings.token_file)}
    late = threading.Event()
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            connection.connect()
            with _cut_off(connection.sock, late):
                data = None if body is None else json.dumps(body)
                connection.request(method, f"{parts.path.rstrip('/')}/api/v1/{path}", data, headers)
                with connection.getresponse() as answer:
                    status, content = answer.status, answer.read(LARGEST)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = f"no whole answer after {WHOLE:g} s" if late.is_set() else printable(str(error)[:500])
        raise Unreached(f"{server} can't be asked: {why or type(error).__name__}") from error
    if late.is_set():
        raise Unreached(f"{server} can't be asked: no whole answer after {WHOLE:g} s")
    return _checked(server, status, content)


def _checked(server: str, status: int, content: bytes) -> dict[str, Any]:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise Unreached(f"{server} sends readers to another address: name that one by --server")
    try:
        found = parsed(content, LARGEST, digits=LARGEST_DIGITS)
    except Unreadable as error:
        raise Unreached(f"{server} is no reconciler: it answers {status}, and that {error}") from error
    if not isinstance(found, dict):
        raise Unreached(f"{server} is no reconciler: its answer is no object")
    if status >= 500:
        raise Unreached(f"{server} says: {printable(str(found.get('detail', status))[:500])}")
    if status >= 400:
        raise ReconcilerError(f"{server} says: {printable(str(found.get('detail', status))[:500])}")
    return found


@contextmanager
def _cut_off(connection: socket.socket, late: threading.Event) -> Iterator[None]:
    """End a connection after ``WHOLE`` seconds: its own timeout begins again with each byte."""

    def cut() -> None:
        late.set()
        with suppress(OSError):  # it has ended by itself
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _harmless(text: str, *, as_json: bool, colour: bool) -> str:
    """Return what a server prints, with nothing that commands a terminal but our own colours."""
    parts = _STYLE.split(text) if colour else [text]
    escaped = [part if number % 2 else _escaped(part, as_json=as_json) for number, part in enumerate(parts)]
    return "".join(escaped)


def _escaped(text: str, *, as_json: bool) -> str:
    if not as_json:
        return printable(text, "\n\t")
    return "".join(char if char.isprintable() or char in "\n\t" else json.dumps(char)[1:-1] for char in text)


def _parts(server: str) -> SplitResult:
    """The parts of the server's URL. Raises ``UsageError`` where it is none."""
    try:
        parts = urlsplit(server)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise UsageError(f"--server {server[:200]!r} is no URL: write http://HOST:PORT or https://HOST")
    if "@" in parts.netloc:
        raise UsageError("--server holds a name or a password before its host: use --token-file instead")
    return parts


def _server(options: CommonOptions) -> str:
    return options.effective.settings.server


def _token(file: Path | None) -> dict[str, str]:
    """Return the header with the token.

    Raises:
        UsageError: the token's file can't be read.
    """
    if file is None:
        return {}
    try:
        with file.open() as opened:
            token = opened.read(1000).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--token-file {file} can't be read: {getattr(error, 'strerror', '') or error}") from error
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"--token-file {file} holds no token: it must be one line, by `reconciler token add`")
    return {"authorization": f"Bearer {token}"}
