"""Suspensions at run time: kept in the Swarm, as labels of one config object, ``<owner>-suspended``.

Any process may write it, for the one that holds the lease only reads it: each write is a compare-and-swap by the
object's version, and the engine's event of it wakes the loop.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from reconciler import labels
from reconciler.bounded import Unreadable, moment, parsed
from reconciler.desired.model import Spec
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.errors import Conflict, NotFound, OutOfSequence
from reconciler.observed.model import Config
from reconciler.printable import printable

STACK, SERVICE = labels.SUSPENDED + "stack.", labels.SUSPENDED + "service."
LARGEST, LONGEST = 10_000, 500
"""Characters of a note, and of a text in it that are shown."""
COUNT = labels.SUSPENDED + "count"
"""How many there are: the object is told apart by it when there are none."""
TRIES = 5
"""So many writers in a row may be faster."""


class Store(Protocol):
    """What is needed of a Swarm."""

    def config(self, name: str) -> Config | None: ...
    def create_config(self, spec: Spec, data: bytes) -> str: ...
    def label_config(self, config: Config, labels: Mapping[str, str]) -> None: ...


def name_of(owner: str) -> str:
    """The name of the config that keeps an owner's suspensions."""
    return f"{owner}-suspended"


def stack_label(stack: str) -> str:
    return STACK + stack


def service_label(service: str) -> str:
    """``service`` is a Swarm name."""
    return SERVICE + service


def suspensions(configs: Mapping[str, Config], owner: str) -> Suspensions:
    """What is suspended, by the configs of a Snapshot."""
    found = configs.get(name_of(owner))
    given: Mapping[str, str] = (found.spec.get("Labels") or {}) if found else {}
    return Suspensions(
        {label.removeprefix(STACK): _parsed(text) for label, text in given.items() if label.startswith(STACK)},
        {label.removeprefix(SERVICE): _parsed(text) for label, text in given.items() if label.startswith(SERVICE)},
    )


def suspend(store: Store, owner: str, label: str, suspension: Suspension) -> None:
    """From now on. What is suspended already gets the new words.

    Raises:
        EngineError: the engine said no, or others wrote all the time.
    """
    text = json.dumps({"since": suspension.since, "by": suspension.by, "reason": suspension.reason})
    _change(store, owner, lambda given: {**given, label: text})


def resume(store: Store, owner: str, label: str) -> None:
    """From now on; nothing, where it isn't suspended.

    Raises:
        EngineError: the engine said no, or others wrote all the time.
    """
    _change(store, owner, lambda given: {each: text for each, text in given.items() if each != label})


def _change(store: Store, owner: str, change: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
    name = name_of(owner)
    for _ in range(TRIES):
        config = store.config(name)
        given: Mapping[str, str] = (config.spec.get("Labels") or {}) if config else {}
        wanted = change({label: text for label, text in given.items() if label.startswith((STACK, SERVICE))})
        marked = {labels.OWNER: owner, COUNT: str(len(wanted)), **wanted}
        try:
            if config is None:
                store.create_config({"Name": name, "Labels": marked}, b"suspended")
            else:
                store.label_config(config, marked)
        except (Conflict, NotFound, OutOfSequence):
            continue  # somebody else was faster: what they wrote stays
        return
    raise OutOfSequence(f"config {name}: others write it all the time; try again")


def unreadable(config: Config) -> Iterator[str]:
    """What is wrong with suspensions that somebody wrote by hand, in words. They suspend all the same."""
    for label, text in (config.spec.get("Labels") or {}).items():
        if label.startswith((STACK, SERVICE)) and (wrong := _read(text)[1]):
            name = label.removeprefix(STACK).removeprefix(SERVICE)
            yield f"the suspension of {_short(name)} {wrong}; it is suspended all the same: `reconciler resume` ends it"


def _parsed(text: str) -> Suspension:
    """Whatever was put there by hand suspends all the same."""
    return _read(text)[0]


def _read(text: str) -> tuple[Suspension, str]:
    """The suspension, and what is wrong with it in words."""
    try:
        given = parsed(text, LARGEST)
        by, reason = given["by"], given["reason"]
        if not isinstance(by, str) or not isinstance(reason, str):
            raise Unreadable("isn't one of ours")
    except (Unreadable, KeyError, TypeError) as error:
        return Suspension(reason=_short(text)), str(error) if isinstance(error, Unreadable) else "isn't one of ours"
    said = Suspension(None, _short(by), _short(reason))
    try:
        return replace(said, since=moment(given.get("since"))), ""
    except Unreadable as error:
        return said, str(error)


def _short(text: str) -> str:
    return printable(text[:LONGEST])
