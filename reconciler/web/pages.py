"""The page: HTML made on the server from the last view. Scripts only keep it up to date."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.records import dataclass
from reconciler.web.access import Access, Visitor
from reconciler.web.cause_page import cause_page
from reconciler.web.feed import Feed
from reconciler.web.frame import Frame, base_of, facts_of, path_of
from reconciler.web.history_page import history_page
from reconciler.web.nodes_page import nodes_page
from reconciler.web.plan_page import plan_page
from reconciler.web.platform_page import platform_page
from reconciler.web.problems import TITLES, Problem
from reconciler.web.requests import RequestOutput, Requests
from reconciler.web.service_page import service_page
from reconciler.web.static_files import StaticFiles
from reconciler.web.templating import environment, query
from reconciler.web.view import View

KEPT = 32
"""Rendered pages that are kept, packed, until the next pass."""

Content = Mapping[str, Any]
Make = Callable[[View, Request], Content]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its template, and what makes the content that this is rendered with."""

    template: str
    make: Make


READS: Mapping[str, Page] = {
    "/": Page("platform.html", platform_page),
    "/services/{name:path}": Page("service.html", service_page),
    "/plan": Page("plan.html", plan_page),
    "/history": Page("history.html", history_page),
    "/nodes": Page("nodes.html", nodes_page),
    "/causes/{cause}": Page("cause.html", cause_page),
}


class Pages:
    """The pages over one feed."""

    def __init__(self, feed: Feed, access: Access, requests: Requests) -> None:
        self._requests = requests
        self._feed = feed
        self._access = access
        self._files = StaticFiles()
        self._environment = environment()
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the page."""
        reads = [Route(path, self._read(page), methods=["GET"]) for path, page in READS.items()]
        return [*reads, Route("/static/{version}/{name}", self._files.get, methods=["GET"])]

    def frame(self, request: Request, visitor: Visitor | None, view: View | None) -> Frame:
        """Return what is around the content."""
        base = base_of(request)
        return Frame(
            base=base,
            static=f"{base}/static/{self._files.version}",
            path=path_of(request),
            visitor=visitor,
            can_sign_in=self._access.can_sign_in,
            facts=facts_of(view) if view and visitor else None,
        )

    def rendered(self, template: str, frame: Frame, content: Content) -> str:
        """Return a page as HTML."""
        given = {"frame": frame, "request_state": None, **content}
        return self._environment.get_template(template).render(given)

    def error(self, request: Request, problem: Problem) -> Response:
        """Return a problem as a page. It says nothing that a visitor who didn't get in mustn't know."""
        if problem.status == HTTPStatus.UNAUTHORIZED and self._access.can_sign_in:
            target = path_of(request) + (f"?{request.url.query}" if request.url.query else "")
            target = target if request.method in ("GET", "HEAD") else "/"
            return RedirectResponse(f"{base_of(request)}/login{query({'next': target})}", 303)
        content = {"title": TITLES.get(problem.status, "Error"), "detail": problem.detail}
        answer = self.plain(request, "error.html", content, problem.status)
        answer.headers.update({name: value for name, value in problem.headers.items() if name != "www-authenticate"})
        return answer

    def plain(self, request: Request, template: str, content: Content, status: int) -> Response:
        """Return a page without anything of the platform on it."""
        text = self.rendered(template, self.frame(request, None, None), content)
        return _html(request, gzip.compress(text.encode(), 1, mtime=0), status, {})

    def _read(self, page: Page) -> Callable[[Request], Response]:
        """Return an endpoint. It runs in a thread of the server's pool."""

        def endpoint(request: Request) -> Response:
            visitor = self._access.visitor(request)
            view = self._feed.latest
            if view is None:
                text = self.rendered("no_pass.html", self.frame(request, visitor, None), {})
                return _html(request, gzip.compress(text.encode(), 1, mtime=0), 503, {"retry-after": "1"})
            return _html(request, self._packed(page, request, visitor, view), 200, {})

        return endpoint

    def _asked(self, request: Request) -> RequestOutput | None:
        """Return the request that a form has led back from."""
        try:
            return self._requests.get(asked) if (asked := request.query_params.get("asked")) else None
        except Problem:
            return None  # this process has forgotten it, or was started since

    def _packed(self, page: Page, request: Request, visitor: Visitor, view: View) -> bytes:
        """Return a page, packed; each is rendered once between two passes, for all who see the same."""
        asked = self._asked(request)
        key = (view.number, request.url.path, request.url.query, base_of(request), visitor, asked and asked.state)
        with self._lock:
            found = self._kept.get(key)
        if found is None:
            frame = self.frame(request, visitor, view)
            content = {**page.make(view, request), "request_state": asked}
            found = gzip.compress(self.rendered(page.template, frame, content).encode(), 6, mtime=0)
            with self._lock:
                self._kept[key] = found
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return found


def _html(request: Request, packed: bytes, status: int, headers: Mapping[str, str]) -> Response:
    """Return a page that browsers ask for again each time, and get again only where it is another."""
    tag = f'"{hashlib.blake2b(packed, digest_size=12).hexdigest()}"'
    sent = {"cache-control": "private, no-cache", "vary": "accept-encoding, cookie", "etag": tag, **headers}
    if status == HTTPStatus.OK and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=sent)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, status, {**sent, "content-encoding": "gzip"}, "text/html; charset=utf-8")
    return Response(gzip.decompress(packed), status, sent, "text/html; charset=utf-8")
