"""Views to show: a small platform with all that can be wrong with it, and the application over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.causes.cause import Cause
from reconciler.causes.facts import Facts, Finding
from reconciler.commits.model import Revision
from reconciler.desired.model import Condition, Dependency, Service, Stack
from reconciler.desired.suspension import Suspension, Suspensions
from reconciler.errors import Fault
from reconciler.observed.model import Node, Snapshot, Task, TaskState
from reconciler.plan.change import Change
from reconciler.plan.holds import Hold
from reconciler.plan.model import Action, Key, Kind, Plan, Verb
from reconciler.settings.choices import Role
from reconciler.status.report import Report
from reconciler.verdict.model import Judgement, Verdict
from reconciler.web.access import Access, Rules
from reconciler.web.app import application
from reconciler.web.feed import Feed
from reconciler.web.metrics import Counts, Metrics
from reconciler.web.requests import Requests
from reconciler.web.tokens import made, write
from reconciler.web.view import View
from tests.unit.plan.world import running, service, stack
from tests.unit.web.browsing import Browser

NOW = 1_795_000_000.0
ROOM = {"NanoCPUs": 2 * 10**9, "MemoryBytes": 2**32}
SECRET = "correct-horse-battery"
EVIL = '<script>alert("x")</script> \u202eevil\' " & é'


class Asked:
    """A loop that notes what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    async def look(self, given: dict[str, Any], *, values: bool) -> Mapping[str, Any]:
        raise AssertionError(f"no page asks that: {given}, {values}")

    def force(self, actor: str, *, consent: bool) -> None:
        self.calls.append(("consent" if consent else "reload", actor))

    def suspend(self, actor: str, target: str, reason: str) -> str:
        self.calls.append(("suspend", actor, target, reason))
        return f"{target} is suspended"

    def resume(self, actor: str, target: str) -> str:
        self.calls.append(("resume", actor, target))
        return f"{target} is resumed"


class Site:
    """The application over one view, or over none."""

    def __init__(self, view: View | None = None, tokens: Path | None = None, *, ask: bool = False) -> None:
        self.feed, self.loop = Feed(), Asked()
        if view:
            self.feed.publish(view)
        access = Access(Rules(True, ask, frozenset(), tokens))
        self.requests = Requests(self.loop)
        metrics = Metrics(self.feed, Counts())
        self.app = application(self.feed, access, self.requests, metrics, self.loop.look)

    def browser(self, **options: Any) -> Browser:
        return Browser(self.app, **options)


def tokens(folder: Path) -> tuple[Path, dict[Role, str]]:
    """Return a file of tokens, and one of each role."""
    file = folder / "tokens"
    kept = {role: made(str(role), role) for role in Role}
    write(file, {token.name: token for _, token in kept.values()})
    return file, {role: text for role, (text, _) in kept.items()}


def judged(name: str, verdict: Verdict, cause: Cause, /, **facts: Any) -> Judgement:
    found = Judgement(name, "app", verdict, "", desired=2, running=1, ready=1, since=NOW - 60)
    return found.with_finding(verdict, cause, Facts(**facts))


def task(number: int, state: TaskState) -> Task:
    wanted = TaskState.RUNNING if state is TaskState.RUNNING else TaskState.SHUTDOWN
    failed = state is TaskState.FAILED
    return Task(
        f"task{number}",
        "id-app_web",
        "node1",
        1 + number % 2,
        state,
        wanted,
        created_at=NOW - 60 * number,
        status_at=NOW - 60 * number + 20,
        exit_code=3 if failed else None,
        error="task: non-zero exit (3)" if failed else "",
    )


def services() -> tuple[Service, ...]:
    on_db = (Dependency("app_db", Condition.HEALTHY),)
    web = replace(service("app_web", Env=[f"PASSWORD={SECRET}"]), depends_on=on_db)
    front = replace(service("app_front"), depends_on=(Dependency("app_web"),))
    return service("app_db"), web, front, service("app_back"), service("app_job"), service("app_new")


def platform(**changes: Any) -> View:
    """A platform with a crash loop, a rollback, a wait, a finished job, a held removal, and a broken file."""
    wanted = stack(*services())
    swarm = running(wanted)
    nodes = {"node1": Node("node1", "first", "ready", "active", resources=ROOM)}
    tasks = {"id-app_web": tuple(task(n, TaskState.FAILED if n % 2 else TaskState.RUNNING) for n in range(6))}
    swarm = replace(swarm, at=NOW, nodes=nodes, tasks=tasks)
    crash = judged("app_web", Verdict.DEGRADED, Cause.CRASH_LOOP, places=("slot 1",), count=3, within=120.0)
    crash = replace(crash, error=f"exit code 3\nlast log lines:\n  login with {SECRET} failed")
    judgements = [
        judged("app_db", Verdict.READY, Cause.AS_DESIRED, ready=2, desired=2),
        crash,
        judged(
            "app_front",
            Verdict.WAITING,
            Cause.DEPENDENCY_NOT_READY,
            object="app_web",
            condition="service_started",
            verdict="Degraded",
        ),
        judged("app_back", Verdict.ROLLED_BACK, Cause.ROLLED_BACK, said="a task failed"),
        judged("app_job", Verdict.COMPLETED, Cause.COMPLETED),
        judged("app_new", Verdict.PROGRESSING, Cause.ROLLING_OUT, running=1, desired=2),
    ]
    gone = Key(Kind.SERVICE, "app_gone")
    update = Action(
        Key(Kind.SERVICE, "app_web"),
        "app",
        Verb.UPDATE,
        "differs from its file",
        restarts_tasks=True,
        changes=(Change("environment.PASSWORD", "old-one", SECRET), Change("deploy.replicas", 4, 5)),
    )
    plan = Plan(
        actions=(update,),
        holds={gone: Hold(Finding(Cause.AWAITING_CONSENT, Facts(said="volume app_data would stay behind")))},
        needs_consent="removing 1 of 1 services needs --allow-prune-all",
    )
    report = Report(
        7,
        NOW,
        wakes=("timer",),
        revision=Revision("3f2a91c0" * 5, dirty=True),
        faults=(Fault("shop.yaml", 31, 5, "`imge` is no key", "did you mean `image`?"),),
        warnings=(Fault("shop.yaml", 2, 1, "`links` does nothing", ""),),
        plan=plan,
        judgements={each.name: each for each in judgements},
        suspensions=Suspensions(services={"app_db": Suspension(NOW - 600, "ann@host", "upgrade")}),
    )
    return view(replace(report, **changes), swarm, [wanted])


def view(report: Report, snapshot: Snapshot | None, stacks: Sequence[Stack], number: int = 1) -> View:
    return View(number, report, snapshot, stacks, "reconciler", plain=True)


def large(count: int) -> View:
    """Many services in stacks of 25, one of ten not well."""
    wanted = []
    for number in range(0, count, 25):
        name = f"stack{number}"
        found = [
            replace(service(f"{name}_service{each}"), stack=name, key=f"service{each}")
            for each in range(number, number + 25)
        ]
        wanted.append(replace(stack(*found, networks=()), name=name, source=f"{name}.yaml"))
    names = [(each.name, one.name) for one in wanted for each in one.services]
    judgements = {
        name: replace(
            judged(name, Verdict.READY, Cause.AS_DESIRED)
            if place % 10
            else judged(name, Verdict.DEGRADED, Cause.CRASH_LOOP, places=("slot 1",), count=3, within=120.0),
            stack=of,
        )
        for place, (name, of) in enumerate(names)
    }
    return view(Report(1, NOW, judgements=judgements), replace(running(*wanted), at=NOW), wanted)
