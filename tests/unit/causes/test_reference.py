"""Each cause has its entry, its words, and its place in the documentation."""

from __future__ import annotations

import pytest

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding, Hindrance
from reconciler.causes.reference import REFERENCE
from reconciler.causes.words import held, say

FULL = Facts(
    place="slot 2",
    places=("slot 1", "slot 2"),
    state="pending",
    port="80/tcp",
    object="network shop_net",
    by=("proxy",),
    fields=("image",),
    probe="tcp 80",
    condition="service_healthy",
    said="the engine says no",
    desired=2,
    running=1,
    ready=1,
    within=5.0,
    count=3,
    amount="2 CPUs",
)


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_has_an_entry_of_whole_sentences(cause: Cause) -> None:
    entry = REFERENCE[cause]
    for text in (entry.meaning, entry.action):
        assert text[0].isupper()
        assert text.endswith(".")
    assert entry.see


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_has_words_for_what_is_known(cause: Cause) -> None:
    assert say(Finding(cause, FULL))
    assert held(Finding(cause, FULL))


def test_facts_are_given_as_json_without_what_is_unknown() -> None:
    drained = Hindrance(Finding(Cause.NODE_UNAVAILABLE, Facts(state="drained")), ("host1",))
    assert Facts(hindrances=(drained,), because=Cause.EXITED, exit_code=3).given() == {
        "exit_code": 3,
        "because": "Exited",
        "hindrances": [{"cause": "NodeUnavailable", "facts": {"state": "drained"}, "nodes": ["host1"]}],
    }
    assert Facts().given() == {}


def test_what_quotes_somebody_is_rewritten() -> None:
    facts = Facts(said="key=abc", hint="abc", path="/abc", place="slot 1")
    assert facts.rewritten(lambda said: said.replace("abc", "•")) == Facts(
        said="key=•", hint="•", path="/•", place="slot 1"
    )
