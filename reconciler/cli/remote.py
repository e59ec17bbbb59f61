"""Commands that ask a loop on another machine, by its API (``--server``)."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.bounded import Unreadable, shaped
from reconciler.cli.look import Reply
from reconciler.cli.styled import Screen
from reconciler.errors import ReconcilerError, Unreached, UsageError
from reconciler.printable import printable
from reconciler.settings.table import TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.options import CommonOptions

TIMEOUT = 30.0
"""Seconds that a server has for each answer."""
LARGEST = 64_000_000
"""Bytes of an answer."""
POLL = 0.5
"""Seconds between looks at a request."""
MOVING = frozenset({"Progressing", "Waiting", "Missing"})


def by_server(command: str, options: CommonOptions, screen: Screen) -> Reply:
    """Return what a command prints, by the loop behind the server.

    Raises:
        Unreached: nobody answers there.
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
    return Reply(found["out"], found["code"], found["err"])


def asked(options: CommonOptions, do: str, **given: str) -> str:
    """Hand a request to the loop behind the server, and return what came of it, in words. Raises as ``by_server``."""
    found = _ask(options, "POST", do, given)
    return str(found.get("detail") or found.get("state") or "")


def reload(options: CommonOptions, *, consent: bool, wait: bool, timeout: float) -> int:
    """Force a pass, wait until it has ended, or until all is settled, and print the status. Raises as ``by_server``."""
    from reconciler.cli.commands.status import StatusOptions

    deadline = time.monotonic() + timeout
    request = _ask(options, "POST", "consent" if consent else "reload", {})
    while request.get("state") == "accepted" and time.monotonic() < deadline:
        time.sleep(POLL)
        request = _ask(options, "GET", f"requests/{request.get('id')}")
    if request.get("state") == "failed":
        raise ReconcilerError(f"the forced pass failed: {printable(str(request.get('detail')))}")
    while wait and time.monotonic() < deadline and _ask(options, "GET", "status").get("verdict") in MOVING:
        time.sleep(POLL)
    status = StatusOptions(effective=options.effective, layers=options.layers)
    said = by_server("status", status, Screen.here())
    print(said.out, end="")
    return said.code


def _ask(options: CommonOptions, method: str, path: str, body: Any = None) -> dict[str, Any]:
    server = _server(options)
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"--server {server[:200]!r} is no URL: write http://HOST:PORT or https://HOST")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
        try:
            headers = {"content-type": "application/json", **_token(options.effective.settings.token_file)}
            data = None if body is None else json.dumps(body)
            connection.request(method, f"{parts.path.rstrip('/')}/api/v1/{path}", data, headers)
            answer = connection.getresponse()
            status, content = answer.status, answer.read(LARGEST)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreached(f"{server} can't be asked: {error or type(error).__name__}") from error
    return _checked(server, status, content)


def _checked(server: str, status: int, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreached(f"{server} is no reconciler: it answers {status} without JSON") from error
    if not isinstance(found, dict):
        raise Unreached(f"{server} is no reconciler: its answer is no object")
    if status >= 500:
        raise Unreached(f"{server} says: {printable(str(found.get('detail', status))[:500])}")
    if status >= 400:
        raise ReconcilerError(f"{server} says: {printable(str(found.get('detail', status))[:500])}")
    return found


def _server(options: CommonOptions) -> str:
    return options.effective.settings.server


def _token(file: Path | None) -> dict[str, str]:
    """The header with the token. Raises ``UsageError`` where its file can't be read."""
    if file is None:
        return {}
    try:
        with file.open() as opened:
            token = opened.read(1000).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--token-file {file} can't be read: {getattr(error, 'strerror', '') or error}") from error
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"--token-file {file} holds no token: it must be one line, by `reconciler token add`")
    return {"authorization": f"Bearer {token}"}
