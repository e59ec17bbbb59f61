"""Who gets in, and who doesn't."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from reconciler.control.protocol import Look
from reconciler.errors import UsageError
from reconciler.settings.choices import Role
from reconciler.web import access as accesses
from reconciler.web import tokens
from reconciler.web.access import CHECKS, COOKIE, QUEUE, SESSION, TRIES, WINDOW, Access, Rules, is_loopback
from reconciler.web.problems import Problem
from reconciler.web.surface import Surface, WebSettings
from tests.unit.loop.small_swarm import Clock, SmallSwarm

GIVEN, KEPT = tokens.made("ops", Role.OPERATOR)
LOOK, LOOKER = tokens.made("eve", Role.VIEWER)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "tokens"
    tokens.write(found, {"ops": KEPT, "eve": LOOKER})
    return found


def request(address: str = "192.0.2.1", host: str = "localhost:9180", **headers: str) -> Request:
    given = {"host": host, **headers}
    return Request(
        {
            "type": "http",
            "scheme": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "client": (address, 1),
            "server": ("localhost", 9180),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        }
    )


def status(access: Access, asked: Request) -> int:
    try:
        access.visitor(asked)
    except Problem as problem:
        return problem.status
    return 200


def test_loopback_may_look_without_a_token_and_never_write() -> None:
    visitor = Access(Rules(loopback=True)).visitor(request())
    assert visitor.role is Role.VIEWER
    with pytest.raises(Problem, match="may only look"):
        visitor.may_write()
    assert status(Access(Rules(loopback=True, ask_on_loopback=True)), request()) == 401
    assert status(Access(Rules(loopback=False)), request()) == 401


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.evil.example:9180", "[::2]"])
def test_a_name_that_somebody_points_at_us_is_refused(host: str) -> None:
    assert status(Access(Rules(loopback=True)), request(host=host)) == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9180", "[::1]:9180", "board.example:443"])
def test_our_own_names_are_let_in(host: str) -> None:
    rules = Rules(loopback=True, hosts=frozenset({"board.example"}))
    assert status(Access(rules), request(host=host)) == 200


def test_a_token_has_its_role_and_a_wrong_one_none(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    assert access.visitor(request(authorization=f"Bearer {GIVEN}")).role is Role.OPERATOR
    assert access.visitor(request(authorization=f"bearer {LOOK}")).role is Role.VIEWER
    others = f"eve.{GIVEN.partition('.')[2]}"
    for wrong in ("", "ops.", "ops.wrong", others, "nobody.x", "é.é", GIVEN + "x", "." * 9000):
        assert status(access, request(authorization=f"Bearer {wrong}")) == 401


def test_tries_are_limited_by_address(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accesses, "TRIES", 3)
    clock = Clock()
    access = Access(Rules(loopback=False, tokens_file=file), clock)
    wrong = request(authorization="Bearer nobody.x")
    assert [status(access, wrong) for _ in range(4)] == [401] * 3 + [429]
    right = f"Bearer {GIVEN}"
    assert status(access, request(authorization=right)) == 429
    assert status(access, request(address="192.0.2.2", authorization=right)) == 200
    clock.now += WINDOW
    assert status(access, request(authorization=right)) == 200


def test_many_wrong_tokens_at_once_count_as_many(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def slow(token: object, secret: str) -> bool:
        checked.append(secret)
        gate.wait(0.1)
        return False

    gate = threading.Event()
    monkeypatch.setattr(accesses, "matches", slow)
    access = Access(Rules(loopback=False, tokens_file=file))
    with ThreadPoolExecutor(40) as pool:
        found = set(pool.map(lambda _: status(access, request(authorization="Bearer ops.x")), range(40)))
    assert len(checked) <= TRIES
    assert found <= {401, 429, 503}


def test_wrong_tokens_from_everywhere_take_few_threads(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, waiting = threading.Event(), Access(Rules(loopback=False, tokens_file=file))
    assert status(waiting, request(authorization=f"Bearer {LOOK}")) == 200
    monkeypatch.setattr(accesses, "matches", lambda *_: not gate.wait(20))

    def wrong(place: int) -> int:
        found = status(waiting, request(address=f"192.0.2.{place}", authorization="Bearer ops.x"))
        if found == 503:
            gate.set()
        return found

    with ThreadPoolExecutor(CHECKS + QUEUE + 1) as pool:
        found = list(pool.map(wrong, range(CHECKS + QUEUE + 1)))
    assert sorted(found) == [401] * (CHECKS + QUEUE) + [503]
    assert status(waiting, request(authorization=f"Bearer {LOOK}")) == 200


def test_one_network_of_ipv6_has_the_tries_of_one_address(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    wrong = "Bearer nobody.x"
    found = [status(access, request(f"2001:db8::{place:x}", authorization=wrong)) for place in range(TRIES + 1)]
    assert found == [401] * TRIES + [429]
    assert status(access, request("2001:db8:0:1::1", authorization=wrong)) == 401
    for place in ("fe80::1%eth0", "", "unknown", "::ffff:192.0.2.1"):
        assert status(access, request(place, authorization=wrong)) == 401


def test_a_token_that_is_made_again_doesnt_revive_old_sessions(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    cookie, _ = access.sign_in(GIVEN, "192.0.2.1")
    tokens.write(file, {"ops": tokens.made("ops", Role.OPERATOR)[1]})
    assert status(access, request(cookie=f"{COOKIE}={cookie}")) == 401


def test_a_host_that_is_no_host_is_no_fault(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    cookie, _ = access.sign_in(GIVEN, "192.0.2.1")
    asked = request(host="[", cookie=f"{COOKIE}={cookie}", origin="http://evil.example")
    with pytest.raises(Problem, match="isn't this page"):
        access.check_write(asked, access.visitor(asked), "")


def test_a_token_that_is_removed_lets_nobody_in_nor_its_sessions(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    cookie, _ = access.sign_in(GIVEN, "192.0.2.1")
    signed_in = request(cookie=f"{COOKIE}={cookie}")
    assert status(access, signed_in) == 200
    tokens.write(file, {"eve": LOOKER})
    assert status(access, request(authorization=f"Bearer {GIVEN}")) == 401
    assert status(access, signed_in) == 401


def test_a_file_that_breaks_keeps_its_last_good_tokens(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    assert status(access, request(authorization=f"Bearer {GIVEN}")) == 200
    file.write_text("what is this\n")
    assert status(access, request(authorization=f"Bearer {GIVEN}")) == 200


def test_a_session_writes_only_from_its_own_page(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    cookie, signed_in = access.sign_in(GIVEN, "192.0.2.1")
    asked = request(cookie=f"{COOKIE}={cookie}", origin="http://localhost:9180")
    visitor = access.visitor(asked)
    assert visitor.csrf == signed_in.csrf
    access.check_write(asked, visitor, visitor.csrf)
    for csrf in ("", "wrong", "é"):
        with pytest.raises(Problem, match="too old"):
            access.check_write(asked, visitor, csrf)
    for origin in ("http://evil.example", "null", "https://localhost:9180"):
        with pytest.raises(Problem, match="isn't this page"):
            access.check_write(request(cookie=f"{COOKIE}={cookie}", origin=origin), visitor, visitor.csrf)


def test_a_session_ends_by_sign_out_and_by_itself(file: Path) -> None:
    clock = Clock()
    access = Access(Rules(loopback=False, tokens_file=file), clock)
    first, _ = access.sign_in(GIVEN, "192.0.2.1")
    second, _ = access.sign_in(LOOK, "192.0.2.1")
    access.sign_out(first)
    assert [status(access, request(cookie=f"{COOKIE}={cookie}")) for cookie in (first, second, "x")] == [401, 200, 401]
    clock.now += SESSION
    assert status(access, request(cookie=f"{COOKIE}={second}")) == 401


def test_the_file_holds_no_token_and_is_its_owners_alone(file: Path) -> None:
    assert GIVEN.partition(".")[2] not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tokens.read(file).values()} == {"ops", "eve"}


@pytest.mark.parametrize(
    "text",
    [
        "ops",
        "ops operator",
        "ops root x",
        "ops operator scrypt:15:x:y",
        f"o/s operator scrypt:15:{'A' * 22}==:{'A' * 43}=",
        "\x00",
        "a" * 2_000_000,
    ],
)
def test_a_bad_file_is_an_error_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens").write_text(text)
    with pytest.raises(UsageError, match="tokens"):
        tokens.read(tmp_path / "tokens")


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 64, "é"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name of a token"):
        tokens.made(name, Role.VIEWER)


def test_others_reach_nothing_without_tokens(tmp_path: Path) -> None:
    swarm = SmallSwarm(Clock())
    for listen in ("0.0.0.0:9180", ":9180", "192.0.2.1:1", "board.example:80"):
        with pytest.raises(UsageError, match="has no tokens"):
            Surface(WebSettings(listen, "reconciler"), swarm, _nobody)
    with pytest.raises(UsageError, match="can't be read"):
        Surface(WebSettings("0.0.0.0:9180", "reconciler", tmp_path / "none"), swarm, _nobody)
    for listen in ("", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"):
        with pytest.raises(UsageError, match="is no address"):
            Surface(WebSettings(listen, "reconciler"), swarm, _nobody)
    for listen in ("127.0.0.1:9180", "[::1]:9180", "localhost:0"):
        Surface(WebSettings(listen, "reconciler"), swarm, _nobody)


def test_loopback_is_told_from_the_rest() -> None:
    assert [is_loopback(each) for each in ("127.0.0.1", "127.9.9.9", "::1", "localhost")] == [True] * 4
    assert [is_loopback(each) for each in ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "")] == [False] * 5


async def _nobody(look: Look, *, values: bool) -> Mapping[str, Any]:
    raise ValueError(f"nobody looks at {look.command}, {values}")


def test_a_file_that_is_gone_lets_nobody_in(file: Path) -> None:
    access = Access(Rules(loopback=False, tokens_file=file))
    assert status(access, request(authorization=f"Bearer {GIVEN}")) == 200
    file.unlink()
    assert status(access, request(authorization=f"Bearer {GIVEN}")) == 401


def test_a_change_keeps_owner_and_mode_and_none_is_lost(file: Path) -> None:
    file.chmod(0o640)
    os.chown(file, 12345, 54321)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _add(file, f"t{number}"), range(8)))
    found = file.stat()
    assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (0o640, 12345, 54321)
    assert tokens.read(file).keys() == {"ops", "eve", *(f"t{number}" for number in range(8))}


def _add(file: Path, name: str) -> None:
    with tokens.changing(file) as found:
        tokens.write(file, {**found, name: replace(KEPT, name=name)})


def test_a_file_with_too_many_lines_is_refused_whole(tmp_path: Path) -> None:
    lines = [f"t{number} viewer {KEPT.hash}" for number in range(tokens.MOST + 1)]
    (tmp_path / "tokens").write_text("\n".join(lines))
    with pytest.raises(UsageError, match="too long"):
        tokens.read(tmp_path / "tokens")
