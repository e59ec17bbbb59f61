"""Nothing loses sight of data without consent, and no write is repeated for ever."""

from __future__ import annotations

from tests.swarm.cli import Docker
from tests.swarm.looping import Program, compose, service
from tests.swarm.waiting import until

ON_VOLUME = "volumes: ['data:/data']"


def database(stack: str, volume: str = "{}") -> str:
    others = {name: service() for name in ("x", "y", "z")}
    return compose(stack, {"db": service(extra=ON_VOLUME), **others}, f"volumes: {{data: {volume}}}")


def task(docker: Docker, name: str) -> str:
    return docker("service", "ps", "--quiet", "--filter", "desired-state=running", name)


def there(docker: Docker, name: str) -> bool:
    return docker.succeeds("service", "inspect", name)


def test_a_volume_that_nobody_would_use_any_more_waits_for_consent(
    program: Program, stack: str, docker: Docker
) -> None:
    program.write("app.yaml", database(stack))
    program("apply")
    before = task(docker, f"{stack}_db")
    program.write("app.yaml", compose(stack, {name: service() for name in ("x", "y", "z")}))

    planned = program.json("plan", expect=1)
    assert f"leaving volume {stack}_data behind needs --allow-prune-all" in planned["needs_consent"]
    assert "AwaitingConsent" in {each["cause"] for each in planned["held"]}
    assert "--allow-prune-all" in program.json("explain", f"{stack}_db")["what_to_do"][0]
    program("plan", "--detailed-exitcode", expect=2)
    program("apply", expect=1)
    assert task(docker, f"{stack}_db") == before
    assert program.json("status", expect=1)["verdict"] == "Waiting"

    program("apply", "--allow-prune-all")
    assert not there(docker, f"{stack}_db")
    assert docker.succeeds("volume", "inspect", f"{stack}_data")


def test_other_options_of_a_volume_restart_nothing(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", database(stack))
    program("apply")
    before = task(docker, f"{stack}_db")
    program.write("app.yaml", database(stack, "{driver_opts: {type: tmpfs, device: tmpfs}}"))
    held = {each["name"]: each["reason"] for each in program.json("plan", expect=1)["held"]}
    assert f"{stack}_db" in held
    program("apply", expect=1)
    assert task(docker, f"{stack}_db") == before
    assert program.json("status", expect=1)["verdict"] != "Ready"


def test_a_renamed_service_stays_until_its_successor_is_ready(program: Program, stack: str, docker: Docker) -> None:
    others = {name: service() for name in ("x", "y", "z")}
    healthy = "healthcheck: {test: [CMD, test, -e, /ok], interval: 1s, timeout: 9s, retries: 1000}"
    program.write("app.yaml", compose(stack, {"old": service("touch /ok; exec sleep 1000", healthy), **others}))
    with program.loop() as loop:
        loop.ready()
        program.write("app.yaml", compose(stack, {"new": service("exec sleep 1000", healthy), **others}))
        until(lambda: there(docker, f"{stack}_new"), 60, "the successor is made")
        starting = until(lambda: docker("ps", "--quiet", "--filter", f"name={stack}_new"), 60, "its container runs")
        seen = len(loop.reports)
        program.trigger.touch()
        loop.report(lambda report: bool(report["forced"]), seen)
        assert there(docker, f"{stack}_old")
        docker("exec", starting, "touch", "/ok")
        until(lambda: not there(docker, f"{stack}_old"), 60, "the old one is removed")
        loop.ready(len(loop.reports) - 1)


def test_a_loop_asks_for_consent_once_the_files_are_still(program: Program, stack: str, docker: Docker) -> None:
    program.write("app.yaml", database(stack))
    with program.loop(RECONCILER_REMOVAL_DELAY="3s") as loop:
        loop.ready()
        before, since = task(docker, f"{stack}_db"), len(loop.reports)
        program.write("app.yaml", compose(stack, {name: service() for name in ("x", "y", "z")}))
        loop.report(lambda report: bool(report["needs_consent"]), since)
        assert task(docker, f"{stack}_db") == before
        program("reload", "--allow-prune-all")
        assert not there(docker, f"{stack}_db")
    assert docker.succeeds("volume", "inspect", f"{stack}_data")


def test_a_volume_driver_that_no_node_has_is_named_with_what_to_do(program: Program, stack: str) -> None:
    program.write("app.yaml", database(stack, "{driver: nosuchdriver}"))
    with program.loop() as loop:
        found = until(lambda: _about_drivers(program, stack), 90, "the driver is named")
        assert "nosuchdriver" in found
        assert all(report["verdict"] != "Ready" for report in loop.reports)


def _about_drivers(program: Program, stack: str) -> str:
    if not any(each["name"] == f"{stack}_db" for each in program.json("ps")["services"]):
        return ""
    found = program.json("explain", f"{stack}/db")
    said = f"{found['state']} {found['what_to_do']}"
    return said if "driver" in said else ""


def test_a_config_that_another_stack_names_as_external_changes_once(
    program: Program, stack: str, docker: Docker
) -> None:
    uses = "configs: [{source: settings, target: /settings}]"
    owner = "configs: {settings: {content: %s, name: " + f"{stack}_settings" + "}}"
    theirs = f"configs: {{settings: {{external: true, name: {stack}_settings}}}}"
    program.write("a.yaml", compose(f"{stack}a", {"web": service(extra=uses)}, owner % "one"))
    program.write("b.yaml", compose(f"{stack}b", {"web": service(extra=uses)}, theirs))
    with program.loop() as loop:
        loop.report(lambda report: report["verdict"] == "Ready" and len(report["services"]) == 2)
        since = len(loop.reports)
        program.write("a.yaml", compose(f"{stack}a", {"web": service(extra=uses)}, owner % "two"))
        loop.report(lambda report: any(each["kind"] == "config" for each in report["actions"]), since)
        loop.report(lambda report: not report["actions"] and report["verdict"] == "Ready", since)
        seen = len(loop.reports)
        for _ in range(3):
            number = len(loop.reports)
            program.trigger.touch()
            loop.report(lambda report: bool(report["forced"]), number)
        made = [
            each
            for report in loop.reports[since:]
            for each in report["actions"]
            if (each["kind"], each["action"], each["result"]) == ("config", "create", "changed")
        ]
        assert len(made) == 1
        assert all(not report["actions"] for report in loop.reports[seen:])
    running = docker("ps", "--quiet", "--filter", f"name={stack}a_web")
    assert docker("exec", running, "cat", "/settings") == "two"
