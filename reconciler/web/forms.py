"""What the page's forms do: sign in and out, and what operators ask of the loop."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from reconciler.errors import ReconcilerError
from reconciler.web.access import COOKIE, SESSION, Access
from reconciler.web.api import read_body
from reconciler.web.feed import Feed
from reconciler.web.frame import base_of
from reconciler.web.pages import Pages
from reconciler.web.plan_page import consent_digest
from reconciler.web.problems import Problem
from reconciler.web.requests import Do, Requests

FIELDS = 20


class Forms:
    """The endpoints of the forms. Every answer leads back to a page (``303``)."""

    def __init__(self, pages: Pages, feed: Feed, access: Access, requests: Requests) -> None:
        self._pages = pages
        self._feed = feed
        self._access = access
        self._requests = requests

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the forms."""
        return [
            Route("/login", self.login, methods=["GET"]),
            Route("/login", self.sign_in, methods=["POST"]),
            Route("/logout", self.sign_out, methods=["POST"]),
            Route("/do/{do}", self.do, methods=["POST"]),
        ]

    def login(self, request: Request) -> Response:
        """Show the form."""
        self._access.check_host(request)
        return self._login(request, local(request.query_params.get("next", "")), "", 200)

    async def sign_in(self, request: Request) -> Response:
        """Begin a session, or show the form again and why."""
        self._access.check_origin(request)
        given = await _form(request)
        target = local(given.get("next", ""))
        address = request.client.host if request.client else ""
        try:
            cookie, _ = await run_in_threadpool(self._access.sign_in, given.get("token", ""), address)
        except Problem as problem:
            return self._login(request, target, problem.detail, problem.status)
        if before := request.cookies.get(COOKIE):
            self._access.sign_out(before)
        answer = _see(request, target)
        base = base_of(request)
        secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE, cookie, max_age=int(SESSION), path=base or "/", secure=secure, httponly=True, samesite="strict"
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        visitor = self._access.visitor(request)
        given = await _form(request)
        self._access.check_session(request, visitor, given.get("csrf", ""))
        self._access.sign_out(request.cookies.get(COOKIE, ""))
        answer = _see(request, "/")
        answer.delete_cookie(COOKIE, path=base_of(request) or "/", httponly=True, samesite="strict")
        return answer

    async def do(self, request: Request) -> Response:
        """Ask the loop for something, and show how far that is where the form was."""
        visitor = self._access.visitor(request)
        given = await _form(request)
        self._access.check_write(request, visitor, given.get("csrf", ""))
        try:
            do = Do(request.path_params["do"])
        except ValueError as error:
            raise Problem(404, "there is no such form") from error
        view = self._feed.latest
        if do is Do.CONSENT and (view is None or consent_digest(view) != given.get("digest")):
            raise Problem(409, "what waits for consent has changed since: look at the list again")
        target, reason = given.get("target", ""), given.get("reason", "")
        if do in {Do.SUSPEND, Do.RESUME} and not target:
            raise Problem(400, "the form names no service")
        seen = view.number if view else 0
        try:
            found = await run_in_threadpool(self._requests.ask, do, visitor.name, target, reason, seen=seen)
        except ReconcilerError as error:
            raise Problem(409, str(error)) from error
        return _see(request, local(given.get("back", "")), f"?asked={found.id}")

    def _login(self, request: Request, target: str, error: str, status: int) -> Response:
        content = {"next": target, "error": error, "possible": self._access.can_sign_in}
        return self._pages.plain(request, "login.html", content, status)


def local(path: str) -> str:
    """Return a path of the page, and ``/`` for what leads elsewhere."""
    fits = path.startswith("/") and not path.startswith("//") and path.isascii() and path.isprintable()
    return path[:2000] if fits and "\\" not in path else "/"


def _see(request: Request, path: str, query: str = "") -> RedirectResponse:
    return RedirectResponse(f"{base_of(request)}{path.partition('?')[0] if query else path}{query}", 303)


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form. Raises ``Problem`` for what is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(415, "a form is sent as application/x-www-form-urlencoded")
    body = await read_body(request)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError as error:
        raise Problem(400, "the form can't be read") from error
