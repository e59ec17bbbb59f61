"""What a running loop answers, as typed values. An answer of another shape is no loop's."""

from __future__ import annotations

from typing import Any, Self

from reconciler.bounded import of_kind, shaped
from reconciler.control.protocol import Upshot
from reconciler.control.state import State
from reconciler.errors import Unreached
from reconciler.records import dataclass

NO_LOOP = "what answers is no loop of ours"
_REMARK = {"file": str, "line": int, "column": int, "message": str}
_REPORT = {
    "actions": [{"kind": str, "name": str, "result": str}],
    "services": [{"name": str, "verdict": str, "reason": str}],
    "errors": [_REMARK],
    "warnings": [_REMARK],
}
_ANSWER = {"process": str, "number": int, "fresh": bool, "upshot": dict, "report": _REPORT}
_HELD = [{"kind": str, "name": str, "reason": str, "pending": bool, "why": str}]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A report of a running loop. ``process`` and ``number`` tell it from every other; ``fresh`` is False for one that
    was there before it was asked for."""

    process: str
    number: int
    fresh: bool
    upshot: Upshot
    report: dict[str, Any]
    """As ``run --output json`` prints it."""

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Raises ``Unreached`` for what is no report of a loop."""
        try:
            shaped(answer, _ANSWER)
            shaped(answer["report"].get("held", []), _HELD)
            upshot = Upshot.of(answer["upshot"])
        except ValueError as error:
            raise Unreached(f"{NO_LOOP}: its report {error}") from error
        return cls(answer["process"], answer["number"], answer["fresh"], upshot, answer["report"])


@dataclass(frozen=True, slots=True)
class LoopStatus:
    """How a loop is. Times in seconds; None for never."""

    state: State
    since_began: float | None
    since_ended: float | None

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Raises ``ValueError`` for what is no status of a loop."""
        began, ended = answer.get("since_began"), answer.get("since_ended")
        if not (of_kind(began, "float | None") and of_kind(ended, "float | None")):
            raise ValueError("it doesn't say when its last pass was")
        return cls(State.of(answer.get("state")), began, ended)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command prints, made by a loop, and its exit code."""

    out: str
    err: str
    code: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Why a loop isn't the one to answer: it keeps another folder, or another engine."""

    why: str
