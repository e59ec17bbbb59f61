"""The API: what it answers, and that it is what the commands print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from reconciler.cli.schema import schemas
from reconciler.errors import ReconcilerError
from reconciler.observed.model import TaskState
from reconciler.settings.choices import Role
from reconciler.web import tokens
from reconciler.web.access import Rules
from reconciler.web.requests import Do, Requests
from tests.unit.web.site import AskedLoop, Site, site
from tests.unit.web.world import PASSWORD, report, shop

READS = ("status", "services", "services/app_web", "plan", "history", "nodes", "graph")


@pytest.fixture
def shown() -> Iterator[Site]:
    """A site with the report of one pass."""
    with site() as made:
        wanted, swarm = shop()
        made.show(report(wanted, swarm), swarm, [wanted])
        yield made


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[tuple[Site, str]]:
    """A site, and the header of an operator."""
    given, kept = tokens.made("ops", Role.OPERATOR)
    tokens.write(tmp_path / "tokens", {"ops": kept})
    with site(tokens=tmp_path / "tokens") as made:
        wanted, swarm = shop()
        made.show(report(wanted, swarm), swarm, [wanted])
        yield made, f"Bearer {given}"


@pytest.mark.parametrize("path", READS)
def test_before_the_first_pass_reads_say_so(path: str) -> None:
    with site() as made:
        found = made.get(f"/api/v1/{path}")
        assert (found.status, found.headers["content-type"]) == (503, "application/problem+json")
        assert found.json["status"] == 503
        assert made.get("/healthz").status == 200


@pytest.mark.parametrize(("path", "schema"), [("status", "status"), ("plan", "plan"), ("services/app_web", "explain")])
def test_answers_have_the_schema_of_the_commands(shown: Site, path: str, schema: str) -> None:
    found = shown.get(f"/api/v1/{path}").json
    jsonschema.validate(found, json.loads(schemas()[f"{schema}.json"]))
    assert found["source"] == "loop"


def test_a_service_goes_by_each_of_its_names(shown: Site) -> None:
    for name in ("app_web", "app/web", "web"):
        assert shown.get(f"/api/v1/services/{name}").json["name"] == "app_web"
    assert shown.get("/api/v1/services/nosuch").status == 404


def test_the_graph_and_the_nodes(shown: Site) -> None:
    graph = shown.get("/api/v1/graph").json
    assert {(node["name"], node["column"]) for node in graph["nodes"]} == {("app_db", 0), ("app_web", 1)}
    assert [(edge["source"], edge["target"]) for edge in graph["edges"]] == [("app_db", "app_web")]
    (node,) = shown.get("/api/v1/nodes").json["nodes"]
    assert (node["hostname"], node["cpus"], node["tasks"]) == ("host1", 2.0, {"app_db": 1, "app_web": 1})


def test_an_answer_that_is_known_is_not_sent_again(shown: Site) -> None:
    first = shown.get("/api/v1/status")
    again = shown.get("/api/v1/status", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    wanted, swarm = shop(state=TaskState.STARTING)
    shown.show(report(wanted, swarm, 2), swarm, [wanted])
    assert shown.get("/api/v1/status", if_none_match=first.headers["etag"]).status == 200


@pytest.mark.parametrize("path", READS)
def test_no_answer_has_a_secret(path: str) -> None:
    with site() as made:
        wanted, swarm = shop(state=TaskState.FAILED, error=f"bad password {PASSWORD}")
        made.show(report(wanted, swarm), swarm, [wanted])
        assert PASSWORD.encode() not in made.get(f"/api/v1/{path}").body


@pytest.mark.parametrize("query", ["limit=x", "before=-1", "limit=99999999999"])
def test_a_bad_number_is_a_bad_request(shown: Site, query: str) -> None:
    assert shown.get(f"/api/v1/history?{query}").status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nosuch", 404),
        ("DELETE", "/api/v1/status", 405),
        ("GET", "/api/v1/reload", 405),
        ("GET", "/api/v1/requests/nosuch", 404),
        ("GET", "/api/v1/../../etc/passwd", 404),
        ("GET", "/api/v1/services/..%2f..%2fetc%2fpasswd", 404),
    ],
)
def test_other_requests_are_problems(shown: Site, method: str, path: str, status: int) -> None:
    found = shown.ask(method, path)
    assert (found.status, found.headers["content-type"]) == (status, "application/problem+json")


def test_every_answer_has_the_headers_that_keep_others_out(shown: Site) -> None:
    for path in ("/api/v1/status", "/nosuch", "/metrics"):
        headers = shown.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_reload_is_taken_and_followed_to_its_end(operated: tuple[Site, str]) -> None:
    made, operator = operated
    found = made.ask("POST", "/api/v1/reload", authorization=operator)
    assert (found.status, found.json["state"], made.loop.asked) == (202, "accepted", ["reload by ops"])
    follow = f"/api/v1/{found.headers['location']}"
    wanted, swarm = shop()
    made.show(report(wanted, swarm, 2), swarm, [wanted])
    assert made.get(follow).json["state"] == "accepted"
    made.show(report(wanted, swarm, 3, forced=True), swarm, [wanted])
    assert made.get(follow).json["state"] == "done"


def test_suspend_and_resume_name_who_asked(operated: tuple[Site, str]) -> None:
    made, operator = operated
    body = json.dumps({"target": "app/web", "reason": "night"}).encode()
    assert made.ask("POST", "/api/v1/suspend", body, authorization=operator).json["state"] == "done"
    assert made.ask("POST", "/api/v1/resume", body, authorization=operator).status == 202
    assert made.loop.asked == ["suspend app/web by ops: night", "resume app/web by ops"]
    assert made.ask("POST", "/api/v1/suspend", b"{}", authorization=operator).status == 400


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"target": 1}', b"[" * 50_000])
def test_a_bad_body_is_a_bad_request(operated: tuple[Site, str], body: bytes) -> None:
    made, operator = operated
    assert made.ask("POST", "/api/v1/suspend", body, authorization=operator).status == 400


def test_a_body_that_is_too_large_is_refused(operated: tuple[Site, str]) -> None:
    made, operator = operated
    assert made.ask("POST", "/api/v1/suspend", b" " * 70_000, authorization=operator).status == 413


def test_what_the_loop_refuses_is_a_conflict(operated: tuple[Site, str]) -> None:
    made, operator = operated
    made.loop.refusal = ReconcilerError("another process acts")
    found = made.ask("POST", "/api/v1/reload", authorization=operator)
    assert (found.status, found.json["detail"]) == (409, "another process acts")


def test_the_document_names_every_route_and_nothing_else(shown: Site) -> None:
    document = shown.get("/api/openapi.json").json
    paths = {path for path, item in document["paths"].items() for method in item}
    assert paths == {*(f"/{path}" for path in READS if path != "services/app_web"), "/services/{name}"} | {
        "/events",
        "/look",
        "/requests/{id}",
        *(f"/{do}" for do in Do),
    }
    for path in READS:
        model = document["paths"][f"/{path}".replace("app_web", "{name}")]["get"]["responses"]["200"]["content"]
        schema = {**model["application/json"]["schema"], "components": document["components"]}
        jsonschema.validate(shown.get(f"/api/v1/{path}").json, schema)


def test_only_an_operator_sees_values_by_a_command(operated: tuple[Site, str]) -> None:
    made, operator = operated
    body = b'{"command": "status", "options": {"show_values": true}}'
    assert made.ask("POST", "/api/v1/look", body).json["out"] == "values: False\n"
    assert made.ask("POST", "/api/v1/look", body, authorization=operator).json["out"] == "values: True\n"
    assert made.ask("POST", "/api/v1/look", b'{"command": "rm"}').status == 400


@pytest.mark.parametrize(
    "body",
    [
        rb'{"target": "\ud800"}',
        rb'{"\ud800": 1, "target": "\udfff"}',
        b'{"target": "' + b"x" * 60_000 + b'"}',
        b'{"target": NaN}',
        b'{"target": 1e999}',
        b'{"target": ' + b"9" * 5000 + b"}",
        b"[" * 60_000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"\xff\xfe",
    ],
)
def test_a_hostile_body_is_no_fault_and_nothing_large_is_remembered(operated: tuple[Site, str], body: bytes) -> None:
    made, header = operated
    for do in (*Do, "look"):
        found = made.ask("POST", f"/api/v1/{do}", body, authorization=header)
        assert found.status in {202, 400, 404}
        assert len(found.body) < 2000


def test_no_redirect_goes_to_a_host_that_the_request_names() -> None:
    with site(Rules(loopback=False)) as made:
        for path in ("/api/v1/status/", "/metrics/", "/api/v1", "//evil.example/", "/api/v1//evil.example/"):
            found = made.get(path, host="evil.example")
            assert "evil" not in found.headers.get("location", "")
            assert found.status in {401, 404}


def test_a_pass_that_ends_before_the_request_is_noted_ends_it() -> None:
    class Quick(AskedLoop):
        def force(self, actor: str, *, consent: bool) -> None:
            requests.passed(2, forced=True, error="")

    requests = Requests(Quick())
    asked = requests.ask(Do.RELOAD, "ops", seen=1)
    assert requests.get(asked.id).state == "done"
