"""The engine's refusals as errors of ours: what happened, to what, in the engine's own words, and what to do.

Status codes alone aren't enough: 20.10 answers 500 to a stale version, 400 to "in use" and 403 to "has active
endpoints". So the engine's words decide first, then the status.
"""

from __future__ import annotations

from reconciler.errors import Conflict, EngineError, EngineUnavailable, NotASwarm, NotFound, OutOfSequence, Refused

_BY_WORDS: tuple[tuple[str, type[EngineError], str], ...] = (
    ("worker nodes can't", NotASwarm, "Promote it by `docker node promote`, or point --host to a manager."),
    ("not a swarm manager", NotASwarm, "Run `docker swarm init` there, or point --host to a manager."),
    ("not part of a swarm", NotASwarm, "Run `docker swarm init` there, or point --host to a manager."),
    ("needs to be unlocked", NotASwarm, "Run `docker swarm unlock` there."),
    (
        "update out of sequence",
        OutOfSequence,
        "Somebody else changed it meanwhile. The next pass plans it again.",
    ),
    ("expected one operator", Refused, "A constraint is `KEY==VALUE` or `KEY!=VALUE`: fix it in desired state."),
    ("join token", Refused, "`docker swarm join-token manager` on a manager prints the right one."),
    ("could not choose an ip address", Refused, "Name one of them with --advertise-addr."),
    (
        "address already in use",
        Conflict,
        "Stop what listens there; most likely another Swarm in the same network.",
    ),
    ("no space left on device", EngineUnavailable, "The engine's disk is full. Free some space."),
    ("in use", Conflict, "Whatever uses it must stop using it first."),
    ("active endpoints", Conflict, "Whatever uses it must stop using it first."),
    ("manifest unknown", NotFound, "Its registry has no such tag: push it, or fix the name."),
    ("unauthorized", Refused, "Log in to its registry with `docker login`, where reconciler runs."),
    ("no basic auth credentials", Refused, "Log in to its registry with `docker login`, where reconciler runs."),
    ("/v2/", EngineUnavailable, "Its registry can't be reached. Check the engine's network and name servers."),
    (
        "client version",
        EngineUnavailable,
        "The next try negotiates the API version again. If the error stays, install a newer reconciler.",
    ),
)
_BY_STATUS: dict[int, tuple[type[EngineError], str]] = {
    404: (NotFound, "It is gone, or what it refers to is. Observe again."),
    408: (EngineUnavailable, "Try again."),
    409: (Conflict, "Use another name, or adopt the object that is there."),
    429: (EngineUnavailable, "Try again later."),
    501: (Refused, "The engine can't do that: change desired state."),
}
_PASSING = (EngineUnavailable, "The engine or its Swarm has a problem, or no leader. See the engine's log.")
_FOR_GOOD = (Refused, "Change desired state.")


def refusal(doing: str, status: int, words: str) -> EngineError:
    """Return the error for an answer of ``status`` (400 and above). ``doing`` completes "can't ...", as in "ping the
    engine"."""
    for phrase, kind, advice in _BY_WORDS:
        if phrase in words.lower():
            return kind(_sentence(doing, words, advice))
    if status == 500 and words.endswith("not found"):
        status = 404
    kind, advice = _BY_STATUS.get(status, _PASSING if status >= 500 else _FOR_GOOD)
    return kind(_sentence(doing, words or f"status {status}", advice))


def unreachable(doing: str, host: str, error: BaseException) -> EngineUnavailable:
    """Return the error for no answer at all, or one that broke off."""
    return EngineUnavailable(
        f"can't {doing}: no engine answers at {host} ({_cause(error)}). "
        "Start Docker there, or name another engine with --host or DOCKER_HOST."
    )


def silent(doing: str, host: str, seconds: float) -> EngineUnavailable:
    """Return the error for an engine that took the request and didn't answer in time."""
    return EngineUnavailable(
        f"can't {doing}: the engine at {host} didn't answer within {seconds:g} s. Look whether it is overloaded, "
        "or its Swarm has lost its leader (`docker node ls` on another manager shows it)."
    )


def _sentence(doing: str, words: str, advice: str) -> str:
    said = words.strip().rstrip(".").removeprefix("rpc error: code = ")
    return f"can't {doing}: the engine says: {said}. {advice}"


def _cause(error: BaseException) -> str:
    """Return the operating system's words, or else those of the innermost of the exceptions that three libraries
    wrapped."""
    inner = error
    while inner.__context__ is not None and not (isinstance(inner, OSError) and inner.strerror):
        inner = inner.__context__
    return inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
