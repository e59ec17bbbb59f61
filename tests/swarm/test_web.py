"""API, metrics and events of a loop on a real engine: what they say is what the commands say."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def asked(port: int, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body and json.dumps(body), headers)
        found = connection.getresponse()
        return found.status, found.read()
    finally:
        connection.close()


def metrics(port: int) -> dict[tuple[str, str], float]:
    """By family and service."""
    _, body = asked(port, "/metrics")
    families = text_string_to_metric_families(body.decode())
    return {
        (sample.name, sample.labels.get("service", "")): sample.value for each in families for sample in each.samples
    }


def test_the_surfaces_agree_with_the_commands(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service(), "job": service("exit 3")}))
    port = free_port()
    with program.loop(RECONCILER_HTTP_LISTEN=f"127.0.0.1:{port}") as loop:
        loop.report(lambda report: report["verdict"] == "Degraded", deadline=120)

        def agrees() -> bool:
            said = json.loads(asked(port, "/api/v1/status")[1])
            return _shown(said) == _shown(program.json("status", expect=1))

        until(agrees, 60, "page and command agree")
        found = metrics(port)
        assert found["reconciler_service_ready_tasks", f"{stack}_web"] == 1.0
        assert found["reconciler_service_failed_tasks", f"{stack}_job"] >= 1.0
        explained = json.loads(asked(port, f"/api/v1/services/{stack}_job")[1])
        assert explained["state"]["cause"] == "CrashLoop"
        assert asked(port, "/api/v1/reload", "POST")[0] == 403


def test_an_operator_suspends_reloads_and_follows_the_request(program: Program, stack: str, tmp_path: Path) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    tokens = tmp_path / "tokens"
    token = program("token", "add", "ops", "--role", "operator", "--file", str(tokens)).strip()
    operator = {"Authorization": f"Bearer {token}"}
    port = free_port()
    listen = {"RECONCILER_HTTP_LISTEN": f"127.0.0.1:{port}", "RECONCILER_HTTP_TOKENS_FILE": str(tokens)}
    with program.loop(**listen) as loop:
        loop.ready()
        status, body = asked(port, "/api/v1/suspend", "POST", {"target": f"{stack}/web", "reason": "night"}, **operator)
        assert (status, json.loads(body)["state"]) == (202, "done")
        suspended = until(lambda: json.loads(asked(port, "/api/v1/status")[1])["suspended"], 30, "it is suspended")
        assert (suspended[0]["service"], suspended[0]["by"]) == (f"{stack}_web", "ops")
        assert asked(port, "/api/v1/resume", "POST", {"target": f"{stack}/web"}, **operator)[0] == 202
        status, body = asked(port, "/api/v1/reload", "POST", **operator)
        assert status == 202
        follow = f"/api/v1/requests/{json.loads(body)['id']}"
        until(lambda: json.loads(asked(port, follow)[1])["state"] == "done", 60, "the forced pass has ended")
        assert any("reload by ops" in report["wakes"] for report in loop.reports)


def test_a_taken_address_is_reported_and_taken_once_it_is_free(program: Program, stack: str) -> None:
    program.write("app.yaml", compose(stack, {"web": service()}))
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = int(taken.getsockname()[1])
    with program.loop(RECONCILER_HTTP_LISTEN=f"127.0.0.1:{port}") as loop:
        loop.report(lambda report: any("web server" in each["file"] for each in report["warnings"]))
        loop.ready()
        taken.close()
        until(lambda: _answers(port), 90, "the server has its address")


def test_a_laptop_asks_by_the_server(program: Program, stack: str, tmp_path: Path) -> None:
    secret = service(extra="environment: {PASSWORD: correct-horse}")
    program.write("app.yaml", compose(stack, {"web": secret}))
    tokens, port = tmp_path / "tokens", free_port()
    for name, role in (("ops", "operator"), ("eve", "viewer")):
        token = program("token", "add", name, "--role", role, "--file", str(tokens))
        (tmp_path / name).write_text(token)
    laptop = Program("unix:///nowhere/docker.sock", program.owner, tmp_path / "nothing")
    there = {"RECONCILER_SERVER": f"http://127.0.0.1:{port}", "RECONCILER_DESIRED": "desired"}
    ops, eve = ({**there, "RECONCILER_TOKEN_FILE": str(tmp_path / name)} for name in ("ops", "eve"))
    listen = {
        "RECONCILER_HTTP_LISTEN": f"127.0.0.1:{port}",
        "RECONCILER_HTTP_TOKENS_FILE": str(tokens),
        "RECONCILER_HTTP_ASK_ON_LOOPBACK": "true",
    }
    with program.loop(**listen) as loop:
        loop.ready()
        assert f"{stack}_web" in laptop("status", "--all", expect=0, **eve)
        assert "Nothing to do" in laptop("plan", expect=0, **eve)
        assert laptop.json("history", expect=0, **eve)["source"] == "loop"
        hidden, shown = (laptop("explain", f"{stack}_web", "--show-values", expect=0, **who) for who in (eve, ops))
        assert "correct-horse" not in hidden
        assert "correct-horse" in shown
        assert "may only look" in _stderr(laptop, "reload", **eve)
        assert "suspended by ops" in laptop("suspend", f"{stack}/web", "--reason", "night", expect=0, **ops)
        laptop("resume", f"{stack}/web", expect=0, **ops)
        assert "Ready" in laptop("reload", expect=0, **ops)
        laptop("status", expect=1, **there)
    laptop("status", expect=69, **eve)


def _stderr(program: Program, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        program._command(*arguments), env=program._environ(environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    return done.stderr


def _shown(status: Any) -> list[list[Any]]:
    kept = ("name", "verdict", "desired", "running", "ready", "cause")
    return [[each[key] for key in kept] for each in status["services"]]


def _answers(port: int) -> bool:
    try:
        return asked(port, "/healthz")[0] == 200
    except OSError:
        return False
