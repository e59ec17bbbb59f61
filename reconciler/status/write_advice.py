"""Advice on a service that can't be written, by the cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.causes.cause import Cause
from reconciler.status.case import Case
from reconciler.verdict.model import Judgement


def advice_on_writing(case: Case, judgement: Judgement) -> str:
    return ADVICE.get(judgement.cause, _otherwise)(case, judgement)


def _file(case: Case) -> str:
    return case.wanted.at.brief if case.wanted else "its file"


def _otherwise(case: Case, judgement: Judgement) -> str:
    return f"It can't be written. Fix {_file(case)} as the reason says, or what it names on the engine"


def _missing(case: Case, judgement: Judgement) -> str:
    kind, _, name = judgement.facts.object.partition(" ")
    if kind not in {"network", "config", "secret"}:
        return _otherwise(case, judgement)
    rest = f"--driver overlay {name}" if kind == "network" else f"{name} FILE"
    return (
        f"Make the {kind} by `docker {kind} create {rest}`; or leave `external: true` out of "
        f"{case.wanted.at.file if case.wanted else 'its file'} and say what it is, and it is made with the rest"
    )


def _taken(case: Case, judgement: Judgement) -> str:
    kind, _, name = judgement.facts.object.partition(" ")
    return (
        f"Something else on the engine has the name of {kind} {name}. Remove or rename it "
        f"(`docker {kind} inspect {name}`), or set another `name` in {_file(case)}"
    )


def _port(case: Case, judgement: Judgement) -> str:
    return (
        f"Another service has the published port. Publish another one (`ports` in {_file(case)}), or remove the port "
        "from the other service (`docker service ls` shows the ports of each)"
    )


def _too_old(case: Case, judgement: Judgement) -> str:
    return (
        f"The engine is too old for a key of the stack. Update the engine (`docker version` shows what it is), or drop "
        f"the key from {case.wanted.at.file if case.wanted else 'its file'}"
    )


def _owned(case: Case, judgement: Judgement) -> str:
    return (
        f"Another reconciler owns service {case.name}. Remove it from the files there, set the same `--owner` here, or "
        f"set another name in {_file(case)} (`x-reconciler: {{name: NAME}}`)"
    )


def _replacement(case: Case, judgement: Judgement) -> str:
    return (
        "Swarm can't change this in place. Put the old value back, or agree to a replacement as the reason says "
        f"({_file(case)})"
    )


def _room(case: Case, judgement: Judgement) -> str:
    return (
        "The rollout starts new tasks before it stops old ones, and no node has room for one more. Set "
        f"`update_config.order: stop-first` in {_file(case)}, lower `deploy.resources.reservations`, or add a node"
    )


def _ourselves(case: Case, judgement: Judgement) -> str:
    return f"This reconciler runs as {case.name} and can't replace itself. Deploy it again from outside"


def _refused(case: Case, judgement: Judgement) -> str:
    return (
        f"The engine refuses the write. Fix in {_file(case)} what its words name: {judgement.facts.said}. A changed "
        "file is tried at once"
    )


def _disputed(case: Case, judgement: Judgement) -> str:
    return (
        f"Somebody else keeps changing {case.name} back. Find and stop the other writer, or leave the fields to it "
        f"with `ignore` under `x-reconciler` in {_file(case)}"
    )


def _disputed_with_ourselves(case: Case, judgement: Judgement) -> str:
    return "Report this: it is a fault of reconciler. `reconciler reload` tries again"


ADVICE: Mapping[Cause, Callable[[Case, Judgement], str]] = {
    Cause.OBJECT_MISSING: _missing,
    Cause.NAME_TAKEN: _taken,
    Cause.PORT_TAKEN: _port,
    Cause.ENGINE_TOO_OLD: _too_old,
    Cause.OWNED_BY_ANOTHER: _owned,
    Cause.NEEDS_REPLACEMENT: _replacement,
    Cause.NO_ROOM: _room,
    Cause.RUNS_OURSELVES: _ourselves,
    Cause.WRITE_REFUSED: _refused,
    Cause.DISPUTED: _disputed,
    Cause.DISPUTED_WITH_OURSELVES: _disputed_with_ourselves,
}
