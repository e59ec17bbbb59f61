"""The application: API, metrics and page, with the headers that every answer has."""

from __future__ import annotations

from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.unforeseen import in_words
from reconciler.web import api
from reconciler.web.access import Access
from reconciler.web.feed import Feed
from reconciler.web.forms import Forms
from reconciler.web.frame import path_of
from reconciler.web.metrics import Metrics
from reconciler.web.openapi import document
from reconciler.web.pages import Pages
from reconciler.web.problems import Problem
from reconciler.web.requests import Requests

HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
}
"""No script and no style but our own files, in no frame, and nothing told to other sites. A policy of ``no-referrer``
would make browsers send ``Origin: null`` with our own forms."""


class Secured:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(each for each in HEADERS.items() if each[0] not in present),
                ]
            await send(message)

        await self._app(scope, receive, sent)


def application(feed: Feed, access: Access, requests: Requests, metrics: Metrics, looker: api.Looker) -> ASGIApp:
    """Return the application over one feed."""

    def scrape(request: Request) -> Response:
        access.visitor(request)
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"content-type": kind})

    def described(request: Request) -> Response:
        access.visitor(request)
        return JSONResponse(document())

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    pages = Pages(feed, access, requests)

    async def problem(request: Request, error: Exception) -> Response:
        found = _as_problem(error)
        return pages.error(request, found) if _wants_page(request) else found.response()

    app = Starlette(
        routes=[
            Route("/healthz", alive, methods=["GET"]),
            Route("/metrics", scrape, methods=["GET"]),
            Route("/api/openapi.json", described, methods=["GET"]),
            Mount("/api/v1", app=Router(api.routes(feed, access, requests, looker), redirect_slashes=False)),
            *pages.routes(),
            *Forms(pages, feed, access, requests).routes(),
        ],
        exception_handlers={Problem: problem, HTTPException: problem, Exception: problem},
    )
    app.router.redirect_slashes = False  # it would send readers to whatever host a request names
    return Secured(app)


def _as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        headers = {name.replace("-", "_"): value for name, value in (error.headers or {}).items()}
        return Problem(error.status_code, str(error.detail), **headers)
    return Problem(500, in_words(error))


def _wants_page(request: Request) -> bool:
    """Whether an error is shown as a page: to browsers, where no program asks."""
    api = path_of(request).startswith(("/api/", "/metrics", "/healthz"))
    return not api and "text/html" in request.headers.get("accept", "")
