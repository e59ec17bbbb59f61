"""The API under ``/api/v1``: the outputs of the commands, made from the last view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from reconciler.bounded import Unreadable, parsed
from reconciler.errors import ReconcilerError
from reconciler.printable import printable
from reconciler.settings.choices import Role
from reconciler.status.explain import explain
from reconciler.status.history import HistoryOutput, of_service
from reconciler.status.listing import listed
from reconciler.status.report_output import plan_output, status_output
from reconciler.status.service_names import find
from reconciler.web.access import Access, Visitor
from reconciler.web.feed import Feed
from reconciler.web.graph import graph_of, waiting_for
from reconciler.web.nodes import nodes_of
from reconciler.web.problems import Problem
from reconciler.web.requests import Do, Requests
from reconciler.web.view import View

LARGEST = 65_536
"""Bytes of a request's body."""
LONGEST = 500
"""Characters of a target or a reason; requests are remembered with them."""
PAGE, MOST = 50, 500
"""Entries of the history in one answer, if nothing is said, and at most."""

Answer = Callable[[View, Request], BaseModel]


class Looker(Protocol):
    """Answers commands of somebody on another machine. Raises ``Problem`` for what is none."""

    async def __call__(self, given: dict[str, Any], *, values: bool) -> Mapping[str, Any]: ...


def status(view: View, _: Request) -> BaseModel:
    """Return how everything is."""
    return status_output(view.report, "loop")


def services(view: View, _: Request) -> BaseModel:
    """Return every service that is desired, or ours, at a glance."""
    snapshot = _snapshot(view)
    specs = {name: service.spec for name, service in view.services.items()}
    named = [each for each in view.named if each.name in view.report.judgements or each.name in snapshot.services]
    return listed(named, view.report, snapshot, specs).model_copy(update={"source": "loop"})


def service(view: View, request: Request) -> BaseModel:
    """Return all about one service."""
    _snapshot(view)
    try:
        named = find(request.path_params["name"][:300], view.named)
    except ReconcilerError as error:
        raise Problem(404, str(error)) from error
    case = view.case(named)
    assert case is not None
    return explain(case, None, view.redactor).model_copy(update={"source": "loop"})


def plan(view: View, _: Request) -> BaseModel:
    """Return what the last pass found to do."""
    return plan_output(view.report, "loop")


def history(view: View, request: Request) -> BaseModel:
    """Return what was done, newest page first: ``before`` is the number of the entry that the page ends before."""
    found = view.history
    if name := request.query_params.get("service"):
        found = of_service(found, name[:300])
    if before := _number(request, "before", 0):
        found = tuple(entry for entry in found if entry.number < before)
    limit = min(_number(request, "limit", PAGE) or PAGE, MOST)
    return HistoryOutput(entries=list(found[-limit:]), source="loop")


def nodes(view: View, _: Request) -> BaseModel:
    """Return the nodes, and what runs on them."""
    return nodes_of(_snapshot(view))


def graph(view: View, _: Request) -> BaseModel:
    """Return the start-up graph."""
    return graph_of(view.services, waiting_for(view.report.judgements))


READS: dict[str, Answer] = {
    "/status": status,
    "/services": services,
    "/services/{name:path}": service,
    "/plan": plan,
    "/history": history,
    "/nodes": nodes,
    "/graph": graph,
}


