"""History as it is kept in Swarm: a ring of segments, written by whoever holds the lease."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from reconciler import labels
from reconciler.bounded import inflated
from reconciler.desired.model import Spec
from reconciler.errors import EngineUnavailable, OutOfSequence
from reconciler.loop import history, ring, segments
from reconciler.loop.history import History, is_history_event
from reconciler.loop.ring import append, clean, entries
from reconciler.loop.segments import ENTRIES, KEPT, SEGMENTS
from reconciler.observed.model import Config
from reconciler.passwords import HIDDEN
from reconciler.plan.model import Action, Key, Kind, Outcome, Result, Verb
from reconciler.redaction import Redact
from reconciler.status.history import HistoryEntry, PastAction
from reconciler.status.report import Report
from reconciler.swarm.events import Event
from reconciler.verdict.model import Judgement, Verdict
from tests.unit.swarm.test_lease import Memory

WEB = Key(Kind.SERVICE, "shop_web")


@dataclass
class Store:
    """A Swarm's configs. ``before`` is called before each write."""

    memory: Memory = field(default_factory=Memory)
    writes: int = 0
    before: Callable[[], None] = lambda: None

    def configs(self, prefix: str) -> Mapping[str, Config]:
        return {name: config for name, config in self.memory.configs.items() if name.startswith(prefix)}

    def create_config(self, spec: Spec, data: bytes) -> str:
        self._write()
        return self.memory.create_config(spec, data)

    def label_config(self, config: Config, labels: Mapping[str, str]) -> None:
        self._write()
        self.memory.label_config(config, labels)

    def _write(self) -> None:
        self.before()
        self.writes += 1

    @property
    def told(self) -> tuple[HistoryEntry, ...]:
        return entries(self.memory.configs, "us")


def passed(at: float, verdict: Verdict = Verdict.READY, *, acted: bool = False) -> Report:
    outcome = Outcome(Action(WEB, "shop", Verb.UPDATE, "image differs"), Result.CHANGED)
    judged = {"shop_web": Judgement("shop_web", "shop", verdict, str(verdict))}
    return Report(int(at), at, ("timer",), outcomes=(outcome,) if acted else (), judgements=judged)


def an_entry(at: float, by: str = "us") -> HistoryEntry:
    return HistoryEntry(at=at, took=0.1, by=by, wakes=["timer"])


def keeper(store: Store, by: str = "us", held: Callable[[], bool] = lambda: True) -> History:
    return History(store, "us", by, held)


def noted(keeper: History, *reports: Report) -> None:
    for report in reports:
        keeper.note(report)
    asyncio.run(keeper.flush())


def test_the_last_two_hundred_are_kept_in_order() -> None:
    store = Store()
    for at in range(KEPT + 3 * ENTRIES):
        assert append(store, "us", [an_entry(at)], Redact.ENV) == 1
    assert len(store.memory.configs) == SEGMENTS
    numbers = [each.number for each in store.told]
    assert numbers == list(range(3 * ENTRIES + 1, KEPT + 3 * ENTRIES + 1))
    assert [each.at for each in store.told] == [number - 1 for number in numbers]


def test_many_at_once_fill_segment_after_segment() -> None:
    store = Store()
    left: list[HistoryEntry] = [an_entry(at) for at in range(50)]
    while left:
        left = left[append(store, "us", left, Redact.ENV) :]
    assert store.writes == 3
    assert [each.at for each in store.told] == list(range(50))


def test_what_another_wrote_meanwhile_stays() -> None:
    store = Store()
    append(store, "us", [an_entry(1)], Redact.ENV)

    def rival() -> None:
        store.before = lambda: None
        append(store, "us", [an_entry(2, "them")], Redact.ENV)

    store.before = rival
    append(store, "us", [an_entry(3)], Redact.ENV)
    assert [(each.number, each.at) for each in store.told] == [(1, 1), (2, 2), (3, 3)]


def test_an_entry_whose_answer_was_lost_isnt_written_twice() -> None:
    store = Store()
    append(store, "us", [an_entry(1), an_entry(2)], Redact.ENV)
    assert append(store, "us", [an_entry(1), an_entry(2), an_entry(3)], Redact.ENV) == 2
    assert append(store, "us", [an_entry(3)], Redact.ENV) == 1
    assert [each.at for each in store.told] == [1, 2, 3]


