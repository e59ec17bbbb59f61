"""The API as an OpenAPI 3.1 document, made from the models of its answers."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from reconciler import __version__
from reconciler.records import dataclass
from reconciler.status.explain_output import ExplainOutput
from reconciler.status.history import HistoryOutput
from reconciler.status.listing import LsOutput
from reconciler.status.outputs import OutputModel, PlanOutput, StatusOutput
from reconciler.web.graph import GraphOutput
from reconciler.web.nodes import NodesOutput
from reconciler.web.requests import Do, RequestOutput

REFERENCE = "#/components/schemas/{model}"
LICENSE = {"name": "Apache 2.0", "identifier": "Apache-2.0"}
JSON, PROBLEM = "application/json", "application/problem+json"


class ProblemOutput(OutputModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class TargetInput(OutputModel):
    """What is suspended or resumed: a stack, a service by its Swarm name, or STACK/SERVICE."""

    target: str
    reason: str = ""


class LookInput(OutputModel):
    """A command that only looks, its options by name, and the terminal that it prints to."""

    command: str
    options: dict[str, str | float | bool | None]
    width: int = 0
    colour: bool = False


class LookOutput(OutputModel):
    """What a command prints, and its exit code."""

    out: str
    err: str
    code: int


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of a query string."""

    name: str
    what: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path that is read."""

    path: str
    summary: str
    model: type[BaseModel]
    queries: tuple[Query, ...] = ()


READS = (
    Endpoint("/status", "Return how every service is.", StatusOutput),
    Endpoint("/services", "Return every service at a glance.", LsOutput),
    Endpoint("/services/{name}", "Return all about one service.", ExplainOutput),
    Endpoint("/plan", "Return what the last pass found to do.", PlanOutput),
    Endpoint(
        "/history",
        "Return what was done, oldest first.",
        HistoryOutput,
        (
            Query("limit", "How many entries, the last ones; 500 at most.", number=True),
            Query("before", "Only entries whose number is smaller: the next page.", number=True),
            Query("service", "Only what is about this service, by its Swarm name."),
        ),
    ),
    Endpoint("/nodes", "Return the nodes, and what runs on them.", NodesOutput),
    Endpoint("/graph", "Return the start-up graph.", GraphOutput),
    Endpoint("/requests/{id}", "Return how far a request is.", RequestOutput),
)
WRITES = {
    Do.RELOAD: "Force a pass.",
    Do.CONSENT: "Let the removals that wait for consent be made, by a forced pass.",
    Do.SUSPEND: "Write and remove nothing of a stack or service until it is resumed.",
    Do.RESUME: "End a suspension.",
}
MODELS: tuple[type[BaseModel], ...] = (
    *(each.model for each in READS),
    ProblemOutput,
    TargetInput,
    LookInput,
    LookOutput,
)


@cache
def document() -> dict[str, Any]:
    """Return the document."""
    _, schemas = models_json_schema([(model, "serialization") for model in MODELS], ref_template=REFERENCE)
    paths: dict[str, Any] = {each.path: {"get": _read(each)} for each in READS}
    paths["/events"] = {"get": _events()}
    paths["/look"] = {"post": _look()}
    paths |= {f"/{do}": {"post": _write(do, summary)} for do, summary in WRITES.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "reconciler", "version": __version__, "license": LICENSE},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas["$defs"],
        },
    }


def _read(endpoint: Endpoint) -> dict[str, Any]:
    inside = [name.strip("{}") for name in endpoint.path.split("/") if name.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in inside]
    parameters += [
        {
            "name": query.name,
            "in": "query",
            "description": query.what,
            "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999} if query.number else {"type": "string"},
        }
        for query in endpoint.queries
    ]
    found: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": "get_" + endpoint.path.strip("/").replace("/", "_").replace("{", "").replace("}", ""),
        "responses": {"200": _answer("The answer.", endpoint.model), "default": _problem()},
    }
    return {**found, "parameters": parameters} if parameters else found


def _write(do: Do, summary: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": summary,
        "operationId": str(do),
        "responses": {"202": _answer("It is asked for.", RequestOutput), "default": _problem()},
        "security": [{"token": []}],
    }
    if do in {Do.SUSPEND, Do.RESUME}:
        schema = {"$ref": REFERENCE.format(model="TargetInput")}
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return found


def _look() -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model="LookInput")}
    return {
        "summary": "Run a command that only looks, as `reconciler --server` does, and return what it prints.",
        "operationId": "look",
        "requestBody": {"required": True, "content": {JSON: {"schema": schema}}},
        "responses": {"200": _answer("What it prints, and its exit code.", LookOutput), "default": _problem()},
    }


def _events() -> dict[str, Any]:
    header = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}
    stream = {"description": "Events as they happen.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    return {
        "summary": "Follow what changes: `pass`, `service`, `gone`, and `reset` where events were lost.",
        "operationId": "get_events",
        "parameters": [header],
        "responses": {"200": stream, "default": _problem()},
    }


def _answer(words: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": words, "content": {JSON: {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}}


def _problem() -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model="ProblemOutput")}
    return {"description": "What kept it from being answered.", "content": {PROBLEM: {"schema": schema}}}
