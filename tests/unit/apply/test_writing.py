"""Removals: by id, and only of what is still as it was observed."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.apply.writing import write
from reconciler.errors import NotFound, OutOfSequence
from reconciler.observed import model as observed
from reconciler.plan.model import Action, Key, Kind, Verb

OBJECTS: list[tuple[Kind, Any]] = [
    (Kind.SERVICE, observed.Service("id", "app_x", 3, {"Name": "app_x"})),
    (Kind.NETWORK, observed.Network("id", "app_x", {"Name": "app_x"})),
    (Kind.CONFIG, observed.Config("id", "app_x", 3, {"Name": "app_x"})),
    (Kind.SECRET, observed.Secret("id", "app_x", 3, {"Name": "app_x"})),
]


class Calls:
    """Takes down which calls were made; ``confirm`` fails as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.made: list[tuple[str, str]] = []
        self._error = error

    def confirm(self, found: Any) -> None:
        self.made.append(("confirm", found.id))
        if self._error:
            raise self._error

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.made.append((name, given[0] if isinstance(given[0], str) else ""))


def removal(kind: Kind, found: Any, verb: Verb = Verb.REMOVE, **more: Any) -> Action:
    return Action(Key(kind, "app_x"), "app", verb, "no longer desired", observed=found, **more)


@pytest.mark.parametrize(("kind", "found"), OBJECTS, ids=lambda each: str(each)[:9])
def test_an_object_is_looked_at_right_before_it_is_removed(kind: Kind, found: Any) -> None:
    calls = Calls()
    write(removal(kind, found), calls, lambda _: None)
    assert calls.made == [("confirm", "id"), (f"remove_{kind}", "id")]


@pytest.mark.parametrize(("kind", "found"), OBJECTS, ids=lambda each: str(each)[:9])
def test_what_has_changed_meanwhile_is_not_removed(kind: Kind, found: Any) -> None:
    calls = Calls(OutOfSequence("it has changed"))
    with pytest.raises(OutOfSequence):
        write(removal(kind, found), calls, lambda _: None)
    assert calls.made == [("confirm", "id")]


@pytest.mark.parametrize(("kind", "found"), OBJECTS, ids=lambda each: str(each)[:9])
def test_what_is_gone_is_done(kind: Kind, found: Any) -> None:
    calls = Calls(NotFound("gone"))
    write(removal(kind, found), calls, lambda _: None)
    assert calls.made == [("confirm", "id")]


def test_what_has_changed_meanwhile_is_not_replaced_either() -> None:
    calls = Calls(OutOfSequence("it has changed"))
    spec = {"Name": "app_x", "TaskTemplate": {}}
    with pytest.raises(OutOfSequence):
        write(removal(*OBJECTS[0], verb=Verb.REPLACE, spec=spec), calls, lambda _: None)
    assert calls.made == [("confirm", "id")]