def test_a_large_segment_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "LARGEST", 10)
    store = Store()
    append(store, "us", [an_entry(1)], Redact.ENV)
    append(store, "us", [an_entry(2)], Redact.ENV)
    assert len(store.memory.configs) == 2
    assert [each.at for each in store.told] == [1, 2]


@pytest.mark.parametrize("text", ["", "nonsense", "e30=", "eJyLjgUAARUAuQ==", "eJyrBQAA+wB8"])
def test_what_cant_be_read_is_left_out_and_written_over(text: str) -> None:
    store = Store()
    append(store, "us", [an_entry(1)], Redact.ENV)
    (config,) = store.memory.configs.values()
    store.memory.label_config(config, {**config.spec["Labels"], segments.TEXT: text})
    assert not entries(store.memory.configs, "us")
    append(store, "us", [an_entry(2)], Redact.ENV)
    assert [(each.number, each.at) for each in store.told] == [(2, 2)]


def test_a_pass_that_changes_nothing_writes_nothing_and_many_that_do_are_one_write() -> None:
    store = Store()
    ours = keeper(store)
    noted(ours, passed(1), passed(2))
    assert store.writes == 0
    noted(ours, passed(3, Verdict.PROGRESSING, acted=True), passed(4), passed(5))
    assert store.writes == 1
    assert [each.at for each in store.told] == [3, 4]
    assert all(labels.keeps_our_memory(config.spec) for config in store.memory.configs.values())


def test_a_new_process_goes_on_from_what_was_written() -> None:
    store = Store()
    noted(keeper(store), passed(1, Verdict.DEGRADED))
    noted(keeper(store, "next"), passed(2, Verdict.DEGRADED), passed(3, Verdict.READY))
    assert [(each.at, each.by) for each in store.told] == [(1, "us"), (3, "next")]
    assert store.told[1].verdicts[0].before == "Degraded"


def test_without_the_lease_nothing_is_written_and_the_next_holder_tells() -> None:
    store, held = Store(), False
    ours = keeper(store, held=lambda: held)
    noted(ours, passed(1, Verdict.DEGRADED), replace(passed(2, Verdict.DEGRADED), standby="another"))
    assert store.writes == 0
    held = True
    noted(ours, passed(3, Verdict.DEGRADED))
    assert [each.at for each in store.told] == [3]
    held = False
    noted(ours, passed(4, Verdict.PROGRESSING, acted=True), passed(5))
    assert [each.at for each in store.told] == [3]
    held = True
    noted(ours)
    assert [each.at for each in store.told] == [3, 4], "what we did is told, though the lease was lost right after"


def test_a_write_that_fails_is_a_warning_and_is_made_later() -> None:
    store = Store()
    ours = keeper(store)

    def down() -> None:
        raise EngineUnavailable("connection refused")

    store.before = down
    noted(ours, passed(1, acted=True))
    assert "connection refused" in str(ours.warnings[0])
    noted(ours, passed(2, Verdict.DEGRADED))
    store.before = lambda: None
    noted(ours)
    assert ours.warnings == ()
    assert [each.at for each in store.told] == [1, 2]


def test_others_that_write_all_the_time_are_a_warning_too() -> None:
    store = Store()
    ours = keeper(store)
    noted(ours, passed(1, acted=True))

    def rival() -> None:
        before, store.before = store.before, lambda: None
        append(store, "us", [an_entry(store.writes + 100, "them")], Redact.ENV)
        store.before = before

    store.before = rival
    noted(ours, passed(2, Verdict.DEGRADED))
    assert "all the time" in str(ours.warnings[0])
    with pytest.raises(OutOfSequence):
        append(store, "us", [an_entry(9)], Redact.ENV)


def test_it_is_written_a_moment_after_by_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAUSE", 0.01)
    store = Store()
    ours = keeper(store)

    async def a_while() -> None:
        keeping = asyncio.ensure_future(ours.keep())
        for at in range(1, 8):
            ours.note(passed(at, acted=True))
        while len(store.told) < 7:
            await asyncio.sleep(0.01)
        keeping.cancel()

    asyncio.run(asyncio.wait_for(a_while(), 10))
    assert store.writes == 1


