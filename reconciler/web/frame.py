"""What every page has around its content: who looks, where links begin, and the facts of the last pass."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request

from reconciler.commits.model import SHORT
from reconciler.records import dataclass
from reconciler.settings.choices import Role
from reconciler.web.access import Visitor
from reconciler.web.view import View


@dataclass(frozen=True, slots=True)
class Facts:
    """The last pass in a few words; empty for what isn't known."""

    commit: str
    dirty: bool
    during: str
    id: int
    at: float
    leader: str
    standby: str
    engine: str
    nodes: int
    nodes_up: int
    engine_down: bool
    planned: int


@dataclass(frozen=True, slots=True)
class Frame:
    """``base`` is the path prefix that every link begins with."""

    base: str
    static: str
    path: str
    visitor: Visitor | None = None
    can_sign_in: bool = False
    facts: Facts | None = None

    @property
    def csrf(self) -> str:
        return self.visitor.csrf if self.visitor else ""

    @property
    def operator(self) -> bool:
        """Whether forms that change something are shown: to operators who signed in here."""
        return bool(self.visitor and self.visitor.role is Role.OPERATOR and self.visitor.csrf)


def base_of(request: Request) -> str:
    """Return the path prefix under which a proxy serves us."""
    return quote(str(request.scope.get("root_path", "")).rstrip("/"), safe="/")


def path_of(request: Request) -> str:
    """Return the path within the application."""
    path = request.url.path
    base = str(request.scope.get("root_path", "")).rstrip("/")
    return path.removeprefix(base) or "/"


def facts_of(view: View) -> Facts:
    """Return the facts of a view."""
    report, snapshot = view.report, view.snapshot
    revision = report.revision
    plan = report.plan
    return Facts(
        commit=revision.commit[:SHORT] if revision else "",
        dirty=bool(revision and revision.dirty),
        during=revision.during if revision else "",
        id=report.id,
        at=report.at,
        leader=view.leader,
        standby=report.standby,
        engine=snapshot.engine.version if snapshot else "",
        nodes=len(snapshot.nodes) if snapshot else 0,
        nodes_up=sum(node.state == "ready" for node in snapshot.nodes.values()) if snapshot else 0,
        engine_down=bool(report.engine_error),
        planned=len(plan.actions) + len(plan.pending),
    )
