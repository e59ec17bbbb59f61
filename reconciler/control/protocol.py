"""What is said over the control socket: one JSON object a line, one request a connection.

    {"do": "reload", "wait": true}   a forced pass; its report, and with ``wait`` those that follow, until it is settled
                                     (with ``"agreed": true`` it removes what waits for consent, too)
    {"do": "watch"}                  the last report, then every one, for as long as the connection is open
    {"do": "look", "look": {...}}    a command's whole reply (``Look``): first ``accepted``, then ``reply`` with what it
                                     prints and its exit code, or ``elsewhere`` with why the loop isn't the one to ask
                                     (it looks at another folder or engine)
    {"do": "status"}                 the loop's state, its age, and the last report (not so with ``"brief": true``)

Answers say by ``is`` what they are: ``accepted`` (a pass is on its way), ``report``, ``status``, ``reply``,
``elsewhere``, or ``error``. A loop that is older than a request answers it by ``error``. The
server closes the connection after the last one. A client that closes its side, or says more, is taken to be gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, field, fields
from enum import StrEnum
from typing import Any, Self

from reconciler.bounded import LARGEST_DIGITS, Unreadable, of_kind, parsed
from reconciler.exit_codes import BAD_FILES, DONE, FAILED, UNREACHED
from reconciler.records import dataclass

LONGEST_REQUEST = 16 * 1024
"""Bytes of a request; more is no request of ours."""
WIDEST = 10_000
"""Columns of a terminal."""


class Do(StrEnum):
    """What a client asks for."""

    RELOAD = "reload"
    WATCH = "watch"
    STATUS = "status"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Look:
    """A command that only looks. ``options`` are the fields of its options, ``environ`` the variables that choose the
    engine. ``width`` and ``colour`` are of the terminal that the reply goes to; 0 for none."""

    command: str
    options: Mapping[str, Any]
    environ: Mapping[str, str] = field(default_factory=dict)
    width: int = 0
    colour: bool = False

    @classmethod
    def of(cls, said: object) -> Self:
        """Raises ``ValueError`` for what is none."""
        try:
            look = cls(**said) if isinstance(said, dict) else None
        except TypeError:
            look = None
        if (
            look is None
            or not isinstance(look.command, str)
            or not isinstance(look.options, dict)
            or not all(isinstance(value, str | int | float | None) for value in look.options.values())
            or not isinstance(look.environ, dict)
            or not all(isinstance(value, str) for value in look.environ.values())
            or type(look.width) is not int
            or not 0 <= look.width <= WIDEST
            or type(look.colour) is not bool
        ):
            raise ValueError("that is no command to look at")
        return look


@dataclass(frozen=True, slots=True)
class Request:
    """One line from a client."""

    do: Do
    wait: bool = True
    brief: bool = False
    agreed: bool = False
    look: Look | None = None

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Raises ``ValueError``, in words, for what is no request."""
        try:
            said = parsed(line, LONGEST_REQUEST, digits=LARGEST_DIGITS)
        except Unreadable as error:
            raise ValueError(f"a request is one line of JSON, and this {error}") from error
        if not isinstance(said, dict) or set(said) - {"do", "wait", "brief", "agreed", "look"}:
            raise ValueError('a request is a JSON object like {"do": "status"}')
        do, wait = said.get("do"), said.get("wait", True)
        brief, agreed = said.get("brief", False), said.get("agreed", False)
        if {type(wait), type(brief), type(agreed)} != {bool}:
            raise ValueError("wait, brief and agreed are true or false")
        if not isinstance(do, str) or do not in set(Do):
            raise ValueError(f"{do!r} can't be done: reload, watch, status and look can")
        look = Look.of(said.get("look")) if do == Do.LOOK else None
        return cls(Do(do), wait, brief, agreed, look)

    def line(self) -> bytes:
        """Return it as it is sent, without what an older loop doesn't know and isn't asked for."""
        return line({name: said for name, said in asdict(self).items() if said or name not in {"agreed", "look"}})


@dataclass(frozen=True, slots=True)
class Upshot:
    """What pass ``number``, or a reload from that pass on, came to. The counts are the recap's, of objects, and of all
    passes since everything was last settled; ``faults`` those of desired state."""

    number: int
    verdict: str
    settled: bool
    ok: int = 0
    changed: int = 0
    failed: int = 0
    waiting: int = 0
    faults: int = 0
    needs_consent: str = ""
    standby: str = ""
    engine_error: str = ""
    held: int = 0
    """Differences that wait for a person."""
    desired_missing: str = ""
    """Why and since when desired state can't be read at all, in words."""

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Return what a loop said, which may be older and know fewer fields. Raises ``ValueError`` for what is none."""
        try:
            known = {each.name: said[each.name] for each in fields(cls) if each.name in said}
            kinds = {each.name: str(each.type) for each in fields(cls)}
            if wrong := [name for name, value in known.items() if not of_kind(value, kinds[name])]:
                raise ValueError(f"it is no upshot of a pass: {', '.join(wrong)} of the wrong type")
            return cls(**known)
        except (LookupError, TypeError) as error:
            raise ValueError(f"it is no upshot of a pass: {error!r}") from error

    def exit(self, *, wait: bool = True) -> int:
        """The exit code that it calls for: as that of ``apply``, or without ``wait``, of the pass alone."""
        if self.engine_error:
            return UNREACHED
        if self.faults:
            return BAD_FILES
        unfinished = wait and (self.waiting or not self.settled)
        return FAILED if self.failed or self.needs_consent or self.held or unfinished else DONE

    def json(self) -> dict[str, Any]:
        return {**asdict(self), "exit": self.exit()}


def line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said).encode() + b"\n"