@pytest.mark.parametrize(
    ("kind", "action", "name", "ours"),
    [
        ("config", "create", "us-history-3", True),
        ("config", "update", "us-history-3", True),
        ("config", "update", "them-history-0", True),
        ("config", "create", "them-history-0", False),
        ("config", "update", "us-history-web", False),
        ("config", "update", "us-suspended", False),
        ("service", "update", "us-history-3", False),
    ],
)
def test_its_events_wake_nobody(kind: str, action: str, name: str, ours: bool) -> None:
    assert is_history_event(Event(kind, action, "id", name), "us") is ours


def test_what_later_versions_add_is_left_aside() -> None:
    known = an_entry(1).model_dump()
    later = [{**known, "number": 1, "mood": "good"}, {"number": 2}, "odd"]
    text = base64.b64encode(zlib.compress(json.dumps(later).encode())).decode()
    config = Config("id", "us-history-0", 1, {"Name": "us-history-0", "Labels": {segments.TEXT: text}})
    assert [each.number for each in entries({config.name: config}, "us")] == [1]


def in_clear(number: int) -> dict[str, object]:
    change = {"path": "environment.PASSWORD", "before": "old-canary", "after": "new-canary"}
    shortened = {"path": "volumes./data", "before": "{'volume': {'o': 'old-canary'… (900 characters)", "after": None}
    past = PastAction(
        kind=Kind.SERVICE,
        name="shop_web",
        stack="shop",
        action=Verb.UPDATE,
        reason="environment.PASSWORD differs",
        restarts_tasks=True,
        result=Result.FAILED,
        detail='can\'t update: expanding env "PASSWORD=new-canary{{": template: bad',
    ).model_dump()
    return {**an_entry(number).model_dump(), "number": number, "actions": [{**past, "changes": [change, shortened]}]}


def before_redaction(store: Store, place: int, *numbers: int) -> None:
    """What a version that hid nothing wrote."""
    text = base64.b64encode(zlib.compress(json.dumps(list(map(in_clear, numbers))).encode())).decode()
    written = {labels.OWNER: "us", segments.LAST: str(numbers[-1]), segments.TEXT: text}
    store.memory.create_config({"Name": f"us-history-{place}", "Labels": written}, b"history")


def plain(store: Store) -> str:
    held = [config.spec["Labels"][segments.TEXT] for config in store.memory.configs.values()]
    return " ".join(inflated(text, 1 << 20) for text in held)


def test_what_older_versions_wrote_in_clear_is_hidden_once() -> None:
    store = Store()
    for place in range(SEGMENTS):
        before_redaction(store, place, 2 * place + 1, 2 * place + 2)
    assert "canary" in plain(store)
    clean(store, "us", Redact.ENV)
    assert "canary" not in plain(store)
    assert HIDDEN in plain(store)
    assert store.writes == SEGMENTS
    assert [each.number for each in store.told] == list(range(1, 2 * SEGMENTS + 1))
    assert store.told[0].actions[0].changes[0].path == "environment.PASSWORD"
    clean(store, "us", Redact.ENV)
    assert store.writes == SEGMENTS
    clean(store, "us", Redact.ALL)
    assert store.writes == 2 * SEGMENTS
    clean(store, "us", Redact.NONE)
    assert store.writes == 2 * SEGMENTS


def test_an_entry_beside_older_ones_hides_them_too() -> None:
    store = Store()
    before_redaction(store, 0, 1)
    append(store, "us", [an_entry(2)], Redact.ENV)
    assert "canary" not in plain(store)
    assert len(store.told) == 2


def test_a_segment_that_cant_be_read_stays_for_whoever_wrote_it() -> None:
    store = Store()
    written = {labels.OWNER: "us", segments.LAST: "1", segments.TEXT: "by hand"}
    store.memory.create_config({"Name": "us-history-0", "Labels": written}, b"history")
    before_redaction(store, 1, 2)
    clean(store, "us", Redact.ENV)
    assert store.memory.configs["us-history-0"].spec["Labels"] == written
    assert store.writes == 1


def test_the_leader_hides_what_older_versions_wrote_though_nothing_happens() -> None:
    async def scene() -> None:
        store = Store()
        before_redaction(store, 0, 1)
        keeper = History(store, "us", "process 7", lambda: True)
        keeper.note(passed(1.0))
        await keeper.flush()
        assert "canary" not in plain(store)

    asyncio.run(scene())
