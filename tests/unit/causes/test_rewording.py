"""No decision depends on the wording of a cause: with other words the same comes out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconciler
from reconciler.causes.facts import NO_FACTS
from reconciler.desired.model import Condition, Dependency, Service, Stack
from reconciler.loop.assess import Memory, assess
from reconciler.plan.draft import Rules
from reconciler.plan.model import Plan
from reconciler.verdict.dependencies import unmet
from reconciler.verdict.judge import judge_for_now
from reconciler.verdict.model import Judgement
from tests.rewording import as_written, in_other_words
from tests.unit.plan.world import RULES, running, service, stack
from tests.unit.verdict import arbitrary

SENTENCES = frozenset({"reason", "words", "detail", "said", "hint"})
"""Attributes that hold sentences of ours."""
METHODS = frozenset({"startswith", "endswith", "split", "partition", "rpartition", "find", "index", "removeprefix"})
SEARCHES = frozenset({"search", "match", "fullmatch", "findall"})
ENGINE_WORDS = Path("causes/engine_words.py")
"""The one module that reads sentences: those of engines."""


def without_words(judgement: Judgement) -> Judgement:
    return replace(judgement, reason="", error=None, facts=replace(judgement.facts, said="", hint=""))


def both(worked_out: Callable[[], Any]) -> tuple[Any, Any]:
    """Return the result with the words as they are, and with others."""
    with as_written():
        as_is = worked_out()
    with in_other_words():
        return as_is, worked_out()


@given(arbitrary.OPTIONS, arbitrary.swarms(), arbitrary.CIRCUMSTANCES, st.sampled_from(Condition))
def test_verdicts_and_dependencies(options: Any, swarm: Any, circumstances: Any, condition: Condition) -> None:
    wanted = Service("web", "app", "web", swarm.services["web"].spec, options=options)

    def worked_out() -> Any:
        judgement, validity = judge_for_now(wanted, swarm, circumstances)
        met = unmet([Dependency(wanted.name, condition)], {wanted.name: judgement}) is None
        return without_words(judgement), validity, met

    as_is, other = both(worked_out)
    assert as_is == other


def test_plans() -> None:
    before = stack(service(), service("app_b"), service("app_c"))
    settling = replace(RULES, settling=True)
    cases: list[tuple[list[Stack], Rules]] = [([before], RULES), ([], RULES), ([stack(service())], settling)]

    def worked_out() -> Any:
        found = []
        for desired, rules in cases:
            now = assess(desired, running(before), rules, lambda _: None, Memory())
            judged = {name: without_words(each) for name, each in now.judgements.items()}
            found.append((shape(now.plan), judged))
        return found

    as_is, other = both(worked_out)
    assert as_is == other
    assert any(plan[1] for plan, _ in as_is)


def shape(plan: Plan) -> Any:
    """Return the plan without its words."""
    actions = [(each.key, each.verb, each.after, each.depends_on) for each in plan.actions]
    holds = {key: (hold.cause, hold.blocks, hold.needs_somebody) for key, hold in plan.holds.items()}
    return actions, holds, bool(plan.needs_consent), plan.unchanged


def test_no_module_reads_a_sentence_of_ours() -> None:
    root = Path(reconciler.__file__).parent
    modules = [path for path in sorted(root.rglob("*.py")) if path.relative_to(root) != ENGINE_WORDS]
    assert [f"{path.name}:{line}" for path in modules for line in readings(ast.parse(path.read_text()))] == []


@pytest.mark.parametrize(
    "code", ["a.reason.startswith('x')", "'x' in a.reason", "a.reason == 'x'", "re.search('x', a.b.words)"]
)
def test_a_reading_is_found(code: str) -> None:
    assert list(readings(ast.parse(code))) == [1]


def readings(tree: ast.AST) -> Iterator[int]:
    """Yield lines where a sentence is compared with a text, searched or split."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            if any(map(_is_sentence, operands)) and any(map(_is_text, operands)):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            methods = {"startswith", "endswith", "split", "partition", "rpartition", "find", "index", "removeprefix"}
            searched = node.func.attr in {"search", "match", "fullmatch", "findall"} and any(
                map(_is_sentence, node.args)
            )
            if searched or (node.func.attr in methods and _is_sentence(node.func.value)):
                yield node.lineno


def _is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in SENTENCES


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def test_nothing_is_known_at_first() -> None:
    assert NO_FACTS.given() == {}
