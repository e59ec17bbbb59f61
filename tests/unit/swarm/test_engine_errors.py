"""Which engine the options and the environment name."""

from __future__ import annotations

import pytest

from reconciler.errors import Conflict, EngineError, EngineUnavailable, NotASwarm, NotFound, OutOfSequence, Refused
from reconciler.swarm import engine_errors

NOT_A_MANAGER = 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect'


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (500, "rpc error: code = Unknown desc = update out of sequence", OutOfSequence),
        (400, "rpc error: code = InvalidArgument desc = config 'c' is in use by the following service: a", Conflict),
        (400, "rpc error: code = FailedPrecondition desc = network x is in use by service y", Conflict),
        (403, "error while removing network: network n id x has active endpoints", Conflict),
        (409, "rpc error: code = AlreadyExists desc = config c already exists", Conflict),
        (404, "service nope not found", NotFound),
        (500, "network nonet not found", NotFound),
        (400, "rpc error: code = InvalidArgument desc = name must be valid as a DNS name component", Refused),
        (501, "rpc error: code = Unimplemented desc = service mode change is not allowed", Refused),
        (403, "forbidden by an authorization plugin", Refused),
        (503, NOT_A_MANAGER, NotASwarm),
        (406, "This node is not part of a swarm", NotASwarm),
        (503, "Swarm is encrypted and needs to be unlocked before it can be used.", NotASwarm),
        (500, "rpc error: code = Unknown desc = The swarm does not have a leader.", EngineUnavailable),
        (500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded", EngineUnavailable),
        (500, "rpc error: code = Unknown desc = constraint expected one operator from ==, !=", Refused),
        (404, "manifest unknown: manifest unknown", NotFound),
        (500, 'Get "http://r:5000/v2/a/manifests/1": no basic auth credentials', Refused),
        (500, 'Get "http://localhost:5000/v2/": dial tcp 127.0.0.1:5000: connect: refused', EngineUnavailable),
        (429, "toomanyrequests", EngineUnavailable),
        (502, "", EngineUnavailable),
    ],
)
def test_words_go_before_the_status(status: int, words: str, kind: type[EngineError]) -> None:
    assert type(engine_errors.refusal("do it", status, words)) is kind


def test_a_worker_is_to_be_promoted_rather_than_given_a_swarm_of_its_own() -> None:
    words = "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state."
    assert "docker node promote" in str(engine_errors.refusal("list the services", 503, words))
    assert "docker swarm init" not in str(engine_errors.refusal("list the services", 503, words))


def test_it_says_what_to_what_why_and_what_to_do() -> None:
    error = engine_errors.refusal("remove the config c", 400, "rpc error: code = InvalidArgument desc = it is in use.")
    assert str(error) == (
        "can't remove the config c: the engine says: InvalidArgument desc = it is in use. "
        "Whatever uses it must stop using it first."
    )


def test_an_answer_without_words_tells_its_status() -> None:
    assert "the engine says: status 502." in str(engine_errors.refusal("do it", 502, ""))


def test_only_what_may_pass_is_worth_a_retry() -> None:
    assert engine_errors.refusal("do it", 500, "no leader").passing
    assert not engine_errors.refusal("do it", 503, NOT_A_MANAGER).passing
    assert not engine_errors.refusal("do it", 400, "bad").passing


def test_the_operating_systems_words_are_dug_out() -> None:
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as inner:
            raise RuntimeError("HTTPConnectionPool(host='localhost', port=None): Max retries exceeded") from inner
    except RuntimeError as outer:
        message = str(engine_errors.unreachable("list the services", "unix:///s", outer))
    assert message.startswith("can't list the services: no engine answers at unix:///s (Connection refused).")
