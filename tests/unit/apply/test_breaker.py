"""What this process does and undoes by itself is stopped, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from reconciler.apply.backoff import Backoff
from reconciler.apply.breaker import LIMIT, PAUSE, WINDOW
from reconciler.plan.model import Action, Change, Key, Kind, Verb

CONFIG = Key(Kind.CONFIG, "shop_conf-1")
WEB = Key(Kind.SERVICE, "shop_web")
CREATE = Action(CONFIG, "shop", Verb.CREATE, "the content of shop_conf changed", spec={"Name": CONFIG.name})
REMOVE = Action(CONFIG, "shop", Verb.REMOVE, "no longer desired")


def update(before: object, after: object, path: str = "image") -> Action:
    changes = (Change(path, before, after),)
    return Action(WEB, "shop", Verb.UPDATE, f"{path} differs", changes=changes, spec={"Name": WEB.name, "Value": after})


def stopped(backoff: Backoff, actions: Iterable[Action], step: float = 0.1, now: float = 1000.0) -> tuple[int, float]:
    """How many writes were made until one was stopped by the breaker (or all, where none was), and when."""
    count = 0
    for action in actions:
        standing = backoff.standing(action, now)
        if standing and standing.by_ourselves:
            return count, now
        backoff.succeeded(action, now)
        now += step
        count += 1
    return count, now


def test_an_object_that_is_made_and_removed_again_and_again_is_left_alone_and_said() -> None:
    backoff = Backoff()
    count, now = stopped(backoff, [CREATE, REMOVE] * 20)
    assert count == 2 * LIMIT + 1
    standing = next(found for each in (CREATE, REMOVE) if (found := backoff.standing(each, now)))
    assert standing.disputed
    assert standing.error.startswith(f"disputed with ourselves: this process did and undid it more than {LIMIT} times")


def test_so_is_a_service_that_two_definitions_pull_to_and_fro() -> None:
    backoff = Backoff()
    count, _ = stopped(backoff, [update("a", "b"), update("b", "a")] * 20)
    assert count < 3 * LIMIT


def test_slow_changes_and_other_objects_are_none_of_it() -> None:
    backoff = Backoff()
    pairs = [CREATE, REMOVE] * 20
    assert stopped(backoff, pairs, step=WINDOW / LIMIT)[0] == len(pairs)
    many = [replace(each, key=Key(Kind.CONFIG, f"c{n}")) for n in range(50) for each in (CREATE, REMOVE)]
    assert stopped(Backoff(), many)[0] == len(many)


def test_edits_of_files_are_none_of_it_however_fast() -> None:
    backoff = Backoff()
    for number in range(50):
        backoff.under(number)
        assert stopped(backoff, [CREATE, REMOVE])[0] == 2


def test_neither_is_another_writer_whom_we_heal_after() -> None:
    assert stopped(Backoff(lambda: 0.0), [update("theirs", "ours")] * 30)[0] == 30
    create = replace(CREATE, key=WEB)
    changed = update("theirs", "ours")
    assert stopped(Backoff(lambda: 0.0), [create, changed] * 30)[0] == 60


def test_new_desired_state_force_and_time_close_it_again() -> None:
    for reopen in (partial(Backoff.under, desired="other"), Backoff.clear):
        backoff = Backoff()
        _, now = stopped(backoff, [CREATE, REMOVE] * 20)
        reopen(backoff)
        assert backoff.standing(CREATE, now) is None
        assert backoff.standing(REMOVE, now) is None
    backoff = Backoff()
    _, now = stopped(backoff, [CREATE, REMOVE] * 20)
    assert backoff.standing(CREATE, now + PAUSE) is None
    assert backoff.standing(REMOVE, now + PAUSE) is None
