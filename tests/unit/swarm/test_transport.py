"""Reading the stream of a log, in any pieces and with any content."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import EngineUnavailable, OutOfSequence, Refused
from reconciler.swarm import events
from reconciler.swarm.connections import CONNECTIONS
from reconciler.swarm.endpoint import Endpoint
from reconciler.swarm.events import watch
from reconciler.swarm.transport import NEWEST_API, Call, Transport
from tests.machine import slowness
from tests.unit.swarm.listener import Answer, Listener, http, listening

CALL = Call("GET", "/things", "list the things", timeout=0.2)


@contextmanager
def transport_to(folder: Path, answer: Answer) -> Iterator[tuple[Transport, Listener]]:
    with listening(folder, answer) as (host, listener):
        transport = Transport(Endpoint(host, folder))
        try:
            yield transport, listener
        finally:
            transport.close()


def engine(version: str) -> Answer:
    def answer(path: str) -> bytes:
        return http(200, b"OK", f"Api-Version: {version}") if path == "/_ping" else http(200, b"[1]")

    return answer


@pytest.mark.parametrize(("theirs", "spoken"), [("1.41", "1.41"), ("1.44", "1.44"), ("1.99", NEWEST_API)])
def test_it_speaks_the_newest_version_that_both_know(tmp_path: Path, theirs: str, spoken: str) -> None:
    with transport_to(tmp_path, engine(theirs)) as (transport, listener):
        assert transport.json(CALL) == [1]
        assert transport.json(CALL) == [1]
        assert listener.paths == ["/_ping", f"/v{spoken}/things", f"/v{spoken}/things"]


def test_an_engine_that_is_too_old_is_refused(tmp_path: Path) -> None:
    with transport_to(tmp_path, engine("1.40")) as (transport, _), pytest.raises(Refused, match=r"API 1\.40.*20\.10"):
        transport.json(CALL)


def test_what_is_no_engine_is_told_so(tmp_path: Path) -> None:
    with (
        transport_to(tmp_path, lambda _: http(200, b"<html>")) as (transport, _),
        pytest.raises(EngineUnavailable, match="isn't a Docker engine"),
    ):
        transport.json(CALL)


def test_an_exchanged_engine_is_asked_for_its_version_again(tmp_path: Path) -> None:
    version = "1.41"

    def answer(path: str) -> bytes:
        if path == "/_ping":
            return http(200, b"OK", f"Api-Version: {version}")
        if path.startswith(f"/v{version}/"):
            return http(200, b"[]")
        return http(400, b'{"message": "client version 1.41 is too old. Minimum supported API version is 1.44"}')

    with transport_to(tmp_path, answer) as (transport, _):
        assert transport.json(CALL) == []
        version = "1.44"
        with pytest.raises(EngineUnavailable) as exchanged:
            transport.json(replace(CALL, again=False))
        assert exchanged.value.passing
        assert transport.json(CALL) == []


def test_a_read_that_meets_a_passing_fault_is_made_again_and_a_write_isnt(tmp_path: Path) -> None:
    ping = engine("1.41")
    answers = [http(500, b'{"message": "no leader"}'), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1"]

    def answer(path: str) -> bytes:
        if path == "/_ping":
            return ping(path) or b""
        return answers.pop() if answers else http(200, b"[1]")

    with transport_to(tmp_path, answer) as (transport, listener):
        assert transport.json(CALL) == [1]
        assert [path for path in listener.paths if path != "/_ping"] == ["/v1.41/things"] * 3
        answers.append(http(500, b'{"message": "no leader"}'))
        with pytest.raises(EngineUnavailable):
            transport.json(replace(CALL, method="POST"))


@pytest.mark.parametrize(
    ("call", "due"),
    [
        (CALL, True),
        (Call("POST", "/things/create", "create the thing"), True),
        (Call("POST", "/things/1/update", "update the thing"), False),
        (Call("DELETE", "/things/1", "remove the thing"), False),
    ],
)
def test_an_empty_answer_counts_only_where_none_is_due(tmp_path: Path, call: Call, due: bool) -> None:
    ping = engine("1.41")
    with transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else http(200)) as (transport, _):
        if due:
            with pytest.raises(EngineUnavailable, match="isn't JSON"):
                transport.json(call)
        else:
            assert transport.json(call) is None


def test_a_refusal_of_a_stream_that_breaks_off(tmp_path: Path) -> None:
    ping = engine("1.41")
    broken = b"HTTP/1.1 500 No\r\nContent-Length: 90\r\nConnection: close\r\n\r\n{"
    with (
        transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else broken) as (transport, _),
        pytest.raises(EngineUnavailable),
    ):
        transport.stream(CALL)


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"Type": "node"}', b"\xff"])
def test_an_event_that_is_none_is_a_loss_of_the_stream(tmp_path: Path, line: bytes) -> None:
    chunk = b"%x\r\n%s\n\r\n" % (len(line) + 1, line)
    stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
    ping = engine("1.41")
    with (
        transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else stream) as (transport, _),
        pytest.raises(EngineUnavailable, match="malformed"),
    ):
        next(watch(transport, threading.Event()))


def test_a_stream_that_falls_silent_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    ping = engine("1.41")
    monkeypatch.setattr(events, "_CALL", replace(events._CALL, timeout=0.2))
    with (
        transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else head) as (transport, _),
        pytest.raises(EngineUnavailable),
    ):
        next(watch(transport, threading.Event()))


def test_silence_is_an_error_after_the_calls_timeout(tmp_path: Path) -> None:
    ping = engine("1.41")
    with transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else None) as (transport, _):
        began = time.monotonic()
        with pytest.raises(EngineUnavailable, match=r"list the things.*within 0\.2 s"):
            transport.json(CALL)
        assert time.monotonic() - began < 2 * slowness()


def test_an_answer_that_breaks_off_is_told_in_plain_words(tmp_path: Path) -> None:
    ping = engine("1.41")
    garbled = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1"
    with (
        transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else garbled) as (transport, _),
        pytest.raises(EngineUnavailable) as broken,
    ):
        transport.json(CALL)
    assert broken.value.passing
    assert "HTTPConnectionPool" not in str(broken.value)


def test_connections_are_kept(tmp_path: Path) -> None:
    with transport_to(tmp_path, engine("1.41")) as (transport, listener):
        for number in range(50):
            transport.json(Call("GET", f"/things/{number}", "read a thing"))
        assert listener.connections == 1
        threads = [threading.Thread(target=transport.json, args=(CALL,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert listener.connections <= CONNECTIONS


def test_an_answer_that_should_be_json_and_isnt(tmp_path: Path) -> None:
    with (
        transport_to(tmp_path, lambda _: http(200, b"<html>", "Api-Version: 1.41")) as (transport, _),
        pytest.raises(EngineUnavailable, match=r"list the things.*isn't JSON"),
    ):
        transport.json(CALL)


def test_an_answer_that_is_no_json_is_quoted(tmp_path: Path) -> None:
    ping = engine("1.41")
    with (
        transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else http(502, b"Bad Gateway")) as (at, _),
        pytest.raises(EngineUnavailable, match="the engine says: Bad Gateway"),
    ):
        at.json(CALL)


@pytest.mark.parametrize("ending", [b"", b"0\r\n\r\n"], ids=["broken off", "ended"])
def test_a_stream_that_ends_by_itself_is_a_loss(tmp_path: Path, ending: bytes) -> None:
    halves = (b'{"Type": "node", "Action": "update", "scope": "swarm", ', b'"Actor": {"ID": "n"}}\n')
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(half), half) for half in halves)
    stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + ending
    ping = engine("1.41")
    with transport_to(tmp_path, lambda path: ping(path) if path == "/_ping" else stream) as (transport, _):
        events = watch(transport, threading.Event())
        assert next(events).id == "n"
        with pytest.raises(EngineUnavailable) as lost:
            next(events)
        assert lost.value.passing


def test_a_fence_keeps_every_write_from_going_out_and_no_question(tmp_path: Path) -> None:
    def fence(doing: str) -> None:
        raise OutOfSequence(f"can't {doing}: the lease was lost")

    with transport_to(tmp_path, engine("1.41")) as (transport, listener):
        fenced = transport.fenced(fence)
        assert fenced.json(CALL) == [1]
        for method in ("POST", "DELETE", "PUT"):
            with pytest.raises(OutOfSequence, match="can't change a thing: the lease was lost"):
                fenced.json(Call(method, "/things/1", "change a thing"))
        assert listener.paths == ["/_ping", "/v1.41/things"]
        assert transport.json(Call("POST", "/things/1", "change a thing")) == [1]


def test_a_fence_is_asked_after_all_that_takes_time(tmp_path: Path) -> None:
    seen: list[list[str]] = []
    with transport_to(tmp_path, engine("1.41")) as (transport, listener):
        transport.fenced(lambda _: seen.append(list(listener.paths))).json(Call("POST", "/things", "make a thing"))
        assert seen == [["/_ping"]]