class Api:
    """The endpoints, over one feed."""

    def __init__(self, feed: Feed, access: Access, requests: Requests, looker: Looker) -> None:
        self._looker = looker
        self._feed = feed
        self._access = access
        self._requests = requests

    def read(self, answer: Answer) -> Callable[[Request], Response]:
        """Return an endpoint that answers from the last view. It runs in a thread of the server's pool."""

        def endpoint(request: Request) -> Response:
            self._access.visitor(request)
            view = self._view()
            tag = f'"{self._feed.boot}-{view.number}"'
            headers = {"etag": tag, "cache-control": "private, no-cache"}
            if tag in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
            with view.turn:
                return JSONResponse(answer(view, request).model_dump(mode="json"), headers=headers)

        return endpoint

    async def events(self, request: Request) -> Response:
        """Follow what changes, as server-sent events."""
        await self._entered(request)
        stream = self._feed.follow(request.headers.get("last-event-id", ""))
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    def request(self, request: Request) -> Response:
        """Return how far a request is."""
        self._access.visitor(request)
        return JSONResponse(self._requests.get(request.path_params["id"]).model_dump(mode="json"))

    async def write(self, request: Request) -> Response:
        """Take a request, and answer 202 with its id."""
        visitor = await self._entered(request)
        body = await read_body(request)
        given = _object(body)
        csrf = request.headers.get("x-csrf-token", "")
        self._access.check_write(request, visitor, csrf)
        return await self.ask(visitor, Do(request.path_params["do"]), given)

    async def look(self, request: Request) -> Response:
        """Answer a command of somebody on another machine, as it would print it there."""
        visitor = await self._entered(request)
        given = _object(await read_body(request))
        said = await self._looker(given, values=visitor.role is Role.OPERATOR)
        return JSONResponse(dict(said))

    async def ask(self, visitor: Visitor, do: Do, given: dict[str, Any]) -> Response:
        """Hand a request to the loop."""
        target, reason = (_text(given, name) for name in ("target", "reason"))
        if do in {Do.SUSPEND, Do.RESUME} and not target:
            raise Problem(400, "`target` is missing: a stack, a service, or STACK/SERVICE")
        seen = self._feed.latest.number if self._feed.latest else 0
        try:
            found = await run_in_threadpool(self._requests.ask, do, visitor.name, target, reason, seen=seen)
        except ReconcilerError as error:
            raise Problem(409, str(error)) from error
        return JSONResponse(found.model_dump(mode="json"), 202, {"location": f"requests/{found.id}"})

    async def _entered(self, request: Request) -> Visitor:
        """Return who asks, from a thread of the pool: a token's slow hash must not stop the server."""
        return await run_in_threadpool(self._access.visitor, request)

    def _view(self) -> View:
        view = self._feed.latest
        if view is None:
            raise Problem(503, "no pass has ended yet: try again in a second", retry_after="1")
        return view


def routes(feed: Feed, access: Access, requests: Requests, looker: Looker) -> list[Route]:
    """Return the routes of the API."""
    api = Api(feed, access, requests, looker)
    reads = [Route(path, api.read(answer), methods=["GET"]) for path, answer in READS.items()]
    return [
        *reads,
        Route("/events", api.events, methods=["GET"]),
        Route("/look", api.look, methods=["POST"]),
        Route("/requests/{id}", api.request, methods=["GET"]),
        *(Route(f"/{do}", _with(api.write, do), methods=["POST"]) for do in Do),
    ]


def _with(write: Callable[[Request], Any], do: Do) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        request.path_params["do"] = do
        found: Response = await write(request)
        return found

    return endpoint


async def read_body(request: Request) -> bytes:
    """Return the body. Raises ``Problem`` for one that is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise Problem(413, f"a request has {LARGEST} bytes at most")
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = parsed(body or b"{}", LARGEST)
    except Unreadable as error:
        raise Problem(400, f"the body {error}") from error
    if not isinstance(found, dict):
        raise Problem(400, "the body must be a JSON object")
    return found


def _text(given: dict[str, Any], name: str) -> str:
    found = given.get(name, "")
    if not isinstance(found, str):
        raise Problem(400, f"`{name}` must be a string")
    if len(found) > LONGEST:
        raise Problem(400, f"`{name}` has {LONGEST} characters at most")
    return printable(found)


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem(400, f"`{name}` must be a number")
    return int(text) if text else usual


def _snapshot(view: View) -> Any:
    if view.snapshot is None:
        raise Problem(503, "the engine couldn't be asked yet", retry_after="1")
    return view.snapshot
