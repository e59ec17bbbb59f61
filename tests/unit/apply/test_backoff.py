"""What somebody else keeps undoing is put right ever more rarely, and said."""

from __future__ import annotations

from dataclasses import replace

from reconciler.apply.backoff import FREE, MEMORY, Backoff
from reconciler.plan.model import Action, Change, Key, Kind, Verb

WEB = Key(Kind.SERVICE, "shop_web")


def update(path: str = "deploy.replicas", before: object = 5, after: object = 2) -> Action:
    changes = (Change(path, before, after),)
    return Action(WEB, "shop", Verb.UPDATE, f"{path} differs", changes=changes, spec={"Name": WEB.name})


def fought(backoff: Backoff, action: Action, times: int, now: float = 100.0) -> list[float]:
    """The waits before each correction where another writer undoes every one at once."""
    waits = []
    for _ in range(times):
        standing = backoff.standing(action, now)
        waits.append(standing.retry_at - now if standing else 0.0)
        now += waits[-1]
        assert backoff.standing(action, now) is None
        backoff.succeeded(action, now)
    return waits


def test_a_fight_is_fought_ever_more_rarely() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    assert fought(backoff, update(), FREE + 11) == [0] * (FREE + 1) + [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


def test_a_write_that_was_answered_after_the_snapshot_was_made_is_no_dispute() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    for _ in range(FREE):
        backoff.succeeded(update(), 105.0)
        assert backoff.standing(update(), 100.0) is None
    backoff.succeeded(update(), 105.0)
    assert backoff.standing(update(), 100.0)


def test_it_is_said_who_does_what_and_how_to_leave_it_to_them() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    fought(backoff, update(), FREE + 1)
    standing = backoff.standing(update(before=7), 100.5)
    assert standing
    assert standing.disputed
    assert not standing.passing
    assert standing.error == (
        "somebody else keeps changing service shop_web: deploy.replicas was put right 6 times in a row, and is left "
        "alone for a while; `x-reconciler: {ignore: [deploy.replicas]}` would leave it to them for good"
    )


def test_what_is_removed_again_and_again() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    create = Action(WEB, "shop", Verb.CREATE, "not there", spec={"Name": WEB.name})
    fought(backoff, create, FREE + 1)
    standing = backoff.standing(create, 100.5)
    assert standing
    assert "somebody else keeps removing service shop_web" in standing.error


def test_other_fields_of_the_object_and_other_objects_are_written_at_once() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    fought(backoff, update(), FREE + 1)
    assert backoff.standing(update("image"), 100.0) is None
    assert backoff.standing(replace(update(), key=Key(Kind.SERVICE, "other")), 100.0) is None


def test_new_desired_state_is_written_at_once_and_desired_state_that_goes_to_and_fro_is_no_fight() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    fought(backoff, update(), FREE + 1)
    assert backoff.standing(update(after=3), 100.0) is None
    for _ in range(3 * FREE):
        for wanted in (3, 4):
            backoff.under(wanted)
            assert backoff.standing(update(after=wanted), 100.0) is None
            backoff.succeeded(update(after=wanted), 100.0)
    create, remove = (Action(WEB, "shop", verb, "why", spec=None) for verb in (Verb.CREATE, Verb.REMOVE))
    for _ in range(3 * FREE):
        for action in (create, remove):
            backoff.under(action.verb)
            assert backoff.standing(action, 100.0) is None
            backoff.succeeded(action, 100.0)


def test_what_lasts_is_forgotten_and_force_forgets_all() -> None:
    backoff = Backoff(jitter=lambda: 1.0)
    fought(backoff, update(), FREE + 1)
    backoff.clear()
    assert backoff.standing(update(), 100.0) is None
    fought(backoff, update(), FREE, now=200.0)
    backoff.succeeded(update(), 200.0 + MEMORY)
    assert backoff.standing(update(), 200.0 + MEMORY) is None
